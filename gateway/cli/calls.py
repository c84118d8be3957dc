"""`./hotline calls`: the last calls, or one call with every leg, from the store.

In: `--last N` or `--id LINKEDID`. Out: a table or JSON. Exit 0 found, 1 no such call, 2 wrong use, 3 database away.
Never: changes anything, or needs a running recorder.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gateway.config import Config, ConfigError, load_config
from gateway.crypt import Keyring
from gateway.errors import FatalError, RetryableError
from gateway.store import (
    Call,
    CallDetail,
    CallFilter,
    CallResult,
    Leg,
    Recording,
    call_detail,
    calls_page,
    consults_of,
    legs_of,
    open_store,
    recordings_of,
    results_of,
    seat_names,
)
from routing_table import CITY_ZONE

LAST_MAX = 200
_CALL_KEYS = (
    "linkedid",
    "state",
    "outcome",
    "ended_by",
    "dialled",
    "mode",
    "table_version",
    "greeting",
    "menu",
    "choice",
    "menu_outcome",
    "menu_s",
    "waiting_s",
    "ring_s",
    "talking_s",
    "consult_s",
    "three_way_s",
    "hold_s",
    "total_s",
    "seat",
    "offers",
    "fallback",
    "fallback_reason",
    "complete",
)
_LEG_HEAD = (
    *("role", "name", "by", "result", "started", "joined", "left", "rang"),
    *("talked", "three-way", "consult", "hold"),
)
_RECORDING_KEYS = ("part", "path", "state", "reason", "seconds", "expected_s", "size", "sha256")


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "calls",
        help="the last calls, or one call with every leg",
        description="Calls from the store, newest first. Exit 1: no such call; 3: the database is away.",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--last", metavar="N", type=int, default=10, help=f"how many (1 to {LAST_MAX}, default 10)")
    which.add_argument("--id", metavar="LINKEDID", help="one call, with its legs, events and recording")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    if not 1 <= args.last <= LAST_MAX:
        return _refuse(f"--last {args.last}: 1 to {LAST_MAX}", 2)
    try:
        return asyncio.run(_run(args, load_config(os.environ)))
    except ConfigError as error:
        return _refuse(str(error), 2)
    except (RetryableError, FatalError) as error:
        return _refuse(str(error), 3)


async def _run(args: argparse.Namespace, config: Config) -> int:
    store = await open_store(config.database, create=False, keys=Keyring(config.keys_file))
    try:
        async with store.reading() as session:
            if args.id:
                detail = await call_detail(session, args.id)
                if detail is None:
                    return _refuse(f"no call {args.id}", 1)
                sys.stdout.write((as_json(detail_document(detail)) if args.json else detail_text(detail)) + "\n")
                return 0
            calls = (await calls_page(session, CallFilter(), limit=args.last)).items
            ids = [call.linkedid for call in calls]
            legs, recordings = await legs_of(session, ids), await recordings_of(session, ids)
            consults, results = await consults_of(session, ids), await results_of(session, ids)
            names = await seat_names(session, [leg.seat for own in legs.values() for leg in own if leg.seat])
    finally:
        await store.close()
    if args.json:
        documents = [
            document(
                c, legs[c.linkedid], _all(recordings.get(c.linkedid), consults[c.linkedid]), results[c.linkedid], names
            )
            for c in calls
        ]
        sys.stdout.write(as_json({"calls": documents}) + "\n")
    else:
        sys.stdout.write(list_text(calls, names) + "\n")
    return 0


# -- JSON ----------------------------------------------------------------------------------------------------------


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def document(
    call: Call,
    legs: Sequence[Leg],
    recordings: Sequence[Recording],
    results: Sequence[CallResult],
    names: dict[str, str],
) -> dict[str, Any]:
    """One call as the CLI shows it; times ISO 8601 in UTC, durations seconds.

    `settled`: whether any seat has said that the matter was settled on the line; null while none has said so or not.
    """
    plain = {key: getattr(call, key) for key in _CALL_KEYS}
    return {
        **plain,
        "hotline": {"number": call.hotline_number, "name": call.hotline_name, "unit": call.hotline_unit},
        "caller": {"raw": call.caller_raw, "number": call.caller_number, "withheld": call.caller_withheld},
        "started_at": _iso(call.started_at),
        "answered_at": _iso(call.answered_at),
        "connected_at": _iso(call.connected_at),
        "ended_at": _iso(call.ended_at),
        "skills": call.skills,
        "steps": call.steps,
        "reasons": call.reasons,
        "no_expert": {"roster": call.no_expert, "at": _iso(call.no_expert_at)} if call.no_expert_at else None,
        "legs": [_leg(leg, names) for leg in legs],
        "recordings": [_recording(recording) for recording in recordings],
        "settled": _settled(results),
        "results": [
            {"seat": one.seat, "settled": one.settled, "result": one.result, "by": one.by, "at": _iso(one.at)}
            for one in results
        ],
    }


def _all(recording: Recording | None, consults: Sequence[Recording]) -> list[Recording]:
    return [*([recording] if recording else []), *consults]


def _recording(recording: Recording) -> dict[str, Any]:
    """`kind` call: the caller's channel, whole; consult: a private talk without the caller."""
    plain = {key: getattr(recording, key) for key in _RECORDING_KEYS}
    return {"kind": "consult" if recording.part else "call", "started_at": _iso(recording.started_at), **plain}


def _settled(results: Sequence[CallResult]) -> bool | None:
    said = [one.settled for one in results if one.settled is not None]
    return any(said) if said else None


def detail_document(detail: CallDetail) -> dict[str, Any]:
    order, task = detail.order, detail.task
    return {
        **document(detail.call, detail.legs, _all(detail.recording, detail.consults), detail.results, detail.names),
        "events": [
            {"at": _iso(event.at), "event": event.event, "channel": event.channel, "detail": event.detail}
            for event in detail.events
        ],
        "work_order": {"order_id": order.order_id, "state": order.state, "seat": order.seat} if order else None,
        "task": {"task_id": task.task_id, "kind": task.kind, "state": task.state} if task else None,
    }


def _leg(leg: Leg, names: dict[str, str]) -> dict[str, Any]:
    return {
        "role": leg.role,
        "name": _name(leg, names),
        "device": leg.device,
        "seat": leg.seat,
        "channel": leg.channel,
        "verb": leg.verb,
        "brought_by": leg.brought_by,
        "started_at": _iso(leg.started_at),
        "answered_at": _iso(leg.answered_at),
        "joined_at": _iso(leg.joined_at),
        "left_at": _iso(leg.left_at),
        "ended_at": _iso(leg.ended_at),
        "ring_s": leg.ring_s,
        "talk_s": leg.talk_s,
        "consult_s": leg.consult_s,
        "three_way_s": leg.three_way_s,
        "hold_s": leg.hold_s,
        "result": leg.result,
    }


def _name(leg: Leg, names: dict[str, str]) -> str:
    return leg.name or names.get(leg.seat or "", "") or leg.device


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


# -- text ----------------------------------------------------------------------------------------------------------


def list_text(calls: Sequence[Call], names: dict[str, str]) -> str:
    head = ("arrived", "call", "hotline", "caller", "outcome", "seat", "waited", "talked")
    rows = [
        (
            _city(call.started_at),
            call.linkedid,
            f"{call.hotline_number or call.dialled} {call.hotline_name}".strip(),
            call.caller_number or call.caller_raw or "-",
            f"{call.outcome.value}{' (fallback)' if call.fallback else ''}",
            f"{call.seat} {names.get(call.seat, '')}".strip() if call.seat else "-",
            f"{call.waiting_s:.1f} s",
            f"{call.talking_s:.1f} s",
        )
        for call in calls
    ]
    return table(head, rows) if rows else "no calls yet"


def detail_text(detail: CallDetail) -> str:
    call = detail.call
    legs = [
        (
            leg.role.value,
            _name(leg, detail.names),
            leg.verb or "-",
            leg.result.value,
            _clock(leg.started_at),
            _clock(leg.joined_at),
            _clock(leg.left_at),
            f"{leg.ring_s:.1f} s",
            f"{leg.talk_s:.1f} s",
            f"{leg.three_way_s:.1f} s",
            f"{leg.consult_s:.1f} s",
            f"{leg.hold_s:.1f} s",
        )
        for leg in detail.legs
    ]
    lines = [
        f"{call.linkedid}  {_city(call.started_at)}  {call.outcome.value}, ended by {call.ended_by or '-'}",
        f"hotline   {call.hotline_number or '-'} {call.hotline_name} ({call.hotline_unit}), mode {call.mode or '-'}",
        f"dialled   {call.dialled}, caller {call.caller_number or call.caller_raw or '-'}, table {call.table_version}",
        f"times     menu {call.menu_s:.1f} s ({call.choice or call.menu_outcome or '-'}), "
        f"waiting {call.waiting_s:.1f} s, talking {call.talking_s:.1f} s (three-way {call.three_way_s:.1f} s), "
        f"consult {call.consult_s:.1f} s, on hold {call.hold_s:.1f} s, in all {call.total_s:.1f} s",
        *(_recording_line(one) for one in _all(detail.recording, detail.consults)),
        f"order     {detail.order.order_id}" if detail.order else "order     -",
        *(f"result    seat {one.seat}: {one.result or '-'}, settled {_yes(one.settled)}" for one in detail.results),
        "",
        table(_LEG_HEAD, legs),
    ]
    return "\n".join(lines)


def _recording_line(recording: Recording) -> str:
    kind = "consult  " if recording.part else "recording"
    return f"{kind} {recording.path}: {recording.state.value} {recording.reason}".rstrip()


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns aligned as a terminal shows them: a Chinese character is two wide."""
    widths = [max(width(row[n]) for row in (head, *rows)) for n in range(len(head))]
    return "\n".join(
        "  ".join(cell + " " * (widths[n] - width(cell)) for n, cell in enumerate(row)).rstrip()
        for row in (head, *rows)
    )


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _yes(said: bool | None) -> str:
    return "-" if said is None else "yes" if said else "no"


def _city(moment: datetime) -> str:
    return f"{moment.astimezone(CITY_ZONE):%Y-%m-%d %H:%M:%S}"


def _clock(moment: datetime | None) -> str:
    return f"{moment.astimezone(CITY_ZONE):%H:%M:%S}" if moment else "-"


def _refuse(message: str, code: int) -> int:
    sys.stderr.write(message + "\n")
    return code
