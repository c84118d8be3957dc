"""Which hotline a number is, and where its calls go, when. Pure: no clock, no I/O, standard library only.

table = load_demo({"city.toml": …, "hotlines.csv": …, "calendar.toml": …})    # or from_json(text)
answer = lookup(table, Arrival("0872-12315", "+8613800000000", (), "carrier"), at)

What a call needs is here; what an editor needs has faces of its own, so that the process AGI starts without them:
`proof`, `difference`, `replay`, `edits`, `entities`, `notices`, `life_cycle`, `sheets`.
"""

from .calendar import (
    CITY_ZONE,
    Calendar,
    CalendarState,
    DayException,
    Override,
    Period,
    YearNotice,
    city_time,
    is_open,
    is_working_day,
    state,
)
from .fields import Problem
from .load import FILES, TableError, from_json, load_demo, to_json, versioned
from .lookup import EXPERT_POOL, GENERAL_SKILL, SHARED_POOL, lookup
from .model import (
    PRIORITY_EMERGENCY,
    PRIORITY_NORMAL,
    PRIORITY_RAISED,
    AfterAnnouncement,
    Arrival,
    City,
    EmergencyNumber,
    EmergencyPolicy,
    Hotline,
    Link,
    LinkKind,
    MergeMode,
    Mode,
    NeverOpened,
    NotRouted,
    Route,
    Row,
    Seats,
    Step,
    StepKind,
    Table,
    Trunk,
    UnitLine,
)
from .numbers import Caller, Diversion, normalise_caller, normalise_dialled, parse_diversions
from .reasons import Reason, read_reason

__all__ = [
    "CITY_ZONE",
    "EXPERT_POOL",
    "FILES",
    "GENERAL_SKILL",
    "PRIORITY_EMERGENCY",
    "PRIORITY_NORMAL",
    "PRIORITY_RAISED",
    "SHARED_POOL",
    "AfterAnnouncement",
    "Arrival",
    "Calendar",
    "CalendarState",
    "Caller",
    "City",
    "DayException",
    "Diversion",
    "EmergencyNumber",
    "EmergencyPolicy",
    "Hotline",
    "Link",
    "LinkKind",
    "MergeMode",
    "Mode",
    "NeverOpened",
    "NotRouted",
    "Override",
    "Period",
    "Problem",
    "Reason",
    "Route",
    "Row",
    "Seats",
    "Step",
    "StepKind",
    "Table",
    "TableError",
    "Trunk",
    "UnitLine",
    "YearNotice",
    "city_time",
    "from_json",
    "is_open",
    "is_working_day",
    "load_demo",
    "lookup",
    "normalise_caller",
    "normalise_dialled",
    "parse_diversions",
    "read_reason",
    "state",
    "to_json",
    "versioned",
]
