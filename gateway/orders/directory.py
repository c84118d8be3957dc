"""The unit directory and the subject catalogue: whole documents, each version kept.

In: a session, a document as people edit it. Out: what is in force, every version, a new one. Never: a version that
changes; a document that names a unit or a subject twice, or a unit that is not there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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

PROBLEMS_TOLD = 20  # in a message; all of them stand in the error


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
class Problem:
    """What is wrong with an entry. `row`: counted from 1; `key`: its number or path."""

    row: int
    key: str
    field: str
    what: str
    remedy: str

    def __str__(self) -> str:
        name = f"（{self.key}）" if self.key else ""
        return f"第 {self.row} 行{name}：{self.what}，{self.remedy}"


class DirectoryError(CallerFaultError):
    """Every problem of a document that was to be kept."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("；".join(map(str, problems[:PROBLEMS_TOLD])))
        self.problems = tuple(problems)


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
    """The new version's number. Raises StaleVersionError, DirectoryError."""
    listed = tuple(units)
    problems = unit_problems(listed, await unit_book(session))
    return await _put(session, Kind.UNITS, {"units": [asdict(unit) for unit in listed]}, problems, number, why, by, at)


def unit_problems(listed: Sequence[Unit], old: UnitBook) -> list[Problem]:
    """What is wrong with them as the next version after `old`."""
    ids = Counter(unit.id for unit in listed)
    found = []
    for row, unit in enumerate(listed, start=1):
        if ids[unit.id] > 1:
            found.append(Problem(row, unit.id, "编号", "单位编号重复", "请改用别的编号，或删去多余的一行"))
        if unit.parent == unit.id or (unit.parent and unit.parent not in ids):
            what = "上级单位是其自身" if unit.parent == unit.id else f"上级单位 {unit.parent} 不存在"
            found.append(Problem(row, unit.id, "上级", what, "请先添加上级单位，或清空此项"))
        if not unit.name.strip():
            found.append(Problem(row, unit.id, "名称", "缺少名称", "请填写单位名称"))
    for gone in old.units:
        if gone not in ids:
            remedy = "请保留这一行并取消“启用”"
            found.append(Problem(len(listed) + 1, gone, "编号", "单位不能删除，只能停用", remedy))
    return found


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
    kept, lines = tuple(subjects), tuple(entries)
    problems = catalogue_problems(kept, lines, await unit_book(session))
    content = {"subjects": [asdict(subject) for subject in kept], "entries": [asdict(line) for line in lines]}
    return await _put(session, Kind.SUBJECTS, content, problems, number, why, by, at)


def catalogue_problems(subjects: Sequence[Subject], entries: Sequence[Entry], book: UnitBook) -> list[Problem]:
    """What is wrong with them. A line of the dispatch catalogue may name a subject or one above it."""
    paths = Counter(subject.path for subject in subjects)
    known = {path.rsplit("/", depth)[0] for path in paths for depth in range(path.count("/") + 1)}
    found = [
        Problem(row, subject.path, "类目", "类目重复", "请删去多余的一行")
        for row, subject in enumerate(subjects, start=1)
        if paths[subject.path] > 1
    ]
    for row, line in enumerate(entries, start=1):
        if line.subject not in known:
            found.append(Problem(row, line.subject, "派单目录的类目", "类目不存在", "请先添加类目，或改选已有的类目"))
        if line.unit not in book.units:
            remedy = "请先在单位目录中添加，或改选已有的单位"
            found.append(Problem(row, line.subject, "派单目录的单位", f"单位 {line.unit} 不存在", remedy))
    return found


async def _put(
    session: AsyncSession,
    kind: Kind,
    content: dict[str, Any],
    problems: list[Problem],
    number: int,
    why: str,
    by: str,
    at: datetime,
) -> int:
    if problems:
        raise DirectoryError(problems)
    current = await session.scalar(select(func.max(Directory.number)).where(Directory.kind == kind.value)) or 0
    if number != current:
        raise StaleVersionError(current)
    session.add(Directory(kind=kind.value, number=current + 1, content=content, why=why, at=at, by=by))
    await session.flush()
    return current + 1
