"""Teams: which seats are in which, and which ones a supervisor answers for.

In: the page's seats and supervisors, with the mark of what was seen. Out: the teams as they are then; 409 when somebody
was faster. Never: changed by a supervisor, who would widen their own rights; a change that is not in the audit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from http import HTTPMethod
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from console.access import OVERSEERS
from console.operations import Ask, Body, Operation
from console.problems import ProblemError
from gateway.store import Role, log_audit, seats_list
from gateway.store.teams import put_teams, supervisors, teams_now

TAG = "teams"
BASE = "/api/v1/teams"
MANY = 2000
Team = Annotated[str, StringConstraints(max_length=30, pattern=r"^[^\x00-\x1f\x7f]*$")]
NamedTeam = Annotated[str, StringConstraints(min_length=1, max_length=30, pattern=r"^[^\x00-\x1f\x7f]+$")]


class SeatTeam(BaseModel):
    id: str
    name: str
    pool: str
    team: str


class SupervisorTeams(BaseModel):
    user: str
    display_name: str
    seat: str | None
    teams: list[str]


class TeamsOut(BaseModel):
    """`mark`: of this state; who saves says which one was looked at. `teams`: all names in use."""

    mark: str
    teams: list[str]
    seats: list[SeatTeam]
    supervisors: list[SupervisorTeams]


class TeamsBody(Body):
    """Who is named is changed, the others stay. A supervisor without a team answers for all."""

    mark: str = Field(max_length=64)
    seats: dict[str, Team] = Field(default_factory=dict, max_length=MANY)
    supervisors: dict[str, list[NamedTeam]] = Field(default_factory=dict, max_length=MANY)


def _mark(now: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(now, sort_keys=True).encode()).hexdigest()[:16]


async def teams(ask: Ask) -> TeamsOut:
    async with ask.deps.store.reading() as session:
        seats, people = await seats_list(session), await supervisors(session)
        mark = _mark(await teams_now(session))
    named = {seat.team for seat in seats} | {team for person in people for team in person.teams}
    return TeamsOut(
        mark=mark,
        teams=sorted(named - {""}),
        seats=[SeatTeam(id=seat.id, name=seat.name, pool=seat.pool.value, team=seat.team) for seat in seats],
        supervisors=[
            SupervisorTeams(user=one.name, display_name=one.display_name, seat=one.seat_id, teams=one.teams)
            for one in people
        ],
    )


async def save(ask: Ask) -> TeamsOut:
    """Each change is audited with what was before. The supervisors' open pages come back with what they may see now."""
    body = ask.body_as(TeamsBody)
    async with ask.deps.store.session() as session:
        before = await teams_now(session)
        if _mark(before) != body.mark:
            raise ProblemError("conflict", "班组已被他人修改，请载入最新内容")
        await put_teams(session, body.seats, body.supervisors)
        after = await teams_now(session)
        for kind in ("seats", "supervisors"):
            for key, value in after[kind].items():
                if value != before[kind].get(key):
                    await _audit(ask, session, f"{kind.removesuffix('s')}:{key}", before[kind].get(key), value)
        people = [person.name for person in await supervisors(session)]
    for name in people:  # a seat's team changes what its supervisors see as well
        ask.deps.known.forget_user(name)
        ask.deps.relay.cut_user(name)
    return await teams(ask)


async def _audit(ask: Ask, session: Any, subject: str, before: object, after: object) -> None:
    detail = {"before": before, "after": after}
    ip = ask.request.remote or ""
    await log_audit(session, ask.viewer.user, "team.changed", subject, at=ask.deps.clock(), ip=ip, detail=detail)


OPERATIONS = (
    Operation(
        HTTPMethod.GET, BASE, "Seats and supervisors by team", teams, OVERSEERS | {Role.AUDITOR}, TAG, reply=TeamsOut
    ),
    Operation(
        HTTPMethod.PUT,
        BASE,
        "Who is in which team (audited)",
        save,
        frozenset({Role.ADMIN}),
        TAG,
        body=TeamsBody,
        reply=TeamsOut,
    ),
)
