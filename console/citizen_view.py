"""An order as its caller may see it on the citizen's page.

In: an order's row, the rules. Out: `CitizenOrderOut`. Never: an identity in full, a unit's internals, an answer that
has not been let out.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from console.citizen_shapes import CitizenFileOut, CitizenOrderOut, ToldOut
from console.masking import mask_name, mask_number
from console.orders_words import kind_word
from gateway.orders.directory import unit_book
from gateway.orders.driver import load, stored_events
from gateway.orders.opening import CALLER
from gateway.orders.rulebook import Rulebook
from gateway.store.models import Evidence, WorkOrder
from workorder.allowed import allowed
from workorder.events import ActorRole, EventKind, OrderEvent
from workorder.life import told_to_caller
from workorder.privacy import Field, OrderFacts, Sight, Viewer, ViewerRole, visible
from workorder.words import CATEGORY_WORDS

K = EventKind
# What a caller reads of the order's way; the rest is the house's and the units' own.
_TOLD = frozenset(
    {K.OPENED, K.ACCEPTED, K.NOT_ACCEPTED, K.MATERIALS_ASKED, K.MATERIALS_GIVEN, K.MATERIAL_ADDED, K.DISPATCHED}
    | {K.SIGNED, K.PROMISED, K.EXTENSION_APPROVED, K.ANSWERED_DIRECTLY, K.REVIEW_PASSED, K.CLOSED, K.WITHDRAWN}
    | {K.RATED, K.REEXAMINED, K.ARCHIVED}
)
_PLAIN = {
    K.OPENED: "登记",
    K.ACCEPTED: "已受理",
    K.MATERIALS_ASKED: "请您补充材料",
    K.MATERIALS_GIVEN: "材料已补齐",
    K.MATERIAL_ADDED: "补充了材料",
    K.DISPATCHED: "转交承办单位",
    K.SIGNED: "承办单位已收到",
    K.PROMISED: "承办单位承诺了办结日期",
    K.CALLER_PROMISED: "承诺给您回复",
    K.EXTENSION_APPROVED: "办理时间延长",
    K.ANSWERED_DIRECTLY: "已答复",
    K.REVIEW_PASSED: "已办结答复",
    K.REEXAMINED: "复查",
}
_OWN_WORDS = {
    K.OPENED: "您提交了",
    K.MATERIALS_GIVEN: "您补齐了材料",
    K.MATERIAL_ADDED: "您补充了",
    K.WITHDRAWN: "您撤回了",
    K.RATED: "您作了评价",
}


async def order_out(session: AsyncSession, rulebook: Rulebook, row: WorkOrder) -> CitizenOrderOut:
    found, _rules, _fresh = await load(session, row, rulebook)
    events = await stored_events(session, row.order_id)
    book = await unit_book(session)
    query = select(Evidence).where(Evidence.order_id == row.order_id, Evidence.role == ActorRole.CALLER.value)
    files = tuple(await session.scalars(query.order_by(Evidence.id)))
    eyes = Viewer(ViewerRole.CALLER, row.order_id)
    facts = OrderFacts(
        row.category, frozenset(row.units), frozenset(row.accused), row.secret, row.public, row.seat, row.order_id
    )

    def full(field: Field) -> bool:
        return visible(eyes, facts, field).sight is Sight.FULL

    done = found.answer if found.closed_at is not None and full(Field.ANSWER) else None
    kinds = allowed(found, CALLER)
    due = found.dues.get("handle")
    materials = next((e.data.get("materials") for e in reversed(events) if e.kind is K.MATERIALS_ASKED), None)
    return CitizenOrderOut(
        order_id=row.order_id,
        state=row.state,
        progress=told_to_caller(found),
        title=row.title,
        matter=row.matter if full(Field.MATTER) else "",
        category=CATEGORY_WORDS[row.category] if row.category else "",
        subject=row.subject,
        area=row.area,
        created_at=row.created_at,
        due_on=due.due.date() if due and due.met_at is None and found.closed_at is None else None,
        unit=book.name(row.lead) if row.lead else "",
        caller_name=mask_name(row.caller_name) if row.caller_name else "",
        contact=mask_number(row.contact) if row.contact else "",
        secrecy=row.secret,
        answer=done.report.get("answer", "") if done else "",
        ground=found.ground,
        right_channel=found.right_channel,
        materials_until=found.materials_until,
        materials=[str(item) for item in materials] if found.materials_until and isinstance(materials, list) else [],
        stars=found.rating.stars if found.rating else None,
        solved=found.rating.solved if found.rating else None,
        timeline=[_told(event, book.name) for event in events if event.kind in _TOLD],
        files=[CitizenFileOut(name=item.name, at=item.at) for item in files],
        may_add=K.MATERIAL_ADDED in kinds,
        may_withdraw=K.WITHDRAWN in kinds,
        may_rate=K.RATED in kinds and found.closed_at is not None,
    )


def _told(event: OrderEvent, name: Callable[[str], str]) -> ToldOut:
    """In plain words; of materials only what the caller has added themselves."""
    units, materials, text = event.data.get("units"), event.data.get("materials"), ""
    own = event.by.role is ActorRole.CALLER
    if event.kind is K.DISPATCHED and isinstance(units, list):
        text = "、".join(name(str(unit)) for unit in units)
    elif own and isinstance(materials, list):
        text = "；".join(str(item) for item in materials)
    word = _OWN_WORDS.get(event.kind) if own else None
    return ToldOut(at=event.at, word=word or _PLAIN.get(event.kind) or kind_word(event.kind), text=text)
