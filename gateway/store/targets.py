"""Feed targets as people keep them: added, changed under an optimistic lock, given a new secret. Never deleted: what
was told to whom stays known; one that is `off` collects nothing.

In: a session, checked values, who, when. Out: rows. Never: a secret read back (it is shown once, when it is made).
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.errors import CallerFaultError
from gateway.feeds.events import SECRET_MARK

from .errors import ConflictError, NotFoundError, StaleVersionError
from .kinds import TargetKind
from .models import FeedTarget

CHANGEABLE = frozenset({"name", "url", "state", "filter", "role", "identity", "unit"})
SMS_CHANGEABLE = frozenset({"state"})


def new_target_secret() -> str:
    """256 random bits, as Standard Webhooks writes them."""
    return SECRET_MARK + base64.b64encode(secrets.token_bytes(32)).decode()


async def targets_list(session: AsyncSession) -> tuple[FeedTarget, ...]:
    return tuple(await session.scalars(select(FeedTarget).order_by(FeedTarget.id)))


async def find_target(session: AsyncSession, target_id: str, *, lock: bool = False) -> FeedTarget:
    """Raises NotFoundError."""
    found = await session.get(FeedTarget, target_id, with_for_update=lock or None)
    if found is None:
        raise NotFoundError("没有这个对接目标", place=target_id)
    return found


async def add_target(
    session: AsyncSession, target_id: str, values: Mapping[str, Any], *, by: str, at: datetime
) -> tuple[FeedTarget, str]:
    """The new target and its secret. `values`: keys of CHANGEABLE. Raises ConflictError when the id is taken."""
    if await session.get(FeedTarget, target_id) is not None:
        raise ConflictError("此编号已被使用", place="id")
    secret = new_target_secret()
    target = FeedTarget(
        id=target_id,
        kind=TargetKind.HTTP,
        secret=secret,
        failures=0,
        retry_at=None,
        last_error="",
        last_ok_at=None,
        version=1,
        created_at=at,
        changed_at=at,
        changed_by=by,
        **{name: values[name] for name in CHANGEABLE},
    )
    session.add(target)
    await session.flush()
    return target, secret


async def change_target(
    session: AsyncSession, target_id: str, values: Mapping[str, Any], *, version: int, by: str, at: datetime
) -> FeedTarget:
    """Raises NotFoundError, StaleVersionError, CallerFaultError for what cannot be changed of short messages."""
    target = await find_target(session, target_id, lock=True)
    allowed = SMS_CHANGEABLE if target.kind is TargetKind.SMS else CHANGEABLE
    if unknown := sorted(set(values) - allowed):
        raise CallerFaultError("短信目标只能启停", place=", ".join(unknown))
    if target.version != version:
        raise StaleVersionError(target.version)
    for name, value in values.items():
        setattr(target, name, value)
    if {"url", "state"} & set(values):
        target.failures, target.retry_at = 0, None  # mended, says whoever changed it: tried at once
    _touch(target, by, at)
    await session.flush()
    return target


async def renew_secret(session: AsyncSession, target_id: str, *, by: str, at: datetime) -> tuple[FeedTarget, str]:
    """A new secret, in force at once. Raises NotFoundError, CallerFaultError."""
    target = await find_target(session, target_id, lock=True)
    if target.kind is not TargetKind.HTTP:
        raise CallerFaultError("短信目标没有密钥", place=target_id)
    secret = new_target_secret()
    target.secret = secret
    target.failures, target.retry_at = 0, None
    _touch(target, by, at)
    await session.flush()
    return target, secret


def _touch(target: FeedTarget, by: str, at: datetime) -> None:
    target.version += 1
    target.changed_by, target.changed_at = by, at
