"""The roster in the store: saved by revision, audited, on the node's disk, through the command, on both databases."""

from __future__ import annotations

import argparse
import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.cli import roster
from gateway.config import Config
from gateway.people.demo import demo_people
from gateway.people.document import read_people
from gateway.people.parts import Actor, PartConflictError, find_part, parts_of, published_people, save_part
from gateway.people.publisher import PeoplePublisher, people_file
from gateway.store import AuditEntry, Pool, SeatEntry, Store, put_seats
from transfer.reading import ReadError

ADMIN = Actor("admin", datetime(2026, 11, 22, tzinfo=UTC), "127.0.0.1")
CITY = demo_people({"901", "902"})
ENTRY = {"kind": "seat", "ref": "901", "name": "张工"}


async def fill(store: Store) -> None:
    async with store.session() as session:
        experts = [SeatEntry(seat, f"专家 {seat}", Pool.EXPERT) for seat in ("901", "902")]
        await put_seats(session, experts)
        for key, value in parts_of(CITY).items():
            await save_part(session, ADMIN, key, value, revision=0)


async def test_who_was_slower_is_told_and_changes_nothing(store: Store) -> None:
    async with store.session() as session:
        first = await save_part(session, ADMIN, "roster/12333", [ENTRY], revision=0)
        assert first.revision == 1
    async with store.session() as session:
        await save_part(session, ADMIN, "roster/12333", [ENTRY | {"name": "李工"}], revision=1)
    for late in (0, 1, 3):
        with pytest.raises(PartConflictError):
            async with store.session() as session:
                await save_part(session, ADMIN, "roster/12333", [], revision=late)
    async with store.reading() as session:
        part = await find_part(session, "roster/12333")
        audit = [
            entry.detail["revision"] for entry in await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        ]
    assert part is not None and part.content[0]["name"] == "李工" and audit == [1, 2]


async def test_a_part_that_no_gateway_could_read_is_not_saved(store: Store) -> None:
    with pytest.raises(ReadError, match="ref"):
        async with store.session() as session:
            await save_part(session, ADMIN, "roster/12333", [ENTRY | {"ref": "a b"}], revision=0)
    async with store.reading() as session:
        assert await find_part(session, "roster/12333") is None


async def test_the_node_gets_what_the_store_holds_and_keeps_its_file_while_there_is_nothing(
    store: Store, tmp_path: Path
) -> None:
    config = Config(state_dir=tmp_path)
    publisher = PeoplePublisher(config, store)
    assert not await publisher.bring() and not people_file(config).exists()
    await fill(store)
    assert await publisher.bring() and not await publisher.bring()
    assert read_people(people_file(config).read_text("utf-8")).roster == CITY.roster
    people_file(config).write_text("torn", "utf-8")
    assert await publisher.bring()


def _run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    roster.register(parser.add_subparsers())
    args = parser.parse_args(["roster", *words])
    return int(args.func(args))


async def test_the_command_lists_checks_and_imports(
    store: Store, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_DATABASE_URL", database_url)
    monkeypatch.setenv("HOTLINE_STATE_DIR", str(tmp_path))
    await fill(store)
    assert await asyncio.to_thread(_run, "list", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["roster"]["12333"][0]["ref"] == "901"
    monday = "2026-11-23T21:00:00+08:00"
    assert await asyncio.to_thread(_run, "list", "--hotline", "12329", "--at", monday, "--json") == 0
    assert [one["key"] for one in json.loads(capsys.readouterr().out)["rung"]] == ["seat:901", "seat:902"]
    file = tmp_path / "people.json"
    del document["roster"]["12348"]
    document["outside"]["per_hour"] = 7
    file.write_text(json.dumps(document), "utf-8")
    assert await asyncio.to_thread(_run, "import", str(file), "--json") == 0
    assert json.loads(capsys.readouterr().out)["changed"] == 2
    async with store.reading() as session:
        people = await published_people(session)
    assert "12348" not in people.roster.hotlines and people.outside.per_hour == 7
    assert read_people(people_file(Config(state_dir=tmp_path)).read_text("utf-8")) == people
    document["roster"]["12333"][0]["kind"] = "robot"
    file.write_text(json.dumps(document), "utf-8")
    assert await asyncio.to_thread(_run, "check", str(file)) == 1
    assert "roster.12333.0.kind" in capsys.readouterr().out
    assert await asyncio.to_thread(_run, "import", str(file)) == 1
    assert await asyncio.to_thread(_run, "check") == 0
    assert "没有这条热线" in capsys.readouterr().out  # this store has no routing table yet
