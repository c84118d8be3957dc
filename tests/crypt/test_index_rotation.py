"""The key of the lookup index is made anew while people write and look for each other; nobody is missed meanwhile."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from gateway.cli.main import main
from gateway.config import Config
from gateway.crypt import Keyring, blind, blind_all, ensure_keys, forget_key, index_key_of, rotate_index_key
from gateway.crypt.keys import FIRST
from gateway.errors import CallerFaultError
from gateway.orders.listing import Scope, Wanted, lines_page
from gateway.store import CallFilter, Store, calls_page, open_store
from gateway.store.resealing import reseal_all, usage
from tests.crypt.test_sealed_orders import order
from tests.tables.past import past_call

MANY = 110
AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def as_of_the_first_release(path: Path) -> None:
    """Its file knew one key of the index, and no id of it."""
    raw = json.loads(path.read_text())
    raw["blind"] = raw["blind"]["keys"][raw["blind"]["current"]]["key"]
    path.write_text(json.dumps(raw))


def number_of(n: int) -> str:
    return f"139{n:08}"


async def write(store: Store, numbers: range) -> None:
    """A call and an order of each number."""
    async with store.session() as session:
        for n in numbers:
            session.add(past_call(n, "12345", AT + timedelta(seconds=n)))
            session.add(order(f"20261121-{n:06}", contact=number_of(n), caller_number=number_of(n)))


async def found(store: Store, n: int) -> tuple[int, int]:
    """Calls and orders of a number."""
    async with store.reading() as session:
        calls = (await calls_page(session, CallFilter(caller=number_of(n)))).items
        orders = (await lines_page(session, Scope(), Wanted(contact=number_of(n)))).items
    return len(calls), len(orders)


async def test_a_rotation_while_others_write_misses_nobody(store: Store, keys: Keyring) -> None:
    as_of_the_first_release(keys.path)
    old = keys.index_keys()[0].id
    assert old == FIRST
    await write(store, range(MANY))
    fresh, missed, over = iter(range(MANY, 2 * MANY)), [], asyncio.Event()

    async def writer() -> None:
        while not over.is_set():
            n = next(fresh, None)
            if n is not None:
                await write(store, range(n, n + 1))
            await asyncio.sleep(0.002)

    async def reader() -> None:
        n = 0
        while not over.is_set():
            n = (n + 37) % MANY
            if await found(store, n) != (1, 1):
                missed.append(n)

    working = [asyncio.create_task(writer()), asyncio.create_task(reader())]
    made = rotate_index_key(keys.path, AT)
    assert await reseal_all(store, keys) == MANY * 3  # a call's, an order's contact and caller
    over.set()
    await asyncio.gather(*working)
    assert missed == []
    written = next(fresh, 2 * MANY)
    assert written > MANY, "nothing was written meanwhile"
    assert await reseal_all(store, keys) == 0
    assert dict((await usage(store)).by_index_key) == {made.id: written * 3}
    forget_key(keys.path, old, AT + timedelta(hours=2))
    assert [key.id for key in keys.index_keys()] == [made.id]
    assert {await found(store, n) for n in range(0, written, 41)} == {(1, 1)}


async def test_who_writes_with_the_old_key_after_the_rotation_is_found_and_brought_along(
    store: Store, keys: Keyring
) -> None:
    await write(store, range(1))
    old = blind(keys, number_of(0))
    made = rotate_index_key(keys.path, AT)
    assert await reseal_all(store, keys) == 3
    async with store.session() as session:  # a transaction that had begun before, in another process
        await session.execute(text("UPDATE calls SET caller_index = :old"), {"old": old})
    assert await found(store, 0) == (1, 1)
    assert (await usage(store)).by_index_key[index_key_of(old)] == 1
    assert await reseal_all(store, keys) == 1
    assert dict((await usage(store)).by_index_key) == {made.id: 3}


def test_there_are_never_more_than_two_keys_of_the_index(tmp_path: Path) -> None:
    keys = ensure_keys(tmp_path / "keys.json", AT)
    before = blind(keys, "13800000000")
    made = rotate_index_key(keys.path, AT)
    assert blind_all(keys, "13800000000") == (blind(keys, "138-0000-0000"), before)
    assert before != blind(keys, "13800000000") and index_key_of(blind(keys, "1")) == made.id
    with pytest.raises(CallerFaultError, match="not over"):
        rotate_index_key(keys.path, AT)
    with pytest.raises(CallerFaultError, match="current"):
        forget_key(keys.path, made.id, AT + timedelta(hours=2))
    with pytest.raises(CallerFaultError):
        forget_key(keys.path, index_key_of(before), AT + timedelta(minutes=59))
    forget_key(keys.path, index_key_of(before), AT + timedelta(minutes=61))
    assert len(blind_all(keys, "1")) == 1 and keys.path.stat().st_mode & 0o777 == 0o600
    assert rotate_index_key(keys.path, AT).id != made.id


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = main(["keys", *arguments, "--json"])
    told = capsys.readouterr().out
    return code, json.loads(told) if told else {}


def test_the_command_makes_every_index_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_STATE_DIR", str(tmp_path))
    config = Config(state_dir=tmp_path)

    async def fill() -> None:
        store = await open_store(config.database, keys=ensure_keys(config.keys_file, datetime.now(UTC)))
        await write(store, range(2))
        await store.close()

    asyncio.run(fill())
    code, before = ask(capsys, "status")
    assert (code, [key["indexes"] for key in before["index_keys"]]) == (0, [6])
    code, after = ask(capsys, "rotate-index")
    assert (code, after["changed"], [key["indexes"] for key in after["index_keys"]]) == (0, 6, [6, 0])
    assert after["keys"] == before["keys"]
    assert main(["keys", "rotate-index"]) == 2
    assert "not over" in capsys.readouterr().err
    assert ask(capsys, "forget", after["index_keys"][0]["id"])[0] == 2  # in use
    assert ask(capsys, "forget", after["index_keys"][1]["id"])[0] == 2  # retired a moment ago
