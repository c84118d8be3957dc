"""The live view of a call that another life of this gateway began, from what the call itself carries.

In: the variables that `Visit.remember` left on the caller's channel. Out: its view, as far as they tell.
Never: needed by a decision; a call whose variables cannot be read is shown with what is known.
"""

from __future__ import annotations

from collections.abc import Mapping

import routing_table
from gateway.calls import memory
from gateway.live import CallState, LiveCalls


def take_up(live: LiveCalls, table: routing_table.Table, call: str, channel: str, kept: Mapping[str, str]) -> None:
    """Show the call as one in which people talk."""
    view = live.see(call, channel, kept.get("HL_DIALLED", ""))
    try:
        facts = memory.load(kept.get("HL_CALL", ""))
    except memory.BadMemory:
        live.note(view, "taken_up", state=CallState.TALKING)
        return
    hotline = next((row.hotline for row in table.rows if row.number == facts.hotline), None)
    view.hotline = {"number": facts.hotline, "name": "", "unit": ""}
    if hotline is not None:
        view.hotline |= {"name": hotline.name, "unit": hotline.unit}
    view.mode, view.choice = facts.mode, facts.choice or None
    view.skills, view.waiting_since = facts.skills, facts.since or None
    view.caller = {"raw": facts.caller, "number": facts.caller or None, "withheld": not facts.caller}
    live.note(view, "taken_up", state=CallState.TALKING)
