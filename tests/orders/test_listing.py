"""Lists: what comes next first, page by page; words on both databases; nobody's list holds another's orders."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.errors import CallerFaultError
from gateway.orders.listing import Scope, Wanted, counts, lines_page
from gateway.orders.tallies import closed_groups, hot_spots, opened_by, tally
from gateway.orders.view import Queue
from gateway.store import Category
from gateway.store.models import OrderText
from routing_table import CITY_ZONE
from tests.orders.scene import WATER, K, Scene

HOUSE = Scope()


async def ids(scene: Scene, wanted: Wanted, scope: Scope = HOUSE, limit: int = 2) -> list[str]:
    """All pages of a list."""
    found: list[str] = []
    cursor = None
    while True:
        async with scene.store.reading() as session:
            page = await lines_page(session, scope, wanted, cursor=cursor, limit=limit)
        found += [row.order_id for row in page.items]
        cursor = page.next
        if cursor is None:
            return found


async def test_what_comes_next_is_first_and_what_has_no_deadline_last(scene: Scene) -> None:
    draft = await scene.file()
    slow = await scene.dispatched(category=Category.COMPLAINT)
    await scene.do(slow, K.SIGNED, WATER)
    quick = await scene.dispatched(category=Category.INQUIRY)
    late = await scene.dispatched()
    scene.wait(minutes=1)
    other = await scene.file()
    assert await ids(scene, Wanted()) == [*sorted((quick, late)), slow, draft, other]
    assert (await ids(scene, Wanted(sort="new")))[0] == other
    assert await ids(scene, Wanted(queue=Queue.INTAKE)) == [draft, other]
    assert await ids(scene, Wanted(unit="water", category=Category.INQUIRY)) == [quick]
    assert await ids(scene, Wanted(), Scope(unit="roads")) == []
    assert set(await ids(scene, Wanted(), Scope(unit="water"))) == {quick, late, slow}
    async with scene.store.reading() as session:
        found = await counts(session, Scope(unit="water"), scene.now + timedelta(hours=3))
    assert (found.queues, found.overdue) == ({"sign": 2, "handle": 1}, 2)


FOUND = {
    "停水": ["a", "b"], "水": ["a", "b"], "停水 东区": ["a"], "两天停水": [], "PVC管": ["b"], "停水 路灯": [],
    "20261123-000001": ["a"], '"停水" OR 1': [], "供水/停水": ["a", "b"],
}  # fmt: skip


async def test_words_are_found_alike_on_both_databases(scene: Scene) -> None:
    names = {
        await scene.file(area="东区", matter="小区停水两天"): "a",
        await scene.file(area="西区", matter="ＰＶＣ管爆裂停水"): "b",
        await scene.file(title="路灯不亮", subject="市政/路灯", area="东区", matter="三天"): "c",
    }
    for words, found in FOUND.items():
        assert sorted(names[one] for one in await ids(scene, Wanted(q=words), limit=1)) == found, words


async def test_a_unit_finds_by_words_only_what_it_may_read_whole(scene: Scene) -> None:
    open_ = await scene.dispatched()
    await scene.dispatched(secrecy=True)
    await scene.dispatched(category=Category.REPORT)
    assert len(await ids(scene, Wanted(q="停水"))) == 3
    assert await ids(scene, Wanted(q="停水"), Scope(unit="water")) == [open_]


async def test_a_cursor_that_is_none_is_the_caller_s_fault(scene: Scene) -> None:
    for wanted in (Wanted(), Wanted(sort="new"), Wanted(q="水")):
        for cursor in ("x", "%00", "W10", "bnVsbA", "WyJ4IiwgIngiXQ"):
            with pytest.raises(CallerFaultError):
                async with scene.store.reading() as session:
                    await lines_page(session, HOUSE, wanted, cursor=cursor)


async def test_words_that_are_none_are_refused(scene: Scene) -> None:
    with pytest.raises(CallerFaultError, match="检索"):
        await ids(scene, Wanted(q="!!"))


async def test_orders_that_count_alike_are_counted_together(scene: Scene) -> None:
    for stars in (5, 5, 1):
        order_id = await scene.dispatched()
        await scene.do(order_id, K.SIGNED, WATER)
        report = {"result": "已恢复", "answer": "已恢复"}
        await scene.do(order_id, K.ANSWERED, WATER, ground="solved", report=report)
        await scene.do(order_id, K.REVIEW_PASSED)
        result = "satisfied" if stars == 5 else "unsatisfied"
        await scene.do(order_id, K.FOLLOWED_UP, channel="call", result=result, solved=stars == 5)
    async with scene.store.reading() as session:
        groups = await closed_groups(session, scene.now - timedelta(days=1), scene.now + timedelta(days=1))
        subjects = await opened_by(session, scene.now, scene.now + timedelta(days=1), "subject")
    assert sorted(number for _row, number in groups) == [1, 2]
    rates = {rate.figure: (rate.hits, rate.total) for rate in tally(groups).rates}
    assert (rates["satisfaction"], rates["closed_in_time"]) == ((2, 3), (3, 3))
    assert subjects == {"水务/供水/停水": 3}


async def test_what_rises_against_the_same_weekday_is_a_hot_spot(scene: Scene) -> None:
    today = scene.now
    scene.now = today - timedelta(weeks=1)
    await scene.file()
    scene.now = today
    for _ in range(9):
        await scene.file()
    await scene.file(subject="市政/路灯")
    async with scene.store.reading() as session:
        found = await hot_spots(session, today.astimezone(CITY_ZONE).date(), "subject")
    assert [(spot.rise.key, spot.rise.today, spot.before) for spot in found] == [("水务/供水/停水", 9, (0, 0, 0, 1))]


async def test_the_index_holds_no_number_of_a_person_and_what_is_searched_for_stays(scene: Scene) -> None:
    told = "身份证11010519491231002X，电话 138 0013 8000，退到4111111111111111，工单20261120-000009，2026年11月停水"
    order_id = await scene.file(title="请打13800138000", matter=told)
    async with scene.store.reading() as session:
        text = await session.scalar(select(OrderText).where(OrderText.order_id == order_id))
    assert text is not None
    index = f"{text.title_tokens} {text.body_tokens}".lower()
    for number in ("110105", "1949", "002x", "138", "8000", "4111", "1111"):
        assert number not in index.replace("20261120", "").replace(order_id, "")
    assert await ids(scene, Wanted(q="停水")) == await ids(scene, Wanted(q="20261120-000009")) == [order_id]
    assert (await scene.row(order_id)).matter == told
