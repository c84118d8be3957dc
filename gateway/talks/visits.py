"""The visit of a seat's leg whose third did not take the call: whom to ring next.

In: an AGI session on the seat's leg. Out: the next third's variables and HL_NEXT (its last command), or nothing, and
the seat goes back to the caller. Never: keeps the seat waiting for anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from agi_scripts.fastagi import Agi, Handler
from gateway.talks.talks import Talks


def handlers(talks: Talks) -> Mapping[str, Handler]:
    async def third(agi: Agi) -> None:
        call, party, status = (*agi.args, "", "", "")[:3]
        ring = talks.not_taken(call, party, status)
        if ring is None:
            await agi.set("HL_NEXT", "main")
            return
        for name, value in talks.ring_variables(ring).items():
            await agi.set(name, value)
        await agi.set("HL_NEXT", "dial")

    return {"third": third}
