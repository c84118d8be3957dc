"""Files of an order: uploaded by whoever works on it, opened by whom the policy lets, let through to a unit.

In: a file as the body of a request. Out: rows, bytes as a download. Never: a file shown inside a page, or opened
without an entry in the audit.
"""

from __future__ import annotations

from http import HTTPMethod
from urllib.parse import quote

from aiohttp import web
from pydantic import Field

from console.access import OFFICE
from console.operations import Ask, Body, Operation
from console.orders_desk import ID, audit, path_id, visible_row
from console.orders_shapes import EvidenceOut
from console.orders_view import actor_of, evidence_out, may_open, policy_viewer, row_facts
from console.orders_work_api import LOOKERS, TAG, WORKERS
from console.problems import ProblemError
from console.uploads import plain_name, read_upload
from gateway.orders.driver import load
from gateway.orders.evidence import MAX_BYTES, TYPES, Attached, attach, find_evidence, kind_of, kind_words, read
from gateway.store.models import Evidence

FILE = "{number:[0-9]{1,9}}"
BASE = f"/api/v1/orders/{ID}/evidence"


class UploadQuery(Body):
    name: str = Field(min_length=1, max_length=200)
    kind: str = Field(default="", max_length=60)


async def upload(ask: Ask) -> EvidenceOut:
    """The same file twice is one. A unit names the kind where its profile's rule on returns speaks of material."""
    query, viewer = ask.query_as(UploadQuery), ask.viewer
    actor = actor_of(viewer)
    if actor is None:
        raise ProblemError("forbidden")
    async with ask.deps.store.reading() as session:
        row = await visible_row(session, viewer, path_id(ask))
        _order, rules, _fresh = await load(session, row, ask.deps.rulebook)
    kind = kind_of(query.kind, rules.profile, actor)
    data = await read_upload(ask.request, MAX_BYTES, tuple(TYPES))
    attached = Attached(plain_name(query.name), kind, ask.request.content_type)
    async with ask.deps.store.session() as session:
        row = await visible_row(session, viewer, path_id(ask))
        item = await attach(session, ask.deps.config.evidence_dir, row, data, attached, actor, ask.deps.clock())
        await audit(ask, session, "evidence.attached", f"order:{row.order_id}", file=item.id)
        return evidence_out(item, policy_viewer(viewer), row_facts(row), kind_words(rules.profile))


def download(item: Evidence, data: bytes) -> web.Response:
    """Always a download: nothing of strangers' is shown inside our pages."""
    name = quote(item.name, safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return web.Response(body=data, content_type=item.media_type, headers=headers)


async def open_file(ask: Ask) -> web.Response:
    async with ask.deps.store.session() as session:
        row = await visible_row(session, ask.viewer, path_id(ask))
        item = await find_evidence(session, row.order_id, int(ask.request.match_info["number"]))
        why = may_open(item, policy_viewer(ask.viewer), row_facts(row))
        if why:
            raise ProblemError("forbidden", why)
        await audit(ask, session, "evidence.opened", f"order:{row.order_id}", file=item.id)
    return download(item, await read(ask.deps.config.evidence_dir, item))


async def clear(ask: Ask) -> EvidenceOut:
    """The office has looked: the file does not tell a unit who the caller is."""
    async with ask.deps.store.session() as session:
        row = await visible_row(session, ask.viewer, path_id(ask))
        item = await find_evidence(session, row.order_id, int(ask.request.match_info["number"]))
        item.cleared, item.cleared_by = True, ask.viewer.user
        await audit(ask, session, "evidence.cleared", f"order:{row.order_id}", file=item.id)
        _order, rules, _fresh = await load(session, row, ask.deps.rulebook)
        return evidence_out(item, policy_viewer(ask.viewer), row_facts(row), kind_words(rules.profile))


OPERATIONS = (
    Operation(
        HTTPMethod.POST,
        BASE,
        "Attach a file",
        upload,
        WORKERS,
        TAG,
        query=UploadQuery,
        reply=EvidenceOut,
        status=201,
        upload="application/pdf",
    ),
    Operation(
        HTTPMethod.GET,
        f"{BASE}/{FILE}",
        "Open a file (audited)",
        open_file,
        LOOKERS,
        TAG,
        content_type=", ".join(TYPES),
    ),
    Operation(HTTPMethod.POST, f"{BASE}/{FILE}/clear", "Let units open it", clear, OFFICE, TAG, reply=EvidenceOut),
)
