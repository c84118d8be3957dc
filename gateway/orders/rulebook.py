"""By which rules an order is judged: its own version of its profile, and the working days as they are known now.

In: the city's setting, profile files, the store's texts of earlier versions, the published table's notices. Out:
`Rules`. Never: a version that was not kept: an order opened under it is reckoned by the newest text of that profile,
and the log says so. A broken file is reported and stops nothing: the newest text in the store goes on.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.config import Config
from gateway.errors import FatalError
from gateway.store.models import ProfileVersion
from gateway.store.rows import insert_new
from workorder.days import Days
from workorder.load import ProfileError, load_profile
from workorder.profile import Profile
from workorder.rules import Rules, Settings

from .calendar import load_days

log = logging.getLogger(__name__)

Stamp = tuple[int, int]
SETTINGS = Settings()


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days, and a mark that changes when a notice comes."""

    days: Days
    mark: str


class Rulebook:
    """One for each process; what it has read it keeps until the file changes."""

    def __init__(self, config: Config, settings: Settings = SETTINGS) -> None:
        self.config = config
        self._settings = settings
        self._files: dict[str, tuple[Stamp, Profile | None, str]] = {}
        self._versions: dict[str, Profile] = {}
        self._calendar: tuple[Stamp, Calendar] | None = None

    @property
    def name(self) -> str:
        """The profile of orders opened now."""
        return self.config.profile

    async def current(self, session: AsyncSession, name: str = "", *, keep_at: datetime | None = None) -> Rules:
        """The newest rules of a profile (the city's own when unnamed). `keep_at`: keep its text, an order is opened.

        Raises FatalError when neither file nor store has a readable text.
        """
        name = name or self.name
        profile, text = await self._from_file(name)
        if profile is None:
            profile = await self._newest(session, name)
        elif keep_at is not None:
            row = {"version": profile.version, "name": profile.name, "text": text, "at": keep_at}
            await insert_new(session, ProfileVersion, [row])
        self._versions.setdefault(profile.version, profile)
        return Rules(profile, (await self.calendar()).days, self._settings)

    async def of(self, session: AsyncSession, name: str, version: str) -> Rules:
        """The rules that an order was opened with."""
        if not name:
            return await self.current(session)
        profile = self._versions.get(version)
        if profile is None:
            row = await session.get(ProfileVersion, version) if version else None
            profile = _readable(row.text, version) if row else None
        if profile is None:
            log.warning("profile %s version %s is not kept: the newest is used", name, version)
            return await self.current(session, name)
        self._versions[version] = profile
        return Rules(profile, (await self.calendar()).days, self._settings)

    async def calendar(self) -> Calendar:
        """The working days as published now. Raises FatalError while nothing has been read and nothing can be."""
        stamp = await asyncio.to_thread(_stamp, self.config.published_dir / "table.json")
        if self._calendar is None or self._calendar[0] != stamp:
            try:
                days = await asyncio.to_thread(load_days, self.config)
            except FatalError:
                if self._calendar is None:
                    raise
                log.exception("the published notices cannot be read: those read before are used")
                days = self._calendar[1].days
            self._calendar = (stamp, Calendar(days, _mark(days)))
        return self._calendar[1]

    async def _from_file(self, name: str) -> tuple[Profile | None, str]:
        path = self.config.profiles_dir / f"{name}.toml"
        stamp = await asyncio.to_thread(_stamp, path)
        known = self._files.get(name)
        if known is None or known[0] != stamp:
            known = (stamp, *await asyncio.to_thread(_read, path))
            self._files[name] = known
        return known[1], known[2]

    async def _newest(self, session: AsyncSession, name: str) -> Profile:
        query = select(ProfileVersion).where(ProfileVersion.name == name).order_by(ProfileVersion.at.desc()).limit(1)
        row = await session.scalar(query)
        profile = _readable(row.text, row.version) if row else None
        if profile is None:
            raise FatalError(f"policy profile {name}: no readable file in {self.config.profiles_dir}")
        return profile


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def _read(path: Path) -> tuple[Profile | None, str]:
    try:
        text = path.read_text("utf-8")
        return load_profile(text), text
    except ProfileError as error:
        log.error("%s cannot be used: %s", path.name, "; ".join(str(problem) for problem in error.problems))
    except (OSError, UnicodeDecodeError) as error:
        log.error("%s cannot be read: %s", path.name, error)
    return None, ""


def _readable(text: str, version: str) -> Profile | None:
    try:
        return load_profile(text)
    except ProfileError:
        log.exception("the kept text of profile version %s cannot be read by this release", version)
        return None


def _mark(days: Days) -> str:
    lines = [f"{year}:{sorted(notice.off)}:{sorted(notice.worked)}" for year, notice in sorted(days.official.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
