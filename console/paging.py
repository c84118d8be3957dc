"""Query parameters that every list shares.

In: a query string. Out: checked values. Never: an unbounded page.
"""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

DIGITS = r"^[0-9]{0,20}$"


class ListQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(default=None, max_length=400)
    limit: int = Field(default=30, ge=1, le=100)


class SpanQuery(ListQuery):
    """`since` inclusive, `until` exclusive; ISO 8601 with offset."""

    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
