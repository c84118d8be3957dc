"""Feeds over HTTP: who is told what, how it stands, dead letters sent again or discarded.

In: targets and filters, ids of dead letters. Out: states and counts; a new secret once. Every change is audited. Never:
the content of an event, or a secret read back.
"""

from __future__ import annotations

import secrets
from http import HTTPMethod
from typing import Any

from pydantic import Field

from console.feeds_shapes import (
    DiscardBody,
    DoneOut,
    LetterOut,
    LettersBody,
    SecretOut,
    SentOut,
    TargetBody,
    TargetOut,
    TargetPatch,
    TargetsOut,
    letter_out,
    target_out,
)
from console.operations import Ask, Operation
from console.paging import ListQuery
from console.problems import ProblemError
from console.shapes import Page
from gateway.feeds import Event
from gateway.store import StaleVersionError, log_audit
from gateway.store.deliveries import counts, dead_letters, discard, oldest_waiting, resend
from gateway.store.kinds import FeedRole, Role, TargetKind
from gateway.store.outbox import SMS_TARGET, enqueue
from gateway.store.targets import add_target, change_target, find_target, renew_secret, targets_list

TAG = "feeds"
BASE = "/api/v1/feeds"
ID = "{target_id:[a-z][a-z0-9-]{1,39}}"
LOOK = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.AUDITOR})
KEEP = frozenset({Role.ADMIN})


class LettersQuery(ListQuery):
    target: str = Field(default="", max_length=40)


async def targets(ask: Ask) -> TargetsOut:
    async with ask.deps.store.reading() as session:
        rows, numbers, oldest = await targets_list(session), await counts(session), await oldest_waiting(session)
    return TargetsOut(items=[target_out(row, numbers.get(row.id, {}), oldest.get(row.id)) for row in rows])


async def _one(ask: Ask, target_id: str) -> TargetOut:
    async with ask.deps.store.reading() as session:
        row, numbers, oldest = (
            await find_target(session, target_id),
            await counts(session),
            await oldest_waiting(session),
        )
    return target_out(row, numbers.get(row.id, {}), oldest.get(row.id))


def _id(ask: Ask) -> str:
    return ask.request.match_info["target_id"]


async def _audit(ask: Ask, session: Any, what: str, target_id: str, **detail: Any) -> None:
    await log_audit(
        session,
        ask.viewer.user,
        f"feed.{what}",
        f"feed:{target_id}",
        at=ask.deps.clock(),
        ip=ask.request.remote or "",
        detail=detail,
    )


def _check_role(role: FeedRole, unit: str) -> None:
    """The policy knows units and peers by the body they belong to."""
    if (role in (FeedRole.UNIT, FeedRole.PEER)) is not bool(unit):
        raise ProblemError("bad-request", "承办单位和兄弟系统须填写所属单位，其他目标不填")


async def target(ask: Ask) -> TargetOut:
    return await _one(ask, _id(ask))


async def add(ask: Ask) -> SecretOut:
    """The new target, paused unless said otherwise, and its secret."""
    body = ask.body_as(TargetBody)
    if body.id == SMS_TARGET:
        raise ProblemError("bad-request", "此编号留给短信使用")
    _check_role(body.role, body.unit)
    values = {**body.model_dump(exclude={"id", "filter"}), "filter": body.filter.value().to_json()}
    async with ask.deps.store.session() as session:
        _, secret = await add_target(session, body.id, values, by=ask.viewer.user, at=ask.deps.clock())
        await _audit(ask, session, "added", body.id, url=body.url, identity=body.identity, unit=body.unit)
    return SecretOut(target=await _one(ask, body.id), secret=secret)


async def change(ask: Ask) -> TargetOut:
    """409 with what it is now when somebody was faster."""
    body, target_id = ask.body_as(TargetPatch), _id(ask)
    names = body.model_fields_set - {"version"}
    values = {name: getattr(body, name) for name in names if getattr(body, name) is not None}
    if body.filter is not None:
        values["filter"] = body.filter.value().to_json()
    try:
        async with ask.deps.store.session() as session:
            changed = await change_target(
                session, target_id, values, version=body.version, by=ask.viewer.user, at=ask.deps.clock()
            )
            _check_role(changed.role, changed.unit)
            await _audit(ask, session, "changed", target_id, **{name: str(values[name]) for name in sorted(values)})
    except StaleVersionError as error:
        current = await _one(ask, target_id)
        extra = {"current": current.model_dump(mode="json")}
        raise ProblemError("conflict", f"当前版本为 {error.current}", extra=extra) from error
    return await _one(ask, target_id)


async def renew(ask: Ask) -> SecretOut:
    """A new secret, in force at once: the old one is worth nothing."""
    async with ask.deps.store.session() as session:
        _, secret = await renew_secret(session, _id(ask), by=ask.viewer.user, at=ask.deps.clock())
        await _audit(ask, session, "secret-renewed", _id(ask))
    return SecretOut(target=await _one(ask, _id(ask)), secret=secret)


async def test(ask: Ask) -> SentOut:
    """Tell this target, and no other, an event "feed.test". Its arrival shows in the target's figures."""
    at, event_id = ask.deps.clock(), f"test:{_id(ask)}:{secrets.token_hex(6)}"
    async with ask.deps.store.session() as session:
        found = await find_target(session, _id(ask))
        if found.kind is not TargetKind.HTTP:
            raise ProblemError("bad-request", "短信目标不能这样测试")
        event = Event(event_id, "feed.test", event_id, at, data={"by": ask.viewer.user})
        await enqueue(session, event, only=found.id)
        await _audit(ask, session, "tested", found.id, event=event_id)
    return SentOut(event_id=event_id)


async def letters(ask: Ask) -> Page[LetterOut]:
    query = ask.query_as(LettersQuery)
    async with ask.deps.store.reading() as session:
        page = await dead_letters(session, target=query.target, cursor=query.cursor, limit=query.limit)
    return Page[LetterOut](items=[letter_out(letter) for letter in page.items], next=page.next)


async def send_again(ask: Ask) -> DoneOut:
    async with ask.deps.store.session() as session:
        ids = await resend(session, ask.body_as(LettersBody).ids, by=ask.viewer.user, now=ask.deps.clock())
        await _audit(ask, session, "resent", "dead", ids=ids)
    return DoneOut(ids=ids)


async def give_up(ask: Ask) -> DoneOut:
    """Later events of their orders go on without them. Cannot be taken back."""
    body = ask.body_as(DiscardBody)
    async with ask.deps.store.session() as session:
        ids = await discard(session, body.ids, by=ask.viewer.user, now=ask.deps.clock())
        await _audit(ask, session, "discarded", "dead", ids=ids, why=body.why)
    return DoneOut(ids=ids)


GET, POST, PATCH = HTTPMethod.GET, HTTPMethod.POST, HTTPMethod.PATCH
OPERATIONS = (
    Operation(GET, f"{BASE}/targets", "Who is told, and how it stands", targets, LOOK, TAG, reply=TargetsOut),
    Operation(
        POST,
        f"{BASE}/targets",
        "Add a target",
        add,
        KEEP,
        TAG,
        body=TargetBody,
        reply=SecretOut,
        status=201,
        keyed=True,
    ),
    Operation(GET, f"{BASE}/targets/{ID}", "One target", target, LOOK, TAG, reply=TargetOut),
    Operation(PATCH, f"{BASE}/targets/{ID}", "Change a target", change, KEEP, TAG, body=TargetPatch, reply=TargetOut),
    Operation(POST, f"{BASE}/targets/{ID}/secret", "Make a new secret", renew, KEEP, TAG, reply=SecretOut),
    Operation(POST, f"{BASE}/targets/{ID}/test", "Send a test event", test, KEEP, TAG, reply=SentOut),
    Operation(GET, f"{BASE}/dead", "Dead letters", letters, LOOK, TAG, query=LettersQuery, reply=Page[LetterOut]),
    Operation(POST, f"{BASE}/dead/resend", "Send again", send_again, KEEP, TAG, body=LettersBody, reply=DoneOut),
    Operation(POST, f"{BASE}/dead/discard", "Give up for good", give_up, KEEP, TAG, body=DiscardBody, reply=DoneOut),
)
