"""Users and their sign-ins: lock-out after failures, rotated tokens, nothing that could be stolen from the table.

In: the store or a session, names, passwords, the time. Out: rows and `SignedIn`. Never: tells whether it was the name
or the password that was wrong, or stores a token.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from .engine import Store
from .errors import ConflictError, NotFoundError
from .kinds import Role
from .models import Session, User
from .passwords import check_password, hash_password

FAILURES_MAX = 5
LOCKED_FOR = timedelta(minutes=15)
SIGNED_IN_FOR = timedelta(hours=12)  # one shift, with overtime


class SignInRefusal(StrEnum):
    WRONG = "wrong"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What the browser gets: `token` for the cookie, `csrf` for the page. Neither can be read from the store again."""

    token: str
    csrf: str
    user: User
    expires_at: datetime


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


async def add_user(
    session: AsyncSession,
    name: str,
    role: Role,
    password: str,
    *,
    at: datetime,
    display_name: str = "",
    seat_id: str | None = None,
    unit: str | None = None,
    must_change: bool = True,
) -> User:
    """Raises ConflictError when the name is taken, CallerFaultError for a bad password."""
    if await session.get(User, name) is not None:
        raise ConflictError("用户名已存在", place="name")
    user = User(
        name=name,
        display_name=display_name or name,
        role=role,
        password_hash=await hash_password(password),
        seat_id=seat_id,
        unit=unit,
        failures=0,
        locked_until=None,
        must_change=must_change,
        active=True,
        created_at=at,
    )
    session.add(user)
    await session.flush()
    return user


async def users_list(session: AsyncSession) -> tuple[User, ...]:
    return tuple(await session.scalars(select(User).order_by(User.name)))


async def set_password(session: AsyncSession, name: str, password: str, *, must_change: bool = False) -> None:
    """Also ends every sign-in of the user and lifts a lock. Raises NotFoundError, CallerFaultError."""
    hashed = await hash_password(password)
    values = {"password_hash": hashed, "must_change": must_change, "failures": 0, "locked_until": None}
    changed = await session.scalar(update(User).where(User.name == name).values(**values).returning(User.name))
    if changed is None:
        raise NotFoundError("没有这个用户", place=name)
    await sign_out_everywhere(session, name)


async def sign_in(store: Store, name: str, password: str, *, at: datetime, ip: str) -> SignedIn | SignInRefusal:
    """Check the password (no transaction is open meanwhile), count failures, open a session.

    FAILURES_MAX wrong passwords in a row lock the user for LOCKED_FOR; a right one does not help while locked.
    """
    async with store.reading() as session:
        user = await session.get(User, name)
    right = await check_password(user.password_hash if user and user.active else None, password)
    if user is None or not user.active:
        return SignInRefusal.WRONG
    async with store.session() as session:
        fresh = await session.get(User, name, with_for_update=True)
        if fresh is None:
            return SignInRefusal.WRONG
        if fresh.locked_until is not None and fresh.locked_until > at:
            return SignInRefusal.LOCKED
        if not right or fresh.password_hash != user.password_hash:
            return _count_failure(fresh, at)
        fresh.failures, fresh.locked_until = 0, None
        return _open(session, fresh, at, ip)


def _count_failure(user: User, at: datetime) -> SignInRefusal:
    user.failures += 1
    if user.failures < FAILURES_MAX:
        return SignInRefusal.WRONG
    user.failures, user.locked_until = 0, at + LOCKED_FOR
    return SignInRefusal.LOCKED


def _open(session: AsyncSession, user: User, at: datetime, ip: str) -> SignedIn:
    token, csrf, expires = secrets.token_urlsafe(32), secrets.token_urlsafe(32), at + SIGNED_IN_FOR
    session.add(
        Session(token_hash=token_hash(token), user_name=user.name, csrf=csrf, created_at=at, expires_at=expires, ip=ip)
    )
    return SignedIn(token, csrf, user, expires)


async def find_session(session: AsyncSession, token: str, *, at: datetime) -> tuple[User, Session] | None:
    """Who holds this token, or None when it is unknown, expired, or its user was switched off."""
    found = await session.get(Session, token_hash(token))
    if found is None or found.expires_at <= at:
        return None
    user = await session.get(User, found.user_name)
    return (user, found) if user is not None and user.active else None


async def rotate_session(session: AsyncSession, token: str, *, at: datetime, ip: str) -> SignedIn | None:
    """Replace the token (after a password or privilege change). The old one is worth nothing afterwards."""
    found = await find_session(session, token, at=at)
    if found is None:
        return None
    await sign_out(session, token)
    return _open(session, found[0], at, ip)


async def sign_out(session: AsyncSession, token: str) -> None:
    await session.execute(delete(Session).where(Session.token_hash == token_hash(token)))


async def sign_out_everywhere(session: AsyncSession, name: str) -> None:
    await session.execute(delete(Session).where(Session.user_name == name))


async def drop_expired(session: AsyncSession, *, at: datetime) -> None:
    await session.execute(delete(Session).where(Session.expires_at <= at))
