"""A store with the demo city as version 1, and short ways to edit, prove and publish."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from gateway.store import Store
from gateway.store.models import TableVersion
from gateway.tables import versions
from gateway.tables.versions import Actor
from routing_table import Table
from routing_table.edits import Edit, read_edit
from routing_table.proof import Facts
from tests.routing_table.city import DEMO

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
FACTS = Facts(today=date(2026, 11, 21), published=DEMO)  # prompts, menus, seats, lines: not known, not judged
WANG, LI, ZHAO = (Actor(name, AT, "127.0.0.1") for name in ("wang", "li", "zhao"))


def change(number: str, **fields: Any) -> Edit:
    return read_edit({"action": "change", "entity": "row", "key": number, "value": fields})


async def filled(store: Store, table: Table = DEMO) -> TableVersion:
    async with store.session() as session:
        return await versions.take_in(session, lambda: table, Actor("system", AT))


async def edited(store: Store, who: Actor, *edits: Edit, revision: int | None = None) -> TableVersion:
    async with store.session() as session:
        return await versions.edit_draft(session, who, edits, revision=revision)


async def submitted(store: Store, who: Actor = WANG) -> TableVersion:
    """Every warning accepted, then submitted."""
    async with store.session() as session:
        _, findings = await versions.prove_draft(session, FACTS)
        if findings.warnings:
            ids = [warning.coded for warning in findings.warnings]
            await versions.accept_warnings(session, who, ids, "已核实", FACTS)
        return await versions.submit(session, who, FACTS)


async def published(store: Store, who: Actor = LI, *, publishers: int = 2) -> TableVersion:
    async with store.session() as session:
        return await versions.publish(session, who, "测试", FACTS, publishers=publishers)


async def in_force(store: Store) -> tuple[TableVersion, Table]:
    async with store.reading() as session:
        return await versions.published_table(session)


async def draft(store: Store) -> tuple[TableVersion, Table]:
    async with store.reading() as session:
        return await versions.draft_table(session)


def note_of(table: Table, number: str) -> str:
    return next(row.note for row in table.rows if row.number == number)
