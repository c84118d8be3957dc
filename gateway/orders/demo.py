"""The demo city's units and subjects, put into an empty directory.

In: a session. Out: the first version of both, from `demo.toml`. Never: a change to a directory that has a version.
"""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from workorder.suggest import Entry

from .directory import Kind, Subject, Unit, in_force, put_catalogue, put_units

FILE = Path(__file__).with_name("demo.toml")
WHY = "演示数据"


async def ensure_directory(session: AsyncSession, at: datetime) -> None:
    """Nothing where the city has its own."""
    document = tomllib.loads(FILE.read_text("utf-8"))
    if not (await in_force(session, Kind.UNITS))[0]:
        parents = document["parents"]
        units = [Unit(unit, name, parents.get(unit, "")) for unit, name in document["units"].items()]
        await put_units(session, units, number=0, why=WHY, by="system", at=at)
    if (await in_force(session, Kind.SUBJECTS))[0]:
        return
    subjects = [
        Subject(entry["path"], entry.get("public", False), entry.get("hotline", "")) for entry in document["subject"]
    ]
    entries = [Entry(entry["path"], entry["unit"]) for entry in document["subject"]]
    entries += [
        Entry(entry["path"], unit, area)
        for entry in document["subject"]
        for area, unit in entry.get("areas", {}).items()
    ]
    await put_catalogue(session, subjects, entries, number=0, why=WHY, by="system", at=at)
