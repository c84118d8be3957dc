"""What the documents leave open: read in the profile, with its reason, by whoever keeps the profile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.workorder.government import DAYS, PROFILES, ask, matter
from tests.workorder.lives import OFFICE, WATER, K, life
from workorder.asking import Deadline
from workorder.clock import OUR_READING
from workorder.load import ProfileError, load_profile
from workorder.profile import Reading, Step
from workorder.readings import READINGS, with_readings
from workorder.rules import Rules, Settings

SMALL = """
name = "own"
version = 1
title = "本市办法"
categories = ["help"]
[hours]
rule = "设置"
text = "办公时间"
weekdays = "09:00-17:00"
"""


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_every_reading_has_its_place_and_its_reason(name: str) -> None:
    for reading in PROFILES[name].readings:
        assert reading.rule and len(reading.text) > 10, reading


@pytest.mark.parametrize("name", sorted(READINGS))
def test_each_number_that_can_be_read_changes_the_settings(name: str) -> None:
    read = with_readings(Settings(), [Reading(name, 3, "第一条", "")])
    assert read != Settings() and read == with_readings(read, [Reading(name, 3, "第一条", "")])


def test_a_city_reads_a_number_otherwise_in_its_own_copy() -> None:
    text = SMALL + '[[reading]]\nid = "failed_contacts_before_sms"\nvalue = 3\nrule = "第九条"\ntext = "三次"\n'
    assert Rules(load_profile(text), DAYS).settings.failed_contacts_before_sms == 3
    assert Rules(load_profile(SMALL), DAYS).settings == Settings()


@pytest.mark.parametrize(
    "wrong",
    [
        'id = "often"\nvalue = 0\nrule = "x"\ntext = "y"',
        'id = "often"\nrule = "x"\ntext = "y"',
        'id = "whatever"\nvalue = 2\nrule = "x"\ntext = "y"',
        'id = "often"\nvalue = 2\nrule = "x"',
        'id = "often"\nvalue = 2\nrule = "x"\ntext = "y"\nmore = 1',
    ],
)
def test_a_reading_without_number_place_or_reason_is_refused(wrong: str) -> None:
    with pytest.raises(ProfileError, match="reading"):
        load_profile(f"{SMALL}[[reading]]\n{wrong}\n")


@pytest.mark.parametrize(
    "name, step, about",
    [
        ("qingpu-water", Step.HANDLE, matter(difficulty="疑难", source="12319")),
        ("qingpu-water", Step.RETURN, matter(difficulty="复杂")),
        ("qingpu-water", Step.DISPATCH, matter(difficulty="复杂")),
        ("yunnan-2021", Step.SIGN_FOR, matter("求助")),
        ("karamay", Step.RETURN, matter("求助")),
        ("liaoning", Step.DISPATCH, matter("求助")),
    ],
)
def test_a_deadline_that_stands_on_a_reading_says_so_in_its_reckoning(name: str, step: Step, about: object) -> None:
    found = ask(name, about, "2026-11-20T10:00", step)  # type: ignore[arg-type]  # matters
    assert isinstance(found, Deadline)
    lines = [line for line in found.steps if line.rule == OUR_READING]
    assert len(lines) == 1 and lines[0].from_ == lines[0].to and len(lines[0].why) > 10


def test_how_often_is_always_unreachable_is_told_with_the_refusal() -> None:
    order = life("qingpu-water").dispatched(difficulty="hard")
    refused = order.refused(K.CONTACTED, WATER, result="told", channel="sms")
    assert "本市理解" in refused.chinese
    own = replace(order.rules.profile, readings=(Reading("failed_contacts_before_sms", 1, "第九条（一）", "一次"),))
    order.rules = replace(order.rules, profile=own)
    order.do(K.CONTACTED, WATER, result="busy", channel="call").do(K.CONTACTED, WATER, result="told", channel="sms")


def test_a_proposal_follows_the_citys_own_days() -> None:
    order = life("changzhou").handling()
    sooner = tuple(
        replace(entry, value=2) if entry.id == "propose_joint_meeting_days" else entry
        for entry in order.rules.profile.readings
    )
    order.rules = replace(order.rules, profile=replace(order.rules.profile, readings=sooner))
    order.now = order.due().due + timedelta(days=2, minutes=1)
    said = order.tick()
    assert {"supervision_proposed:sheet", "supervision_proposed:joint_meeting"} <= set(said)
    assert order.order.proposed and order.refused(K.SUPERVISED, OFFICE, "约谈", level="interview").slug == "ladder"
