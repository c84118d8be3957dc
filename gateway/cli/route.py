"""`./hotline route NUMBER`: where a call to this number would go, from the same code and table as a live call.

In: a number, perhaps a caller, Diversions, a trunk, a moment. Out: the way and the reasons. Exit 0 routed, 1 not
routed, 2 wrong use, 3 no readable table. Never: changes anything, or needs a running gateway.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import routing_table
from gateway.config import Config, ConfigError, load_config
from routing_table import Arrival, NotRouted, Route, Step, Table, TableError, Trunk

# Whoever asks here without --trunk is believed about the Diversion, and nothing is assumed about the number.
ASKING = Trunk("(asking)", believe_diversion=True)


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "route",
        help="where a call to NUMBER goes, and why",
        description="Where a call goes, and why: same code and table as a live call. Exit 1 when it is not routed.",
    )
    parser.add_argument("number", metavar="NUMBER", help="as dialled: 12345, 0872-12345, +8687212345, …")
    parser.add_argument("--caller", metavar="N", help="the caller's number, in any form")
    parser.add_argument(
        "--diversion",
        metavar="N",
        action="append",
        default=[],
        help="a Diversion: number or raw header; repeat it, newest first",
    )
    parser.add_argument("--trunk", metavar="NAME", help="decide as for a call on this trunk (its trust, its default)")
    parser.add_argument("--at", metavar="ISO", help="the moment (default: now); without an offset it is city time")
    parser.add_argument("--draft", action="store_true", help="ask the draft instead of the published table")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    try:
        at = datetime.fromisoformat(args.at) if args.at else datetime.now(UTC)
    except ValueError:
        return _refuse(f"--at {args.at!r}: not a moment; write 2026-10-10T09:30 or 2026-10-10T09:30+08:00", 2)
    try:
        config = load_config(os.environ)
        table = load_draft(config) if args.draft else load_table(config)
    except ConfigError as error:
        return _refuse(str(error), 2)
    except (OSError, ValueError) as error:
        return _refuse(f"no routing table: {error}", 3)
    except TableError as error:
        return _refuse(f"the routing table cannot be used:\n{error}", 3)
    trunk = args.trunk
    if trunk is None:
        table, trunk = replace(table, trunks=(*table.trunks, ASKING)), ASKING.name
    answer = routing_table.lookup(table, Arrival(args.number, args.caller, tuple(args.diversion), trunk), at)
    sys.stdout.write((as_json(answer, args.number) if args.json else as_text(answer, args.number)) + "\n")
    return 0 if isinstance(answer, Route) else 1


def load_table(config: Config) -> Table:
    """The published table, or the city's own files while none is published.

    Raises OSError, UnicodeDecodeError, TableError.
    """
    published = config.published_dir / "table.json"
    if published.exists():
        return routing_table.from_json(published.read_text(encoding="utf-8"))
    return routing_table.load_demo(read_city(config.city_dir))


def load_draft(config: Config) -> Table:
    """The draft in the store. Raises HotlineError. Its module is imported only here: without it nothing of the
    database's libraries is needed."""
    table: Table = importlib.import_module("gateway.cli.table_draft").load(config)
    return table


def read_city(folder: Path) -> Mapping[str, str]:
    """The city's data files, name → text, as `routing_table.load_demo` takes them."""
    return {name: (folder / name).read_text(encoding="utf-8") for name in routing_table.FILES}


def as_json(answer: Route | NotRouted, asked: str) -> str:
    if isinstance(answer, NotRouted):
        document: dict[str, object] = {
            "number": answer.number or asked,
            "routed": False,
            "reason": answer.reason,
            "reasons": _reasons(answer),
        }
    else:
        hotline = answer.hotline
        document = {
            "number": answer.number,
            "hotline": {
                "number": hotline.number,
                "name": hotline.name,
                "unit": hotline.unit,
                "merge_mode": hotline.merge_mode.value,
            },
            "mode": answer.mode.value,
            "greeting": answer.greeting,
            "skills": list(answer.skills),
            "steps": [_step(step) for step in answer.steps],
            "table_version": answer.table_version,
            "reasons": _reasons(answer),
        }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _step(step: Step) -> dict[str, object]:
    """kind and ref always; the rest where it says something."""
    document: dict[str, object] = {"kind": step.kind.value, "ref": step.ref}
    if step.skills:
        document["skills"] = list(step.skills)
    if step.priority:
        document["priority"] = step.priority
    if step.join:
        document["join"] = True
    return document


def as_text(answer: Route | NotRouted, asked: str) -> str:
    if isinstance(answer, NotRouted):
        head = f"{answer.number or asked}: not routed: {answer.reason}"
        steps = []
    else:
        hotline = answer.hotline
        head = (
            f"{hotline.number} {hotline.name} ({hotline.unit}) · mode {answer.mode.value}, {hotline.merge_mode.value}"
        )
        steps = [f"  {n}. {_say(step)}" for n, step in enumerate(answer.steps, 1)]
    reasons = [f"  - {reason}" for reason in _reasons(answer)]
    return "\n".join([head, *steps, "because", *reasons, f"table {answer.table_version}"])


def _say(step: Step) -> str:
    skills = f" · skills {', '.join(step.skills)}" if step.skills else ""
    priority = f" · priority {step.priority}" if step.priority else ""
    return f"{step.kind.value:<13} {step.ref}{skills}{priority}{' · a seat stays on the line' if step.join else ''}"


def _reasons(answer: Route | NotRouted) -> list[str]:
    caller = answer.caller
    if caller.number:
        return [*answer.reasons, f"caller {caller.raw} is {caller.number}"]
    if not caller.raw:
        return list(answer.reasons)
    return [*answer.reasons, f"the caller's number is {'withheld' if caller.withheld else 'unreadable'}"]


def _refuse(message: str, code: int) -> int:
    sys.stderr.write(message + "\n")
    return code
