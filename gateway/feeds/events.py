"""What is told to others, as values: an event, whom it is for, its CloudEvents form and signature. Pure.

In: what happened. Out: the body (CloudEvents 1.0, structured JSON) and headers (Standard Webhooks: HMAC-SHA256 over
`id.timestamp.body`). Never: a clock, a socket.
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

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
SECRET_MARK = "whsec_"  # noqa: S105  # how Standard Webhooks writes a secret
TOLERANCE_S = 300  # a receiver refuses what is older: somebody else may be sending it again
# What says who a caller is: it goes to a target only when the target may have it, and to no unit about itself.
IDENTITY = frozenset({
    "caller_name", "contact", "address", "caller_number", "caller_raw", "caller_unit", "caller_ip", "caller"
})  # fmt: skip
REPORT = "report"  # 举报


@dataclass(frozen=True, slots=True)
class Facts:
    """What filters look at; nothing in it says who a caller is.

    `subject` is a path of the subject catalogue ("tourism/hotel"); `units` have to do with the order; `accused` are the
    units that it is about: they are never told of a report, nor who complained of them.
    """

    hotline: str = ""
    subject: str = ""
    category: str = ""
    units: tuple[str, ...] = ()
    accused: tuple[str, ...] = ()
    secret: bool = False

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


def wanted(filter_: Filter, unit: str, event: Event) -> bool:
    """Whether a target with this filter is told. `unit`: the target is that unit's own system."""
    facts = event.facts
    if unit and (unit not in facts.units or (facts.category == REPORT and unit in facts.accused)):
        return False
    return (
        _kind(filter_.kinds, event.kind)
        and _any(filter_.hotlines, (facts.hotline,))
        and _any(filter_.categories, (facts.category,))
        and _any(filter_.units, facts.units)
        and _below(filter_.subjects, facts.subject)
    )


def shaped(data: Mapping[str, Any], facts: Facts, *, identity: bool, unit: str) -> dict[str, Any]:
    """The data as the target may have it: without identity unless it may have that and nothing forbids it.

    A unit is not told who reported anything (举报), who complained of it, nor who asked for secrecy (policies.md).
    """
    hidden = not identity or (unit and (facts.category == REPORT or facts.secret or unit in facts.accused))
    return _without(data, IDENTITY) if hidden else dict(data)


def _without(data: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: _clean(value, names) for name, value in data.items() if name not in names}


def _clean(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, Mapping):
        return _without(value, names)
    return [_clean(item, names) for item in value] if isinstance(value, list | tuple) else value


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
