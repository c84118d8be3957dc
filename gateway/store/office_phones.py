"""Phones of the office: a seat of its own kind for a user who follows orders up.

In: a session, a user's name. Out: the seat's id. Never: a seat that takes calls, or a second phone for a user.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.errors import CallerFaultError

from .errors import ConflictError, NotFoundError
from .kinds import Pool, Role
from .models import SeatDirectory, User
from .seats import SeatEntry, put_seats

FIRST, LAST = 601, 699
LONGEST_NAME = 40


async def give_phone(session: AsyncSession, name: str, seat_id: str = "") -> str:
    """`seat_id` empty: the first free one from 601 on. Raises NotFoundError, ConflictError, CallerFaultError."""
    user = await session.get(User, name, with_for_update=True)
    if user is None or not user.active:
        raise NotFoundError("没有这个用户", place=name)
    if user.role is not Role.OFFICE:
        raise CallerFaultError("只有热线办的用户用这种电话", place=name)
    if user.seat_id:
        raise ConflictError(f"{name} 已经有电话 {user.seat_id}", place=name)
    taken = set(await session.scalars(select(SeatDirectory.id)))
    wanted = seat_id or next((str(n) for n in range(FIRST, LAST + 1) if str(n) not in taken), "")
    if not wanted or wanted in taken:
        raise ConflictError(f"坐席号 {wanted} 已被使用" if wanted else "601 到 699 都已用完，请指定坐席号", place=name)
    if not (wanted.isascii() and wanted.isalnum() and len(wanted) <= 20):
        raise CallerFaultError("坐席号是 1 到 20 位字母和数字", place=wanted[:40])
    await put_seats(session, [SeatEntry(wanted, f"回访席 {wanted}"[:LONGEST_NAME], Pool.OFFICE)])
    await session.flush()
    user.seat_id = wanted
    return wanted
