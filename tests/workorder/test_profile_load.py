"""Profiles from TOML: the five as shipped, every problem at once with its place, a version that cannot be reused."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import FatalError
from gateway.orders.calendar import PROFILES as FOLDER
from gateway.orders.calendar import load_profiles
from tests.workorder.government import PROFILES
from workorder.limits import Amount, Unit
from workorder.load import LISTS, ProfileError, load_profile
from workorder.profile import Item, Profile, Step

NAMES = ["changzhou", "karamay", "liaoning", "qingpu-water", "yunnan-2021"]
SMALL = """
name = "small-town"
version = 2
title = "小城办法"
categories = ["inquiry", "complaint"]

[hours]
rule = "设置"
text = "本地设置"
weekdays = "09:00-12:00 13:00-17:00"
fri = "09:00-12:00"
makeup = "09:00-12:00"

[[limit]]
step = "handle"
limit = "2 WD"
rule = "第一条"
text = "两个工作日"
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ProfileError) as caught:
        load_profile(text)
    return [str(problem) for problem in caught.value.problems]


def test_the_five_profiles_are_there_each_under_its_name() -> None:
    assert list(PROFILES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_of_a_profile_names_its_article(name: str) -> None:
    profile = PROFILES[name]
    rules = [row.article.rule for row in profile.limits]
    rules += [rule.article.rule for rule in profile.extensions]
    rules += [item.rule for key in LISTS for item in _items(profile, key)]
    for part in ("returns", "contact", "repeats", "real_name", "lead", "follow_up"):
        rule = getattr(profile, part)
        rules += [rule.article.rule] if rule is not None else []
    assert rules
    assert all("条" in rule or rule[0] in "三四五六" for rule in rules)


def _items(profile: Profile, key: str) -> tuple[Item, ...]:
    found: tuple[Item, ...] = getattr(profile, key)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_an_altered_profile_has_another_version(name: str) -> None:
    text = (FOLDER / f"{name}.toml").read_text("utf-8")
    profile = load_profile(text)
    assert profile.version.startswith(f"{name}-1-")
    assert load_profile(text + "\n# a remark\n").version == profile.version
    assert load_profile(text.replace("办公时间由本地设置", "办公时间由本市设置")).version != profile.version


def test_a_small_profile_reads() -> None:
    profile = load_profile("\ufeff" + SMALL)
    assert (profile.name, profile.title) == ("small-town", "小城办法")
    assert profile.limits[0].step is Step.HANDLE
    assert profile.limits[0].limit == Amount(2, Unit.WORKING_DAYS)
    assert [len(day) for day in profile.hours.weekly] == [2, 2, 2, 2, 1]
    assert len(profile.hours.makeup) == 1


def test_an_empty_text_says_all_that_is_missing() -> None:
    assert problems("") == [
        "name: is missing",
        "version: is missing",
        "categories: at least one",
        "hours: is missing",
        "title: is missing",
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"small-town"', '"Small Town"', "name: small letters, digits and hyphens"),
        ("version = 2", 'version = "2"', "version: must be a whole number"),
        ("version = 2", "version = true", "version: must be a whole number"),
        ("version = 2", "version = 0", "version: must be 1 to 9999"),
        ('"inquiry", ', '"gossip", ', "categories: 'gossip' is not one of inquiry, "),
        ("09:00-12:00 13:00-17:00", "9-17", "hours.weekdays: '9-17' is not HH:MM-HH:MM"),
        ("09:00-12:00 13:00-17:00", "", "hours.weekdays: office hours need at least one period"),
        ("09:00-12:00 13:00-17:00", "09:00-12:00 11:00-17:00", "hours.weekdays: the periods of a day must follow"),
        ('"2 WD"', '"soon"', "limit[0].limit: 'soon' is not a limit; write 5 WD"),
        ('"2 WD"', "2", "limit[0].limit: must be a text"),
        ('step = "handle"', 'step = "party"', "limit[0].step: 'party' is not one of handle, "),
        ('step = "handle"', "", "limit[0].step: is missing"),
        ('rule = "第一条"', "", "limit[0].rule: is missing"),
        ('rule = "第一条"', 'rule = "第一条"\ncategories = ["praise"]', "limit[0].categories: praise is not among"),
        ('rule = "第一条"', 'rule = "第一条"\nwhen = "noon"', "limit[0].when: 'noon' is not one of"),
        ('rule = "第一条"', 'rule = "第一条"\ncolour = "red"', "limit[0].colour: unknown key"),
        ("[[limit]]", "[limit]", "limit: must be a list"),
        ("[[limit]]", '[lead]\nrule="一"\ntext="二"\n[[limit]]', "lead.lead: is missing"),
        ("[[limit]]", '[[privacy]]\nid = "a"\n[[limit]]', "privacy[0].text: is missing"),
        (
            "[[limit]]",
            '[[privacy]]\nid = "a"\ntext = "b"\n[[privacy]]\nid = "a"\ntext = "b"\n[[limit]]',
            "privacy: a is there twice",
        ),
        ("[[limit]]", '[[extension]]\nrule="一"\ntext="二"\nlengths=[0]\n[[limit]]', "extension[0].lengths: whole"),
        ("[[limit]]", "[[holiday]]\n[[limit]]", "holiday: unknown key"),
        ("[hours]", "[hours", "profile: not TOML: "),
    ],
)
def test_a_problem_is_told_with_its_place(old: str, new: str, problem: str) -> None:
    found = problems(SMALL.replace(old, new, 1))
    assert any(line.startswith(problem) for line in found), found


def test_all_problems_are_told_at_once() -> None:
    found = problems(SMALL.replace('"2 WD"', '"soon"').replace("version = 2", "").replace('"小城办法"', '""'))
    assert len(found) == 3


@given(st.text() | st.recursive(st.integers(), lambda inner: st.lists(inner)).map(lambda value: f"limit = {value}"))
def test_no_text_does_anything_but_load_or_tell_its_problems(text: str) -> None:
    with pytest.raises(ProfileError):
        load_profile(text)


@given(
    st.sampled_from([field.name for field in fields(Profile)] + ["limit", "extension", "return", "repeat"]), st.data()
)
def test_a_key_of_the_wrong_kind_is_a_problem_not_a_crash(key: str, data: st.DataObject) -> None:
    value = data.draw(st.sampled_from(["1", "true", '"x"', "[1]", "[[]]", "{}", "[{}]", "{ rule = 1 }", "1979-05-27"]))
    text = "\n".join(line for line in SMALL.splitlines() if not line.startswith(f"{key} ="))
    try:
        load_profile(f"{key} = {value}\n" + text)
    except ProfileError as error:
        assert error.problems


def test_a_folder_of_profiles_tells_the_problems_of_all_files(tmp_path: Path) -> None:
    (tmp_path / "small-town.toml").write_text(SMALL, "utf-8")
    assert list(load_profiles(tmp_path)) == ["small-town"]
    (tmp_path / "other.toml").write_text(SMALL, "utf-8")
    (tmp_path / "broken.toml").write_text(SMALL.replace('"2 WD"', '"soon"'), "utf-8")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(FatalError) as caught:
        load_profiles(tmp_path)
    told = str(caught.value)
    assert "broken.toml: limit[0].limit" in told
    assert "other.toml: name: must be 'other'" in told
    assert "bytes.toml" in told
