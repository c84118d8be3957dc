"""Talk verbs on the control socket: `POST /v1/calls/{linkedid}/talk`.

In: `{"verb", "by": seat, "target": {"kind", "ref"} | null, "party": id | null}`. Out: the call's view.
Never: decides who may (the console has); waits for a phone to be answered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from gateway.control import read_object
from gateway.errors import CallerFaultError, IndeterminateError
from gateway.talks.talks import Talks
from transfer.talk import CALLED_IN, Verb

ASKABLE = frozenset(Verb) - CALLED_IN - {Verb.OFFER}


def add_routes(app: web.Application, talks: Talks, view: Callable[[str], dict[str, Any] | None]) -> None:
    """`view(linkedid)`: the call as `/v1/calls` shows it; None when it is over."""

    async def talk(request: web.Request) -> web.Response:
        call = request.match_info["linkedid"]
        body = await read_object(request)
        target = body.get("target") or {}
        if not isinstance(target, dict):
            raise CallerFaultError("target: an object with kind and ref")
        kind, ref = (str(target.get(key) or "")[:60] for key in ("kind", "ref"))
        by, party = (str(body.get(key) or "")[:40] for key in ("by", "party"))
        try:
            await talks.ask(call, _verb(body), by, kind, ref, party)
        except TimeoutError:
            raise IndeterminateError("电话系统没有及时应答，请看通话状态后再试") from None
        shown = view(call)
        return web.json_response(shown if shown is not None else {"linkedid": call, "talk": None})

    app.router.add_post("/v1/calls/{linkedid}/talk", talk)


def _verb(body: dict[str, Any]) -> Verb:
    try:
        verb = Verb(str(body.get("verb")))
    except ValueError:
        verb = Verb.OFFER
    if verb not in ASKABLE:
        raise CallerFaultError(f"verb: one of {', '.join(sorted(ASKABLE))}")
    return verb
