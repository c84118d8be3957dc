"""One call in a process of its own, by pyst2: what the bench's third flow runs. Started by Asterisk, never imported.

In: argv: the published table, the first seat's number, how many seats; the call on stdin. Out: HL_DEVICE, the device
to ring. Never: remembers anything between calls (that is the point): the seat is drawn from the call's own id.
"""

from __future__ import annotations

import io
import sys
import zlib
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from asterisk.agi import AGI

import routing_table


def main(table_file: str, first_seat: str, seats: str) -> None:
    """Look the call up, greet, choose a seat, with the same journal events as ours."""
    agi = AGI(stderr=io.StringIO())  # pyst2 writes callers' numbers there
    table = routing_table.from_json(Path(table_file).read_text("utf-8"))
    arrival = routing_table.Arrival("12315", agi.env.get("agi_callerid"), (), "carrier")
    route = routing_table.lookup(table, arrival, datetime.now(UTC))
    if isinstance(route, routing_table.NotRouted):
        return
    fields = {"hotline": route.hotline.number, "mode": route.mode.value, "caller": route.caller.number or ""}
    _journal(agi, "hl.route", {**fields, "greeting": route.greeting, "steps": "shared_seats"})
    for prompt in ("recording-notice", route.greeting):
        agi.stream_file(f"hl/{prompt}")
    _journal(agi, "hl.wait", {"step": "1", "skills": "", "priority": "0"})
    seat = int(first_seat) + zlib.crc32(agi.env["agi_uniqueid"].encode()) % int(seats)
    _journal(agi, "hl.offer", {"seat": str(seat), "device": f"seat-{seat}", "n": "1"})
    agi.set_variable("HL_DEVICE", f"seat-{seat}")


def _journal(agi: AGI, event: str, fields: dict[str, str]) -> None:
    agi.appexec("CELGenUserEvent", f"{event},{urlencode(fields)}")


if __name__ == "__main__":
    main(*sys.argv[1:4])
