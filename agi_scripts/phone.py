"""The phone that `ivr` speaks to, on an AGI session.

In: prompt ids, key waits, music. Out: keys. Never: decides what is played, or fails a call for a missing sound.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

from agi_scripts.fastagi import Agi, AgiRefused, HungUp
from ivr import CallerGone

log = logging.getLogger(__name__)


class AgiPhone:
    """An `ivr.Phone`. `prefix` is where the prompts lie below Asterisk's sounds folder."""

    def __init__(self, agi: Agi, prefix: str = "hl/") -> None:
        self._agi = agi
        self._prefix = prefix

    async def play(self, prompts: Sequence[str], *, barge_in: str = "") -> str | None:
        """Play prompt ids in order; the key of `barge_in` that cut them short, or None. A missing sound is skipped."""
        return await self._play_all(self._agi.stream, prompts, barge_in)

    async def play_stoppable(self, prompts: Sequence[str], *, barge_in: str = "") -> str | None:
        """Like `play`; AMI `ControlPlayback` (Control: stop) ends the prompt that is playing, not the rest."""
        return await self._play_all(self._agi.stream_stoppable, prompts, barge_in)

    async def read_key(self, seconds: float) -> str | None:
        """One key within `seconds`, or None."""
        with _caller_gone():
            return await self._agi.wait_key(seconds)

    async def music(self, on: bool) -> None:
        """Music on hold, heard while no prompt plays."""
        with _caller_gone():
            await self._agi.music(on)

    async def _play_all(
        self, stream: Callable[[str, str], Awaitable[str | None]], prompts: Sequence[str], barge_in: str
    ) -> str | None:
        for prompt in prompts:
            try:
                with _caller_gone():
                    key = await stream(self._prefix + prompt, barge_in)
            except AgiRefused as error:
                log.error("prompt %s cannot be played: %s", prompt, error)
                continue
            if key is not None:
                return key
        return None


@contextmanager
def _caller_gone() -> Iterator[None]:
    """The door's HungUp is the room's CallerGone."""
    try:
        yield
    except HungUp as error:
        raise CallerGone(str(error)) from error
