"""What a proof is told about the world beside the table, and what it finds.

In: nothing. Out: frozen values and their words. Never: a judgement (that is `prove`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from routing_table.model import Table

from .words import ERRORS, sentence

NEVER_EXPERT = frozenset({"12328"})  # the annex does not name it among those that may have an expert seat
EMERGENCIES = frozenset({"110", "119", "120", "122"})


class Severity(StrEnum):
    ERROR = "error"  # cannot be published
    WARNING = "warning"  # can be accepted, with a reason


@dataclass(frozen=True, slots=True)
class MenuFacts:
    """A menu as far as the table is concerned: every prompt id it plays, every skill its options add.

    Asked for only where the table has no menus of its own.
    """

    prompts: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """What the proof cannot see in the table. None: not known, and not judged.

    `prompts`: ids that have audio. `staffed_skills`: pool ("shared", "expert") → skills that some seat of it has.
    `lines`: PBX endpoints that exist (unit-…, emergency-…). `published`: the table in force, to tell what is new.
    """

    today: date
    prompts: frozenset[str] | None = None
    menus: Mapping[str, MenuFacts] | None = None
    staffed_skills: Mapping[str, frozenset[str]] | None = None
    lines: frozenset[str] | None = None
    published: Table | None = None
    never_expert: frozenset[str] = field(default=NEVER_EXPERT)
    emergencies: frozenset[str] = field(default=EMERGENCIES)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. `place`: `entity/key/field`, such as `row/12356@2025-05-01/greeting`.

    `str(finding)` is English, `finding.chinese` is for the pages. `coded` (ASCII where the arguments are) names this
    finding with its arguments: a reason given for one does not cover another.
    """

    code: str
    severity: Severity
    place: str
    args: tuple[str, ...] = ()

    @property
    def coded(self) -> str:
        return "/".join((self.code, self.place.replace("/", "|"), *(arg.replace("/", "-") for arg in self.args)))

    @property
    def entity(self) -> str:
        return self.place.split("/")[0]

    @property
    def key(self) -> str:
        return (self.place.split("/") + ["", ""])[1]

    @property
    def field(self) -> str:
        return (self.place.split("/") + ["", ""])[2]

    def __str__(self) -> str:
        return f"{self.place}: {sentence(self.code, self.args)}"

    @property
    def chinese(self) -> str:
        return sentence(self.code, self.args, chinese=True)


def finding(code: str, place: str, *args: object) -> Finding:
    """How grave it is follows from the code."""
    severity = Severity.ERROR if code in ERRORS else Severity.WARNING
    return Finding(code, severity, place, tuple(str(arg) for arg in args))


@dataclass(frozen=True, slots=True)
class Findings:
    """All findings at once, each list in the order of the table."""

    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()

    @property
    def all(self) -> tuple[Finding, ...]:
        return self.errors + self.warnings
