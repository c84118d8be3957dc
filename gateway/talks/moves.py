"""What the talk machine wants, as actions of AMI and variables of [talk] in extensions.conf.

In: effects, and which channel each party is on. Out: AMI actions, one at a time. Never: a value that is not of a form
of ours: an endpoint's name, a party's id, a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

from gateway.errors import CallerFaultError
from transfer.talk import Place, Ring, Verb
from transfer.target import PartyRole

DEVICE = re.compile(r"[a-z]+-[A-Za-z0-9]{1,20}|[0-9]{3,15}@trunk-[a-z0-9]{1,20}")
NAME_CHARS = 12  # in the journal, whose records are cut at 1023 bytes; nine bytes a character there
_SHOWN = {PartyRole.UNIT: "caller", PartyRole.EMERGENCY: "caller", PartyRole.OUTSIDE: "hotline"}


class Pbx(Protocol):
    """What is used of the link to the PBX (`gateway.ami.Ami`)."""

    async def action(self, name: str, *, wait_s: float | None = None, **fields: Any) -> Mapping[str, str]: ...


def described(role: PartyRole, who: str, name: str) -> str:
    """A party in the journal's form, for HL_IS."""
    return f"role={role.value}&who={quote(who, safe='')}&name={quote(name[:NAME_CHARS], safe='')}"


def spoken(verb: Verb, by: str) -> str:
    """Which verb moves people now, and whose, for HL_VERB of the caller."""
    return f"verb={verb.value}&by={quote(by, safe='')}"


def ring_variables(ring: Ring, ring_s: float) -> dict[str, str]:
    """What [talk] dial reads on the channel of who rings. `_`: the third's leg gets it, too.

    Raises CallerFaultError for a device that is no endpoint's name.
    """
    target = ring.target
    if not DEVICE.fullmatch(target.device):
        raise CallerFaultError("对方没有可呼叫的号码")
    return {
        "HL_THIRD": target.device,
        "HL_AS": ring.party,
        "HL_THEN": "leave" if ring.leaves else ring.then.value,
        "HL_THIRD_RING": f"{ring_s:.0f}",
        "HL_SHOWN": _SHOWN.get(target.role, "seat"),
        "_HL_THIRD_IS": described(target.role, target.ref, target.name),
    }


async def set_variable(pbx: Pbx, channel: str, name: str, value: str) -> None:
    await pbx.action("Setvar", Channel=channel, Variable=name, Value=value)


async def go(pbx: Pbx, channel: str, place: Place) -> None:
    """Where the leg goes when the other side of its two-party talk leaves."""
    await set_variable(pbx, channel, "HL_GO", place.value)


async def move(pbx: Pbx, channel: str, place: Place, recorded: bool = False) -> None:
    """Put the leg there now."""
    exten = "recorded" if recorded else place.value
    await pbx.action("Redirect", Channel=channel, Context="talk", Exten=exten, Priority="1")


async def hang_up(pbx: Pbx, channel: str) -> None:
    await pbx.action("Hangup", Channel=channel, Cause="16")


async def send_home(pbx: Pbx, channel: str) -> None:
    """The caller, alone in the room, back to the head of the line."""
    await set_variable(pbx, channel, "HL_END", "alone")
    await pbx.action("Redirect", Channel=channel, Context="call", Exten="left", Priority="1")
