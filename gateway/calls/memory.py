"""What the gateway must know of a call at each visit, carried in two channel variables of the call itself.

In: a call's facts. Out: one word for `HL_CALL` (facts) beside `HL_STATE` (the way, `transfer.dump`), and back.
Never: kept anywhere else. A gateway that was restarted in the middle of the call reads them and goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from urllib.parse import parse_qsl, urlencode

REFUSED_MAX = 8  # seats remembered as not having taken this call; more would outgrow an AGI line


class BadMemory(ValueError):  # noqa: N818  # the variables were cut or altered; the call goes to the fallback
    """`HL_CALL` is not ours."""


@dataclass(frozen=True, slots=True)
class CallMemory:
    """Facts of one call. `since`: epoch seconds at which waiting began, 0 before; `caller`: normalised or empty."""

    hotline: str
    mode: str
    table: str
    caller: str = ""
    skills: tuple[str, ...] = ()
    expert_skills: tuple[str, ...] = ()
    priority: int = 0
    since: float = 0.0
    refused: tuple[str, ...] = ()
    offers: int = 0
    choice: str = ""

    def with_refused(self, seat: str) -> CallMemory:
        """Remember that this seat did not take the call."""
        if not seat:
            return self
        return replace(self, refused=(*(each for each in self.refused if each != seat), seat)[-REFUSED_MAX:])


_LISTS = ("skills", "expert_skills", "refused")


def dump(memory: CallMemory) -> str:
    """One word of URL characters."""
    values = {
        field.name: ",".join(value) if field.name in _LISTS else str(value)
        for field in fields(CallMemory)
        if (value := getattr(memory, field.name)) or field.name in ("hotline", "mode", "table")
    }
    return urlencode(values)


def load(word: str) -> CallMemory:
    """The facts that `dump` wrote. Raises BadMemory for anything else."""
    found = dict(parse_qsl(word, keep_blank_values=True))
    try:
        return CallMemory(
            hotline=found["hotline"],
            mode=found["mode"],
            table=found["table"],
            caller=found.get("caller", ""),
            skills=_words(found.get("skills", "")),
            expert_skills=_words(found.get("expert_skills", "")),
            priority=int(found.get("priority", "0")),
            since=float(found.get("since", "0")),
            refused=_words(found.get("refused", "")),
            offers=int(found.get("offers", "0")),
            choice=found.get("choice", ""),
        )
    except (KeyError, ValueError) as error:
        raise BadMemory(f"HL_CALL: {error!r}") from error


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.split(",") if word)
