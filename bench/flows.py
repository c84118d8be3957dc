"""The flows that ours is measured beside: the same call as bare dialplan, with one process for each call, and a bare
room of three.

In: where things lie. Out: text to append to `extensions.conf`, and the process's start script.
Never: less than ours does for the caller: answer, recording, the same journal events, notice and greeting, ring a seat.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from bench.scene import GREETING, HOTLINE, NOTICE
from gateway.house.layout import Layout

PROCESS_SCRIPT = "bench-process"


class Flow(StrEnum):
    """The ways a call can go. The value is what the bench's caller dials."""

    OURS = HOTLINE
    BARE = "bare"
    PROCESS = "process"


NAMES = {Flow.OURS: "gateway (FastAGI)", Flow.BARE: "bare dialplan", Flow.PROCESS: "process per call (pyst2)"}
ROOM = "room"  # what the caller of a bare room of three dials

_DIALPLAN = """
[globals](+)
BENCH_N = 0

[from-trunk](+)
exten => bare,1,Goto(bench,bare,1)
exten => process,1,Goto(bench,process,1)
exten => room,1,Goto(bench,room,1)

[bench]
exten => begin,1,Set(HL_DIALLED=${EXTEN})
 same => n,Set(HL_RECORDING=${STRFTIME(${EPOCH},Asia/Shanghai,%Y/%m/%d)}/${CHANNEL(linkedid)}.wav)
 same => n,Answer(,i)
 same => n,MixMonitor(§recordings§/${HL_RECORDING})
 same => n,Set(FIELDS=dialled=${URIENCODE(${HL_DIALLED})}&trunk=carrier)
 same => n,CELGenUserEvent(hl.start,${FIELDS}&recording=${URIENCODE(${HL_RECORDING})})
 same => n,Return()

exten => bare,1,Gosub(begin,1)
 same => n,Set(FIELDS=hotline=§hotline§&mode=C&caller=${CALLERID(num)}&greeting=§greeting§)
 same => n,CELGenUserEvent(hl.route,${FIELDS}&steps=shared_seats)
 same => n,Playback(hl/§notice§)
 same => n,Playback(hl/§greeting§)
 same => n,CELGenUserEvent(hl.wait,step=1&skills=&priority=0)
 same => n,Set(GLOBAL(BENCH_N)=$[(${GLOBAL(BENCH_N)} + 1) % §seats§])
 same => n,Set(HL_DEVICE=seat-$[§first_seat§ + ${GLOBAL(BENCH_N)}])
 same => n,CELGenUserEvent(hl.offer,seat=${HL_DEVICE:5}&device=${HL_DEVICE}&n=1)
 same => n,Goto(talk,1)

exten => process,1,Gosub(begin,1)
 same => n,AGI(§script§)
 same => n,Goto(talk,1)

; A room of three: the bench has the other two rung (AMI Originate). Whoever hangs up first ends it for all.
exten => room,1,Gosub(begin,1)
 same => n,Set(GLOBAL(BENCH_R)=$[0${GLOBAL(BENCH_R)} + 1])
 same => n,ConfBridge(b${GLOBAL(BENCH_R)},hotline,participant)
 same => n,Hangup(16)

exten => talk,1,Set(__HL_SHOW=§hotline§)
 same => n,Dial(PJSIP/${FILTER(-0-9A-Za-z,${HL_DEVICE})},15,gF(seat-after^s^1)b(seat-headers^s^1))
 same => n,CELGenUserEvent(hl.after,step=1&kind=shared_seats&status=${DIALSTATUS})
 same => n,Hangup(16)

[bench-leg]
exten => _bX!,1,Set(ROOM=${EXTEN})
 same => n,ConfBridge(${ROOM},hotline,participant)
 same => n,Hangup(16)
exten => h,1,ConfKick(${ROOM},all)
"""


def dialplan(place: Layout, seats: Sequence[str]) -> str:
    """What is added to our own `extensions.conf`; `seats` are consecutive numbers."""
    values = {
        "recordings": str(place.recordings),
        "hotline": HOTLINE,
        "notice": NOTICE,
        "greeting": GREETING,
        "seats": str(len(seats)),
        "first_seat": seats[0],
        "script": PROCESS_SCRIPT,
    }
    text = _DIALPLAN
    for name, value in values.items():
        text = text.replace(f"§{name}§", value)
    return text


def write_process(place: Layout, python: str, published: Path, seats: Sequence[str]) -> None:
    """The process AGI and the script that starts it, where Asterisk may run them.

    It runs on what the fallback runs on: our rooms and pyst2, compiled beforehand. Asterisk must be up.
    """
    runtime = next(path.parent for path in sorted(place.python.glob("*/.whole")))
    program = place.agi / "bench_process.py"
    program.write_text((Path(__file__).parent / "process_call.py").read_text("utf-8"), "utf-8")
    script = place.agi / PROCESS_SCRIPT
    script.write_text(
        "#!/bin/sh\n"
        f"export PYTHONPATH='{runtime}' PYTHONDONTWRITEBYTECODE=1\n"
        f"exec '{python}' -P '{program}' '{published / 'table.json'}' '{seats[0]}' '{len(seats)}'\n",
        "utf-8",
    )
    script.chmod(0o700)
