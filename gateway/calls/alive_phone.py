"""The caller's phone for a menu, with the deadman pushed on before each prompt and each wait for a key.

In: an AGI phone and the visit it belongs to. Out: keys. Never: lets a hung gateway hold a caller for a whole menu.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.calls.visit import Visit


class AlivePhone:
    """An `ivr.Phone`."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    async def play(self, prompts: Sequence[str], *, barge_in: str = "") -> str | None:
        """Play prompt ids in order; the key of `barge_in` that cut them short, or None."""
        for prompt in prompts:
            await self._visit.stay_alive(self._visit.seconds_of(prompt))
            key = await self._visit.phone.play([prompt], barge_in=barge_in)
            if key is not None:
                return key
        return None

    async def read_key(self, seconds: float) -> str | None:
        """One key within `seconds`, or None."""
        await self._visit.stay_alive(seconds)
        return await self._visit.phone.read_key(seconds)

    async def music(self, on: bool) -> None:
        """Music on hold on or off."""
        await self._visit.phone.music(on)
