"""What the routing table says and what a lookup answers: frozen values, no behaviour beyond their index.

In: values already checked by `load`. Out: `Table` with its index by number. Never: reads a clock, a file, or text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from .calendar import Calendar, YearNotice
from .menus import Menu
from .numbers import Caller, normalise_dialled
from .reasons import Reason

PRIORITY_NORMAL = 0
PRIORITY_RAISED = 10  # psychological aid 12356
PRIORITY_EMERGENCY = 100  # an emergency call that its own centre did not take


class Mode(StrEnum):
    """The letters of domain/routes.md."""

    TRANSITION = "A"
    CANCELLED = "B"
    MERGED = "C"
    TRANSFER = "D"
    EXPERT = "E"
    NEVER_OPENED = "F"
    EMERGENCY = "G"
    SUBCENTRE = "H"


class StepKind(StrEnum):
    PROMPT = "prompt"
    MENU = "menu"
    SHARED_SEATS = "shared_seats"
    EXPERT_SEATS = "expert_seats"
    UNIT_LINE = "unit_line"
    EMERGENCY = "emergency"
    ANNOUNCEMENT = "announcement"
    HANGUP = "hangup"
    MESSAGE = "message"  # the prompt is played, then the caller may speak; the call's recording keeps it


class LinkKind(StrEnum):
    """What a row's own chain may be made of."""

    SHARED_SEATS = "shared_seats"
    EXPERT_SEATS = "expert_seats"
    UNIT_LINE = "unit_line"  # ref: a line; "" for all lines of the hotline
    HOTLINE = "hotline"  # ref: another hotline's number; its people and skills, not its greeting
    ANNOUNCEMENT = "announcement"  # ref: prompt id; as the last link the call ends after it
    MESSAGE = "message"  # ref: prompt id, "" for leave-message; the call ends after it
    EMERGENCY = "emergency"  # ref: an emergency number of the table


class MergeMode(StrEnum):
    """A label for people; what happens follows from the four switches of the row."""

    MAIN = "main"  # 12345 itself
    ABSORBED = "absorbed"
    PARALLEL = "parallel"
    SUBCENTRE = "subcentre"
    EMERGENCY = "emergency"


class Seats(StrEnum):
    """Where the hotline's own seats went."""

    MERGED = "merged"
    KEPT_BY_UNIT = "kept_by_unit"


class AfterAnnouncement(StrEnum):
    HANGUP = "hangup"
    SHARED_SEATS = "shared_seats"


class EmergencyPolicy(StrEnum):
    """Linkage with 110 and the others (national opinion of 2022; letter 66 of 2025 says: at once)."""

    HAND_OVER = "hand_over"
    THREE_WAY = "three_way"
    TELL = "tell"


@dataclass(frozen=True, slots=True)
class City:
    name: str
    area_code: str  # with the leading 0: "0872"
    main: str = "12345"


@dataclass(frozen=True, slots=True)
class Hotline:
    """A hotline is an entity of its own; number, name and unit may change while the row lasts."""

    number: str
    name: str
    unit: str
    merge_mode: MergeMode


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a chain; written `kind` or `kind:ref`, such as `unit_line:unit-12348`."""

    kind: LinkKind
    ref: str = ""

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.ref}" if self.ref else self.kind.value


@dataclass(frozen=True, slots=True)
class Row:
    """What one number means from `valid_from` (inclusive) until `valid_until` (exclusive); None is without end."""

    hotline: Hotline
    number_kept: bool
    seats: Seats
    transfer_mechanism: bool
    expert_seat_allowed: bool
    valid_from: date | None = None
    valid_until: date | None = None
    transition_from: date | None = None  # first day of the transition prompt
    cut_over: date | None = None  # first day on which the number is cancelled
    aliases: tuple[str, ...] = ()  # ordinary local numbers that the short code is bound to
    greeting: str = ""  # prompt id; "" means greet-<number>
    skills: tuple[str, ...] = ()  # empty: the hotline's number
    priority: int = PRIORITY_NORMAL
    expert_direct: bool = False
    after_announcement: AfterAnnouncement = AfterAnnouncement.HANGUP
    menu_open: str = ""  # menu while `menu_calendar` is open
    menu_closed: str = ""
    menu_calendar: str = ""
    note: str = ""
    chain: tuple[Link, ...] = ()  # instead of the mode's own steps with people; empty: the mode's own
    shared_percent: int = 0  # of the calls that would go to the unit's line, so many per cent go to shared seats
    shared_calendar: str = ""  # the share applies only while this calendar is open; "" always
    rolled_back: date | None = None  # from this day on the merge is taken back: number and seats as the unit had them

    @property
    def number(self) -> str:
        return self.hotline.number

    def valid_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day < self.valid_until
        )

    def cancelled_on(self, day: date) -> bool:
        """A number that is not kept is cancelled from its cut-over on; without one it is cancelled already."""
        if self.number_kept or self.rolled_back_on(day):
            return False
        return self.cut_over is None or self.cut_over <= day

    def rolled_back_on(self, day: date) -> bool:
        return self.rolled_back is not None and self.rolled_back <= day


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit's own seats behind one PBX endpoint (`ref`, such as unit-12348)."""

    ref: str
    hotline: str
    calendar: str
    number: str = ""  # the line's public number, to recognise calls that it forwards back to us
    valid_from: date | None = None
    valid_until: date | None = None

    def valid_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day < self.valid_until
        )


@dataclass(frozen=True, slots=True)
class Trunk:
    """A known trunk: what it may tell us, what it always carries, what it carries when nothing else is known."""

    name: str
    believe_diversion: bool = False
    number: str = ""  # every call on it is for this hotline
    default: str = ""


@dataclass(frozen=True, slots=True)
class EmergencyNumber:
    number: str
    name: str
    unit: str
    policy: EmergencyPolicy = EmergencyPolicy.HAND_OVER


@dataclass(frozen=True, slots=True)
class NeverOpened:
    """A national number never answered in this city: it must not be opened (source 004, section 2)."""

    number: str
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Everything the table knows of one dialled number."""

    rows: tuple[Row, ...] = ()
    emergency: EmergencyNumber | None = None
    never_opened: NeverOpened | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """An immutable snapshot. `version` is `<number>-<hash of the content>`; equal content has an equal hash."""

    version: str
    city: City
    rows: tuple[Row, ...]
    calendars: tuple[Calendar, ...] = ()
    notices: tuple[YearNotice, ...] = ()
    unit_lines: tuple[UnitLine, ...] = ()
    trunks: tuple[Trunk, ...] = ()
    emergencies: tuple[EmergencyNumber, ...] = ()
    never_opened: tuple[NeverOpened, ...] = ()
    menus: tuple[Menu, ...] | None = None  # None: a table from before it carried menus; those of the house are played
    by_number: Mapping[str, Entry] = field(init=False, repr=False, compare=False)
    calendar_named: Mapping[str, Calendar] = field(init=False, repr=False, compare=False)
    lines_of: Mapping[str, tuple[UnitLine, ...]] = field(init=False, repr=False, compare=False)
    trunk_named: Mapping[str, Trunk] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        lines: dict[str, tuple[UnitLine, ...]] = {}
        for line in self.unit_lines:
            lines[line.hotline] = (*lines.get(line.hotline, ()), line)
        object.__setattr__(self, "by_number", self._index())
        object.__setattr__(self, "calendar_named", {calendar.name: calendar for calendar in self.calendars})
        object.__setattr__(self, "lines_of", lines)
        object.__setattr__(self, "trunk_named", {trunk.name: trunk for trunk in self.trunks})

    def _index(self) -> dict[str, Entry]:
        area = self.city.area_code
        rows: dict[str, list[Row]] = {}
        for row in self.rows:
            for number in dict.fromkeys((row.number, *row.aliases)):
                rows.setdefault(normalise_dialled(number, area), []).append(row)
        index = {number: Entry(tuple(found)) for number, found in rows.items()}
        for never in self.never_opened:
            index[normalise_dialled(never.number, area)] = Entry(never_opened=never)
        for emergency in self.emergencies:  # last: nothing may hide an emergency number
            index[normalise_dialled(emergency.number, area)] = Entry(emergency=emergency)
        return index


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call as the trunk hands it over. `diversions`: raw headers or bare numbers, newest first.

    `key`: the call's id; it decides the share of calls for a caller who hides the number.
    """

    dialled: str
    caller: str | None = None
    diversions: tuple[str, ...] = ()
    trunk: str | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way. `ref` is a prompt id, menu id, PBX endpoint or pool name, by `kind`.

    `join`: keep a seat on the line when the other side answers (three-way); `skills` and `priority` for seat steps.
    """

    kind: StepKind
    ref: str
    skills: tuple[str, ...] = ()
    priority: int = PRIORITY_NORMAL
    join: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """Where the call goes. `number` is the hotline's number, `greeting` a prompt id ("" where none is played)."""

    number: str
    hotline: Hotline
    mode: Mode
    greeting: str
    skills: tuple[str, ...]
    steps: tuple[Step, ...]
    table_version: str
    why: tuple[Reason, ...]
    caller: Caller
    priority: int = PRIORITY_NORMAL

    @property
    def reasons(self) -> tuple[str, ...]:
        """English sentences; `reason.chinese` for pages, `reason.coded` for the journal (over `why`)."""
        return tuple(str(reason) for reason in self.why)


@dataclass(frozen=True, slots=True)
class NotRouted:
    """The number is not ours to answer. `number` is the normalised dialled number ("" when unreadable)."""

    number: str
    cause: Reason
    why: tuple[Reason, ...]
    caller: Caller
    table_version: str
    mode: Mode | None = None  # F, or None for an unknown number

    @property
    def reason(self) -> str:
        return str(self.cause)

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(str(reason) for reason in self.why)
