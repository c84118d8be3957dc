"""Query parameters that every list shares.

In: a query string. Out: checked values. Never: an unbounded page.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

DIGITS = r"^[0-9]{0,20}$"
FIRST_YEAR, LAST_YEAR = 1970, 2200


def _as_text(moment: object) -> object:
    """Only ISO 8601: a bare number would be taken for seconds since 1970."""
    if not isinstance(moment, str) or len(moment) < len("2026-01-01T00:00Z") or moment[10] not in "Tt ":
        raise ValueError("a moment such as 2026-10-10T09:30:00+08:00")
    return moment


def _in_our_time(moment: datetime) -> datetime:
    """The first and last moments of the calendar cannot be turned into another zone."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"a year from {FIRST_YEAR} to {LAST_YEAR}")
    return moment


Moment = Annotated[AwareDatetime, BeforeValidator(_as_text), AfterValidator(_in_our_time)]


class ListQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(default=None, max_length=400)
    limit: int = Field(default=30, ge=1, le=100)


class SpanQuery(ListQuery):
    """`since` inclusive, `until` exclusive; ISO 8601 with offset."""

    since: Moment | None = None
    until: Moment | None = None
