"""`./hotline table`: export, import, check, publish, roll back, history, replay: what the pages do, from a shell.

In: the store; sheets. Out: text or JSON; files. Exit 0 done, 1 the answer is no (refused rows, errors, not allowed), 2
wrong use, 3 something needed is away. Never: goes around the proof or the second person.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.config import Config, ConfigError, load_config
from gateway.crypt import Keyring
from gateway.errors import CallerFaultError, FatalError, RetryableError
from gateway.store import NotFoundError, Role, Store, User, open_store
from gateway.store.models import TableVersion
from gateway.store.tables import find_draft, versions_page
from gateway.tables import versions
from gateway.tables.apart import read_apart
from gateway.tables.facts import house_facts
from gateway.tables.files import first_table
from gateway.tables.publisher import Publisher
from gateway.tables.replaying import replay_span
from gateway.tables.sheets import write_csv, write_xlsx
from gateway.tables.versions import Actor, EditConflictError, ProofError, SecondPersonError
from routing_table import Table, TableError, city_time
from routing_table.proof import Findings, prove
from routing_table.replay import say_way
from routing_table.sheets import export_rows, import_rows

Act = Callable[["Desk", argparse.Namespace], Awaitable[int]]
WRITERS = {".xlsx": write_xlsx, ".csv": write_csv}
MAY_PUBLISH = (Role.ADMIN, Role.SUPERVISOR)


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "table",
        help="the routing table: export, import, check, publish, roll back, history, replay",
        description="The routing table's versions. Edits go into the draft; publishing puts it in force everywhere.",
    )
    acts = parser.add_subparsers(required=True, metavar="ACT")
    one = _act(acts, "export", export, "write the table in force as a sheet (.xlsx or .csv)")
    one.add_argument("file", metavar="FILE", type=Path)
    one.add_argument("--draft", action="store_true", help="the draft instead")
    one = _act(acts, "import", import_, "take a sheet into the draft: all of it or nothing")
    one.add_argument("file", metavar="FILE", type=Path)
    one.add_argument("--dry-run", action="store_true", help="only say what it would change")
    one.add_argument("--as", dest="user", metavar="USER", help="who imports (default: shell:<login>)")
    one = _act(acts, "check", check, "prove the table in force, or the draft; exit 1 on errors")
    one.add_argument("--draft", action="store_true")
    one = _act(acts, "publish", publish, "put the draft in force, as the second person")
    one.add_argument("--as", dest="user", metavar="USER", required=True, help="an admin or supervisor")
    one.add_argument("--reason", metavar="TEXT", required=True, help="also the reason to accept its warnings")
    one = _act(acts, "rollback", rollback, "put the content of an earlier version in force again, as a new version")
    one.add_argument("version", metavar="VERSION", help="its number, or number-hash")
    one.add_argument("--as", dest="user", metavar="USER", help="who does it (default: shell:<login>)")
    one.add_argument("--reason", metavar="TEXT", default="")
    one = _act(acts, "history", history, "the versions, newest first")
    one.add_argument("--last", metavar="N", type=int, default=50)
    one = _act(acts, "discard", discard, "throw the draft away")
    one.add_argument("--as", dest="user", metavar="USER", help="who does it (default: shell:<login>)")
    one = _act(acts, "replay", replay, "real calls against the draft: who would have gone elsewhere")
    one.add_argument("--from", dest="since", metavar="ISO", help="default: a day before --to")
    one.add_argument("--to", dest="until", metavar="ISO", help="default: now")


def _act(
    acts: argparse._SubParsersAction[argparse.ArgumentParser], name: str, act: Act, says: str
) -> argparse.ArgumentParser:
    parser = acts.add_parser(name, help=says, description=says[0].upper() + says[1:] + ".")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run, act=act)
    return parser


class Desk:
    """The open store and what every act needs of the house."""

    def __init__(self, config: Config, store: Store) -> None:
        self.config = config
        self.store = store

    def actor(self, user: str | None = None) -> Actor:
        return Actor(user or f"shell:{getpass.getuser()}", datetime.now(UTC), "local")

    async def known_actor(self, session: AsyncSession, user: str) -> Actor:
        """An admin or supervisor. Raises CallerFaultError."""
        found = await session.get(User, user)
        if found is None or not found.active or found.role not in MAY_PUBLISH:
            raise CallerFaultError(f"{user}: no such admin or supervisor", place="--as")
        return self.actor(user)

    async def author(self, session: AsyncSession, user: str | None) -> Actor:
        return await self.known_actor(session, user) if user else self.actor()


def run(args: argparse.Namespace) -> int:
    try:
        return asyncio.run(_run(args, load_config(os.environ)))
    except ConfigError as error:
        return _refuse(str(error), 2)
    except ProofError as error:
        found = [str(finding) for finding in (*error.findings.errors, *error.open_warnings)]
        return _refuse("\n  ".join([str(error), *found]), 1)
    except (SecondPersonError, EditConflictError, NotFoundError) as error:
        return _refuse(str(error), 1)
    except CallerFaultError as error:
        return _refuse(str(error), 1 if error.place in ("draft", "version", "file") else 2)
    except (RetryableError, FatalError) as error:
        return _refuse(str(error), 3)
    except TableError as error:
        return _refuse(str(error), 1)


async def _run(args: argparse.Namespace, config: Config) -> int:
    store = await open_store(config.database, keys=Keyring(config.keys_file))
    try:
        desk = Desk(config, store)
        async with store.session() as session:
            await versions.take_in(session, lambda: first_table(config), desk.actor("system"))
        act: Act = args.act
        return await act(desk, args)
    finally:
        await store.close()


async def _table(session: AsyncSession, *, draft: bool) -> tuple[TableVersion, Table]:
    return await (versions.draft_table(session) if draft else versions.published_table(session))


# -- sheets --------------------------------------------------------------------------------------------------------


async def export(desk: Desk, args: argparse.Namespace) -> int:
    file: Path = args.file
    write = WRITERS.get(file.suffix.lower())
    if write is None:
        return _refuse(f"{file.name}: write .xlsx or .csv", 2)
    async with desk.store.reading() as session:
        version, table = await _table(session, draft=args.draft)
    rows = [["" if cell is None else str(cell) for cell in row] for row in export_rows(table)]
    try:
        await asyncio.to_thread(_write, file, write(rows))
    except OSError as error:
        return _refuse(str(error), 3)
    return _say(args, {"file": str(file), "version": version.version, "rows": len(rows) - 1}, _flat)


def _write(file: Path, data: bytes) -> None:
    beside = file.with_name(f".{file.name}.new")
    beside.write_bytes(data)
    beside.replace(file)


async def import_(desk: Desk, args: argparse.Namespace) -> int:
    file: Path = args.file
    try:
        data = await asyncio.to_thread(file.read_bytes)
    except OSError as error:
        return _refuse(str(error), 2)
    rows = await read_apart(data, file.name)
    async with desk.store.reading() as session:
        draft = await find_draft(session)
        revision = draft.revision if draft else 0
        _, table = await _table(session, draft=draft is not None)
    now = datetime.now(UTC)
    result = import_rows(table, rows, day=city_time(now).date())
    if not result.refused and result.edits and not args.dry_run:
        async with desk.store.session() as session:
            author = await desk.author(session, args.user)
            await versions.edit_draft(session, author, result.edits, revision=revision, what="imported")
    document = {
        "added": len(result.added),
        "changed": len(result.changed),
        "unchanged": len(result.unchanged),
        "refused": [
            {"row": item.row, "field": item.field, "value": item.value, "reason": item.chinese}
            for item in result.refused
        ],
    }
    _say(args, document, _import_text)
    return 1 if result.refused else 0


def _import_text(document: dict[str, Any]) -> str:
    lines = [f"{document[name]} {name}" for name in ("added", "changed", "unchanged")]
    lines += [f"row {r['row']} {r['field']}: {r['value']!r}: {r['reason']}" for r in document["refused"]]
    return "\n".join(lines)


# -- proof and publishing ------------------------------------------------------------------------------------------


async def check(desk: Desk, args: argparse.Namespace) -> int:
    async with desk.store.reading() as session:
        version, table = await _table(session, draft=args.draft)
        published = (await versions.published_table(session))[1]
        facts = await house_facts(desk.config, session, datetime.now(UTC), published)
    findings = prove(table, facts)
    _say(args, {"version": version.version, **_findings(findings)}, _findings_text)
    return 1 if findings.errors else 0


def _findings(findings: Findings) -> dict[str, Any]:
    return {
        "errors": [versions.finding_record(error) for error in findings.errors],
        "warnings": [versions.finding_record(warning) for warning in findings.warnings],
    }


def _findings_text(document: dict[str, Any]) -> str:
    lines = [f"error   {item['english']}" for item in document["errors"]]
    lines += [f"warning {item['english']}" for item in document["warnings"]]
    return "\n".join([*lines, f"table {document['version']}: {len(document['errors'])} errors"])


async def publish(desk: Desk, args: argparse.Namespace) -> int:
    async with desk.store.session() as session:
        actor = await desk.known_actor(session, args.user)
        published = (await versions.published_table(session))[1]
        facts = await house_facts(desk.config, session, actor.at, published)
        draft, findings = await versions.prove_draft(session, facts)
        accepted = versions.open_warnings(findings, draft.accepted)
        if accepted and not findings.errors:
            await versions.accept_warnings(session, actor, [one.coded for one in accepted], args.reason, facts)
        await versions.submit(session, actor, facts)
        version = await versions.publish(session, actor, args.reason, facts, publishers=desk.config.publishers)
    return await _in_force(desk, args, version, {"accepted": [versions.finding_record(item) for item in accepted]})


async def rollback(desk: Desk, args: argparse.Namespace) -> int:
    number = str(args.version).partition("-")[0]
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return _refuse(f"{args.version!r}: a version is a number, or number-hash", 2)
    async with desk.store.session() as session:
        actor = await desk.author(session, args.user)
        published = (await versions.published_table(session))[1]
        facts = await house_facts(desk.config, session, actor.at, published)
        version = await versions.rollback(session, actor, int(number), args.reason, facts)
    return await _in_force(desk, args, version, {"restores": version.restores})


async def _in_force(desk: Desk, args: argparse.Namespace, version: TableVersion, more: dict[str, Any]) -> int:
    """Bring it to this node at once, in case the recorder, whose work that is, does not run."""
    await Publisher(desk.config, desk.store).bring()
    return _say(args, {"number": version.number, "version": version.version, "reason": version.reason, **more}, _flat)


async def discard(desk: Desk, args: argparse.Namespace) -> int:
    async with desk.store.session() as session:
        draft = await versions.discard(session, await desk.author(session, args.user))
    return _say(args, {"number": draft.number, "state": draft.state.value}, _flat)


async def history(desk: Desk, args: argparse.Namespace) -> int:
    async with desk.store.reading() as session:
        page = await versions_page(session, limit=args.last)
    return _say(args, {"versions": [version_document(version) for version in page.items]}, _history_text)


def version_document(version: TableVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        "version": version.version,
        "state": version.state.value,
        "kind": version.kind.value,
        "base": version.base,
        "restores": version.restores,
        "changes": version.changes,
        "authors": version.authors,
        "created_by": version.created_by,
        "created_at": version.created_at.isoformat(),
        "published_by": version.published_by,
        "published_at": version.published_at.isoformat() if version.published_at else None,
        "reason": version.reason,
    }


def _history_text(document: dict[str, Any]) -> str:
    return "\n".join(
        f"{v['version']:<18} {v['state']:<10} {v['kind']:<9} {v['changes']:>4} changes  "
        f"{v['published_by'] or v['created_by']}  {(v['published_at'] or v['created_at'])[:16]}  {v['reason']}"
        for v in document["versions"]
    )


# -- replay --------------------------------------------------------------------------------------------------------


async def replay(desk: Desk, args: argparse.Namespace) -> int:
    try:
        until = city_time(datetime.fromisoformat(args.until)) if args.until else datetime.now(UTC)
        since = city_time(datetime.fromisoformat(args.since)) if args.since else until - timedelta(days=1)
    except (ValueError, OverflowError):
        return _refuse("--from and --to are moments such as 2026-10-10T09:30 (city time)", 2)
    async with desk.store.reading() as session:
        _, old = await versions.published_table(session)
        _, new = await versions.draft_table(session)
        done = await replay_span(session, old, new, since, until)
    document = {
        "calls": done.result.calls,
        "moved": [
            {"number": move.number, "from": say_way(move.from_), "to": say_way(move.to), "count": move.count}
            for move in done.result.moved
        ],
        "seconds": done.seconds,
    }
    if done.cut:
        document["cut"] = True
    return _say(args, document, _replay_text)


def _replay_text(document: dict[str, Any]) -> str:
    lines = [f"{m['count']:>7}  {m['number']}: {m['from']} → {m['to']}" for m in document["moved"]]
    moved = sum(move["count"] for move in document["moved"])
    return "\n".join([*lines, f"{document['calls']} calls, {moved} elsewhere, {document['seconds']} s"])


# -- saying --------------------------------------------------------------------------------------------------------


def _say(args: argparse.Namespace, document: dict[str, Any], as_text: Callable[[dict[str, Any]], str]) -> int:
    text = json.dumps(document, ensure_ascii=False, indent=2) if args.json else as_text(document)
    sys.stdout.write(text + "\n")
    return 0


def _flat(document: dict[str, Any]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in document.items() if not isinstance(value, list))


def _refuse(message: str, code: int) -> int:
    sys.stderr.write(f"hotline table: {message}\n")
    return code
