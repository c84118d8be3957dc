"""The demo city as the tests see it, and short ways to ask it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from routing_table import CITY_ZONE, FILES, Arrival, NotRouted, Route, Table, load_demo, lookup
from routing_table.edits import Action, Edit, apply_edits
from routing_table.entities import Entity

FOLDER = Path(__file__).resolve().parent.parent.parent / "routing_table" / "demo"
TEXTS: Mapping[str, str] = {name: (FOLDER / name).read_text(encoding="utf-8") for name in FILES}
DEMO = load_demo(TEXTS)
OFFICE_HOURS = "2026-11-20T10:00"  # a Friday
NIGHT = "2026-11-22T03:00"  # a Sunday


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE)


def ask(
    dialled: str,
    at: str = OFFICE_HOURS,
    *,
    diversions: tuple[str, ...] = (),
    trunk: str | None = "carrier",
    caller: str | None = None,
    table: Table = DEMO,
) -> Route | NotRouted:
    return lookup(table, Arrival(dialled, caller, diversions, trunk), moment(at))


def route(
    dialled: str,
    at: str = OFFICE_HOURS,
    *,
    diversions: tuple[str, ...] = (),
    trunk: str | None = "carrier",
    table: Table = DEMO,
) -> Route:
    answer = ask(dialled, at, diversions=diversions, trunk=trunk, table=table)
    assert isinstance(answer, Route), answer
    return answer


def path(found: Route) -> list[str]:
    return [f"{step.kind.value}:{step.ref}" for step in found.steps]


def codes(found: Route | NotRouted) -> list[str]:
    return [reason.code for reason in found.why]


def edited(**texts: tuple[str, str]) -> dict[str, str]:
    """The demo files with one replacement each; keys are file names with _ for the dot."""
    files = dict(TEXTS)
    for key, (old, new) in texts.items():
        name = key.replace("_", ".")
        assert old in files[name], (name, old)
        files[name] = files[name].replace(old, new)
    return files


def changed(key: str, *, table: Table = DEMO, **fields: object) -> Table:
    """The table with some fields of one row changed."""
    return apply_edits(table, [Edit(Action.CHANGE, Entity.ROW, key, fields)])
