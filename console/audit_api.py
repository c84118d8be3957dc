"""Who did what: the audit, to be searched.

In: a person, an act, an object, a span. Out: pages of entries, newest first. Never: writes one.
"""

from __future__ import annotations

from http import HTTPMethod

from pydantic import Field

from console.operations import Ask, Operation
from console.paging import SpanQuery
from console.shapes import Page
from console.table_desk import LOOK
from console.table_shapes import AuditOut
from gateway.store.audit import audit_page


class AuditQuery(SpanQuery):
    who: str = Field(default="", max_length=80)
    what: str = Field(default="", max_length=200, pattern=r"^[A-Za-z0-9._-]*(,[A-Za-z0-9._-]+)*$")
    subject: str = Field(default="", max_length=120)


async def audit(ask: Ask) -> Page[AuditOut]:
    query = ask.query_as(AuditQuery)
    async with ask.deps.store.reading() as session:
        page = await audit_page(
            session,
            who=query.who,
            what=query.what,
            subject=query.subject,
            since=query.since,
            until=query.until,
            cursor=query.cursor,
            limit=query.limit,
        )
    items = [AuditOut.model_validate(entry, from_attributes=True) for entry in page.items]
    return Page[AuditOut](items=items, next=page.next)


GET = HTTPMethod.GET
OPERATIONS = (
    Operation(
        GET, "/api/v1/audit", "Who did what, newest first", audit, LOOK, "audit", query=AuditQuery, reply=Page[AuditOut]
    ),
)
