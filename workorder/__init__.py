"""workorder: the case that outlives the call, and the government clock it runs by.

In: the facts of a call, numbers and times as parameters; a policy profile, the working days. Out: a draft order, the
task to ring a missed caller back, a deadline explained line by line. Never: a clock, a sequence, a store; a deadline
that no document gives.

What a question to the clock and its answer hold is in `asking`, the rules of a document in `profile`, their TOML in
`load`, words for people in `words`.

An order's life is in `life` (what is taken in, what follows) and `evolve` (the fold); its values in `events`, `shapes`
and `order`; who may what and when in `allowed`, by which article in `checks`. Beside it stand `privacy`, `repeats`,
`suggest`, `attention` and `figures`.
"""

from .asking import Deadline, Extension, Matter, Override, Pause, Question, Refused
from .clock import answer, due, find_limit, recompute
from .days import Days, YearDays
from .load import ProfileError, load_profile
from .model import (
    CallFacts,
    Category,
    OrderState,
    Origin,
    Task,
    TaskKind,
    WorkOrder,
)
from .numbering import MAX_SEQUENCE, number_of, parse_number
from .opening import missed_call_task, open_draft
from .profile import Difficulty, Profile, Step

__all__ = [
    "MAX_SEQUENCE",
    "CallFacts",
    "Category",
    "Days",
    "Deadline",
    "Difficulty",
    "Extension",
    "Matter",
    "OrderState",
    "Origin",
    "Override",
    "Pause",
    "Profile",
    "ProfileError",
    "Question",
    "Refused",
    "Step",
    "Task",
    "TaskKind",
    "WorkOrder",
    "YearDays",
    "answer",
    "due",
    "find_limit",
    "load_profile",
    "missed_call_task",
    "number_of",
    "open_draft",
    "parse_number",
    "recompute",
]
