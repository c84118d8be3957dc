"""What the API says of menus: pydantic models.

In: nothing. Out: models. Never: a decision.
"""

from __future__ import annotations

from pydantic import BaseModel


class MenuOptionOut(BaseModel):
    key: str
    id: str
    label: str
    prompt: str
    text: str
    skills: list[str]
    priority: int


class MenuRow(BaseModel):
    """A row that leads to the menu: `field` is menu_open or menu_closed, by the hours of `calendar` ("" always)."""

    key: str
    name: str
    field: str
    calendar: str


class MenuOut(BaseModel):
    id: str
    prompt: str
    text: str
    wait_s: float
    total_s: float
    barge_in: bool
    rows: list[MenuRow]
    options: list[MenuOptionOut]


class Menus(BaseModel):
    items: list[MenuOut]


class ChoiceOut(BaseModel):
    """`option`: what a call's record says was chosen in `menu`."""

    menu: str
    option: str
    label: str


class Choices(BaseModel):
    items: list[ChoiceOut]
