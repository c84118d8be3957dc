"""`./hotline keys status|rotate|rotate-index|reseal|forget`: the city's keys for what says who a caller is.

In: a verb. Out: words or JSON. Exit 0 done, 1 `status` found texts in the clear or under an old key, 2 wrong use, 3 key
file or database away. Never: prints a key.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateway.config import Config, load_config
from gateway.crypt import Key, Keyring, forget_key, rotate_index_key, rotate_keys
from gateway.errors import CallerFaultError
from gateway.store import Store, open_store
from gateway.store.resealing import Usage, reseal_all, usage

VERBS = {
    "status": "which keys there are, and what is sealed with which",
    "rotate": "make a new key, and put everything under it; nobody has to stop working",
    "rotate-index": "make a new key for finding people by their numbers, and every index anew",
    "reseal": "seal what an older release left in the clear and finish a rotation that was interrupted",
    "forget": "drop a retired key that nothing needs any more",
}


@dataclass(frozen=True, slots=True)
class _Desk:
    config: Config
    store: Store
    keys: Keyring


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("keys", help="the city's keys for callers' names and numbers")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, text in VERBS.items():
        verb = verbs.add_parser(name, help=text, description=text)
        verb.add_argument("--json", action="store_true", help="print JSON")
        if name == "forget":
            verb.add_argument("key", help="the id that status shows")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    return asyncio.run(_run(args, load_config(os.environ)))


async def _run(args: argparse.Namespace, config: Config) -> int:
    keys = Keyring(config.keys_file)
    keys.current()  # no key file: say so before the database is asked
    store = await open_store(config.database, create=False, keys=keys)
    desk = _Desk(config, store, keys)
    try:
        if args.verb == "forget":
            await _forget(desk, args.key)
        if args.verb == "rotate":
            rotate_keys(config.keys_file, datetime.now(UTC))
        if args.verb == "rotate-index":
            rotate_index_key(config.keys_file, datetime.now(UTC))
        changed = await reseal_all(store, keys) if args.verb in ("rotate", "rotate-index", "reseal") else 0
        result = _result(keys, await usage(store), changed)
    finally:
        await store.close()
    sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=1) + "\n" if args.json else _words(result))
    return 0 if result["ok"] or args.verb == "forget" else 1


async def _forget(desk: _Desk, key_id: str) -> None:
    if key_id not in {key.id for key in (*desk.keys.all(), *desk.keys.index_keys())}:
        raise CallerFaultError(f"no key {key_id!r}", remedy="./hotline keys status")
    counted = await usage(desk.store)
    if needed := counted.by_key[key_id] + counted.by_index_key[key_id]:
        raise CallerFaultError(f"{needed} texts or indexes need {key_id}", remedy="./hotline keys reseal")
    forget_key(desk.config.keys_file, key_id, datetime.now(UTC))


def _result(keys: Keyring, counted: Usage, changed: int) -> dict[str, Any]:
    texts, indexes = (
        _rows(keys.all(), counted.by_key, "texts"),
        _rows(keys.index_keys(), counted.by_index_key, "indexes"),
    )
    lost = _unknown(counted.by_key, keys.all()) | _unknown(counted.by_index_key, keys.index_keys())
    old = [row for row in (*texts, *indexes) if row["retired_at"] and (row.get("texts") or row.get("indexes"))]
    whole = not (counted.clear or lost or old)
    return {"ok": whole, "keys": texts, "index_keys": indexes, "clear": counted.clear, "lost": lost, "changed": changed}


def _rows(keys: Sequence[Key], counted: Counter[str], what: str) -> list[dict[str, Any]]:
    return [
        {
            "id": key.id,
            "current": key.retired_at is None,
            "made_at": key.made_at.isoformat(),
            "retired_at": key.retired_at.isoformat() if key.retired_at else None,
            what: counted[key.id],
        }
        for key in keys
    ]


def _unknown(counted: Counter[str], keys: Sequence[Key]) -> dict[str, int]:
    known = {key.id for key in keys}
    return {key_id: number for key_id, number in counted.items() if key_id not in known}


def _words(result: dict[str, Any]) -> str:
    lines = [
        f"{row['id']:<8}  {'current' if row['current'] else 'retired'}  made {row['made_at'][:19]}  {row[what]} {what}"
        for part, what in (("keys", "texts"), ("index_keys", "indexes"))
        for row in result[part]
    ]
    if result["changed"]:
        lines.append(f"{result['changed']} sealed anew")
    if result["clear"]:
        lines.append(f"{result['clear']} rows lie in the clear: ./hotline keys reseal")
    lines += [f"{n} need key {key}, which is not in the file: restore it" for key, n in result["lost"].items()]
    return "\n".join(lines) + "\n"
