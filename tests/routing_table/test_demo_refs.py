"""What the demo city refers to exists in the other rooms: prompts, menus."""

from __future__ import annotations

from pathlib import Path

import pytest

import ivr
from routing_table import StepKind
from tests.routing_table.city import DEMO, NIGHT, OFFICE_HOURS, route

IVR = Path(ivr.__file__).parent
PROMPTS = ivr.load_prompts((IVR / "prompts.toml").read_text(encoding="utf-8"))
MENUS = {path.stem for path in (IVR / "menus").glob("*.toml")}
NUMBERS = sorted({row.number for row in DEMO.rows} | {item.number for item in DEMO.emergencies})


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("at", [OFFICE_HOURS, NIGHT, "2021-09-01T10:00", "2024-01-02T10:00"])
def test_every_prompt_and_menu_on_a_way_exists(number: str, at: str) -> None:
    for step in route(number, at).steps:
        if step.kind in (StepKind.PROMPT, StepKind.ANNOUNCEMENT):
            assert step.ref in PROMPTS
        if step.kind is StepKind.MENU:
            assert step.ref in MENUS


def test_what_the_tell_policy_plays_exists() -> None:
    assert "tell-emergency" in PROMPTS
