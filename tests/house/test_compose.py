"""What a city decides reaches the containers: a setting that is not named in the compose file would be its default."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from gateway.config import CHECKOUT, Config, load_config

GIVEN = dict(
    re.findall(
        r"^  HOTLINE_(\w+): \$\{HOTLINE_\1:-(.*)\}$", (CHECKOUT / "docker-compose.yml").read_text("utf-8"), re.MULTILINE
    )
)
CITYS = (
    *("AREA_CODE", "BIND", "JOURNAL_KEEP_DAYS", "OUTGOING_NUMBER", "OUT_PER_HOUR", "OUT_TRUNK"),
    *("PROFILE", "PUBLIC_URL", "PUBLISHERS", "SHOW_LISTENING"),
)
OTHERWISE = {"test_phone": False}  # a city's browsers do not dial for nothing


@pytest.mark.parametrize("name", CITYS)
def test_what_the_city_decides_is_given_to_the_containers(name: str) -> None:
    assert name in GIVEN


def test_whoever_writes_nothing_gets_the_programs_own_defaults() -> None:
    found = load_config({f"HOTLINE_{name}": value for name, value in GIVEN.items() if value})
    given = {field.name for field in fields(Config) if field.name.upper() in GIVEN}
    assert len(given) == len(GIVEN)
    for name in given:
        assert getattr(found, name) == OTHERWISE.get(name, getattr(Config(), name)), name
