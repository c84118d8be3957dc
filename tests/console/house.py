"""A small house for the console's tests: the real store on SQLite with one of each thing, and a gateway that speaks
the real control socket (`gateway.control`) over a fake board.

In: a folder. Out: a filled store, a running control socket. Never: a clock of its own.
"""

from __future__ import annotations

import json
import wave
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway import control
from gateway.config import Config
from gateway.errors import CallerFaultError
from gateway.journal.kinds import CallState, EndedBy, LegResult, LegRole, Outcome
from gateway.orders.directory import Subject, Unit, put_catalogue, put_units
from gateway.store import (
    Call,
    CallEvent,
    Category,
    Leg,
    OrderState,
    Pool,
    Recording,
    RecordingState,
    Role,
    SeatEntry,
    Store,
    Task,
    TaskKind,
    TaskState,
    WorkOrder,
    add_user,
    put_seats,
)
from workorder.suggest import Entry

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 12:00 in the city
PASSWORD = "correct-horse-battery"
CALLER = "13800000000"
USERS = {
    "admin": (Role.ADMIN, None),
    "banzhang": (Role.SUPERVISOR, None),
    "office1": (Role.OFFICE, "601"),
    "seat801": (Role.SEAT, "801"),
    "seat802": (Role.SEAT, "802"),
    "expert901": (Role.EXPERT, "901"),
    "unit1": (Role.UNIT, None),
    "unit2": (Role.UNIT, None),
    "auditor1": (Role.AUDITOR, None),
}
NAMES = {"admin": "系统管理员", "banzhang": "班长 李敏", "seat801": "王芳", "seat802": "赵强", "expert901": "人社专家"}
UNITS = {"unit1": "water", "unit2": "roads"}
DIRECTORY = (
    Unit("water", "市水务局"),
    Unit("roads", "市交通局"),
    Unit("roads-repair", "市交通局养护中心", parent="roads", body="roads"),
    Unit("inspection", "市纪检监察室"),
    Unit("gone", "已撤并的局", active=False),
)
SUBJECTS = (Subject("水务/供水/停水", public=True), Subject("交通/道路/坑洼"), Subject("作风/效能"))
ENTRIES = (Entry("水务/供水/停水", "water"), Entry("交通/道路/坑洼", "roads"), Entry("交通", "roads-repair"))
SHORT_CALL, MISSED_CALL, LONG_CALL = "hl1-1795000000.1", "hl1-1795000100.7", "hl1-1795000200.9"


def config_for(folder: Path, **changes: Any) -> Config:
    return Config(state_dir=folder, **changes)


def tone(path: Path, seconds: float) -> None:
    """A quiet 8 kHz wave file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(range(256)) * int(seconds * 62.5))


async def fill(store: Store, config: Config) -> None:
    """Users, seats, an answered call of seat 801 with recording and draft, a missed call with task, a call of 802."""
    async with store.session() as session:
        await put_seats(
            session,
            [
                SeatEntry("801", "共享坐席一", Pool.SHARED, ("12345", "12315")),
                SeatEntry("802", "共享坐席二", Pool.SHARED, ("12345",)),
                SeatEntry("901", "人社专家座席", Pool.EXPERT, ("12333",)),
                SeatEntry("601", "回访席", Pool.OFFICE, ()),
            ],
        )
        for name, (role, seat) in USERS.items():
            await add_user(
                session,
                name,
                role,
                PASSWORD,
                at=NOON,
                display_name=NAMES.get(name, name),
                seat_id=seat,
                unit=UNITS.get(name),
                must_change=False,
            )
        await put_units(session, DIRECTORY, number=0, why="首次", by="system", at=NOON)
        await put_catalogue(session, SUBJECTS, ENTRIES, number=0, why="首次", by="system", at=NOON)
    async with store.session() as session:
        session.add_all([_call(SHORT_CALL, "801", NOON), _missed(), _call(LONG_CALL, "802", NOON + timedelta(hours=1))])
    async with store.session() as session:
        session.add_all([*_legs(SHORT_CALL, "801", NOON), *_legs(LONG_CALL, "802", NOON + timedelta(hours=1))])
        session.add_all([_caller_leg(MISSED_CALL, NOON + timedelta(minutes=5), LegResult.CANCELLED)])
        session.add_all(_events(SHORT_CALL, "801", NOON))
        session.add_all(
            [_recording(SHORT_CALL, RecordingState.VERIFIED), _recording(LONG_CALL, RecordingState.MISSING)]
        )
        session.add_all([_order("HL202611200001", SHORT_CALL, "801"), _order("HL202611200002", LONG_CALL, "802")])
        session.add(_task())
    tone(config.recordings_dir / "2026/11/20" / f"{SHORT_CALL}.wav", 3.0)


def _call(linkedid: str, seat: str | None, at: datetime, **changes: Any) -> Call:
    values: dict[str, Any] = {
        "linkedid": linkedid,
        "inbound": True,
        "state": CallState.ENDED,
        "outcome": Outcome.ANSWERED,
        "ended_by": EndedBy.CALLER,
        "started_at": at,
        "answered_at": at + timedelta(seconds=0.2),
        "connected_at": at + timedelta(seconds=19.4),
        "ended_at": at + timedelta(seconds=172),
        "last_event_at": at + timedelta(seconds=172),
        "complete": True,
        "dialled": "087212315",
        "trunk": "carrier",
        "diversions": [],
        "hotline_number": "12315",
        "hotline_name": "市场监管投诉举报热线",
        "hotline_unit": "市市场监管局",
        "mode": "C",
        "table_version": "demo-7f3a",
        "greeting": "greet-12315",
        "caller_raw": "+8613800000000",
        "caller_number": CALLER,
        "caller_withheld": False,
        "skills": ["12315"],
        "steps": ["prompt:greet-12315", "shared_seats:12315"],
        "reasons": ["dialled/12315", "row-since/12315/2021-09-01", "merged", f"of-a-newer-release/{CALLER}"],
        "menu": "",
        "choice": "",
        "menu_outcome": "",
        "menu_s": 0.0,
        "waiting_s": 12.4,
        "ring_s": 4.1,
        "talking_s": 152.6,
        "total_s": 172.0,
        "seat": seat,
        "offers": 1,
        "fallback": False,
        "fallback_reason": "",
        "recording_path": f"2026/11/20/{linkedid}.wav",
    }
    return Call(**(values | changes))


def _missed() -> Call:
    at = NOON + timedelta(minutes=5)
    return _call(
        MISSED_CALL,
        None,
        at,
        outcome=Outcome.ABANDONED,
        connected_at=None,
        ended_at=at + timedelta(seconds=48),
        dialled="12345",
        hotline_number="12345",
        hotline_name="12345 政务服务便民热线",
        hotline_unit="市政务服务局",
        waiting_s=41.0,
        talking_s=0.0,
        total_s=48.0,
        offers=0,
        recording_path=None,
    )


def _caller_leg(linkedid: str, at: datetime, result: LegResult = LegResult.ANSWERED) -> Leg:
    return _leg(linkedid, LegRole.CALLER, None, at, uniqueid=linkedid, result=result)


def _leg(linkedid: str, role: LegRole, seat: str | None, at: datetime, **changes: Any) -> Leg:
    talked = changes.get("result", LegResult.ANSWERED) is LegResult.ANSWERED
    values: dict[str, Any] = {
        "linkedid": linkedid,
        "uniqueid": f"{linkedid}-{seat}",
        "role": role,
        "channel": "PJSIP/x",
        "device": f"web-{seat}" if seat else "carrier",
        "seat": seat,
        "started_at": at,
        "answered_at": at + timedelta(seconds=4),
        "joined_at": at + timedelta(seconds=4) if talked else None,
        "left_at": at + timedelta(seconds=157) if talked else None,
        "ended_at": at + timedelta(seconds=157),
        "ring_s": 4.1,
        "talk_s": 152.6 if talked else 0.0,
        "result": LegResult.ANSWERED,
        "hotline_number": "12315",
    }
    return Leg(**(values | changes))


def _legs(linkedid: str, seat: str, at: datetime) -> list[Leg]:
    return [_caller_leg(linkedid, at), _leg(linkedid, LegRole.SEAT, seat, at + timedelta(seconds=15))]


def _events(linkedid: str, seat: str, at: datetime) -> list[CallEvent]:
    lines: list[tuple[float, str, dict[str, Any]]] = [
        (0.0, "hl.start", {"dialled": "087212315", "trunk": "carrier", "recording": "secret/path.wav"}),
        (0.2, "ANSWER", {"context": "call"}),
        (0.3, "hl.route", {"hotline": "12315", "name": "市场监管投诉举报热线", "mode": "C", "caller": CALLER,
                           "reasons": f"dialled/12315|row/{CALLER}|merged", "steps": "shared_seats:12315"}),
        (3.0, "hl.wait", {"step": "1", "skills": "12315", "priority": "0"}),
        (15.2, "hl.offer", {"seat": seat, "device": f"web-{seat}", "n": "1"}),
        (172.0, "HANGUP", {}),
    ]  # fmt: skip
    return [
        CallEvent(
            file_id="f1",
            offset=n * 100,
            linkedid=linkedid,
            at=at + timedelta(seconds=offset),
            event=event,
            uniqueid=linkedid,
            channel="PJSIP/carrier-1",
            detail=detail,
        )
        for n, (offset, event, detail) in enumerate(lines)
    ]


def _recording(linkedid: str, state: RecordingState) -> Recording:
    return Recording(
        linkedid=linkedid,
        path=f"2026/11/20/{linkedid}.wav",
        state=state,
        reason="" if state is RecordingState.VERIFIED else "文件不存在",
        seconds=171.8,
        expected_s=171.8,
        size=48044,
        sha256="ab" * 32,
        verified_at=NOON,
        hotline_number="12315",
    )


def _order(order_id: str, linkedid: str, seat: str) -> WorkOrder:
    return WorkOrder(
        order_id=order_id,
        state=OrderState.DRAFT,
        linkedid=linkedid,
        hotline_number="12315",
        hotline_name="市场监管投诉举报热线",
        hotline_unit="市市场监管局",
        dialled="12315",
        choice="",
        seat=seat,
        caller_raw="+8613800000000",
        caller_number=CALLER,
        caller_withheld=False,
        caller_name="",
        contact=CALLER,
        category=Category.COMPLAINT if seat == "802" else None,
        title="反映超市价格标签与结算不一致" if seat == "802" else "",
        matter="来电人称结算价高于标签价。" if seat == "802" else "",
        address="",
        secret=False,
        merged_into=None,
        version=1,
        created_at=NOON if seat == "801" else NOON + timedelta(hours=1),
        updated_at=NOON,
    )


def _task() -> Task:
    return Task(
        task_id="T202611200001",
        kind=TaskKind.CALL_BACK,
        state=TaskState.OPEN,
        linkedid=MISSED_CALL,
        hotline_number="12345",
        hotline_name="12345 政务服务便民热线",
        caller_raw=CALLER,
        caller_number=CALLER,
        caller_withheld=False,
        waited_s=41.0,
        text="12345（12345 政务服务便民热线）来电未接通，等待 41 秒，请回拨。",
        created_at=NOON + timedelta(minutes=6),
        done_at=None,
        done_by=None,
        note="",
    )


def live_seat(seat_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": seat_id,
        "name": f"坐席 {seat_id}",
        "pool": "expert" if seat_id.startswith("9") else "shared",
        "skills": ["12345"],
        "device": None,
        "registered": {"phone": False, "web": False},
        "state": "offline",
        "reason": "never_logged_in",
        "since": datetime.now(UTC).isoformat(),
        "call": None,
    } | changes


def live_call(linkedid: str, **changes: Any) -> dict[str, Any]:
    return {
        "linkedid": linkedid,
        "dialled": "12315",
        "hotline": {"number": "12315", "name": "市场监管投诉举报热线", "unit": "市市场监管局"},
        "mode": "C",
        "caller": {"raw": "+86" + CALLER, "number": CALLER, "withheld": False},
        "state": "waiting",
        "seat": None,
        "choice": None,
        "since": datetime.now(UTC).isoformat(),
        "waiting_s": 3.0,
        "path": [{"at": datetime.now(UTC).isoformat(), "what": "route", "detail": f"main/12345|row/{CALLER}"}],
    } | changes


@dataclass
class Board:
    """What the fake gateway knows; `verbs` is what it was asked to do."""

    seats_now: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {seat: live_seat(seat) for seat in ("801", "802", "901")}
    )
    calls_now: dict[str, dict[str, Any]] = field(default_factory=dict)
    verbs: list[tuple[str, str, control.VerbWords]] = field(default_factory=list)
    hub: control.Hub = field(default_factory=control.Hub)

    def health(self) -> dict[str, Any]:
        return {"version": "0.1.0", "ami": True, "table_version": "demo", "waiting": 0, "talking": 0}

    def seats(self) -> list[dict[str, Any]]:
        return list(self.seats_now.values())

    def calls(self) -> list[dict[str, Any]]:
        return list(self.calls_now.values())

    def reload(self) -> str:
        return "demo"

    def seat_verb(self, seat: str, verb: str, words: control.VerbWords) -> dict[str, Any]:
        if seat not in self.seats_now:
            raise CallerFaultError(f"no seat {seat}")
        self.verbs.append((seat, verb, words))
        state = {"login": "idle", "logout": "offline", "pause": "paused", "resume": "idle", "done": "idle"}[verb]
        kept = None if verb == "logout" else words.device or self.seats_now[seat]["device"]
        self.put_seat(seat, state=state, reason=words.reason, device=kept)
        return self.seats_now[seat]

    def put_seat(self, seat: str, **changes: Any) -> None:
        self.seats_now[seat] = self.seats_now[seat] | changes
        self.hub.publish({"type": "seat", "seat": self.seats_now[seat]})

    def put_call(self, linkedid: str, **changes: Any) -> None:
        self.calls_now[linkedid] = self.calls_now.get(linkedid, live_call(linkedid)) | changes
        self.hub.publish({"type": "call", "call": self.calls_now[linkedid]})

    def end_call(self, linkedid: str) -> None:
        self.calls_now.pop(linkedid, None)
        self.hub.publish({"type": "call_gone", "linkedid": linkedid})


def write_secrets(config: Config, sip: Mapping[str, str]) -> None:
    secrets = {"ami_gateway": "a", "ami_originate": "b", "session_key": "c", "sip": dict(sip)}
    config.secrets_file.parent.mkdir(parents=True, exist_ok=True)
    config.secrets_file.write_text(json.dumps(secrets))
    config.secrets_file.chmod(0o600)
