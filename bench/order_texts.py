"""A million orders that nobody has filed: texts as uneven as a language, rows as a city's store has them.

In: how many, a source of chance. Out: rows and their tokens for COPY. Never: a word that somebody has said.

The commonest words are real ones of a hotline (`市民反映` stands in a third of the orders); the others are made of 50
characters only, so that pairs of characters are far commoner than in a language: harder for an index of pairs.
Ninety-eight of a hundred orders are done; the open ones are among the newest, with a deadline and a unit.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from gateway.orders.view import Queue
from gateway.store.fulltext import tokens

REAL = """
市民反映 小区 物业公司 要求 处理 停水 噪声扰民 施工 路灯不亮 夜间 垃圾 停车 占道经营 街道
公积金 医保 暖气不热 道路 退费 电动车 油烟 学校 老旧小区改造 电梯 积水 社保卡 拖欠工资 噪声
开发商 房产证 交房 外墙脱落 消防通道 充电桩 违章建筑 井盖 公交车 燃气 漏水 户口
"""
LETTERS = (
    "市民反映小区停水路灯损坏噪声扰民物业收费社保医保公积金交通拥堵违章建筑垃圾清运供暖燃气学校招生占道经营油烟污染办证"
)
WORDS = 4000
PER_ORDER = 32  # words of a matter: about 80 characters
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
EVERY = timedelta(seconds=80)
AREAS = tuple(f"区{n}" for n in range(12))
UNITS = tuple(f"unit{n}" for n in range(150))
SUBJECTS = tuple(f"类{a}/目{b}/项{c}" for a in range(8) for b in range(6) for c in range(6))
OPEN = tuple(queue.value for queue in Queue if queue is not Queue.DONE)
ROW, TEXT, UNIT = "work_orders", "order_texts", "order_units"
TEXT_COLUMNS = ["order_id", "title_tokens", "body_tokens"]
UNIT_COLUMNS = ["order_id", "unit", "lead"]


def vocabulary(chance: random.Random) -> list[str]:
    """The commonest first."""
    real = REAL.split()
    made = ["".join(chance.choices(LETTERS, k=chance.choice((2, 2, 2, 3, 4)))) for _ in range(WORDS - len(real))]
    return [*real, *made]


def _uneven(count: int, shift: int) -> list[float]:
    """Zipf's weights."""
    return [1 / (rank + shift) for rank in range(count)]


def orders(
    count: int, start: int, stop: int, words: list[str]
) -> Iterator[tuple[dict[str, Any], tuple[str, str, str]]]:
    """The orders `start` to `stop` of `count`, oldest first; always the same ones for the same numbers."""
    chance, weights = random.Random(f"{count}:{start}"), _uneven(len(words), 8)
    sums = list(accumulate(weights))
    for n in range(start, stop):
        yield _order(n, n > count * 0.95, chance, words, sums)


def _order(
    n: int, new: bool, chance: random.Random, words: list[str], sums: list[float]
) -> tuple[dict[str, Any], tuple[str, str, str]]:
    at = BEGIN + EVERY * n
    order_id = f"{at:%Y%m%d}-{n % 1_000_000:06d}"
    title = "".join(chance.choices(words, cum_weights=sums, k=5))
    matter = "，".join(chance.choices(words, cum_weights=sums, k=PER_ORDER))
    open_ = chance.random() < (0.3 if new else 0.005)
    unit = chance.choices(UNITS, _UNITS)[0]
    row = {
        "order_id": order_id, "state": "handling" if open_ else "archived",
        "hotline_number": chance.choices(("12345", "12315", "12333"), (8, 1, 1))[0],
        "hotline_name": "", "hotline_unit": "", "dialled": "", "choice": "", "caller_raw": "",
        "caller_withheld": False, "caller_name": "", "title": title, "matter": matter, "address": "",
        "secret": False, "version": 1, "created_at": at, "updated_at": at,
        "category": chance.choice(("inquiry", "help", "complaint", "suggestion")),
        "queue": chance.choice(OPEN) if open_ else Queue.DONE.value,
        "area": chance.choices(AREAS, _AREAS)[0], "subject": chance.choice(SUBJECTS),
        "seat": f"{8001 + chance.randrange(60)}", "guarded": chance.random() < 0.05,
        "lead": unit, "units": json.dumps([unit]),
        "due_at": at + timedelta(days=chance.randrange(1, 40)) if open_ else None,
        "overdue": open_ and chance.random() < 0.1, "closed_at": None if open_ else at + timedelta(days=5),
    }  # fmt: skip
    return row, (order_id, tokens(title), tokens(matter))


_UNITS, _AREAS = _uneven(len(UNITS), 3), _uneven(len(AREAS), 2)
