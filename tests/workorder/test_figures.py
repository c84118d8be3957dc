"""The named rates, their formulas and what they leave out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.workorder.lives import MONDAY, OFFICE, SEAT, WATER, K, life
from workorder.figures import FIGURES, Row, by, in_period, month, rate, rates, rising, row_of
from workorder.order import new_order

ROW = Row(
    "1", MONDAY, MONDAY, unit="water", contacted_in_time=True, handled_in_time=True, closed_in_time=True, reported=True
)
NAMED = {figure.id: figure for figure in FIGURES}


def test_001_article_7_and_002_article_15_every_named_rate_tells_formula_source_and_exclusions() -> None:
    assert set(NAMED) == {"first_contact", "handled_in_time", "closed_in_time", "feedback", "satisfaction", "solved"}
    for figure in FIGURES:
        assert "÷" in figure.formula and figure.source and figure.exclusions
        assert all(entry.text for entry in figure.exclusions)


def test_002_article_15_mediation_and_enforcement_are_left_out_of_satisfaction_and_shown() -> None:
    rows = [
        replace(ROW, satisfied=True),
        replace(ROW, satisfied=False),
        replace(ROW, satisfied=False, mediation=True),
        replace(ROW, satisfied=False, enforcement=True),
        replace(ROW, satisfied=False, excluded="policy"),
        ROW,
    ]
    found = rate(NAMED["satisfaction"], rows)
    assert (found.hits, found.total, found.value) == (1, 2, 0.5)
    assert found.left_out == {"mediation": 1, "enforcement": 1, "not_ranked": 1, "not_asked": 1}


def test_a_rate_of_nothing_has_no_value() -> None:
    assert rate(NAMED["solved"], []).value is None


def test_003_article_21_orders_count_in_the_period_in_which_they_are_closed() -> None:
    rows = [replace(ROW, closed_at=MONDAY + timedelta(days=days)) for days in (0, 7, 8)] + [
        replace(ROW, closed_at=None)
    ]
    assert len(in_period(rows, MONDAY, MONDAY + timedelta(days=8))) == 2
    assert [month(row) for row in rows] == ["2026-11", "2026-11", "2026-12", ""]


def test_an_orders_row_tells_what_its_life_was() -> None:
    order = life("qingpu-water").handling(difficulty="hard", mediation=True)
    order.wait(hours=1).do(K.CONTACTED, WATER, result="reached", channel="call")
    order.wait(days=30).answered().do(K.REVIEW_PASSED)
    order.do(K.FOLLOWED_UP, SEAT, channel="call", result="satisfied", solved=True)
    row = row_of(order.order)
    assert row is not None
    assert (row.contacted_in_time, row.handled_in_time, row.closed_in_time) == (True, False, False)
    assert (row.satisfied, row.solved, row.mediation, row.reported, row.unit) == (True, True, True, True, "water")
    assert row_of(new_order("x")) is None


def test_a_follow_up_outweighs_a_rating_and_not_reached_says_nothing() -> None:
    order = life("changzhou").closed().do(K.FOLLOWED_UP, SEAT, channel="call", result="not_reached")
    row = row_of(order.order)
    assert row is not None and row.satisfied is None
    late = life("changzhou").closed().do(K.FOLLOWED_UP, OFFICE, channel="call", result="unsatisfied")
    row = row_of(late.order)
    assert row is not None and row.satisfied is False


ROWS = st.lists(
    st.builds(
        Row,
        st.just("n"),
        st.just(MONDAY),
        st.just(MONDAY),
        unit=st.sampled_from([None, "water", "roads"]),
        satisfied=st.none() | st.booleans(),
        solved=st.none() | st.booleans(),
        handled_in_time=st.none() | st.booleans(),
        contacted_in_time=st.none() | st.booleans(),
        closed_in_time=st.none() | st.booleans(),
        mediation=st.booleans(),
        merged=st.booleans(),
        accepted=st.booleans(),
    ),
    max_size=20,
)


@given(ROWS)
def test_every_order_is_counted_or_left_out_for_a_reason_and_parts_add_up(rows: list[Row]) -> None:
    for figure, found in zip(FIGURES, rates(rows), strict=True):
        assert found.total + sum(found.left_out.values()) == len(rows)
        assert set(found.left_out) <= {entry.id for entry in figure.exclusions}
        assert 0 <= found.hits <= found.total
        parts = [rate(figure, group) for group in by(rows, lambda row: row.unit).values()]
        assert sum(part.hits for part in parts) == found.hits
        assert sum(part.total for part in parts) == found.total


def test_hot_spots_are_what_is_notably_more_than_on_the_same_weekday() -> None:
    usual = [{"停水": 4, "路灯": 20}] * 4
    found = rising({"停水": 30, "路灯": 22, "噪声": 4, "塌方": 9}, usual)
    assert [rise.key for rise in found] == ["停水", "塌方"]
    assert found[0].usual == 4
