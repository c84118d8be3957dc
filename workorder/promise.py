"""What a caller is promised when nobody could answer on the line: to be contacted or answered, and until when.

In: an order, its rules, the moment from which it counts. Out: the clock's own answer, or none: no document that gives a
time, no time in the promise. The words to say, in Chinese. Never: a number of its own; a deadline (`life` sets it).
"""

from __future__ import annotations

from datetime import datetime

from .asking import Deadline
from .days import city_time, say_day
from .order import PROMISE, Order
from .profile import Step
from .reckon import ask
from .rules import Rules

__all__ = ["PROMISE", "reckon", "say_moment", "words"]


def reckon(order: Order, rules: Rules, since: datetime) -> tuple[Step, Deadline] | None:
    """The limit for the first contact, else the one for the answer; None where the profile gives neither, or not before
    the category is known. What is due at once is no time that could be promised."""
    for step in (Step.FIRST_CONTACT, Step.HANDLE):
        found = ask(order, rules, step, since)
        if isinstance(found, Deadline) and found.due > since:
            return step, found
    return None


def say_moment(at: datetime) -> str:
    """11月23日（周一）18:00; a day that ends at midnight is the day alone."""
    local = city_time(at)
    return say_day(local.date()) if (local.hour, local.minute) == (23, 59) else f"{say_day(local.date())}{local:%H:%M}"


def words(hotline: str, unit: str, step: Step | str, until: datetime | None) -> str:
    """What the seat says to the caller."""
    who = unit or "承办单位"
    when = f"在{say_moment(until)}前" if until is not None else "尽快"
    then = "给您答复" if step == Step.HANDLE else "与您联系"
    name = f"{hotline}的专家" if hotline else "专家"
    return f"非常抱歉，{name}现在都没有接听。您反映的问题我们已经登记，将转{who}办理，由承办单位{when}{then}。"
