"""A policy profile: what one city's document fixes, as values with the article of each.

In: nothing. Out: frozen values that `load.load_profile` makes from TOML. Never: a number that no document gives; where
a document is silent the field is empty or None.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .hours import OfficeHours
from .limits import Limit
from .model import Category


class Step(StrEnum):
    """The steps of an order that may have a limit: 派单 签收 先行联系 办理 退单."""

    HANDLE = "handle"
    DISPATCH = "dispatch"
    SIGN_FOR = "sign_for"
    FIRST_CONTACT = "first_contact"
    RETURN = "return"


class Difficulty(StrEnum):
    """简单 紧急 复杂 疑难 (seed 001)."""

    SIMPLE = "simple"
    URGENT = "urgent"
    COMPLEX = "complex"
    HARD = "hard"


class When(StrEnum):
    """When a limit's row holds, by the moment it starts. `office day` has the lunch break in it, `open` has not."""

    ALWAYS = "always"
    OPEN = "open"
    CLOSED = "closed"
    OFFICE_DAY = "office day"
    OUTSIDE = "outside office day"


@dataclass(frozen=True, slots=True)
class Article:
    """`rule` names the document's place (`第九条（三）1`), `text` says it in Chinese.

    `reading`: where the words leave something open, how it is read here and why; the city edits it in its own copy.
    """

    rule: str
    text: str
    reading: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One of a list: a ground, a field of the report, a step of the ladder. `channel`: where the caller is sent."""

    id: str
    text: str
    rule: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A number that the document leaves open (`始终无法`, `多次`, `明显`) as it is read here: `id` names a setting
    (`rules.READINGS`), `text` says why."""

    id: str
    value: int
    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """What somebody in the unit has to approve before it goes out."""

    article: Article
    approvals: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A limit and whom it holds for; empty: for all. The first row that fits decides.

    `limit` None: the document speaks of the step without giving a time; `article` is then the reason for refusing.
    `round_the_clock`: whoever acts works day and night, so no moment is off-hours.
    """

    step: Step
    limit: Limit | None
    article: Article
    categories: frozenset[Category] = frozenset()
    sources: frozenset[str] = frozenset()
    difficulties: frozenset[Difficulty] = frozenset()
    enforcement: bool = False  # only for enforcement cases
    when: When = When.ALWAYS
    round_the_clock: bool = False
    roll_over: bool = False  # natural days that end on a day off end on the next working day
    from_signing: bool = False  # counted from the unit's signing, not from the dispatch


@dataclass(frozen=True, slots=True)
class ExtensionRule:
    """What may be added to `handle`, in working days. Empty or None: the document sets no such bound.

    `allowed` False: refused, `article` says why. `max_total`: the limit with all extensions. `closed_last`: an
    application within so many working days before expiry is not taken.
    """

    article: Article
    categories: frozenset[Category] = frozenset()
    allowed: bool = True
    lengths: frozenset[int] = frozenset()
    max_times: int | None = None
    max_total: int | None = None
    closed_last: int | None = None
    approvals: tuple[Item, ...] = ()  # in this order
    duties: tuple[Item, ...] = ()  # what the unit must do besides


@dataclass(frozen=True, slots=True)
class ReturnRule:
    """退单. `grounds` empty: any reason why it is not the unit's. `forbidden`: when it may not be returned."""

    article: Article
    grounds: tuple[Item, ...] = ()
    forbidden: tuple[Item, ...] = ()
    evidence: tuple[Item, ...] = ()
    approvals: tuple[Item, ...] = ()
    late_is_accepted: bool = False
    second_allowed: bool = True  # False: "in principle not", the office may still let one through


@dataclass(frozen=True, slots=True)
class ContactRule:
    """先行联系: attempts at least so far apart; when none succeeds, an SMS."""

    article: Article
    causes: tuple[Item, ...] = ()  # why an attempt failed
    retry_after_minutes: int | None = None
    then_sms: bool = False


class RepeatAnswer(StrEnum):
    """What is done with an empty or unchanged repeat."""

    REJECT = "reject"
    TELL = "tell"  # tell the caller the progress or the result
    MERGE = "merge"


@dataclass(frozen=True, slots=True)
class RepeatRule:
    """`hard_case_from`: so many complaints of one matter make it a hard case with its own sheet."""

    article: Article
    answer: RepeatAnswer | None = None
    hard_case_from: int | None = None


@dataclass(frozen=True, slots=True)
class RealNameRule:
    """These categories are not accepted without these of the caller's particulars."""

    article: Article
    categories: frozenset[Category]
    fields: tuple[Item, ...]


class Lead(StrEnum):
    """Who leads when several units handle one order."""

    LEADER_NAMES = "leader_names"  # a leader's written instruction names the lead
    FIRST_RECEIVER = "first_receiver"
    JOINT_MEETING = "joint_meeting"
    OFFICE_NAMES = "office_names"


@dataclass(frozen=True, slots=True)
class LeadRule:
    article: Article
    lead: Lead


@dataclass(frozen=True, slots=True)
class FollowUpRule:
    """`handle_again`: an answer the caller is unhappy with goes back. `only_units_fault`: only where the unit is to
    blame. `second`: followed up once more. `by_office`: the office examines whether it goes back."""

    article: Article
    handle_again: bool = True
    only_units_fault: bool = False
    second: bool = False
    by_office: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """One document. `version`: its number and a hash of its content, kept by the order; `title`: its name."""

    name: str
    version: str
    title: str
    categories: frozenset[Category]
    hours: OfficeHours
    hours_article: Article
    limits: tuple[LimitRow, ...]
    extensions: tuple[ExtensionRule, ...] = ()
    sources: frozenset[str] = frozenset()  # where its orders come from; empty: not told apart
    returns: ReturnRule | None = None
    contact: ContactRule | None = None
    repeats: RepeatRule | None = None
    real_name: RealNameRule | None = None
    lead: LeadRule | None = None
    follow_up: FollowUpRule | None = None
    promise: Article | None = None  # 承诺件
    pause: Article | None = None  # the clock may stand still
    override: Article | None = None  # another law's limit goes before
    closing_grounds: tuple[Item, ...] = ()
    report_fields: tuple[Item, ...] = ()
    not_accepted: tuple[Item, ...] = ()
    supervision: tuple[Item, ...] = ()  # the ladder, mildest first
    supervised_matters: tuple[Item, ...] = ()  # which orders are supervised
    handed_on: tuple[Item, ...] = ()  # what the discipline body is told of
    not_ranked: tuple[Item, ...] = ()  # kinds that do not count in satisfaction
    nuisance: Article | None = None
    urgent: Article | None = None  # urgent cases are reported to leaders
    hard_cases: tuple[Item, ...] = ()  # what makes a hard case
    urgent_leaders: tuple[Item, ...] = ()  # to whom: one name for each
    answer: ApprovalRule | None = None  # before a closing report goes out
    supervision_answer: ApprovalRule | None = None  # before the answer to a supervision goes out
    written: Article | None = None  # a written opinion, where the caller wants one
    dossier: Article | None = None  # 一案一档
    readings: tuple[Reading, ...] = ()
    privacy: tuple[Item, ...] = ()
    feeds: tuple[Item, ...] = ()
    figures: tuple[Item, ...] = ()  # the rates that the document names

    def extension_rule(self, category: Category | None) -> ExtensionRule | None:
        """The rule on extensions for a category; the first that fits."""
        return next((rule for rule in self.extensions if not rule.categories or category in rule.categories), None)
