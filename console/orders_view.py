"""An order as its viewer may see it: every field through `workorder.privacy`, nothing beside it.

In: an order, its row and events, a viewer. Out: the shapes of the API. Never: a value that the policy hides, an
identity in full; a text unblotted where the caller's identity is kept from the viewer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from console.access import STAFF, Viewer
from console.masking import mask_name, mask_number
from console.orders_shapes import (
    AttentionOut,
    DueOut,
    EvidenceOut,
    IdentityOut,
    LineOut,
    OrderFile,
    ReckonedOut,
    TimelineOut,
    UnitRef,
)
from console.orders_words import QUEUES, STEPS, kind_word
from console.shapes import Hotline
from gateway.orders.directory import UnitBook
from gateway.orders.driver import known_values
from gateway.orders.evidence import kind_words
from gateway.orders.view import Queue
from gateway.store.kinds import Role
from gateway.store.models import Evidence, WorkOrder
from workorder import privacy
from workorder.allowed import allowed
from workorder.attention import hard_case_reasons, still_to_report, to_supervise
from workorder.events import Actor, ActorRole, EventKind, OrderEvent
from workorder.life import told_to_caller
from workorder.model import OrderState
from workorder.order import Due, Order
from workorder.privacy import Field, OrderFacts, Sight, ViewerRole, visible
from workorder.report import lacking
from workorder.rules import Rules

K = EventKind
Cleaner = Callable[[Any], Any]
BY_PATCH = frozenset({K.OPENED, K.EDITED, K.CALLER_PROMISED})  # done by other operations
_FIELD_OF_KIND: Mapping[EventKind, Field] = {
    **dict.fromkeys((K.ANSWERED, K.ANSWERED_DIRECTLY, K.CO_ANSWERED), Field.ANSWER),
    K.RATED: Field.RATING,
    **dict.fromkeys((K.MATERIAL_ADDED, K.MATERIALS_GIVEN), Field.MATTER),
    **dict.fromkeys(
        (
            K.NOTED,
            K.NUISANCE_MARKED,
            K.NUISANCE_LIFTED,
            K.HANDED_OVER,
            K.SUPERVISION_PROPOSED,
            K.EXCLUDED,
            K.REPEAT_NOTED,
            K.MERGED,
        )
        + (K.FOLLOWED_UP, K.EDITED, K.SECRECY_SET, K.CALENDAR_CHANGED, K.DISCIPLINE_TOLD),
        Field.INTERNAL,
    ),
}
_FIELD_OF_KEY: Mapping[str, Field] = {
    "title": Field.MATTER,
    "matter": Field.MATTER,
    **dict.fromkeys(("identity", "accused", "seat", "secrecy", "recording"), Field.INTERNAL),
}
# What the fold has beside the columns, and which field of the policy it is.
_FOLD_ORDER = """
accepted_at ground right_channel materials_until lead_named_by leader_asks dispatched_at dispatch_why signed returns
refused_returns return_closed contacts promise caller_promise extensions pauses override uncooperative_since round
evaluated_in archived_at urged supervisions urgent_reported told merged_into repeat_of new_facts closed_at
"""
_FOLD: Mapping[str, Field] = {
    **dict.fromkeys(_FOLD_ORDER.split(), Field.ORDER),
    **dict.fromkeys(("answers", "co_answers"), Field.ANSWER),
    "rating": Field.RATING,
    **dict.fromkeys(("follow_ups", "excluded", "proposed", "marks", "handed_over", "notes", "merged"), Field.INTERNAL),
}
_IDENTITY: tuple[tuple[str, Field, str], ...] = (
    ("name", Field.NAME, "caller_name"),
    ("contact", Field.CONTACT, "contact"),
    ("caller_number", Field.CALLER_NUMBER, "caller_number"),
    ("employer", Field.EMPLOYER, "employer"),
    ("address", Field.ADDRESS, "address"),
    ("ip", Field.IP, "ip"),
)


def policy_viewer(viewer: Viewer, *, serving: bool = False) -> privacy.Viewer:
    """Whom the policy sees. A seat is known by its seat's id: orders are tagged with that. `serving`: the order's
    caller is on the viewer's line (`console.talk_api.pop`)."""
    name = viewer.seat if viewer.role in (Role.SEAT, Role.EXPERT) else viewer.user
    return privacy.Viewer(ViewerRole(viewer.role.value), name, viewer.unit or None, serving)


def actor_of(viewer: Viewer) -> Actor | None:
    """Who acts; None for an auditor, who only looks."""
    if viewer.role is Role.AUDITOR:
        return None
    return Actor(viewer.user, ActorRole(viewer.role.value), viewer.unit or None)


def row_facts(row: WorkOrder) -> OrderFacts:
    """What privacy looks at, from the order's row."""
    return OrderFacts(
        *(row.category, frozenset(row.units), frozenset(row.accused), row.secret, row.public, row.seat, row.order_id),
        hands=frozenset(row.hands),
    )


def line_out(row: WorkOrder, viewer: privacy.Viewer, book: UnitBook) -> LineOut:
    return LineOut(**_line(row, viewer, book))


def _line(row: WorkOrder, viewer: privacy.Viewer, book: UnitBook) -> dict[str, Any]:
    facts = row_facts(row)
    internal = visible(viewer, facts, Field.INTERNAL).sight is Sight.FULL
    queue = Queue(row.queue)
    return {
        "order_id": row.order_id,
        "version": row.version,
        "state": row.state,
        "queue": queue,
        "queue_word": QUEUES[queue],
        "category": row.category,
        "subject": row.subject,
        "area": row.area,
        "title": _matter(row, row.title, visible(viewer, facts, Field.MATTER).sight),
        "hotline": Hotline(number=row.hotline_number, name=row.hotline_name, unit=row.hotline_unit),
        "channel": row.channel,
        "lead": unit_ref(row.lead, book) if row.lead else None,
        "units": [unit_ref(unit, book) for unit in row.units],
        "due_at": row.due_at,
        "due_step": row.due_step,
        "provisional": row.provisional,
        "overdue": row.overdue,
        "supervision": row.supervision,
        "proposed": row.proposed if internal else "",
        "promised": row.promised,
        "proposed_unit": unit_ref(row.proposed_unit, book) if row.proposed_unit else None,
        "urgent": row.urgent,
        "hard_case": row.hard_case,
        "secret": row.secret,
        "round": row.round,
        "repeats": row.repeats,
        "profile": row.profile,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "closed_at": row.closed_at,
    }


def unit_ref(unit: str, book: UnitBook) -> UnitRef:
    return UnitRef(id=unit, name=book.name(unit))


def _matter(row: WorkOrder, text: str, sight: Sight) -> str:
    if sight is Sight.HIDDEN:
        return ""
    return privacy.scrub(text, known_values(row)) if sight is Sight.MASKED else text


def due_out(due: Due, clean: Cleaner) -> DueOut:
    return DueOut(
        step=due.step,
        step_word=STEPS.get(due.step, due.step),
        due=due.due,
        limit=due.limit,
        rule=due.rule,
        why=clean(due.why),
        start=due.start,
        set_at=due.set_at,
        provisional=due.provisional,
        met_at=due.met_at,
        overdue=due.overdue,
        explained=[
            ReckonedOut(rule=line.rule, start=line.start, end=line.end, why=clean(line.why)) for line in due.explained
        ],
    )


def file_out(
    row: WorkOrder,
    order: Order,
    events: Sequence[OrderEvent],
    evidence: Iterable[Evidence],
    rules: Rules,
    viewer: Viewer,
    book: UnitBook,
) -> OrderFile:
    """The whole order for this viewer; the caller of this has made sure that it exists for them."""
    eyes, facts = policy_viewer(viewer), row_facts(row)
    matter = visible(eyes, facts, Field.MATTER)
    internal = visible(eyes, facts, Field.INTERNAL).sight is Sight.FULL
    clean = _cleaner(row, matter.sight)
    actor = actor_of(viewer)
    kinds = allowed(order, actor) - BY_PATCH if actor else frozenset()
    report = dict(order.answer.report) if order.answer else {}
    line = _line(row, eyes, book)
    return OrderFile(
        **line,
        dues=[due_out(due, clean) for due in order.dues.values()],
        past_dues=[due_out(due, clean) for due in order.past],
        matter=_matter(row, row.matter, matter.sight),
        matter_sight=matter.sight,
        matter_why=matter.why,
        linkedid=row.linkedid if internal else None,
        may_hear=bool(row.linkedid)
        and viewer.role in STAFF
        and visible(eyes, facts, Field.RECORDING).sight is Sight.FULL,
        difficulty=order.difficulty,
        source=order.source,
        emergency=order.emergency,
        enforcement=order.enforcement,
        mediation=order.mediation,
        public=order.public,
        accused=[unit_ref(unit, book) for unit in sorted(order.accused)] if internal else [],
        profile_title=rules.profile.title,
        profile_version=order.profile_version,
        identity=[_identity(row, eyes, facts, *entry) for entry in _IDENTITY],
        timeline=[timeline_out(n, event, eyes, facts, clean, book) for n, event in enumerate(events, 1)],
        evidence=[evidence_out(item, eyes, facts, kind_words(rules.profile)) for item in evidence],
        fold={
            name: clean(jsonable(getattr(order, name)))
            for name, field in _FOLD.items()
            if visible(eyes, facts, field).sight is not Sight.HIDDEN
        },
        told_to_caller=told_to_caller(order),
        allowed=sorted(kinds),
        may_edit=bool(actor) and K.EDITED in allowed(order, actor) if actor else False,
        report_lacking=[gap.chinese for gap in lacking(report, rules.profile)] if K.ANSWERED in kinds else [],
        written=order.written,
        attention=_attention(order, rules) if internal else [],
    )


def _attention(order: Order, rules: Rules) -> list[AttentionOut]:
    """What the document wants looked at; of an order that is over nothing but what was handed on."""
    profile = rules.profile
    handed = [entry for entry in profile.handed_on if entry.id in order.discipline]
    found = [AttentionOut(what="discipline", text=entry.text, rule=entry.rule) for entry in handed]
    if order.archived_at is not None or order.state in (OrderState.NOT_ACCEPTED, OrderState.MERGED):
        return found
    if (still := still_to_report(order, profile)) and profile.urgent:
        found.append(AttentionOut(what="report", text=still, rule=profile.urgent.rule))
    if not order.hard_case:
        reasons = hard_case_reasons(order, profile)
        found += [AttentionOut(what="hard_case", text=entry.text, rule=entry.rule) for entry in reasons]
    if not order.supervisions:
        matters = to_supervise(order, rules)
        found += [AttentionOut(what="supervise", text=entry.text, rule=entry.rule) for entry in matters]
    return found


def _cleaner(row: WorkOrder, sight: Sight) -> Cleaner:
    """Blots the caller's particulars out of every text, where the matter is shown masked."""
    if sight is Sight.FULL:
        return lambda value: value
    known = known_values(row)

    def clean(value: Any) -> Any:
        if isinstance(value, str) and not _is_moment(value):
            return privacy.scrub(value, known)
        if isinstance(value, Mapping):
            return {name: clean(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [clean(inner) for inner in value]
        return value

    return clean


def _is_moment(text: str) -> bool:
    """Digits that are a date, not a number of somebody's."""
    if len(text) < 10 or not text[0].isdigit():
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _identity(
    row: WorkOrder, eyes: privacy.Viewer, facts: OrderFacts, name: str, field: Field, column: str
) -> IdentityOut:
    seen, value = visible(eyes, facts, field), getattr(row, column) or ""
    shown = None
    if value and seen.sight is not Sight.HIDDEN:
        shown = masked(field, value)
    known = bool(value) and seen.sight is not Sight.HIDDEN
    return IdentityOut(
        field=name, known=known, shown=shown, sight=seen.sight, why=seen.why, reveal=seen.reveal and known
    )


def masked(field: Field, value: str) -> str:
    """A particular as lists and pages show it to everybody."""
    if field in (Field.CONTACT, Field.CALLER_NUMBER):
        return mask_number(value)
    if field in (Field.NAME, Field.EMPLOYER):
        return mask_name(value)
    return value[:3] + "*" * min(max(len(value) - 3, 1), 12)


def timeline_out(
    n: int, event: OrderEvent, eyes: privacy.Viewer, facts: OrderFacts, clean: Cleaner, book: UnitBook
) -> TimelineOut:
    """A unit reads its own notes and follow-ups of nobody: what is internal keeps its place and loses its content."""
    field = _FIELD_OF_KIND.get(event.kind, Field.ORDER)
    own = eyes.unit is not None and event.by.unit == eyes.unit
    hidden = not own and visible(eyes, facts, field).sight is Sight.HIDDEN
    data = {
        name: jsonable(value)
        for name, value in event.data.items()
        if visible(eyes, facts, _FIELD_OF_KEY.get(name, Field.ORDER)).sight is not Sight.HIDDEN
    }
    return TimelineOut(
        n=n,
        kind=event.kind.value,
        word=kind_word(event.kind),
        at=event.at,
        by=event.by.id,
        role=event.by.role.value,
        unit=unit_ref(event.by.unit, book) if event.by.unit else None,
        why="" if hidden else clean(event.why),
        data={} if hidden else clean(data),
        hidden=hidden,
    )


def evidence_out(item: Evidence, eyes: privacy.Viewer, facts: OrderFacts, words: Mapping[str, str]) -> EvidenceOut:
    why = may_open(item, eyes, facts)
    return EvidenceOut(
        id=item.id,
        at=item.at,
        by=item.by,
        role=item.role,
        unit=item.unit,
        kind=item.kind,
        kind_word=words.get(item.kind, item.kind),
        name=item.name if not why else "",
        media_type=item.media_type,
        size=item.size,
        cleared=item.cleared,
        may_open=not why,
        why=why,
    )


def may_open(item: Evidence, eyes: privacy.Viewer, facts: OrderFacts) -> str:
    """Why this viewer may not open the file; "" when they may. What a unit has sent in it may read again; where the
    caller's identity is kept from it, the office lets other files through one by one."""
    if eyes.unit is not None and item.unit == eyes.unit and privacy.may_see(eyes, facts):
        return ""
    seen = visible(eyes, facts, Field.EVIDENCE)
    if seen.sight is Sight.FULL or (seen.sight is Sight.MASKED and item.cleared):
        return ""
    return seen.why or "待热线办公室核对后开放"


def jsonable(value: Any) -> Any:
    """Frozen values of the life cycle as JSON."""
    if hasattr(value, "__dataclass_fields__"):
        return jsonable(asdict(value))
    if isinstance(value, Mapping):
        return {str(name): jsonable(inner) for name, inner in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(str(inner) for inner in value)
    if isinstance(value, list | tuple):
        return [jsonable(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime) else value
