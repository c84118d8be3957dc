"""workorder: the case that outlives the call.

In: the facts of a call, numbers and times as parameters. Out: a draft order, or the task to ring a missed caller back.
Never: a clock, a sequence, a store; a deadline that no document gives (deadlines arrive with the policy profiles).
"""

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

__all__ = [
    "MAX_SEQUENCE",
    "CallFacts",
    "Category",
    "OrderState",
    "Origin",
    "Task",
    "TaskKind",
    "WorkOrder",
    "missed_call_task",
    "number_of",
    "open_draft",
    "parse_number",
]
