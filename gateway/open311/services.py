"""The list of services, read and checked.

In: TOML. Out: services by code, in the file's order. Never: a category that is not for the public.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.config import Config
from gateway.errors import FatalError
from workorder import Category

OURS = Path(__file__).with_name("services.toml")
PUBLIC = frozenset({Category.HELP, Category.COMPLAINT, Category.SUGGESTION, Category.INQUIRY})
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Service:
    """One thing that can be filed."""

    code: str
    name: str
    description: str
    category: Category
    subject: str = ""
    group: str = ""
    keywords: tuple[str, ...] = ()


def load_services(config: Config) -> Mapping[str, Service]:
    """The city's `open311.toml`, else ours. Raises FatalError with everything that is wrong."""
    own = config.state_dir / "open311.toml"
    path = own if own.exists() else OURS
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        entries: list[Mapping[str, Any]] = raw["service"]
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise FatalError(f"{path}: cannot be read ({error!r})") from error
    found: dict[str, Service] = {}
    problems = []
    for place, entry in enumerate(entries, start=1):
        wrong = _problems(entry, found)
        problems += [f"service {place}: {one}" for one in wrong]
        if not wrong:
            service = _service(entry)
            found[service.code] = service
    if problems:
        raise FatalError(f"{path}: {'; '.join(problems)}")
    return found


def _problems(entry: Mapping[str, Any], found: Mapping[str, Service]) -> list[str]:
    wrong = [f"{name} is missing" for name in ("code", "name", "description", "category") if not entry.get(name)]
    code, category = str(entry.get("code", "")), str(entry.get("category", ""))
    if code and not _CODE.fullmatch(code):
        wrong.append(f"code {code!r}: small letters, digits and hyphens")
    if code in found:
        wrong.append(f"code {code!r} twice")
    if category and category not in set(PUBLIC):
        wrong.append(f"category {category!r} is not for the public")
    return wrong


def _service(entry: Mapping[str, Any]) -> Service:
    return Service(
        code=entry["code"],
        name=entry["name"],
        description=entry["description"],
        category=Category(entry["category"]),
        subject=entry.get("subject", ""),
        group=entry.get("group", ""),
        keywords=tuple(entry.get("keywords", ())),
    )
