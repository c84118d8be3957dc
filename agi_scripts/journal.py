"""The journal's events as the door writes them: one argument for CELGenUserEvent, and the fields of `hl.route`.

In: an event name and its fields; a route. Out: text that fits one AGI command and needs no quoting.
Never: loses an event for being long: the longest value is shortened, and ends in `~` to say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from routing_table import Route

MAX_EVENT_BYTES = 1900  # AGI_BUF_LEN is 2048; the rest is the command and its quotes


def event_argument(event: str, fields: Mapping[str, str]) -> str:
    """`NAME,k=v&k=v`, percent-encoded, at most MAX_EVENT_BYTES. ValueError when even cut values do not fit."""
    cut = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
    while len(text := f"{event},{urlencode(cut)}") > MAX_EVENT_BYTES:
        longest = max(cut, key=lambda name: len(urlencode({name: cut[name]})), default="")
        if not longest or len(cut[longest]) < 2:
            raise ValueError(f"the journal event {event} has too many fields")
        keep = cut[longest].removesuffix("~")
        cut[longest] = keep[: len(keep) * 9 // 10] + "~"
    return text


def route_fields(route: Route) -> dict[str, str]:
    """The `hl.route` event (ARCHITECTURE.md): what was decided, on which table, and why."""
    return {
        "hotline": route.hotline.number,
        "name": route.hotline.name,
        "unit": route.hotline.unit,
        "mode": route.mode.value,
        "table": route.table_version,
        "caller": route.caller.number or "",
        "withheld": "1" if route.caller.withheld else "0",
        "greeting": route.greeting,
        "skills": ",".join(route.skills),
        "steps": ",".join(f"{step.kind.value}:{step.ref}" for step in route.steps),
        "reasons": "|".join(reason.coded for reason in route.why),
    }
