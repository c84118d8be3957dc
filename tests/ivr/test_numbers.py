"""Numbers are said as telephone people say them."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import NUMBER_PROMPTS, WAIT_PROMPTS, announce_wait, load_prompts, say_digits, say_number

TEXTS = load_prompts((Path(__file__).parents[2] / "ivr" / "prompts.toml").read_text(encoding="utf-8"))


def heard(prompts: tuple[str, ...]) -> str:
    return "".join(TEXTS[prompt].text for prompt in prompts)


@pytest.mark.parametrize(
    ("digits", "said"), [("12345", "幺二三四五"), ("110", "幺幺零"), ("96301", "九六三零幺"), ("", ""), ("78", "七八")]
)
def test_digit_strings_are_read_one_by_one_with_yao(digits: str, said: str) -> None:
    assert heard(say_digits(digits)) == said


@pytest.mark.parametrize("digits", ["12a", "1 2", "+86", "１２", "-1", "²"])
def test_what_is_no_digit_is_not_read_as_one(digits: str) -> None:
    with pytest.raises(ValueError, match="0-9"):
        say_digits(digits)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "零"), (1, "一"), (2, "二"), (10, "十"), (11, "十一"), (12, "十二"), (19, "十九"), (20, "二十"),
        (22, "二十二"), (99, "九十九"), (100, "一百"), (101, "一百零一"), (105, "一百零五"),
        (110, "一百一十"), (115, "一百一十五"),
        (120, "一百二十"), (200, "两百"), (202, "两百零二"), (222, "两百二十二"), (999, "九百九十九"), (1000, "一千"),
        (1001, "一千零一"), (1010, "一千零一十"), (1050, "一千零五十"), (1100, "一千一百"), (2000, "两千"),
        (2002, "两千零二"), (2200, "两千二百"), (2222, "两千二百二十二"), (9009, "九千零九"), (9999, "九千九百九十九"),
    ],
)  # fmt: skip
def test_quantities_are_read_as_numbers(number: int, said: str) -> None:
    assert heard(say_number(number)) == said


def test_two_before_a_measure_word_is_liang() -> None:
    assert heard(say_number(2, counted=True)) == "两"
    assert heard(say_number(12, counted=True)) == "十二"


@pytest.mark.parametrize("number", [-1, 10000])
def test_numbers_beyond_the_words_we_have_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="9999"):
        say_number(number)


@given(st.integers(0, 9999))
def test_every_number_reads_back_as_itself(number: int) -> None:
    values = {word: value for value, word in enumerate("零一二三四五六七八九")} | {"两": 2}
    total, digit = 0, None
    for sign in heard(say_number(number)):
        unit = {"十": 10, "百": 100, "千": 1000}.get(sign)
        if unit is None:
            total, digit = total + (digit or 0), values[sign]
        else:
            total, digit = total + (1 if digit is None else digit) * unit, None
            digit = 0
    assert total + (digit or 0) == number


@pytest.mark.parametrize(
    ("position", "wait_s", "said"),
    [
        (1, 10.0, "您是下一位。预计等候不到一分钟。"),
        (2, 60.0, "您前面还有一位来电人，预计等候约一分钟。"),
        (3, 61.0, "您前面还有两位来电人，预计等候约两分钟。"),
        (11, 600.0, "您前面还有十位来电人，预计等候约十分钟。"),
        (13, 601.0, "您前面还有十二位来电人，预计等候约十五分钟。"),
        (26, 1300.0, "您前面还有二十五位来电人，预计等候约二十五分钟。"),
        (100, 3600.0, "您前面还有九十九位来电人，预计等候约六十分钟。"),
        (101, 3601.0, "当前来电较多，请您稍候。预计等候超过一小时。"),
        (3, None, "您前面还有两位来电人，"),
        (1, math.inf, "您是下一位。"),
        (1, math.nan, "您是下一位。"),
        (1, -1.0, "您是下一位。"),
    ],
)
def test_place_and_wait_are_told_rounded_up(position: int, wait_s: float | None, said: str) -> None:
    assert heard(announce_wait(position, wait_s)) == said


def test_a_place_before_the_first_is_a_mistake_of_the_code() -> None:
    with pytest.raises(ValueError, match="first place"):
        announce_wait(0, 1.0)


@given(st.integers(1, 5000), st.floats(allow_nan=True) | st.none())
def test_every_announcement_has_its_prompts(position: int, wait_s: float | None) -> None:
    assert set(announce_wait(position, wait_s)) <= set(TEXTS)


def test_every_number_prompt_is_in_the_list() -> None:
    assert set(NUMBER_PROMPTS) | set(WAIT_PROMPTS) <= set(TEXTS)
