"""The roster's replies and requests: what a page sees of `people.json`, part by part.

In: parts of the store. Out: pydantic models; times ISO 8601. Never: a rule (those are `transfer`'s).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from console.operations import Body
from gateway.people.house_now import Named
from gateway.people.parts import ROSTER
from gateway.store.models import PeoplePart
from transfer.reading import Problem
from transfer.roster import ENTRIES_MAX

LAYOUT = 1
CLOCK = r"^([01]\d|2[0-4]):[0-5]\d$"


class ShiftShape(Body):
    """`days`: ISO weekdays on which it begins; `to` not after `from`: it ends the next day."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, serialize_by_alias=True)

    days: list[int] = Field(max_length=7)
    begins: str = Field(alias="from", pattern=CLOCK)
    ends: str = Field(alias="to", pattern=CLOCK)
    workdays: bool = False


class EntryShape(Body):
    """One expert. `kind`: seat, unit (the hotline's own line) or outside (a number behind a trunk)."""

    kind: str = Field(max_length=10)
    ref: str = Field(max_length=20)
    name: str = Field(max_length=40)
    topic: str = Field(default="", max_length=40)
    order: int = 1
    shifts: list[ShiftShape] = Field(default_factory=list, max_length=20)
    skills: list[str] = Field(default_factory=list, max_length=50)
    trunk: str = Field(default="", max_length=20)


class RuleShape(Body):
    pattern: str = Field(max_length=12)
    name: str = Field(max_length=40)
    trunk: str = Field(max_length=20)
    per_hour: int = 0
    shifts: list[ShiftShape] = Field(default_factory=list, max_length=20)


class RosterBody(Body):
    entries: list[EntryShape] = Field(max_length=ENTRIES_MAX)


class OutsideBody(Body):
    rules: list[RuleShape] = Field(max_length=1000)
    denied: list[str] = Field(max_length=1000)
    per_hour: int
    per_seat: int


class ResultCodeShape(Body):
    """`settled` null: the seat says besides whether the matter was settled on the line."""

    code: str = Field(max_length=31)
    text: str = Field(max_length=40)
    settled: bool | None = None


class ResultsBody(Body):
    items: list[ResultCodeShape] = Field(max_length=100)


class WrapRuleShape(Body):
    seconds: float
    must_close: bool = False


class WrapUpBody(Body):
    """`default_s` null: the house's setting. `must_close`: no timer, a result code closes the wrap-up."""

    default_s: float | None = None
    must_close: bool = False
    skills: dict[str, WrapRuleShape] = Field(default_factory=dict, max_length=500)


class PartHead(BaseModel):
    """`etag` goes into If-Match when the part is saved; `changed_at` null: it was never saved."""

    etag: str
    changed_by: str
    changed_at: datetime | None


class HotlineRoster(PartHead):
    number: str
    name: str
    entries: list[EntryShape]


class OutsideOut(PartHead, OutsideBody):
    pass


class ResultsOut(PartHead, ResultsBody):
    pass


class WrapUpOut(PartHead, WrapUpBody):
    """`house_s`: the house's setting, which holds where `default_s` is null."""

    house_s: float


class WarningOut(BaseModel):
    """Something named that the house does not have. `place`: `roster.12333.0` …"""

    place: str
    message: str


class SeatChoice(BaseModel):
    id: str
    name: str
    expert: bool


class Choices(BaseModel):
    """What can be named: seats, unit lines, trunks, hotlines (number → name), skills."""

    seats: list[SeatChoice]
    units: list[str]
    trunks: list[str]
    hotlines: dict[str, str]
    skills: list[str]


class PeopleOut(BaseModel):
    version: str
    hotlines: list[HotlineRoster]
    outside: OutsideOut
    results: ResultsOut
    wrap_up: WrapUpOut
    warnings: list[WarningOut]
    choices: Choices


class RungOut(BaseModel):
    """One who would be rung, in order."""

    key: str
    kind: str
    ref: str
    name: str


class RungList(BaseModel):
    at: datetime
    topics: list[str]
    items: list[RungOut]


class OutsideAnswer(BaseModel):
    """Whether the number may be called now by somebody without a call in the last hour; `reason` in Chinese if not."""

    allowed: bool
    slug: str
    reason: str
    name: str
    trunk: str


class ResultBody(Body):
    """What came of the call: settled on the line or not, and a code of `people.json`; at least one of them."""

    settled: bool | None = None
    result: str = Field(default="", max_length=31)


class ResultOut(BaseModel):
    linkedid: str
    seat: str
    settled: bool | None
    result: str
    at: datetime


def head(part: PeoplePart | None) -> dict[str, object]:
    if part is None:
        return {"etag": etag(0), "changed_by": "", "changed_at": None}
    return {"etag": etag(part.revision), "changed_by": part.changed_by, "changed_at": part.changed_at}


def etag(revision: int) -> str:
    """The layout's number, then the part's revision."""
    return f'"{LAYOUT}.{revision}"'


def roster_out(number: str, name: str, part: PeoplePart | None) -> HotlineRoster:
    entries = part.content if part else []
    return HotlineRoster.model_validate({**head(part), "number": number, "name": name, "entries": entries})


def part_number(part: PeoplePart) -> str:
    return part.key.removeprefix(ROSTER)


def warnings_out(problems: Iterable[Problem]) -> list[WarningOut]:
    return [WarningOut(place=one.place, message=one.message) for one in problems]


def choices_out(named: Named) -> Choices:
    experts = set(named.house.experts)
    skills = sorted({skill for seat in named.seats for skill in seat.skills})
    return Choices(
        seats=[SeatChoice(id=seat.id, name=seat.name, expert=seat.id in experts) for seat in named.seats],
        units=sorted(named.house.units),
        trunks=sorted(named.house.trunks),
        hotlines=named.hotlines,
        skills=skills,
    )
