"""The whole of an outside number that an entry of the audit holds: whom somebody tried to call.

In: an entry's id. Out: the number; the look is in the audit before it is on the wire. Never: changes an entry.
"""

from __future__ import annotations

from http import HTTPMethod

from console.access import OVERSEERS
from console.masking import whole_number
from console.operations import Ask, Operation
from console.problems import ProblemError
from console.shapes import Unmasked
from gateway.store import AuditEntry, log_audit


async def reveal(ask: Ask) -> Unmasked:
    entry_id = int(ask.request.match_info["id"])
    async with ask.deps.store.session() as session:
        entry = await session.get(AuditEntry, entry_id)
        number = whole_number(entry.detail) if entry is not None else None
        if number is None:
            raise ProblemError("not-found")
        at, ip = ask.deps.clock(), ask.request.remote or ""
        await log_audit(session, ask.viewer.user, "number.revealed", f"audit:{entry_id}", at=at, ip=ip)
    return Unmasked(number=number, raw=number)


OPERATIONS = (
    Operation(
        HTTPMethod.POST,
        "/api/v1/audit/{id:[0-9]{1,18}}/reveal",
        "The whole outside number of an entry (audited)",
        reveal,
        OVERSEERS,
        "audit",
        reply=Unmasked,
    ),
)
