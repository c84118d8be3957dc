"""What the API says of figures: each rate with its formula, its source, and how many orders it left out, and why."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from console.paging import Moment

BY = "^(hotline|unit|area|category|source)$"


class ExclusionOut(BaseModel):
    id: str
    text: str
    rule: str


class FigureOut(BaseModel):
    id: str
    name: str
    formula: str
    source: str
    exclusions: list[ExclusionOut]


class RateOut(BaseModel):
    """`value` 0 to 1, null when there was nothing to count."""

    figure: str
    hits: int
    total: int
    value: float | None
    left_out: dict[str, int]


class TallyOut(BaseModel):
    key: str
    name: str
    closed: int
    rates: list[RateOut]


class FiguresOut(BaseModel):
    since: datetime
    until: datetime
    rule: str
    figures: list[FigureOut]
    whole: TallyOut
    by: str
    groups: list[TallyOut]


class FiguresQuery(BaseModel):
    """`since` inclusive, `until` exclusive; by when orders were closed. `by`: groups."""

    model_config = ConfigDict(extra="forbid")

    since: Moment
    until: Moment
    by: str = Field(default="unit", pattern=BY)
    hotline: str = Field(default="", pattern=r"^[0-9]{0,20}$")
    unit: str = Field(default="", pattern=r"^[A-Za-z0-9_-]{0,40}$")
    area: str = Field(default="", max_length=60)
    category: str = Field(default="", pattern=r"^[a-z]{0,20}$")


class HotSpotOut(BaseModel):
    """`before`: the same weekday in the weeks before, oldest first; `usual`: their mean; `score`: by how many times the
    usual scatter it is above."""

    key: str
    today: int
    usual: float
    score: float
    before: list[int]


class DayOut(BaseModel):
    day: date
    opened: int


class HotSpotsOut(BaseModel):
    day: date
    by: str
    items: list[HotSpotOut]
    days: list[DayOut]
    today: dict[str, int]


class HotSpotsQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    day: str = Field(default="", pattern=r"^(20[0-9]{2}-[0-9]{2}-[0-9]{2})?$")
    by: str = Field(default="subject", pattern="^(subject|area|hotline|category|unit)$")


class MonthQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    month: str = Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")


class YearQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    year: int = Field(ge=2000, le=2099)


class BulletinOut(BaseModel):
    """A period in numbers. `*_now`: at the moment of asking, not of the period."""

    title: str
    since: datetime
    until: datetime
    rule: str
    opened: int
    closed: int
    open_now: int
    overdue_now: int
    supervised_now: int
    opened_by_category: dict[str, int]
    opened_by_hotline: dict[str, int]
    opened_by_area: dict[str, int]
    opened_by_subject: dict[str, int]
    figures: list[FigureOut]
    whole: TallyOut
    by_unit: list[TallyOut]
    by_hotline: list[TallyOut]


class MonthOut(BaseModel):
    month: str
    whole: TallyOut


class YearlyOut(BulletinOut):
    months: list[MonthOut]
