"""Finding by words: whichever way is gone, what is found is what somebody would find who reads every order."""

from __future__ import annotations

import random
import re
import unicodedata
from datetime import timedelta

import pytest

from gateway.orders import finding
from gateway.orders.listing import Scope, Wanted, lines_page
from tests.orders.scene import WATER, Scene

LETTERS = "停水路灯不亮ａb1，/ "
AREAS = ("东区", "西区")
WAYS = {
    "as reckoned": {},
    "row by row": {"READ_MS": 0.0},
    "in stretches": {"READ_MS": 1e-6, "INDEX_MS": 1e6, "SKIP_MS": -1.0, "STRETCH_MIN": 3, "MARGIN": 1e-9, "WIDER": 1},
    "by the index": {"INDEX_MS": 0.0},
}


def has(texts: list[str], words: str) -> bool:
    """Every run of Chinese characters of the words stands in one of the texts, every other run begins one of theirs."""
    runs = [run for text in texts for run in runs_of(text)]
    return all(any(run.startswith(word) if word.isascii() else word in run for run in runs) for word in runs_of(words))


def runs_of(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+|[\u4e00-\u9fff]+", unicodedata.normalize("NFKC", text).casefold())


def said(chance: random.Random, most: int) -> str:
    return "".join(chance.choices(LETTERS, k=chance.randrange(1, most)))


async def found(scene: Scene, wanted: Wanted, scope: Scope = Scope()) -> list[str]:  # noqa: B008  # frozen
    """All pages."""
    ids: list[str] = []
    cursor = None
    while True:
        async with scene.store.reading() as session:
            page = await lines_page(session, scope, wanted, cursor=cursor, limit=4)
        ids += [row.order_id for row in page.items]
        cursor = page.next
        if cursor is None:
            return ids


async def test_what_is_found_is_what_reading_every_order_finds(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(8)
    texts: dict[str, tuple[list[str], str]] = {}  # newest first
    for n in range(36):
        scene.wait(seconds=1)
        title, matter, area = said(chance, 6), said(chance, 14), AREAS[n % 2]
        order_id = await scene.file(title=title, matter=matter, area=area, subject="")
        texts = {order_id: ([order_id, title, matter, area], area), **texts}
    asked = [*("停水", "停", "不亮 路", "ab", "1", "东区 水"), *(said(chance, 5) for _ in range(20))]
    several = [len([one for one, _area in texts.values() if has(one, words)]) for words in asked]
    assert max(several) > 12 and 0 in several and 1 in several
    for way in WAYS.values():
        with monkeypatch.context() as patched:
            for name, value in way.items():
                patched.setattr(finding, name, value)
            for words in filter(runs_of, asked):
                every = [order_id for order_id, (one, _area) in texts.items() if has(one, words)]
                assert await found(scene, Wanted(q=words)) == every, (way, words)
                area = chance.choice(AREAS)
                near = [order_id for order_id in every if texts[order_id][1] == area]
                assert await found(scene, Wanted(q=words, area=area)) == near, (way, words)


async def test_words_are_looked_for_within_the_days_asked_for(scene: Scene) -> None:
    ids = []
    for _day in range(6):
        ids.append(await scene.dispatched())
        scene.wait(days=1)
    begin = scene.now - timedelta(days=5, minutes=1)
    wanted = Wanted(q="停水", since=begin, until=begin + timedelta(days=3))
    assert await found(scene, wanted) == ids[3:0:-1]
    assert await found(scene, wanted, Scope(unit=str(WATER.unit))) == ids[3:0:-1]
    assert await found(scene, wanted, Scope(unit="roads")) == []
