"""`./hotline roster`: list, check, import: who is asked about what, and which outside numbers may be called.

In: the store; a JSON document as `list --json` prints it. Out: text or JSON. Exit 0 done, 1 the answer is no (wrong
places in the document, somebody was faster), 2 wrong use, 3 something needed is away. Never: half a document.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.config import Config, ConfigError, load_config
from gateway.crypt import Keyring
from gateway.errors import CallerFaultError, FatalError, RetryableError
from gateway.people.document import People, people_json, read_people, with_version
from gateway.people.house_now import Named, named_now
from gateway.people.parts import Actor, PartConflictError, parts_of, people_parts, published_people, save_part
from gateway.people.proof import look_over
from gateway.people.publisher import PeoplePublisher
from gateway.store import Store, open_store
from routing_table import city_time
from transfer import choose
from transfer.reading import Problem, ReadError
from transfer.roster import Entry
from transfer.shifts import Shift, shift_json

Act = Callable[[Config, Store, argparse.Namespace], Awaitable[int]]
FILE_MAX = 4 << 20


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the `roster` command."""
    parser = subparsers.add_parser(
        "roster",
        help="who is asked about what: list, check or import the roster and the outside numbers",
        description="The roster of experts by hotline, topic and shift, and what may be called outside.",
    )
    acts = parser.add_subparsers(required=True, metavar="ACT")
    one = _act(acts, "list", list_, "what is in force; with --hotline who would be rung now, in order")
    one.add_argument("--hotline", metavar="NUMBER", help="only this hotline's, and who would be rung")
    one.add_argument("--topic", metavar="TEXT", default="", help="for this matter")
    one.add_argument("--at", metavar="ISO", help="at this moment instead of now (city time if without offset)")
    one = _act(acts, "check", check, "read a document, or what is in force: everything wrong with it")
    one.add_argument("file", metavar="FILE", type=Path, nargs="?")
    one = _act(acts, "import", import_, "put a document in force, all of it or nothing")
    one.add_argument("file", metavar="FILE", type=Path)
    one.add_argument("--as", dest="user", metavar="USER", help="who imports (default: shell:<login>)")


def _act(
    acts: argparse._SubParsersAction[argparse.ArgumentParser], name: str, act: Act, says: str
) -> argparse.ArgumentParser:
    parser = acts.add_parser(name, help=says, description=says[0].upper() + says[1:] + ".")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run, act=act)
    return parser


def run(args: argparse.Namespace) -> int:
    try:
        return asyncio.run(_run(load_config(os.environ), args))
    except (ConfigError, CallerFaultError) as error:
        return _refuse(str(error), 2)
    except (RetryableError, FatalError) as error:
        return _refuse(str(error), 3)


async def _run(config: Config, args: argparse.Namespace) -> int:
    store = await open_store(config.database, create=False, keys=Keyring(config.keys_file))
    try:
        return int(await args.act(config, store, args))
    finally:
        await store.close()


# -- acts ----------------------------------------------------------------------------------------------------------


async def list_(config: Config, store: Store, args: argparse.Namespace) -> int:
    at = _moment(args.at)
    async with store.reading() as session:
        people, named = await published_people(session), await named_now(config, session)
    if args.hotline is None:
        _print(people_json(people) if args.json else "\n".join(_lines(people, named)))
        return 0
    if args.hotline not in people.roster.hotlines:
        return _refuse(f"nobody is on the roster of {args.hotline}", 1)
    found = choose(people.roster, args.hotline, args.topic, (), at, works=named.works)
    if args.json:
        rung = [{"key": one.key, "name": one.name, "device": one.device, "role": one.role.value} for one in found]
        _print({"hotline": args.hotline, "topic": args.topic, "at": at.isoformat(), "rung": rung})
    else:
        _print("\n".join(f"{n}. {one.name}  {one.key}" for n, one in enumerate(found, 1)) or "nobody is on shift")
    return 0 if found else 1


async def check(config: Config, store: Store, args: argparse.Namespace) -> int:
    try:
        people = _read(args.file) if args.file else None
    except ReadError as error:
        return _tell(error.problems, (), args)
    async with store.reading() as session:
        people = people or await published_people(session)
        named = await named_now(config, session)
    return _tell((), look_over(people, named.house), args)


async def import_(config: Config, store: Store, args: argparse.Namespace) -> int:
    try:
        people = _read(args.file)
    except ReadError as error:
        return _tell(error.problems, (), args)
    actor = Actor(args.user or f"shell:{getpass.getuser()}", datetime.now(UTC), "local")
    try:
        async with store.session() as session:
            changed = 0
            known = {part.key: part for part in await people_parts(session)}
            wanted = {key: [] for key in known if key.startswith("roster/")} | parts_of(people)
            for key, value in wanted.items():
                part = known.get(key)
                if part is None or part.content != value:
                    await save_part(session, actor, key, value, revision=part.revision if part else 0)
                    changed += 1
            named = await named_now(config, session)
    except PartConflictError as error:
        return _refuse(str(error), 1)
    await PeoplePublisher(config, store).bring()
    warnings = look_over(people, named.house)
    if args.json:
        _print({"changed": changed, "version": people.version, "warnings": _problems(warnings)})
    else:
        _print("\n".join([f"{changed} parts changed, version {people.version}", *_said(warnings, "warning")]))
    return 0


# -- around --------------------------------------------------------------------------------------------------------


def _read(path: Path) -> People:
    """Raises ReadError with every wrong place, CallerFaultError for a file that cannot be read at all."""
    try:
        if path.stat().st_size > FILE_MAX:
            raise CallerFaultError(f"larger than {FILE_MAX} bytes", place=str(path))
        return with_version(read_people(path.read_text("utf-8")))
    except ReadError:
        raise
    except (OSError, ValueError) as error:
        raise CallerFaultError(
            str(error), place=str(path), remedy="a document as `roster list --json` prints"
        ) from error


def _moment(text: str | None) -> datetime:
    if text is None:
        return city_time(datetime.now(UTC))
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise CallerFaultError(str(error), place="--at") from error
    return city_time(at)


def _lines(people: People, named: Named) -> Iterable[str]:
    for number, entries in people.roster.hotlines.items():
        yield f"{number} {named.hotlines.get(number, '')}"
        yield from (f"  {entry.order:>3}  {_who(entry)}" for entry in entries)
    outside = people.outside
    yield f"outside: at most {outside.per_hour} calls an hour, {outside.per_seat} of one seat"
    for rule in outside.rules:
        cap = f", at most {rule.per_hour} an hour" if rule.per_hour else ""
        yield f"  {rule.pattern}  {rule.name} by trunk {rule.trunk}{cap}{_when(rule.shifts)}"
    yield from (f"  {pattern}  denied" for pattern in outside.denied)


def _who(entry: Entry) -> str:
    by = f" by trunk {entry.trunk}" if entry.trunk else ""
    topic = f" [{entry.topic}]" if entry.topic else ""
    return f"{entry.name}  {entry.target.key}{by}{topic}{_when(entry.shifts)}"


def _when(shifts: Iterable[Shift]) -> str:
    said = [shift_json(shift) for shift in shifts]
    parts = [f"{_days(one['days'])} {one['from']}-{one['to']}{' workdays' if one['workdays'] else ''}" for one in said]
    return f"  ({'; '.join(parts)})" if parts else ""


def _days(days: object) -> str:
    assert isinstance(days, list)
    return "daily" if len(days) == 7 else ",".join(str(day) for day in days)


def _tell(errors: Iterable[Problem], warnings: Iterable[Problem], args: argparse.Namespace) -> int:
    errors, warnings = tuple(errors), tuple(warnings)
    if args.json:
        _print({"ok": not errors, "errors": _problems(errors), "warnings": _problems(warnings)})
    else:
        _print("\n".join([*_said(errors, "error"), *_said(warnings, "warning")]) or "nothing wrong")
    return 1 if errors else 0


def _problems(problems: Iterable[Problem]) -> list[dict[str, str]]:
    return [{"place": one.place, "message": one.message} for one in problems]


def _said(problems: Iterable[Problem], kind: str) -> list[str]:
    return [f"{kind}: {one.place}: {one.message}" for one in problems]


def _print(what: Any) -> None:
    text = what if isinstance(what, str) else json.dumps(what, ensure_ascii=False, indent=1)
    sys.stdout.write(text + "\n")


def _refuse(message: str, code: int) -> int:
    sys.stderr.write(message + "\n")
    return code
