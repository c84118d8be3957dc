"""Teams: which seats belong to which, and which ones a supervisor answers for.

In: a session, names. Out: seats and supervisors with their teams; the seats that a supervisor may look at. A team is
its name: it is there while a seat or a supervisor has it. Never: a right of its own (that is `console.access`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from .errors import NotFoundError
from .kinds import Role
from .models import SeatDirectory, User
from .seats import seats_list


async def watched_seats(session: AsyncSession, user: User) -> frozenset[str] | None:
    """The seats of a supervisor's teams; None for all: of a supervisor without a team, and of everybody else."""
    if user.role is not Role.SUPERVISOR or not user.teams:
        return None
    return frozenset(await session.scalars(select(SeatDirectory.id).where(SeatDirectory.team.in_(user.teams))))


async def supervisors(session: AsyncSession) -> tuple[User, ...]:
    query = select(User).where(User.role == Role.SUPERVISOR, User.active).order_by(User.name)
    return tuple(await session.scalars(query))


async def teams_now(session: AsyncSession) -> dict[str, Mapping[str, object]]:
    """`{"seats": {id: team}, "supervisors": {name: [team, …]}}`: what the page of the teams changes."""
    seats = {seat.id: seat.team for seat in await seats_list(session)}
    return {"seats": seats, "supervisors": {user.name: list(user.teams) for user in await supervisors(session)}}


async def put_teams(
    session: AsyncSession, seats: Mapping[str, str], users: Mapping[str, Sequence[str]]
) -> Collection[str]:
    """Seat id → its team ("" for none), supervisor → theirs (none: all). Returns the users whose teams have changed.

    Raises NotFoundError for a seat that there is not, and for a user who is no supervisor.
    """
    for seat_id, team in seats.items():
        seat = await session.get(SeatDirectory, seat_id, with_for_update=True)
        if seat is None:
            raise NotFoundError("没有这个坐席", place=seat_id)
        seat.team = team
    changed = []
    for name, teams in users.items():
        user = await session.get(User, name, with_for_update=True)
        if user is None or user.role is not Role.SUPERVISOR:
            raise NotFoundError("没有这个班长", place=name)
        wanted = sorted(set(teams))
        if wanted != user.teams:
            user.teams = wanted
            changed.append(name)
    return changed
