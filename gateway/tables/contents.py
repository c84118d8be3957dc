"""What is in a version: the table and its menus, read from its row, edited, compared.

In: rows of the store, edits. Out: tables. Never: a table whose menus break their rules, or half of the edits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.errors import FatalError
from gateway.menus import menu_problems
from gateway.store.errors import NotFoundError
from gateway.store.kinds import VersionState
from gateway.store.models import TableVersion
from gateway.store.tables import find_draft, find_version, read_head
from routing_table import Table, TableError, from_json
from routing_table.content import plain_menu
from routing_table.difference import Change, difference
from routing_table.edits import Action, Edit, edit_entities, table_of
from routing_table.entities import Entity, entities


async def read_content(version: TableVersion) -> Table:
    """The version's table. Raises FatalError when the row was tampered with or written by a newer release."""
    draft = version.state in (VersionState.DRAFT, VersionState.CHECKED, VersionState.DISCARDED)
    try:
        return await asyncio.to_thread(from_json, version.content, draft=draft)
    except TableError as error:
        raise FatalError(f"table version {version.number} in the store cannot be read: {error}") from error


async def published_table(session: AsyncSession) -> tuple[TableVersion, Table]:
    """The version in force. Raises NotFoundError before the first one."""
    head = await read_head(session)
    if head is None:
        raise NotFoundError("尚未发布路由表", place="table", remedy="请先运行 ./hotline up")
    version = await find_version(session, head.number)
    return version, await read_content(version)


async def draft_table(session: AsyncSession) -> tuple[TableVersion, Table]:
    """The open draft. Raises NotFoundError."""
    draft = await find_draft(session)
    if draft is None:
        raise NotFoundError("目前没有草稿", place="draft")
    return draft, await read_content(draft)


async def changes_between(old: Table, new: Table) -> tuple[Change, ...]:
    return await asyncio.to_thread(difference, old, new)


def edited_table(table: Table, edits: Iterable[Edit]) -> Table:
    """The table with all edits. Raises TableError with every problem: of fields, and of the rules of its menus."""
    kept = edit_entities(table, edits)
    before = entities(table)[Entity.MENU]
    wrong = menu_problems(menu for key, menu in kept[Entity.MENU].items() if menu != before.get(key))
    try:
        after = table_of(kept, table.version, own_menus=table.menus is not None)
    except TableError as error:
        said = {problem.place for problem in wrong}
        raise TableError((*wrong, *(one for one in error.problems if one.place not in said))) from error
    if wrong:
        raise TableError(wrong)
    return after


def require_menus(table: Table) -> None:
    """Two people's changes together may break a rule that each kept. Raises TableError."""
    wrong = menu_problems(plain_menu(menu) for menu in table.menus or ())
    if wrong:
        raise TableError(wrong)


def edits_between(old: Table, new: Table) -> list[Edit]:
    """Whole records: what makes `new`'s entities out of `old`'s. Their order is not restored."""
    before, after = entities(old), entities(new)
    edits: list[Edit] = []
    for entity, records in after.items():
        edits += [Edit(Action.REMOVE, entity, key) for key in before[entity] if key not in records]
        for key, record in records.items():
            if key not in before[entity]:
                edits.append(Edit(Action.ADD, entity, key, record))
            elif before[entity][key] != record:
                edits.append(Edit(Action.REPLACE, entity, key, record))
    return edits
