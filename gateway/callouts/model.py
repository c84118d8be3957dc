"""A call that the house places: what is wanted, how far it is, what became of it, and its words in the dialplan.

In: nothing. Out: values, and the coded line that the seat's channel carries (so that a restarted gateway goes on).
Never: a phone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, quote

from gateway.journal.kinds import OutPurpose, OutResult

CAUSE_UNALLOCATED, CAUSE_BUSY, CAUSE_REFUSED = "1", "17", "21"  # Q.850
_BY_CAUSE = {
    CAUSE_UNALLOCATED: OutResult.INVALID,
    CAUSE_BUSY: OutResult.BUSY,
    CAUSE_REFUSED: OutResult.REJECTED,
}
_BY_STATUS = {
    "BUSY": OutResult.BUSY,
    "NOANSWER": OutResult.NO_ANSWER,
    "CANCEL": OutResult.CANCELLED,
    "ANSWER": OutResult.HUNG_UP,  # and nobody had talked yet
}


class Stage(StrEnum):
    """How far it is. `ANNOUNCING`: the citizen has answered and hears that the call is recorded."""

    SEAT = "ringing_seat"
    CITIZEN = "ringing_citizen"
    ANNOUNCING = "announcing"
    TALKING = "talking"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Wanted:
    """`reference`: `task:<id>` or `order:<id>`; `number` in its normal form; the hotline is the reference's own."""

    seat: str
    by: str
    purpose: OutPurpose
    reference: str
    number: str
    hotline: str
    hotline_name: str = ""

    def coded(self) -> str:
        """For the journal and the channel; `decoded` reads it."""
        pairs = {
            "purpose": self.purpose.value,
            "ref": self.reference,
            "seat": self.seat,
            "by": self.by[:60],
            "number": self.number,
            "hotline": self.hotline,
            "name": self.hotline_name[:40],
        }
        return "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs.items())


def decoded(text: str) -> Wanted | None:
    """None for what is no such line."""
    said = dict(parse_qsl(text, keep_blank_values=True))
    try:
        return Wanted(
            said["seat"],
            said["by"],
            OutPurpose(said["purpose"]),
            said["ref"],
            said["number"],
            said["hotline"],
            said["name"],
        )
    except (KeyError, ValueError):
        return None


@dataclass(slots=True)
class Out:
    """One such call; `id` is the seat's channel's uniqueid and the call's linkedid."""

    id: str
    wanted: Wanted
    since: float
    wrapping_up: bool  # the seat had a wrap-up in hand when it asked
    stage: Stage = Stage.SEAT
    result: OutResult | None = None
    talk_since: float | None = None
    talked_s: float = 0.0
    timer: Any = field(default=None, repr=False)

    def as_json(self) -> dict[str, Any]:
        return {
            "purpose": self.wanted.purpose.value,
            "reference": self.wanted.reference,
            "by": self.wanted.by,
            "stage": self.stage.value,
            "result": self.result.value if self.result else None,
        }


def result_of(stage: Stage, event: Mapping[str, str]) -> OutResult:
    """What the end of the Dial means, by how far it had come."""
    if stage is Stage.TALKING:
        return OutResult.TALKED
    if stage is Stage.ANNOUNCING:
        return OutResult.HUNG_UP
    status, cause = event.get("Status", ""), event.get("Cause", "")
    if stage is Stage.SEAT:
        return OutResult.SEAT_REJECTED if cause in (CAUSE_BUSY, CAUSE_REFUSED) else OutResult.SEAT_NO_ANSWER
    if status in ("CANCEL", "NOANSWER"):
        return _BY_STATUS[status]
    return _BY_CAUSE.get(cause) or _BY_STATUS.get(status, OutResult.FAILED)
