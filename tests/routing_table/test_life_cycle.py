"""planned → transition → merged (→ rolled back), from the dates alone."""

from __future__ import annotations

from datetime import date

import pytest

from routing_table.life_cycle import Stage, life_cycle, life_cycles
from tests.routing_table.city import DEMO, changed

PLAN = changed("12396", transition_from="2026-12-01", cut_over="2027-03-01", rolled_back="2027-05-01")


@pytest.mark.parametrize(
    "day, stage, since, until",
    [
        ("2021-05-01", Stage.PLANNED, None, "2026-12-01"),
        ("2026-11-30", Stage.PLANNED, None, "2026-12-01"),
        ("2026-12-01", Stage.TRANSITION, "2026-12-01", "2027-03-01"),
        ("2027-02-28", Stage.TRANSITION, "2026-12-01", "2027-03-01"),
        ("2027-03-01", Stage.MERGED, "2027-03-01", "2027-05-01"),
        ("2027-05-01", Stage.ROLLED_BACK, "2027-05-01", None),
    ],
)
def test_the_stages_of_an_absorbed_hotline(day: str, stage: Stage, since: str | None, until: str | None) -> None:
    found = life_cycle(PLAN, "12396", date.fromisoformat(day))
    assert found is not None
    assert (found.stage, str(found.since or ""), str(found.until or "")) == (stage, since or "", until or "")
    assert found.merged_on == date(2027, 3, 1)
    assert found.stage.chinese


def test_a_share_of_the_calls_is_a_transition() -> None:
    day = date(2026, 11, 20)
    for percent, stage in ((0, Stage.MERGED), (30, Stage.TRANSITION), (100, Stage.MERGED)):
        found = life_cycle(changed("12348", shared_percent=percent), "12348", day)
        assert found is not None
        assert found.stage is stage


def test_a_number_with_two_rows_has_the_stage_of_the_one_in_force() -> None:
    names = {}
    for day in ("2022-01-01", "2025-04-30", "2025-05-01"):
        found = life_cycle(DEMO, "12356", date.fromisoformat(day))
        assert found is not None
        names[day] = (found.name, found.stage)
    assert names["2025-04-30"] == ("人口和计划生育法律法规咨询及举报投诉服务专用电话", Stage.MERGED)
    assert names["2025-05-01"] == ("心理援助热线", Stage.MERGED)


def test_a_row_that_is_over_has_ended() -> None:
    found = life_cycle(changed("12315", valid_until="2026-01-01"), "12315", date(2026, 11, 20))
    assert found is not None
    assert (found.stage, found.since) == (Stage.ENDED, date(2026, 1, 1))
    assert life_cycle(DEMO, "12999", date(2026, 11, 20)) is None


def test_every_number_has_one_life_cycle() -> None:
    numbers = [found.number for found in life_cycles(DEMO, date(2026, 11, 20))]
    assert len(numbers) == len(set(numbers)) == len({row.number for row in DEMO.rows})
