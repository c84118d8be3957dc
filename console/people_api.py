"""The roster, the outside numbers, result codes and wrap-up lengths over HTTP; and what a seat says came of a call.

In: parts with the ETag they were read with. Out: parts, warnings; 409 when somebody was faster, 400 with every wrong
place. Never: decides whom to ring (that is `transfer.roster`) or what is wrong (`gateway.people`).
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from http import HTTPMethod
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from console.access import STAFF
from console.calls_api import ID, find_call, seats_talking
from console.operations import Ask, Operation
from console.people_shapes import (
    LAYOUT,
    HotlineRoster,
    OutsideAnswer,
    OutsideBody,
    OutsideOut,
    PeopleOut,
    ResultBody,
    ResultCodeShape,
    ResultOut,
    ResultsBody,
    ResultsOut,
    RosterBody,
    RungList,
    RungOut,
    WrapUpBody,
    WrapUpOut,
    choices_out,
    etag,
    head,
    part_number,
    roster_out,
    warnings_out,
)
from console.problems import ProblemError
from gateway.people.document import People, people_json
from gateway.people.house_now import named_now
from gateway.people.parts import (
    ROSTER,
    Actor,
    PartConflictError,
    compose,
    find_part,
    people_parts,
    published_people,
    save_part,
)
from gateway.people.proof import look_over
from gateway.store import CallResult, Role, log_audit, put_results
from gateway.store.models import PeoplePart
from routing_table import city_time
from transfer import Refused, TargetKind, choose, may_call
from transfer.reading import ReadError

TAG = "people"
BASE = "/api/v1/people"
LOOK = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.AUDITOR})
EDIT = frozenset({Role.ADMIN})
HOTLINE = "{number:[0-9]{1,12}}"
_ETAG = re.compile(rf'"{LAYOUT}\.([0-9]{{1,9}})"')


class NowQuery(BaseModel):
    """`at` with an offset; nothing: now."""

    model_config = ConfigDict(extra="forbid")

    topic: str = Field(default="", max_length=40)
    at: datetime | None = None


class NumberQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: str = Field(max_length=40)


# -- looking -------------------------------------------------------------------------------------------------------


async def people(ask: Ask) -> PeopleOut:
    async with ask.deps.store.reading() as session:
        parts = {part.key: part for part in await people_parts(session)}
        named = await named_now(ask.deps.config, session)
    known = _known(tuple(parts.values()))
    rosters = {part_number(part): part for key, part in parts.items() if key.startswith(ROSTER)}
    content = people_json(known)
    return PeopleOut(
        version=known.version,
        hotlines=[roster_out(number, named.hotlines.get(number, ""), part) for number, part in rosters.items()],
        outside=OutsideOut.model_validate({**head(parts.get("outside")), **content["outside"]}),
        results=ResultsOut.model_validate({**head(parts.get("results")), "items": content["results"]}),
        wrap_up=_wrap_up_out(ask, parts.get("wrap_up"), content["wrap_up"]),
        warnings=warnings_out(look_over(known, named.house)),
        choices=choices_out(named),
    )


def _known(parts: tuple[PeoplePart, ...]) -> People:
    try:
        return compose(parts)
    except ReadError as error:  # an older release wrote it: the page must show so, not an empty roster
        raise ProblemError("internal", f"专家名册无法读取：{error}") from error


async def codes(ask: Ask) -> ResultsBody:
    async with ask.deps.store.reading() as session:
        part = await find_part(session, "results")
    return ResultsBody(items=[ResultCodeShape.model_validate(one) for one in (part.content if part else [])])


async def rung(ask: Ask) -> RungList:
    """Who would be rung for a matter of this hotline, in order; whoever is busy just then is passed over."""
    query, number = ask.query_as(NowQuery), ask.request.match_info["number"]
    if query.at is not None and query.at.tzinfo is None:
        raise ProblemError("bad-request", "时刻须带时区，如 2026-11-23T10:00:00+08:00")
    at = city_time(query.at or ask.deps.clock())
    async with ask.deps.store.reading() as session:
        known, named = await published_people(session), await named_now(ask.deps.config, session)
    seats = {entry.target.key for entry in known.roster.hotlines.get(number, ()) if entry.kind is TargetKind.SEAT}
    gone = seats - {f"{TargetKind.SEAT.value}:{seat}" for seat in named.house.seats}
    found = choose(known.roster, number, query.topic, (), at, busy=gone, works=named.works)
    items = [RungOut(key=one.key, kind=one.kind.value, ref=one.ref, name=one.name) for one in found]
    return RungList(at=at, topics=list(known.roster.topics(number)), items=items)


async def may_dial(ask: Ask) -> OutsideAnswer:
    """The policy's answer to a number, before anybody tries it in a call."""
    async with ask.deps.store.reading() as session:
        known, named = await published_people(session), await named_now(ask.deps.config, session)
    answer = may_call(
        known.policy, ask.query_as(NumberQuery).number, city_time(ask.deps.clock()), (), works=named.works
    )
    if isinstance(answer, Refused):
        return OutsideAnswer(allowed=False, slug=answer.slug, reason=answer.chinese, name="", trunk="")
    return OutsideAnswer(allowed=True, slug="", reason="", name=answer.rule.name, trunk=answer.rule.trunk)


# -- saving --------------------------------------------------------------------------------------------------------


def _revision(ask: Ask) -> int:
    found = _ETAG.fullmatch(ask.request.headers.get("If-Match", "").strip())
    if found is None:
        raise ProblemError("bad-request", "请求头 If-Match 应为读取时得到的 ETag")
    return int(found[1])


@asynccontextmanager
async def _writing(ask: Ask) -> AsyncIterator[AsyncSession]:
    try:
        async with ask.deps.store.session() as session:
            yield session
    except PartConflictError as error:
        raise ProblemError("conflict", extra={"etag": etag(error.revision)}) from error
    except ReadError as error:
        fields = [{"place": one.place, "reason": one.message} for one in error.problems[:200]]
        raise ProblemError(
            "bad-request", f"有 {len(error.problems)} 处内容不能使用", extra={"fields": fields}
        ) from error


async def _save(ask: Ask, key: str, value: Any) -> PeoplePart:
    actor = Actor(ask.viewer.user, ask.deps.clock(), ask.request.remote or "")
    async with _writing(ask) as session:
        return await save_part(session, actor, key, value, revision=_revision(ask))


async def save_roster(ask: Ask) -> HotlineRoster:
    number = ask.request.match_info["number"]
    entries = [entry.model_dump(by_alias=True) for entry in ask.body_as(RosterBody).entries]
    part = await _save(ask, f"{ROSTER}{number}", entries)
    async with ask.deps.store.reading() as session:
        named = await named_now(ask.deps.config, session)
    return roster_out(number, named.hotlines.get(number, ""), part)


async def save_outside(ask: Ask) -> OutsideOut:
    part = await _save(ask, "outside", ask.body_as(OutsideBody).model_dump(by_alias=True))
    return OutsideOut.model_validate({**head(part), **part.content})


async def save_results(ask: Ask) -> ResultsOut:
    items = [item.model_dump() for item in ask.body_as(ResultsBody).items]
    part = await _save(ask, "results", items)
    return ResultsOut.model_validate({**head(part), "items": part.content})


async def save_wrap_up(ask: Ask) -> WrapUpOut:
    part = await _save(ask, "wrap_up", ask.body_as(WrapUpBody).model_dump())
    return _wrap_up_out(ask, part, part.content)


def _wrap_up_out(ask: Ask, part: PeoplePart | None, content: Mapping[str, Any]) -> WrapUpOut:
    return WrapUpOut.model_validate({**head(part), **content, "house_s": ask.deps.config.wrap_up_s})


# -- what came of a call -------------------------------------------------------------------------------------------


async def say_result(ask: Ask) -> ResultOut:
    """Who talked with the caller says whether the matter was settled on the line."""
    body, found = ask.body_as(ResultBody), await find_call(ask)
    seat = ask.viewer.seat
    if not seat or seat not in set(seats_talking(found)):
        raise ProblemError("forbidden", "只有接听过此电话的坐席可以填写办理结果")
    if body.settled is None and not body.result:
        raise ProblemError("bad-request", "请填写是否当场办结，或选择办理结果")
    linkedid, at = found.call.linkedid, ask.deps.clock()
    async with ask.deps.store.session() as session:
        known = {code.code: code for code in (await published_people(session)).results}
        if body.result and body.result not in known:
            raise ProblemError("bad-request", "没有这个办理结果")
        code = known.get(body.result)
        settled = code.settled if code is not None and code.settled is not None else body.settled
        row = CallResult(linkedid=linkedid, seat=seat, settled=settled, result=body.result, by=ask.viewer.user, at=at)
        await put_results(session, [row])
        kept = await session.get(CallResult, (linkedid, seat))
        assert kept is not None
        said = {"settled": kept.settled, "result": kept.result}
        await log_audit(
            session,
            ask.viewer.user,
            "call.result",
            f"call:{linkedid}",
            at=at,
            ip=ask.request.remote or "",
            detail=said,
        )
        return ResultOut(linkedid=linkedid, seat=seat, settled=kept.settled, result=kept.result, at=kept.at)


GET, PUT = HTTPMethod.GET, HTTPMethod.PUT
OPERATIONS = (
    Operation(GET, BASE, "Roster, outside numbers, result codes, wrap-up", people, LOOK, TAG, reply=PeopleOut),
    Operation(GET, f"{BASE}/results", "The result codes, for the wrap-up", codes, STAFF, TAG, reply=ResultsBody),
    Operation(
        GET, f"{BASE}/roster/{HOTLINE}/now", "Who would be rung", rung, LOOK, TAG, query=NowQuery, reply=RungList
    ),
    Operation(
        GET, f"{BASE}/outside/may", "May it be called?", may_dial, LOOK, TAG, query=NumberQuery, reply=OutsideAnswer
    ),
    Operation(
        PUT,
        f"{BASE}/roster/{HOTLINE}",
        "Replace a hotline's roster; 409 when somebody was faster",
        save_roster,
        EDIT,
        TAG,
        body=RosterBody,
        reply=HotlineRoster,
        if_match=True,
    ),
    Operation(
        PUT,
        f"{BASE}/outside",
        "Replace the outside policy",
        save_outside,
        EDIT,
        TAG,
        body=OutsideBody,
        reply=OutsideOut,
        if_match=True,
    ),
    Operation(
        PUT,
        f"{BASE}/results",
        "Replace the result codes",
        save_results,
        EDIT,
        TAG,
        body=ResultsBody,
        reply=ResultsOut,
        if_match=True,
    ),
    Operation(
        PUT,
        f"{BASE}/wrap_up",
        "Replace the wrap-up lengths",
        save_wrap_up,
        EDIT,
        TAG,
        body=WrapUpBody,
        reply=WrapUpOut,
        if_match=True,
    ),
    Operation(
        PUT,
        f"/api/v1/calls/{ID}/result",
        "What came of the call, by a seat that talked in it",
        say_result,
        STAFF,
        "calls",
        body=ResultBody,
        reply=ResultOut,
    ),
)
