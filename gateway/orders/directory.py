"""The unit directory and the subject catalogue: whole documents, each version kept.

In: a session, a document as people edit it. Out: what is in force, every version, a new one. Never: a version that
changes; a document that names a unit or a subject twice, or a unit that is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from gateway.errors import CallerFaultError
from gateway.store import NotFoundError, StaleVersionError
from gateway.store.models import Directory
from workorder.suggest import Entry


class Kind(StrEnum):
    UNITS = "units"
    SUBJECTS = "subjects"


@dataclass(frozen=True, slots=True)
class Unit:
    """A body that handles orders. `body`: units of one body count as one where a matter is about it (empty: itself);
    `parent`: the unit above. One that is not `active` gets no more orders."""

    id: str
    name: str
    parent: str = ""
    body: str = ""
    area: str = ""
    phone: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Subject:
    """`path`: `城市管理/市政/路灯`. `public`: may be shown to the public; `hotline`: its number, empty for any."""

    path: str
    public: bool = False
    hotline: str = ""


@dataclass(frozen=True, slots=True)
class UnitBook:
    """The units in force. `number`: the version, 0 before the first."""

    number: int = 0
    units: Mapping[str, Unit] = field(default_factory=dict)

    def name(self, unit: str) -> str:
        found = self.units.get(unit)
        return found.name if found else unit

    def one_body(self, units: Iterable[str]) -> tuple[str, ...]:
        """These units with all that count as one with them: whom a matter about them must not reach."""
        bodies = {self._body(unit) for unit in units}
        same = {unit for unit in self.units if self._body(unit) in bodies}
        return tuple(sorted(same | set(units)))

    def _body(self, unit: str) -> str:
        found = self.units.get(unit)
        return (found.body or found.id) if found else unit

    def check(self, units: Iterable[str]) -> None:
        """Raises CallerFaultError for a unit that gets no orders."""
        wrong = [unit for unit in units if unit not in self.units or not self.units[unit].active]
        if wrong:
            raise CallerFaultError(f"单位目录中没有或已停用：{'、'.join(wrong)}"[:300], place="units")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The subjects in force, and which unit answers for which."""

    number: int = 0
    subjects: tuple[Subject, ...] = ()
    entries: tuple[Entry, ...] = ()


async def unit_book(session: AsyncSession) -> UnitBook:
    number, content = await in_force(session, Kind.UNITS)
    return UnitBook(number, {entry["id"]: Unit(**entry) for entry in content.get("units", [])})


async def catalogue(session: AsyncSession) -> Catalogue:
    number, content = await in_force(session, Kind.SUBJECTS)
    return Catalogue(
        number,
        tuple(Subject(**entry) for entry in content.get("subjects", [])),
        tuple(Entry(**entry) for entry in content.get("entries", [])),
    )


async def in_force(session: AsyncSession, kind: Kind) -> tuple[int, dict[str, Any]]:
    """(0, {}) before the first version."""
    query = select(Directory).where(Directory.kind == kind.value).order_by(Directory.number.desc()).limit(1)
    row = await session.scalar(query)
    return (row.number, dict(row.content)) if row else (0, {})


async def version(session: AsyncSession, kind: Kind, number: int) -> Directory:
    """Raises NotFoundError."""
    row = await session.get(Directory, (kind.value, number)) if 0 < number < 2**31 else None
    if row is None:
        raise NotFoundError("没有这个版本", place=str(number))
    return row


async def versions(session: AsyncSession, kind: Kind, limit: int = 100) -> tuple[Directory, ...]:
    """Newest first, without their content."""
    query = select(Directory).options(defer(Directory.content, raiseload=True)).where(Directory.kind == kind.value)
    return tuple(await session.scalars(query.order_by(Directory.number.desc()).limit(limit)))


async def put_units(
    session: AsyncSession, units: Iterable[Unit], *, number: int, why: str, by: str, at: datetime
) -> int:
    """The new version's number. Raises StaleVersionError, CallerFaultError with every problem."""
    listed = tuple(units)
    ids = [unit.id for unit in listed]
    problems = [f"单位编号重复：{name}" for name in sorted({name for name in ids if ids.count(name) > 1})]
    problems += [f"{unit.id}：上级单位 {unit.parent} 不存在" for unit in listed if unit.parent not in ("", *ids)]
    problems += [f"{unit.id}：缺少名称" for unit in listed if not unit.name.strip()]
    old = await unit_book(session)
    problems += [f"单位不能删除，只能停用：{name}" for name in old.units if name not in ids]
    return await _put(session, Kind.UNITS, {"units": [asdict(unit) for unit in listed]}, problems, number, why, by, at)


async def put_catalogue(
    session: AsyncSession,
    subjects: Iterable[Subject],
    entries: Iterable[Entry],
    *,
    number: int,
    why: str,
    by: str,
    at: datetime,
) -> int:
    """As `put_units`."""
    kept, lines, book = tuple(subjects), tuple(entries), await unit_book(session)
    paths = [subject.path for subject in kept]
    problems = [f"类目重复：{path}" for path in sorted({path for path in paths if paths.count(path) > 1})]
    known = set(paths) | {path.rsplit("/", depth)[0] for path in paths for depth in range(1, path.count("/") + 1)}
    problems += [f"派单目录中的类目不存在：{line.subject}" for line in lines if line.subject not in known]
    problems += [f"派单目录中的单位不存在：{line.unit}" for line in lines if line.unit not in book.units]
    content = {"subjects": [asdict(subject) for subject in kept], "entries": [asdict(line) for line in lines]}
    return await _put(session, Kind.SUBJECTS, content, problems, number, why, by, at)


async def _put(
    session: AsyncSession,
    kind: Kind,
    content: dict[str, Any],
    problems: list[str],
    number: int,
    why: str,
    by: str,
    at: datetime,
) -> int:
    if problems:
        raise CallerFaultError("；".join(dict.fromkeys(problems))[:2000])
    current = await session.scalar(select(func.max(Directory.number)).where(Directory.kind == kind.value)) or 0
    if number != current:
        raise StaleVersionError(current)
    session.add(Directory(kind=kind.value, number=current + 1, content=content, why=why, at=at, by=by))
    await session.flush()
    return current + 1
