"""Users and their sign-ins: lock-out after failures, rotated tokens, nothing that could be stolen from the table.

Failures are counted for a name from one address, so a stranger locks out themselves and not the person. A name that
is tried from everywhere at once is closed for places from which its person has never come; where they have signed in
before, they still get in.

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
from .marks import count_try, forget_tries, tries_of_late
from .models import Session, User
from .passwords import check_password, hash_password

FAILURES_MAX = 5  # of a name from one address
LOCKED_FOR = timedelta(minutes=15)
STRANGE_MAX = 50  # of a name from all addresses together
STRANGE_WITHIN = timedelta(hours=1)
PLACE_KNOWN_FOR = timedelta(days=90)
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
    """Also ends every sign-in of the user and lifts the lock for strange places. Raises NotFoundError,
    CallerFaultError."""
    hashed = await hash_password(password)
    values = {"password_hash": hashed, "must_change": must_change}
    changed = await session.scalar(update(User).where(User.name == name).values(**values).returning(User.name))
    if changed is None:
        raise NotFoundError("没有这个用户", place=name)
    await forget_tries(session, _all(name))
    await sign_out_everywhere(session, name)


async def sign_in(store: Store, name: str, password: str, *, at: datetime, ip: str) -> SignedIn | SignInRefusal:
    """Check the password (no transaction is open meanwhile), count failures, open a session. `ip`: from where.

    FAILURES_MAX wrong passwords from there lock the name there until LOCKED_FOR has passed since; a right one does not
    help while locked. Names that do not exist are counted alike.
    """
    async with store.reading() as session:
        if await _is_locked(session, name, ip, at):
            return SignInRefusal.LOCKED
        user = await session.get(User, name)
    right = await check_password(user.password_hash if user and user.active else None, password)
    async with store.session() as session:
        fresh = await session.get(User, name, with_for_update=True, populate_existing=True)
        known = fresh is not None and fresh.active and user is not None and fresh.password_hash == user.password_hash
        if fresh is None or not known or not right:
            return await _count_failure(session, name, ip, at)
        await forget_tries(session, _pair(name, ip))
        await count_try(session, _place(name, ip), at, within=PLACE_KNOWN_FOR, most=1)
        return _open(session, fresh, at, ip)


def _pair(name: str, ip: str) -> str:
    return f"sign-in:{name}\n{ip}"


def _all(name: str) -> str:
    return f"sign-in-anywhere:{name}"


def _place(name: str, ip: str) -> str:
    return f"signed-in:{name}\n{ip}"


async def _is_locked(session: AsyncSession, name: str, ip: str, at: datetime) -> bool:
    if await tries_of_late(session, _pair(name, ip), at, within=LOCKED_FOR) >= FAILURES_MAX:
        return True
    if await tries_of_late(session, _all(name), at, within=STRANGE_WITHIN) < STRANGE_MAX:
        return False
    return not await tries_of_late(session, _place(name, ip), at, within=PLACE_KNOWN_FOR)


async def _count_failure(session: AsyncSession, name: str, ip: str, at: datetime) -> SignInRefusal:
    here = await count_try(session, _pair(name, ip), at, within=LOCKED_FOR, most=FAILURES_MAX)
    await count_try(session, _all(name), at, within=STRANGE_WITHIN, most=STRANGE_MAX)
    return SignInRefusal.LOCKED if here >= FAILURES_MAX else SignInRefusal.WRONG


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
