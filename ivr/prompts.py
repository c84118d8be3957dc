"""The prompts that code refers to by name, their texts, and the order of a greeting.

In: a hotline's number or greeting id; the text of `prompts.toml`. Out: prompt ids (file names without suffix in the
sounds folder) and id → text. Never: audio; that is made by `gateway/prompts`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Prompt(StrEnum):
    """Ids of the prompts that are not tied to one hotline, menu or number. Texts: `prompts.toml`."""

    RECORDING_NOTICE = "recording-notice"
    TRANSITION = "transition"
    CANCELLED = "cancelled"
    NOT_IN_SERVICE = "not-in-service"
    PLEASE_HOLD = "please-hold"
    CONNECT_SEAT = "connect-seat"
    CONNECT_UNIT = "connect-unit"
    CONNECT_EXPERT = "connect-expert"
    CONNECT_EMERGENCY = "connect-emergency"
    TELL_EMERGENCY = "tell-emergency"
    UNIT_CLOSED = "unit-closed"
    UNIT_BUSY = "unit-busy"
    ALL_BUSY = "all-busy"
    SEAT_NO_ANSWER = "seat-no-answer"
    RESTORING = "restoring"
    QUEUE_NEXT = "queue-next"
    QUEUE_AHEAD = "queue-ahead"
    QUEUE_CALLERS = "queue-callers"
    QUEUE_MANY = "queue-many"
    WAIT_UNDER_MINUTE = "wait-under-minute"
    WAIT_LONG = "wait-long"
    WRONG_KEY = "wrong-key"
    SURVIVAL = "survival"
    SORRY = "sorry"
    SEAT_MAY_NOT_DIAL = "seat-may-not-dial"
    GOODBYE = "goodbye"
    LEAVE_MESSAGE = "leave-message"


FIXED_PROMPTS: tuple[str, ...] = tuple(Prompt)
BEEP = "beep"  # a tone, no text: what stands before a message is said after it


def greeting_id(hotline_number: str) -> str:
    """`"12333"` → `"greet-12333"`, the prompt in which that hotline greets in its own name."""
    return f"greet-{hotline_number}"


def greeting_prompts(greeting: str, *, transition: bool = False) -> tuple[str, ...]:
    """What a caller hears first: the transition notice where due, the recording notice, the hotline's own greeting.

    `greeting` is a prompt id ("greet-12333"), as a route gives it. The recording notice comes before any talk and
    says that the voice is synthetic (labelling rules for generated content, in force since 2025-09-01).
    """
    notice = (Prompt.TRANSITION, Prompt.RECORDING_NOTICE) if transition else (Prompt.RECORDING_NOTICE,)
    return (*notice, greeting)


@dataclass(frozen=True, slots=True)
class PromptText:
    """What a prompt says: `text` as written, `say` as it is to be read where that differs (hanzi, pinyin in braces)."""

    id: str
    text: str
    say: str = ""

    @property
    def spoken(self) -> str:
        return self.say or self.text


class PromptError(ValueError):
    """The prompt list is wrong; `problems` has a line for each fault."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def load_prompts(text: str) -> Mapping[str, PromptText]:
    """Read `prompts.toml`: `id = "text"` or `id = { text = "…", say = "…" }`. Raises PromptError with all faults."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PromptError((f"prompts.toml: {error}",)) from error
    problems: list[str] = []
    prompts: dict[str, PromptText] = {}
    for name, value in raw.items():
        entry = {"text": value} if isinstance(value, str) else value
        fault = _fault(name, entry)
        if fault:
            problems.append(f"prompts.toml: {name}: {fault}")
        else:
            prompts[name] = PromptText(name, entry["text"], entry.get("say", ""))
    if problems:
        raise PromptError(tuple(problems))
    return MappingProxyType(prompts)


def _fault(name: str, entry: object) -> str:
    if not _ID.fullmatch(name):
        return "an id is lower-case letters, digits and single hyphens: it becomes a file name"
    if not isinstance(entry, dict) or not set(entry) <= {"text", "say"} or "text" not in entry:
        return 'must be "text" or { text = "…", say = "…" }'
    if not all(isinstance(value, str) and value.strip() for value in entry.values()):
        return "text and say must not be empty"
    return ""
