"""The work on orders, for office, seats, units and auditors alike: lists, one order, acts, a new one, what to choose.

In: filters, acts. Out: orders as the viewer may see them. Never: an order that does not exist for the viewer, an
identity in full without an entry in the audit.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPMethod
from typing import Any

from pydantic import Field
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from console.access import DESK, Viewer
from console.operations import KEY_HEADER, Ask, Body, Operation
from console.orders_desk import ID, act, audit, conflict, event_of, file_of, oversees, path_id, scope_of, visible_row
from console.orders_rules import rules_out
from console.orders_shapes import (
    ActBody,
    ActedOut,
    BatchBody,
    BatchOut,
    CountsOut,
    FileBody,
    FiledOut,
    InboxQuery,
    LinesOut,
    OrderFile,
    RepeatOut,
    RepeatsOut,
    RevealBody,
    RevealedOut,
    RulesOut,
    SuggestedOut,
    SuggestionsOut,
)
from console.orders_view import BY_PATCH, actor_of, line_out, policy_viewer, row_facts, unit_ref
from console.problems import ProblemError
from gateway.errors import CallerFaultError
from gateway.orders.directory import catalogue, unit_book
from gateway.orders.driver import load
from gateway.orders.errors import RefusedError
from gateway.orders.listing import Wanted, counts, lines_page
from gateway.orders.opening import Filing, file_order
from gateway.store import StaleVersionError
from gateway.store.kinds import Category, Role
from gateway.store.models import PastDispatch, WorkOrder
from gateway.store.rows import Page
from gateway.store.sealed import is_caller
from workorder import repeats, suggest
from workorder.events import EventKind
from workorder.life import told_to_caller
from workorder.order import Verdict
from workorder.privacy import Field as PrivacyField
from workorder.privacy import may_see, scrub, visible

TAG = "orders"
WORKERS = DESK | {Role.UNIT}
LOOKERS = WORKERS | {Role.AUDITOR}
PAST_MANY = 500  # past dispatches of a subject that a suggestion looks at
EARLIER_MANY = 200
_FIELDS = {
    "name": (PrivacyField.NAME, "caller_name"),
    "contact": (PrivacyField.CONTACT, "contact"),
    "caller_number": (PrivacyField.CALLER_NUMBER, "caller_number"),
    "employer": (PrivacyField.EMPLOYER, "employer"),
    "address": (PrivacyField.ADDRESS, "address"),
    "ip": (PrivacyField.IP, "ip"),
}


def wanted_of(query: InboxQuery) -> Wanted:
    return Wanted(**query.model_dump(exclude={"cursor", "limit"}))


def check_search(viewer: Viewer, query: InboxQuery) -> None:
    """Raises ProblemError: a number is looked for by the office only; a unit could guess whose order it is."""
    if query.contact and not oversees(viewer):
        raise ProblemError("forbidden", "只有热线办公室可以按号码检索")
    if viewer.role in (Role.UNIT, Role.AUDITOR) and query.q and scrub(query.q) != query.q and not _is_number(query.q):
        raise ProblemError("bad-request", "不能用电话、证件号码或邮箱检索")


def _is_number(words: str) -> bool:
    """An order's number, not a person's."""
    return len(words) == 15 and words[8] == "-" and words.replace("-", "").isdigit()


async def inbox(ask: Ask) -> LinesOut:
    """What comes next first; by words or `sort=new` newest first."""
    query = ask.query_as(InboxQuery)
    check_search(ask.viewer, query)
    async with ask.deps.store.reading() as session:
        page = await rows_of(ask, session, query)
        book = await unit_book(session)
    if query.contact:
        async with ask.deps.store.session() as session:
            await audit(ask, session, "orders.searched-by-number", "orders", found=len(page.items))
    eyes = policy_viewer(ask.viewer)
    return LinesOut(items=[line_out(row, eyes, book) for row in page.items], next=page.next)


async def rows_of(ask: Ask, session: AsyncSession, query: InboxQuery) -> Page[WorkOrder]:
    """The page's rows that exist for the viewer."""
    wanted, eyes = wanted_of(query), policy_viewer(ask.viewer)
    page = await lines_page(session, scope_of(ask.viewer), wanted, cursor=query.cursor, limit=query.limit)
    return Page(tuple(row for row in page.items if may_see(eyes, row_facts(row))), page.next)


async def queue_counts(ask: Ask) -> CountsOut:
    async with ask.deps.store.reading() as session:
        found = await counts(session, scope_of(ask.viewer), ask.deps.clock())
    return CountsOut(queues=found.queues, overdue=found.overdue, due_today=found.due_today, proposed=found.proposed)


async def file(ask: Ask) -> OrderFile:
    return await file_of(ask, path_id(ask))


async def do(ask: Ask) -> OrderFile:
    """Let something happen to an order. 409 `refused` with the rule when a document forbids it, `conflict` with the
    order as it is when it has moved on."""
    body, order_id = ask.body_as(ActBody), path_id(ask)
    try:
        await _do(ask, order_id, body.kind, body.why, body.data, version=body.version, key=_key(ask, order_id))
    except StaleVersionError as error:
        raise await conflict(ask, order_id, error) from error
    return await file_of_or_gone(ask, order_id)


async def file_of_or_gone(ask: Ask, order_id: str) -> OrderFile:
    """A unit whose order has been taken back has done it, and sees it no more."""
    try:
        return await file_of(ask, order_id)
    except ProblemError:
        raise ProblemError("not-found", "已办理；此工单不再由本单位承办") from None


async def do_many(ask: Ask) -> BatchOut:
    """The same for many orders, each by itself: some may be refused."""
    body = ask.body_as(BatchBody)
    done = [await _one_of_many(ask, order_id, body) for order_id in dict.fromkeys(body.order_ids)]
    return BatchOut(items=done)


async def _one_of_many(ask: Ask, order_id: str, body: BatchBody) -> ActedOut:
    def answer(slug: str, detail: str, rule: str = "") -> ActedOut:
        return ActedOut(order_id=order_id, done=False, version=None, state=None, slug=slug, detail=detail, rule=rule)

    try:
        row = await _do(ask, order_id, body.kind, body.why, body.data, key=_key(ask, order_id))
    except RefusedError as error:
        return answer(error.slug, error.chinese, error.rule)
    except ProblemError as error:
        if error.kind.status >= 500:
            raise
        return answer(error.kind.slug, error.detail)
    except CallerFaultError as error:
        return answer("bad-request", str(error))
    return ActedOut(order_id=order_id, done=True, version=row.version, state=row.state, slug="", detail="", rule="")


def _key(ask: Ask, order_id: str) -> str:
    return f"{order_id}:{ask.request.headers.get(KEY_HEADER, '')}"


async def _do(
    ask: Ask,
    order_id: str,
    kind: EventKind,
    why: str,
    data: dict[str, Any],
    *,
    version: int | None = None,
    key: str = "",
) -> WorkOrder:
    if kind in BY_PATCH:
        raise ProblemError("bad-request", "请用修改工单的接口")
    event = event_of(ask, kind, why, data)
    async with ask.deps.store.session() as session:
        applied = await act(ask, session, order_id, [event], version=version, key=key)
    return applied.row


async def file_new(ask: Ask) -> FiledOut:
    """A new draft, by the office or a seat."""
    body, viewer = ask.body_as(FileBody), ask.viewer
    actor = actor_of(viewer)
    if actor is None:
        raise ProblemError("forbidden")
    _known_profile(ask, body.profile)
    async with ask.deps.store.session() as session:
        book = await unit_book(session)
        book.check(body.accused)
        values = body.model_dump(exclude={"profile", "hotline", "accused"})
        filing = Filing(
            **values,
            hotline=(body.hotline, "", ""),
            accused=book.one_body(body.accused),
            seat=viewer.seat or None,
        )
        filed = await file_order(session, ask.deps.rulebook, filing, ask.deps.clock(), by=actor, profile=body.profile)
        await audit(ask, session, "order.filed", f"order:{filed.order_id}", channel=body.channel)
    return FiledOut(order_id=filed.order_id, code=filed.code, state=filed.applied.row.state)


async def suggestions(ask: Ask) -> SuggestionsOut:
    """Units for the order, best first, each with the reasons."""
    async with ask.deps.store.reading() as session:
        row = await visible_row(session, ask.viewer, path_id(ask))
        order, _rules, _fresh = await load(session, row, ask.deps.rulebook)
        known, book = await catalogue(session), await unit_book(session)
        query = (
            select(PastDispatch)
            .where(PastDispatch.subject == row.subject)
            .order_by(PastDispatch.id.desc())
            .limit(PAST_MANY)
        )
        past = [
            suggest.Past(entry.subject, entry.area, entry.unit, entry.returned)
            for entry in (await session.scalars(query) if row.subject else ())
        ]
    active = {unit.id for unit in book.units.values() if unit.active}
    returned = frozenset(entry.unit for entry in order.returns if entry.verdict is Verdict.APPROVED)
    found = suggest.units(
        row.subject,
        row.area,
        known.entries,
        past,
        accused=order.accused,
        returned_by=returned,
        report=row.category is Category.REPORT,
    )
    return SuggestionsOut(
        items=[
            SuggestedOut(unit=unit_ref(one.unit, book), score=one.score, why=list(one.why))
            for one in found
            if one.unit in active
        ]
    )


async def earlier(ask: Ask) -> RepeatsOut:
    """Earlier orders that look like the same matter, and how the caller stands."""
    now = ask.deps.clock()
    async with ask.deps.store.reading() as session:
        row = await visible_row(session, ask.viewer, path_id(ask))
        _order, rules, _fresh = await load(session, row, ask.deps.rulebook)
        rows = {other.order_id: other for other in await _near(session, row, now)}
        new = _earlier(row)
        found = repeats.candidates(new, [_earlier(other) for other in rows.values()])
        items = []
        marks: list[repeats.NuisanceMark] = []
        for other in found[:10]:
            order, _other_rules, _none = await load(session, rows[other.order_id], ask.deps.rulebook)
            same = bool(new.caller) and other.caller == new.caller
            told = repeats.Earlier(
                **{**_values(other), "progress": told_to_caller(order), "answer": _answer_of(order.answer)}
            )
            advice = repeats.advise(told, rules.profile, same_caller=same, new_facts=False)
            if same:
                marks += [_mark(mark) for mark in order.marks]
            items.append(
                RepeatOut(
                    order_id=other.order_id,
                    title=rows[other.order_id].title,
                    state=other.state,
                    created_at=other.opened_at,
                    same_caller=same,
                    repeats=other.repeats,
                    action=advice.action.value,
                    words=advice.words,
                    rule=advice.rule,
                    hard_case=advice.hard_case,
                )
            )
    standing = repeats.standing(marks, now)
    return RepeatsOut(items=items, standing=standing.words, hand_over=standing.hand_over)


def _values(earlier_: repeats.Earlier) -> dict[str, Any]:
    return {name: getattr(earlier_, name) for name in earlier_.__dataclass_fields__}


def _mark(mark: Any) -> repeats.NuisanceMark:
    known = set(repeats.NuisanceGround)
    ground = repeats.NuisanceGround(mark.ground) if mark.ground in known else repeats.NuisanceGround.REPEATED
    return repeats.NuisanceMark(mark.at, mark.by, ground, mark.evidence)


def _answer_of(answer: Any) -> str:
    return answer.report.get("answer", "") if answer else ""


async def _near(session: AsyncSession, row: WorkOrder, now: datetime) -> list[WorkOrder]:
    """Orders of the same caller, or about the same subject in the same area, of the last year."""
    same = []
    if row.contact:
        same.append(WorkOrder.contact_index == row.contact)
    if row.caller_number:
        same.append(is_caller(WorkOrder, row.caller_number))
    if row.subject and row.area:
        same.append((WorkOrder.subject == row.subject) & (WorkOrder.area == row.area))
    if not same:
        return []
    query = (
        select(WorkOrder)
        .where(or_(*same), WorkOrder.order_id != row.order_id, WorkOrder.created_at > now - repeats.LOOKS_BACK)
        .order_by(WorkOrder.created_at.desc())
        .limit(EARLIER_MANY)
    )
    return list(await session.scalars(query))


def _earlier(row: WorkOrder) -> repeats.Earlier:
    caller = row.contact or row.caller_number or ""
    text = f"{row.title}{row.matter}"
    return repeats.Earlier(row.order_id, caller, row.subject, row.area, text, row.state, row.created_at, row.repeats)


async def reveal(ask: Ask) -> RevealedOut:
    """One particular of the caller in full, where the policy lets this viewer ask for it; audited."""
    body = ask.body_as(RevealBody)
    field, column = _FIELDS[body.field]
    async with ask.deps.store.session() as session:
        row = await visible_row(session, ask.viewer, path_id(ask))
        seen = visible(policy_viewer(ask.viewer), row_facts(row), field)
        if not seen.reveal:
            raise ProblemError("forbidden", seen.why)
        await audit(ask, session, "identity.revealed", f"order:{row.order_id}", field=body.field, why=body.why)
    return RevealedOut(field=body.field, value=getattr(row, column) or None)


class RulesQuery(Body):
    profile: str = Field(default="", pattern=r"^[a-z0-9-]{0,40}$")


def _known_profile(ask: Ask, name: str) -> str:
    if name and not (ask.deps.config.profiles_dir / f"{name}.toml").is_file():
        raise ProblemError("not-found", "没有这个办法")
    return name


async def city_rules(ask: Ask) -> RulesOut:
    """What there is to choose from, under the city's profile or a named one."""
    name = _known_profile(ask, ask.query_as(RulesQuery).profile)
    async with ask.deps.store.reading() as session:
        rules = await ask.deps.rulebook.current(session, name)
    return rules_out(rules.profile)


async def order_rules(ask: Ask) -> RulesOut:
    """The same under the version that this order was opened with."""
    async with ask.deps.store.reading() as session:
        row = await visible_row(session, ask.viewer, path_id(ask))
        _order, rules, _fresh = await load(session, row, ask.deps.rulebook)
    return rules_out(rules.profile)


GET, POST = HTTPMethod.GET, HTTPMethod.POST
BASE = "/api/v1/orders"
OPERATIONS = (
    Operation(
        GET,
        f"{BASE}/inbox",
        "Orders by what is due next, or by words",
        inbox,
        LOOKERS,
        TAG,
        query=InboxQuery,
        reply=LinesOut,
    ),
    Operation(GET, f"{BASE}/counts", "How many in each queue", queue_counts, LOOKERS, TAG, reply=CountsOut),
    Operation(
        GET,
        f"{BASE}/rules",
        "What a profile gives to choose from",
        city_rules,
        LOOKERS,
        TAG,
        query=RulesQuery,
        reply=RulesOut,
    ),
    Operation(
        POST,
        f"{BASE}/acts",
        "One act on many orders, each by itself",
        do_many,
        WORKERS,
        TAG,
        body=BatchBody,
        reply=BatchOut,
        keyed=True,
    ),
    Operation(
        POST,
        f"{BASE}",
        "A new order, by hand",
        file_new,
        DESK,
        TAG,
        body=FileBody,
        reply=FiledOut,
        status=201,
        keyed=True,
    ),
    Operation(GET, f"{BASE}/{ID}/file", "Everything of an order", file, LOOKERS, TAG, reply=OrderFile),
    Operation(
        POST, f"{BASE}/{ID}/acts", "Let something happen", do, WORKERS, TAG, body=ActBody, reply=OrderFile, keyed=True
    ),
    Operation(GET, f"{BASE}/{ID}/suggestions", "Units, with reasons", suggestions, DESK, TAG, reply=SuggestionsOut),
    Operation(GET, f"{BASE}/{ID}/repeats", "Earlier orders like it", earlier, DESK, TAG, reply=RepeatsOut),
    Operation(GET, f"{BASE}/{ID}/rules", "Its own profile's rules", order_rules, LOOKERS, TAG, reply=RulesOut),
    Operation(
        POST,
        f"{BASE}/{ID}/identity",
        "A particular of the caller in full (audited)",
        reveal,
        WORKERS,
        TAG,
        body=RevealBody,
        reply=RevealedOut,
    ),
)
