"""An order as the fold of its events.

In: nothing. Out: frozen values; every moment is aware. Never: who the caller is (only which identity fields are known:
the store keeps them encrypted), a rule, a way to change anything but through an event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from .events import Json
from .model import Category, OrderState


class Verdict(StrEnum):
    """What became of a request."""

    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"
    LAPSED = "lapsed"  # the order went on before anybody decided


class ContactResult(StrEnum):
    """始终未接、忙音、关机、暂时无法接通、停机、非本人 (seed 001, article 9(1)); `TOLD`: by SMS instead."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    SWITCHED_OFF = "switched_off"
    UNREACHABLE = "unreachable"
    SUSPENDED = "suspended"
    WRONG_PERSON = "wrong_person"
    TOLD = "told"


class FollowUpResult(StrEnum):
    """What the caller said when asked; `NOT_REACHED` says nothing about the unit."""

    SATISFIED = "satisfied"
    UNSATISFIED = "unsatisfied"
    NOT_REACHED = "not_reached"


class Level(StrEnum):
    """督办单、专题协调、约谈提醒、通报 (seeds 002 article 15, 003 article 26, 004 part 6)."""

    SHEET = "sheet"
    JOINT_MEETING = "joint_meeting"
    INTERVIEW = "interview"
    BULLETIN = "bulletin"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a deadline's reckoning: by which rule the clock went from where to where."""

    rule: str
    start: str
    end: str
    why: str


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline with the rule it stands on. `step`: dispatch sign_for first_contact handle return materials.

    `why` says what made it be set (dispatch, extension, notice, override …); `start`: from when the clock counted;
    `met_at` when the step was done;
    `warned`, `overdue` that the clock has said so once.
    """

    step: str
    due: datetime
    limit: str
    rule: str
    why: str
    profile_version: str
    start: datetime
    set_at: datetime
    provisional: bool = False
    explained: tuple[Line, ...] = ()
    met_at: datetime | None = None
    warned: bool = False
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """An attempt to reach the caller. `counted`: far enough from the one before (article 9(1) of seed 001)."""

    at: datetime
    by: str
    unit: str | None
    result: ContactResult
    channel: str
    cause: str
    counted: bool


@dataclass(frozen=True, slots=True)
class Return:
    """A unit's request to give the order back. `evidence`: kinds of material attached."""

    at: datetime
    unit: str
    ground: str
    why: str
    evidence: tuple[str, ...]
    suggestion: str
    approved_by: str
    verdict: Verdict = Verdict.PENDING
    decided_at: datetime | None = None
    decided_by: str = ""


@dataclass(frozen=True, slots=True)
class ExtensionAsked:
    """A request for `amount` more working days, made in that `round` of handling."""

    at: datetime
    unit: str | None
    amount: int
    why: str
    caller_told: bool
    round: int = 1
    approvals: tuple[str, ...] = ()  # ids of the profile's approvals given
    verdict: Verdict = Verdict.PENDING
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """承诺件: answered within the limit, the end promised for a day (seed 000, article 11(2)2(2))."""

    at: datetime
    unit: str | None
    until: datetime
    answer: str


PROMISE = "promise"  # the step of the deadline of what a caller was promised


class PromiseSource(StrEnum):
    """Why a caller was promised an answer. `NO_EXPERT`: nobody on the roster answered while the caller was there."""

    NO_EXPERT = "no_expert"


@dataclass(frozen=True, slots=True)
class CallerPromise:
    """What the caller was promised: to be contacted (`step` first_contact) or answered (handle) until a moment that the
    profile gives; `until` None: soon, where no document gives a time. `unit`: who is proposed for it. `told`: a person
    has said so to the caller; else the house owes it all the same. `kept_at`: when it was kept."""

    at: datetime
    by: str
    source: PromiseSource
    since: datetime
    until: datetime | None
    step: str = ""
    rule: str = ""
    unit: str = ""
    told: bool = False
    kept_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A closing report under a ground. `direct`: answered on the spot by the seat, without a unit."""

    at: datetime
    unit: str | None
    by: str
    ground: str
    report: Mapping[str, str]
    direct: bool = False
    verdict: Verdict = Verdict.PENDING
    why: str = ""
    decided_at: datetime | None = None
    approved_by: str = ""  # who in the unit has approved it (seed 000, article 11(5))
    opinion: str = ""  # the written opinion that the caller wanted, as the unit names it (seed 003, article 11)


@dataclass(frozen=True, slots=True)
class CoAnswer:
    """What another unit reported to the lead; `done` False is a stage report with its reasons."""

    at: datetime
    unit: str
    done: bool
    text: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One asking of the caller, by `channel` call, sms or web. `recording` names the call; `again_at`: when the caller,
    who was not reached, is to be asked again."""

    at: datetime
    by: str
    channel: str
    result: FollowUpResult
    solved: bool | None
    unit_fault: bool
    round: int
    text: str = ""
    recording: str = ""
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    """The caller's own verdict, 1 to 5; one matter, one rating (seed 003, article 15)."""

    at: datetime
    stars: int
    solved: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Supervision:
    """One rung of the ladder taken."""

    at: datetime
    by: str
    level: Level
    unit: str | None
    why: str
    answered_at: datetime | None = None
    answer: str = ""
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A nuisance mark with its evidence: `ground` of `repeats.NuisanceGround`."""

    at: datetime
    by: str
    ground: str
    evidence: tuple[str, ...]
    lifted_at: datetime | None = None
    lifted_by: str = ""
    lifted_why: str = ""


@dataclass(frozen=True, slots=True)
class HigherLaw:
    """Higher law's own limit for this order, with its basis."""

    at: datetime
    by: str
    limit: str
    basis: str


@dataclass(frozen=True, slots=True)
class Standstill:
    """The clock stood from `start` to `end`; open while `end` is None."""

    start: datetime
    end: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class LeaderAsk:
    """批办、会签、批办单、联席会议: put before a leader (`purpose`), and what was decided."""

    at: datetime
    purpose: str
    leader: str = ""
    lead: str | None = None
    units: tuple[str, ...] = ()
    decided_at: datetime | None = None
    instruction: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One case. `lead` answers for it, `co` report to the lead; `round` counts handlings from 1.

    `identity` names the fields known of the caller (name, contact, employer, address), never their values.
    `accused` are the units that the matter is about. `dues` hold the deadlines of the present round by step, `past`
    those replaced. `refused_returns` are units whose return the office has refused: they may not ask again.
    """

    order_id: str
    state: OrderState = OrderState.DRAFT
    opened_at: datetime | None = None
    updated_at: datetime | None = None
    count: int = 0  # of events taken in
    profile: str = ""
    profile_version: str = ""
    channel: str = ""  # call web app sms office open311
    source: str = ""  # the hotline that the matter came by: 12345, 12319 …
    hotline: str = ""
    seat: str | None = None
    category: Category | None = None
    subject: str = ""
    area: str = ""
    title: str = ""
    matter: str = ""
    difficulty: str = ""
    urgent: bool = False
    emergency: bool = False  # public emergency, life or property: goes to the leaders as well
    enforcement: bool = False
    mediation: bool = False
    identity: frozenset[str] = frozenset()
    accused: frozenset[str] = frozenset()
    secrecy: bool = False
    public: bool = False
    written: bool = False  # the caller wants a written opinion (seed 003, article 11)
    accepted_at: datetime | None = None
    ground: str = ""  # why not accepted, or the closing ground
    right_channel: str = ""
    materials_until: datetime | None = None
    lead: str | None = None
    co: tuple[str, ...] = ()
    lead_named_by: str = ""
    leader_asks: tuple[LeaderAsk, ...] = ()
    dispatched_at: datetime | None = None
    dispatch_why: str = ""
    joined: Mapping[str, datetime] = field(default_factory=dict)  # when each unit got it
    signed: Mapping[str, datetime] = field(default_factory=dict)
    returns: tuple[Return, ...] = ()
    refused_returns: frozenset[str] = frozenset()
    return_closed: frozenset[str] = frozenset()  # units whose time to return is over: counted as taken
    contacts: tuple[Contact, ...] = ()
    co_answers: tuple[CoAnswer, ...] = ()
    promise: Promise | None = None
    caller_promise: CallerPromise | None = None
    extensions: tuple[ExtensionAsked, ...] = ()
    pauses: tuple[Standstill, ...] = ()
    override: HigherLaw | None = None
    uncooperative_since: datetime | None = None
    answers: tuple[Answer, ...] = ()
    closed_at: datetime | None = None
    round: int = 1
    follow_ups: tuple[FollowUp, ...] = ()
    excluded: str = ""  # why it does not count in the ranking by satisfaction
    rating: Rating | None = None
    evaluated_in: str = ""
    archived_at: datetime | None = None
    dues: Mapping[str, Due] = field(default_factory=dict)
    past: tuple[Due, ...] = ()
    urged: int = 0
    supervisions: tuple[Supervision, ...] = ()
    proposed: frozenset[Level] = frozenset()
    repeats: int = 0
    repeat_of: str = ""
    new_facts: bool = False  # the repeat brings something new
    merged_into: str = ""
    merged: tuple[str, ...] = ()
    hard_case: bool = False
    urgent_reported: bool = False
    marks: tuple[Mark, ...] = ()
    handed_over: bool = False
    discipline: frozenset[str] = frozenset()  # why the discipline body has been told (seed 002, article 16)
    told: int = 0  # times the caller was told of the progress
    notes: tuple[tuple[datetime, str, str], ...] = ()  # when, who, what
    unread: tuple[Mapping[str, Json], ...] = ()  # stored events that could not be read: kept, and shown

    @property
    def units(self) -> tuple[str, ...]:
        """The lead and those that help it."""
        return ((self.lead,) if self.lead else ()) + self.co

    @property
    def marks_in_force(self) -> tuple[Mark, ...]:
        """Those that nobody has lifted."""
        return tuple(mark for mark in self.marks if mark.lifted_at is None)

    @property
    def answer(self) -> Answer | None:
        """The last report."""
        return self.answers[-1] if self.answers else None

    @property
    def supervision(self) -> Level | None:
        """The highest rung taken."""
        taken = {entry.level for entry in self.supervisions}
        return max(taken, key=list(Level).index) if taken else None

    @property
    def pending_return(self) -> Return | None:
        last = self.returns[-1] if self.returns else None
        return last if last and last.verdict is Verdict.PENDING else None

    @property
    def pending_extension(self) -> ExtensionAsked | None:
        last = self.extensions[-1] if self.extensions else None
        return last if last and last.verdict is Verdict.PENDING else None

    def next_due(self) -> Due | None:
        """The open deadline that comes first: what an inbox is sorted by."""
        waiting = [due for due in self.dues.values() if due.met_at is None]
        return min(waiting, key=lambda due: due.due, default=None)


def new_order(order_id: str) -> Order:
    """An order before its first event."""
    return Order(order_id)
