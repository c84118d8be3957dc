"""The government clock's working days and profiles, from files: no database is needed.

In: config. Out: `Days` from the notices of the published routing table (the city's own files while none is published)
and of past years; the profiles by name. Never: a notice of its own for a year that the table has.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import routing_table
from gateway.config import CHECKOUT, Config
from gateway.errors import FatalError
from routing_table import Table
from workorder.days import Days, YearDays
from workorder.load import ProfileError, load_profile
from workorder.profile import Profile

PROFILES = CHECKOUT / "workorder" / "profiles"
PAST = Path(__file__).with_name("notices.toml")


def load_days(config: Config) -> Days:
    """The working days as they are known now. Raises FatalError when the published table cannot be read."""
    try:
        return days_of(_table(config))
    except (OSError, ValueError, routing_table.TableError) as error:
        raise FatalError(f"no working days: the routing table cannot be used: {error}") from None


def days_of(table: Table) -> Days:
    """The notices of a table over those of past years."""
    official = past_notices()
    official |= {notice.year: YearDays(notice.off, notice.worked, notice.source) for notice in table.notices}
    return Days(official)


def past_notices() -> dict[int, YearDays]:
    """The years before the routing table's, as shipped."""
    document = tomllib.loads(PAST.read_text("utf-8"))
    return {
        entry["year"]: YearDays(_days(entry["off"]), _days(entry["worked"]), entry["source"])
        for entry in document["notice"]
    }


def load_profiles(folder: Path = PROFILES) -> Mapping[str, Profile]:
    """Every profile of a folder, name → profile. Raises FatalError with all problems of all files."""
    problems: list[str] = []
    found: dict[str, Profile] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            profile = load_profile(path.read_text("utf-8"))
        except ProfileError as error:
            problems += [f"{path.name}: {problem}" for problem in error.problems]
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"{path.name}: {error}")
        else:
            if profile.name != path.stem:
                problems.append(f"{path.name}: name: must be {path.stem!r}, like the file")
            found[profile.name] = profile
    if problems:
        raise FatalError("policy profiles cannot be used:\n" + "\n".join(problems))
    return found


def _table(config: Config) -> Table:
    published = config.published_dir / "table.json"
    if published.exists():
        return routing_table.from_json(published.read_text(encoding="utf-8"))
    files = {name: (config.city_dir / name).read_text(encoding="utf-8") for name in routing_table.FILES}
    return routing_table.load_demo(files)


def _days(written: list[str]) -> frozenset[date]:
    """`2026-10-01..2026-10-07` and single days."""
    found: set[date] = set()
    for words in written:
        first, _, last = words.partition("..")
        start, end = date.fromisoformat(first), date.fromisoformat(last or first)
        found |= {start + timedelta(days=n) for n in range((end - start).days + 1)}
    return frozenset(found)
