"""What is told to others, as values: an event, whom it is for, its CloudEvents form and signature. Pure.

In: what happened, who reads. Out: the body (CloudEvents 1.0, structured JSON) and headers (Standard Webhooks:
HMAC-SHA256 over `id.timestamp.body`). Never: a clock, a socket; a rule of its own on who may see what: that is
`workorder.privacy`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from workorder import Category
from workorder.privacy import (
    IDENTITY as IDENTITY_FIELDS,
)
from workorder.privacy import (
    PROTECTED,
    Field,
    OrderFacts,
    Sight,
    Viewer,
    ViewerRole,
    may_see,
    scrub,
    visible,
)

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
SECRET_MARK = "whsec_"  # noqa: S105  # how Standard Webhooks writes a secret
TOLERANCE_S = 300  # a receiver refuses what is older: somebody else may be sending it again
# What a name in an event's data stands for in the privacy policy. Whatever is not here counts as internal.
FIELDS: Mapping[str, Field] = {
    **dict.fromkeys(("order_id", "state", "category", "subject", "area", "hotline", "units", "lead", "deadlines", "due",
                     "limit", "step", "profile", "created_at", "at", "seq", "test"), Field.ORDER),
    **dict.fromkeys(("title", "matter", "added"), Field.MATTER),
    **dict.fromkeys(("answer", "report", "result", "closing"), Field.ANSWER),
    "evidence": Field.EVIDENCE,
    **dict.fromkeys(("rating", "ratings", "satisfied", "solved"), Field.RATING),
    **dict.fromkeys(("recording", "recordings"), Field.RECORDING),
    "caller_name": Field.NAME,
    "contact": Field.CONTACT,
    "caller_number": Field.CALLER_NUMBER,
    "caller_raw": Field.CALLER_NUMBER,
    "caller_unit": Field.EMPLOYER,
    "address": Field.ADDRESS,
    "caller_ip": Field.IP,
}  # fmt: skip
IDENTITY = frozenset(name for name, field_ in FIELDS.items() if field_ in IDENTITY_FIELDS)


DISCIPLINE_ONLY = frozenset({"order.discipline_told"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What filters look at; nothing in it says who a caller is.

    `subject` is a path of the subject catalogue ("tourism/hotel"); `units` have to do with the order; `accused` are the
    units that it is about; `secret`: the caller asked for secrecy; `public`: fit for the public.
    """

    hotline: str = ""
    subject: str = ""
    category: str = ""
    units: tuple[str, ...] = ()
    accused: tuple[str, ...] = ()
    secret: bool = False
    public: bool = False

    def to_json(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @staticmethod
    def from_json(raw: Mapping[str, Any]) -> Facts:
        known = {item.name for item in fields(Facts)}
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()
        }
        return Facts(**{name: value for name, value in values.items() if name in known})


@dataclass(frozen=True, slots=True)
class Event:
    """`id` is the same however often it is told. `subject` is the order (or other thing) within which order matters.

    `kind`: "order.dispatched", "recording.verified", "rating.given", … `data`: JSON.
    """

    id: str
    kind: str
    subject: str
    at: datetime
    facts: Facts = Facts()
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Filter:
    """Empty lists take everything. A kind may end in `.*`; a subject takes what is below it too."""

    kinds: tuple[str, ...] = ()
    hotlines: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {name: list(value) for name, value in asdict(self).items() if value}

    @staticmethod
    def from_json(raw: Mapping[str, Any]) -> Filter:
        known = {item.name for item in fields(Filter)}
        return Filter(**{name: tuple(value) for name, value in raw.items() if name in known})


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom the policy sees behind a target. `unit`: the body of a unit's or peer's system. `identity`: it may have
    names and numbers where the policy lets its role ask for them; without it they never go along."""

    role: ViewerRole = ViewerRole.PROVINCE
    unit: str = ""
    identity: bool = False


def wanted(filter_: Filter, reader: Reader, event: Event) -> bool:
    """Whether a target with this filter is told: its filter takes the event, and the order exists for it."""
    facts = event.facts
    if event.kind in DISCIPLINE_ONLY and reader.role is not ViewerRole.DISCIPLINE:
        return False  # a unit's system does not learn that the unit was reported
    return (
        may_see(_viewer(reader), _policy_facts(facts, filter_, reader))
        and _kind(filter_.kinds, event.kind)
        and _any(filter_.hotlines, (facts.hotline,))
        and _any(filter_.categories, (facts.category,))
        and _any(filter_.units, facts.units)
        and _below(filter_.subjects, facts.subject)
    )


def shaped(event: Event, filter_: Filter, reader: Reader) -> dict[str, Any]:
    """The data as the target may have it: each value by the field that its name stands for (`FIELDS`), a name that
    stands for none as internal. What is inside a value counts as that value unless its own name says otherwise."""
    facts, viewer = _policy_facts(event.facts, filter_, reader), _viewer(reader)
    known = tuple(_values(event.data, IDENTITY))

    def shown(name: str, value: Any, outer: Field) -> Any:
        field_ = FIELDS.get(name, outer)
        if isinstance(value, Mapping):
            return {inner: shown(inner, one, field_) for inner, one in value.items() if keeps(inner, field_)}
        if isinstance(value, list | tuple):
            return [shown("", one, field_) for one in value]
        masked = visible(viewer, facts, field_).sight is Sight.MASKED and field_ not in PROTECTED
        return scrub(value, known) if masked and isinstance(value, str) else value

    def keeps(name: str, outer: Field) -> bool:
        field_ = FIELDS.get(name, outer)
        seen = visible(viewer, facts, field_)
        if field_ in PROTECTED:
            return (field_ not in IDENTITY_FIELDS or reader.identity) and (seen.sight is Sight.FULL or seen.reveal)
        return seen.sight is Sight.FULL or (seen.sight is Sight.MASKED and field_ is not Field.EVIDENCE)

    return {
        name: shown(name, value, Field.INTERNAL) for name, value in event.data.items() if keeps(name, Field.INTERNAL)
    }


def _viewer(reader: Reader) -> Viewer:
    return Viewer(reader.role, unit=reader.unit or None)


def _policy_facts(facts: Facts, filter_: Filter, reader: Reader) -> OrderFacts:
    """A peer system counts as handling the orders of a subject that its filter names, whatever number was dialled."""
    units = set(facts.units)
    if reader.role is ViewerRole.PEER and filter_.subjects and _below(filter_.subjects, facts.subject):
        units.add(reader.unit)
    category = Category(facts.category) if facts.category in set(Category) else None
    return OrderFacts(category, frozenset(units), frozenset(facts.accused), secrecy=facts.secret, public=facts.public)


def _values(data: Mapping[str, Any], names: Iterable[str]) -> Iterable[str]:
    """Every text under one of the names, however deep."""
    for name, value in data.items():
        if isinstance(value, Mapping):
            yield from _values(value, names)
        elif name in names and isinstance(value, str):
            yield value


def _kind(wanted_kinds: Sequence[str], kind: str) -> bool:
    return not wanted_kinds or any(
        kind == one or (one.endswith(".*") and kind.startswith(one[:-1])) for one in wanted_kinds
    )


def _any(wanted_values: Sequence[str], values: Iterable[str]) -> bool:
    return not wanted_values or not set(wanted_values).isdisjoint(values)


def _below(subjects: Sequence[str], subject: str) -> bool:
    return not subjects or any(subject == one or subject.startswith(f"{one}/") for one in subjects)


def cloud_event(event: Event, source: str, sequence: int, data: Mapping[str, Any]) -> bytes:
    """CloudEvents 1.0 in structured JSON; `sequence` (its extension) grows with each event of the installation."""
    body = {
        "specversion": "1.0",
        "id": event.id,
        "source": source,
        "type": f"cn.gov.12345.{event.kind}",
        "subject": event.subject,
        "time": event.at.isoformat(),
        "datacontenttype": "application/json",
        "sequence": f"{sequence:019d}",
        "hotline": event.facts.hotline,
        "data": data,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def headers(event_id: str, body: bytes, secret: str, at: datetime) -> dict[str, str]:
    """What goes with the body. A target without a secret gets it unsigned."""
    stamp = str(int(at.timestamp()))
    found = {"Content-Type": CONTENT_TYPE, "webhook-id": event_id, "webhook-timestamp": stamp}
    return found | ({"webhook-signature": f"v1,{signature(event_id, stamp, body, secret)}"} if secret else {})


def signature(event_id: str, stamp: str, body: bytes, secret: str) -> str:
    """Base64 of HMAC-SHA256 over `id.timestamp.body`."""
    digest = hmac.new(_secret_bytes(secret), f"{event_id}.{stamp}.".encode() + body, hashlib.sha256)
    return base64.b64encode(digest.digest()).decode()


def is_genuine(given: Mapping[str, str], body: bytes, secret: str, now: datetime) -> bool:
    """What a receiver checks: the signature, and that it is not old."""
    stamp = given.get("webhook-timestamp", "")
    if not stamp.isascii() or not stamp.isdigit() or abs(now.timestamp() - int(stamp)) > TOLERANCE_S:
        return False
    right = f"v1,{signature(given.get('webhook-id', ''), stamp, body, secret)}"
    return any(hmac.compare_digest(right, one) for one in given.get("webhook-signature", "").split())


def _secret_bytes(secret: str) -> bytes:
    if secret.startswith(SECRET_MARK):
        try:
            return base64.b64decode(secret[len(SECRET_MARK) :], validate=True)
        except binascii.Error:
            pass
    return secret.encode()
