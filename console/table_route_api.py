"""Where a call would go, and what a draft would have done to real calls.

In: numbers, moments, unsaved edits, spans. Out: answers; nothing is changed. Never: another code than a live call's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPMethod
from typing import Annotated

from pydantic import Field

from console.operations import Ask, Body, Operation
from console.paging import Moment
from console.problems import ProblemError
from console.table_desk import BASE, LOOK, TAG, chosen_table, facts_now, read_edits, wrong_edits
from console.table_shapes import EditIn, HotlineOut, MovedOut, PreviewOut, ReplayOut, RouteOut, StepOut, check_out
from gateway.prompts import read_prompts
from gateway.store.tables import find_draft
from gateway.tables import versions
from gateway.tables.replaying import read_calls, replay_calls
from routing_table import Arrival, NotRouted, Route, Table, TableError, Trunk, lookup
from routing_table.edits import Edit
from routing_table.proof import prove
from routing_table.replay import Moved, say_way

# Whoever asks without a trunk is believed about the Diversion, and nothing is assumed about the number.
ASKING = Trunk("(asking)", believe_diversion=True)
REPLAY_S = 60.0
MOVED_MAX = 1000
EDITS_MAX = 200
CALLS_MAX = 24
NAME_MAX = 18  # characters of a prompt that name it in a picture


class CallBody(Body):
    """A call to ask about; now, if no moment is given."""

    number: str = Field(min_length=1, max_length=80)
    caller: str | None = Field(default=None, max_length=80)
    at: Moment | None = None
    trunk: str | None = Field(default=None, max_length=80)
    diversions: list[Annotated[str, Field(max_length=400)]] = Field(default_factory=list, max_length=5)


class RouteBody(CallBody):
    """`edits`: not saved; made on the draft, or on the table in force."""

    draft: bool = False
    edits: list[EditIn] = Field(default_factory=list, max_length=EDITS_MAX)


class PreviewBody(Body):
    """Unsaved edits on the open draft (without one on the table in force), the calls to ask about, and whether the
    whole is to be proved as well."""

    edits: list[EditIn] = Field(default_factory=list, max_length=EDITS_MAX)
    calls: list[CallBody] = Field(default_factory=list, max_length=CALLS_MAX)
    prove: bool = False


class ReplayBody(Body):
    """Calls that arrived in [since, until)."""

    since: Moment
    until: Moment


async def route(ask: Ask) -> RouteOut:
    body = ask.body_as(RouteBody)
    edits = read_edits(body.edits)
    async with ask.deps.store.reading() as session:
        _, table = await chosen_table(session, draft=body.draft)
    return _answer(await _edited(table, edits), body, ask.deps.clock())


async def preview(ask: Ask) -> PreviewOut:
    """What edits that nobody has saved would do: one answer a call, and all findings. Nothing is stored."""
    body = ask.body_as(PreviewBody)
    edits = read_edits(body.edits)
    async with ask.deps.store.reading() as session:
        draft = await find_draft(session)
        _, table = await chosen_table(session, draft=draft is not None)
        table = await _edited(table, edits)
        facts = await facts_now(ask, session) if body.prove else None
    accepted = draft.accepted if draft else []
    check = check_out(await asyncio.to_thread(prove, table, facts), accepted) if facts else None
    return PreviewOut(answers=[_answer(table, call, ask.deps.clock()) for call in body.calls], check=check)


async def _edited(table: Table, edits: Sequence[Edit]) -> Table:
    try:
        return await asyncio.to_thread(versions.edited_table, table, edits) if edits else table
    except TableError as error:
        raise wrong_edits(error) from error


def _answer(table: Table, call: CallBody, now: datetime) -> RouteOut:
    trunk = call.trunk
    if not trunk:
        table, trunk = replace(table, trunks=(*table.trunks, ASKING)), ASKING.name
    at = call.at or now
    return route_out(
        lookup(table, Arrival(call.number, call.caller, tuple(call.diversions), trunk), at), call.number, at
    )


def route_out(answer: Route | NotRouted, asked: str, at: datetime) -> RouteOut:
    reasons = [reason.chinese for reason in answer.why]
    if isinstance(answer, NotRouted):
        return RouteOut(
            routed=False,
            number=answer.number or asked,
            mode=answer.mode.value if answer.mode else "",
            hotline=None,
            greeting="",
            skills=[],
            steps=[],
            reason=answer.cause.chinese,
            reasons=reasons,
            table_version=answer.table_version,
            at=at,
        )
    hotline = answer.hotline
    return RouteOut(
        routed=True,
        number=answer.number,
        mode=answer.mode.value,
        hotline=HotlineOut(
            number=hotline.number, name=hotline.name, unit=hotline.unit, merge_mode=hotline.merge_mode.value
        ),
        greeting=answer.greeting,
        skills=list(answer.skills),
        steps=[
            StepOut(
                kind=step.kind.value, ref=step.ref, skills=list(step.skills), priority=step.priority, join=step.join
            )
            for step in answer.steps
        ],
        reason="",
        reasons=reasons,
        table_version=answer.table_version,
        at=at,
    )


async def replay(ask: Ask) -> ReplayOut:
    """Real calls against the draft. Its own, longer time: weeks of a large city are read."""
    body = ask.body_as(ReplayBody)
    async with ask.deps.heavy:
        try:
            async with asyncio.timeout(REPLAY_S), ask.deps.store.store.reading() as session:
                _, old = await versions.published_table(session)
                _, new = await versions.draft_table(session)
                read = await read_calls(session, body.since, body.until)
        except TimeoutError:
            raise ProblemError("store-away", "读取通话记录用时过长，请缩短时间段") from None
        done = await replay_calls(old, new, read)
    names = await asyncio.to_thread(_names, old, new)
    return ReplayOut(
        calls=done.result.calls,
        moved=[_moved(move, names) for move in done.result.moved[:MOVED_MAX]],
        heard=[_moved(move, names) for move in done.result.heard[:MOVED_MAX]],
        seconds=done.seconds,
        cut=done.cut,
    )


def _names(*tables: Table) -> dict[str, str]:
    """What people call a prompt (its words), a unit's line and an emergency line (the number)."""
    names = {prompt.id: f"“{_short(prompt.text)}”" for prompt in read_prompts().values()}
    for table in tables:
        names |= {line.ref: line.hotline for line in table.unit_lines}
        names |= {f"emergency-{one.number}": one.number for one in table.emergencies}
    return names


def _short(text: str) -> str:
    text = text.rstrip("。")
    return text if len(text) <= NAME_MAX else text[: NAME_MAX - 1] + "…"


def _moved(move: Moved, names: Mapping[str, str]) -> MovedOut:
    return MovedOut(
        number=move.number,
        from_way=move.from_,
        to_way=move.to,
        from_text=say_way(move.from_, names),
        to_text=say_way(move.to, names),
        count=move.count,
        examples=list(move.examples),
    )


POST = HTTPMethod.POST
OPERATIONS = (
    Operation(
        POST,
        f"{BASE}/draft/preview",
        "What unsaved edits would do: answers and findings",
        preview,
        LOOK,
        TAG,
        body=PreviewBody,
        reply=PreviewOut,
    ),
    Operation(
        POST, f"{BASE}/route", "Where a call would go, and why", route, LOOK, TAG, body=RouteBody, reply=RouteOut
    ),
    Operation(
        POST, f"{BASE}/replay", "Real calls against the draft", replay, LOOK, TAG, body=ReplayBody, reply=ReplayOut
    ),
)
