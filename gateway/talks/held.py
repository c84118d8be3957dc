"""What the driver holds of each talk, and which talks there are.

In: nothing. Out: `Held`, the book of them, what is used of the link to the PBX. Never: a transition, an action.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from gateway.errors import CallerFaultError
from gateway.talks import moves
from transfer.talk import Place, Talk


class Pbx(moves.Pbx, Protocol):
    """What is used of the link to the PBX (`gateway.ami.Ami`)."""

    async def action_list(
        self, name: str, *, wait_s: float | None = None, **fields: Any
    ) -> Sequence[Mapping[str, str]]: ...


@dataclass(slots=True)
class Held:
    """One call's talk and what the driver needs for it."""

    talk: Talk
    channels: dict[str, str] = field(default_factory=dict)  # party → channel
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    awaited: dict[str, Place | None] = field(default_factory=dict)  # party → where it is to turn up; None: to be gone
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    notice: dict[str, Any] | None = None
    saved: str = ""
    checks: int = 0
    check: asyncio.TimerHandle | None = None

    def channel(self, party: str) -> str:
        """The party's channel. Raises CallerFaultError (Chinese) when it is not there just now."""
        found = self.channels.get(party)
        if found is None:
            raise CallerFaultError("通话状态刚刚变化，请再试一次")
        return found

    def rest(self) -> None:
        """Nothing is to be looked up any more."""
        if self.check is not None:
            self.check.cancel()


class Book:
    """The talks by call."""

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}

    def __iter__(self) -> Iterator[Held]:
        return iter(tuple(self._held.values()))

    def get(self, call: str) -> Held | None:
        return self._held.get(call)

    def has(self, held: Held) -> bool:
        """Whether this is the talk that the call is in, and no former one."""
        return self._held.get(held.talk.call) is held

    def put(self, held: Held) -> None:
        """In the place of a former talk of the call."""
        before = self._held.get(held.talk.call)
        if before is not None:
            before.rest()
        self._held[held.talk.call] = held

    def forget(self, held: Held) -> None:
        held.rest()
        if self.has(held):
            del self._held[held.talk.call]
