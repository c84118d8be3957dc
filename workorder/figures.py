"""The rates that the documents name, each with its formula, what it leaves out and why.

In: orders as the figures see them (`row_of`), a period. Out: rates with numerator, denominator and what was left out,
all as data that the page prints beside the number. Never: a rate of nothing (its value is None); a formula that the
page does not show. The documents name the rates and give no formulas: the formulas are this system's reading.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from .days import city_time
from .model import Category
from .order import Due, FollowUpResult, Order

SATISFIED_FROM = 3  # stars: 非常满意 满意 基本满意 are good ratings, the two below are not
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Row:
    """One order as the figures see it; moments aware. `*_in_time` None: there was no such deadline."""

    order_id: str
    opened_at: datetime
    closed_at: datetime | None
    hotline: str = ""
    unit: str | None = None
    area: str = ""
    subject: str = ""
    category: Category | None = None
    source: str = ""
    contacted_in_time: bool | None = None
    handled_in_time: bool | None = None
    closed_in_time: bool | None = None
    reported: bool = False
    satisfied: bool | None = None
    solved: bool | None = None
    rounds: int = 1
    extended: bool = False
    ground: str = ""
    direct: bool = False
    mediation: bool = False
    enforcement: bool = False
    excluded: str = ""
    accepted: bool = True
    merged: bool = False


def row_of(order: Order) -> Row | None:
    """The order's row; None before it was opened."""
    if order.opened_at is None:
        return None
    contact, handle = _last(order, "first_contact"), _last(order, "handle")
    closed_in_time = None if handle is None or order.closed_at is None else order.closed_at <= handle.due
    return Row(
        order.order_id,
        order.opened_at,
        order.closed_at,
        order.hotline,
        order.lead,
        order.area,
        order.subject,
        order.category,
        order.source,
        _met(contact),
        _met(handle),
        closed_in_time,
        any(not answer.direct for answer in order.answers),
        _satisfied(order),
        _solved(order),
        order.round,
        any(asked.verdict == "approved" for asked in order.extensions),
        order.ground,
        bool(order.answer and order.answer.direct),
        order.mediation,
        order.enforcement,
        order.excluded,
        order.accepted_at is not None and order.state != "not_accepted",
        order.state == "merged",
    )


def _last(order: Order, step: str) -> Due | None:
    """The step's deadline in the last round that had one."""
    past = [due for due in order.past if due.step == step]
    return order.dues.get(step) or (past[-1] if past else None)


def _met(due: Due | None) -> bool | None:
    return None if due is None else due.met_at is not None and due.met_at <= due.due


def _satisfied(order: Order) -> bool | None:
    """What the last follow-up that reached the caller heard; without one, the caller's own rating."""
    said = [entry for entry in order.follow_ups if entry.result is not FollowUpResult.NOT_REACHED]
    if said:
        return said[-1].result is FollowUpResult.SATISFIED
    return order.rating.stars >= SATISFIED_FROM if order.rating else None


def _solved(order: Order) -> bool | None:
    said = [entry.solved for entry in order.follow_ups if entry.solved is not None]
    if said:
        return said[-1]
    return order.rating.solved if order.rating else None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Orders that a rate leaves out; the first that applies counts. `rule`: where it stands, "" when only logic."""

    id: str
    text: str
    rule: str
    applies: Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class Figure:
    """A rate: `hit` of those not left out. All texts are for the page."""

    id: str
    name: str
    formula: str
    source: str
    exclusions: tuple[Exclusion, ...]
    hit: Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class Rate:
    """`hits` of `total`, a value of 0 to 1 or None when there was nothing to count. `left_out`: how many, by id."""

    figure: str
    hits: int
    total: int
    left_out: Mapping[str, int]

    @property
    def value(self) -> float | None:
        return self.hits / self.total if self.total else None


NO_UNIT = Exclusion(
    "no_unit", "未派给承办单位（直接答复、不予受理、撤回、并案）", "", lambda row: row.unit is None or row.direct
)
MERGED = Exclusion("merged", "并入其他工单", "", lambda row: row.merged)
NOT_ACCEPTED = Exclusion("not_accepted", "不予受理", "", lambda row: not row.accepted)
WITHDRAWN = Exclusion("withdrawn", "诉求人撤回", "liaoning 第十四条（三）", lambda row: row.ground == "withdrawn")
NO_CONTACT_LIMIT = Exclusion(
    "no_limit", "所适用的办法没有规定先行联系时限", "", lambda row: row.contacted_in_time is None
)
NO_LIMIT = Exclusion("no_limit", "所适用的办法没有规定办理时限", "", lambda row: row.handled_in_time is None)
MEDIATION = Exclusion(
    "mediation", "行政调解类事项不片面追求满意率", "liaoning 第十五条；yunnan-2021 六（四）", lambda row: row.mediation
)
ENFORCEMENT = Exclusion(
    "enforcement",
    "执法办案类事项不片面追求满意率",
    "liaoning 第十五条；yunnan-2021 六（四）",
    lambda row: row.enforcement,
)
NOT_RANKED = Exclusion(
    "not_ranked", "经审核确认的不纳入测评件", "qingpu-water 第七条（三）", lambda row: bool(row.excluded)
)
NOT_ASKED = Exclusion("not_asked", "尚未回访、回访未接通且未评价", "", lambda row: row.satisfied is None)
SOLVED_UNKNOWN = Exclusion("not_asked", "尚未回访，或未问及是否解决", "", lambda row: row.solved is None)

FIGURES: tuple[Figure, ...] = (
    Figure(
        "first_contact",
        "先行联系率",
        "时限内联系上诉求人、或按规定发短信告知的工单 ÷ 本期办结且规定了先行联系时限的工单",
        "qingpu-water 第七条（二）、第九条（一）",
        (MERGED, NOT_ACCEPTED, WITHDRAWN, NO_UNIT, NO_CONTACT_LIMIT),
        lambda row: row.contacted_in_time is True,
    ),
    Figure(
        "handled_in_time",
        "及时处置率",
        "承办单位在办理时限（含批准的延期、承诺的期限）内提交最后一次办结报告的工单 ÷ 本期办结且有办理时限的工单",
        "qingpu-water 第七条（二）",
        (MERGED, NOT_ACCEPTED, WITHDRAWN, NO_UNIT, NO_LIMIT),
        lambda row: row.handled_in_time is True,
    ),
    Figure(
        "closed_in_time",
        "及时办结率",
        "在办理时限（含批准的延期、承诺的期限）内审核通过办结的工单 ÷ 本期办结且有办理时限的工单",
        "qingpu-water 第七条（二）",
        (MERGED, NOT_ACCEPTED, WITHDRAWN, NO_UNIT, NO_LIMIT),
        lambda row: row.closed_in_time is True,
    ),
    Figure(
        "feedback",
        "处理反馈率",
        "承办单位提交了办结报告的工单 ÷ 本期办结的派单",
        "qingpu-water 第七条（二）、第九条（五）",
        (MERGED, NOT_ACCEPTED, WITHDRAWN, NO_UNIT),
        lambda row: row.reported,
    ),
    Figure(
        "satisfaction",
        "满意率",
        "最近一次接通的回访（无回访的按诉求人评价，三星及以上）为满意的工单 ÷ 本期办结并取得满意度的工单",
        "qingpu-water 第七条（二）；liaoning 第十五条；changzhou 第二十条；yunnan-2021 六（四）",
        (MERGED, NOT_ACCEPTED, MEDIATION, ENFORCEMENT, NOT_RANKED, NOT_ASKED),
        lambda row: row.satisfied is True,
    ),
    Figure(
        "solved",
        "问题解决率",
        "回访或评价中诉求人认为问题已解决的工单 ÷ 本期办结并问及是否解决的工单",
        "liaoning 第十五条；yunnan-2021 六（四）",
        (MERGED, NOT_ACCEPTED, NOT_RANKED, SOLVED_UNKNOWN),
        lambda row: row.solved is True,
    ),
)
PERIOD_RULE = "本期内办结的工单计入本期，未办结的统一计入下一期（常州办法第二十一条）"


def in_period(rows: Iterable[Row], since: datetime, until: datetime) -> tuple[Row, ...]:
    """Those closed from `since` to before `until`: open ones count in the period in which they are closed."""
    return tuple(row for row in rows if row.closed_at is not None and since <= row.closed_at < until)


def rate(figure: Figure, rows: Iterable[Row]) -> Rate:
    """One rate over rows of a period."""
    hits = total = 0
    left_out: dict[str, int] = {}
    for row in rows:
        reason = next((entry.id for entry in figure.exclusions if entry.applies(row)), None)
        if reason is not None:
            left_out[reason] = left_out.get(reason, 0) + 1
            continue
        total += 1
        hits += figure.hit(row)
    return Rate(figure.id, hits, total, left_out)


def rates(rows: Iterable[Row]) -> tuple[Rate, ...]:
    """Every named rate, in the order of `FIGURES`."""
    kept = tuple(rows)
    return tuple(rate(figure, kept) for figure in FIGURES)


def by(rows: Iterable[Row], key: Callable[[Row], K]) -> dict[K, tuple[Row, ...]]:
    """Rows by hotline, unit, area, category …, in the order of first appearance."""
    found: dict[K, list[Row]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return {name: tuple(group) for name, group in found.items()}


@dataclass(frozen=True, slots=True)
class Rise:
    """A hot spot: `today` against `usual`, the mean of the same weekday in the weeks before. `score` is by how many
    times the usual scatter (Poisson) it is above the mean."""

    key: str
    today: int
    usual: float
    score: float


LEAST = 5  # fewer calls than this are no hot spot
NOTABLE = 3.0


def rising(today: Mapping[str, int], weeks_before: Sequence[Mapping[str, int]]) -> tuple[Rise, ...]:
    """What is notably more than on the same weekday before, most striking first."""
    found = []
    for key, number in today.items():
        usual = sum(week.get(key, 0) for week in weeks_before) / len(weeks_before) if weeks_before else 0.0
        score = (number - usual) / (usual + 1) ** 0.5
        if number >= LEAST and score >= NOTABLE:
            found.append(Rise(key, number, round(usual, 2), round(score, 2)))
    return tuple(sorted(found, key=lambda rise: (-rise.score, rise.key)))


def month(row: Row) -> str:
    """The evaluation month that a closed row counts in, in city time; "" while it is open."""
    return f"{city_time(row.closed_at):%Y-%m}" if row.closed_at else ""
