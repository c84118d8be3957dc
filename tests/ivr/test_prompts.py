"""The prompt list, and the order in which a caller is greeted."""

from __future__ import annotations

import pytest

from ivr import PromptError, greeting_id, greeting_prompts, load_prompts


def test_a_prompt_is_a_text_or_a_text_with_its_reading() -> None:
    prompts = load_prompts('sorry = "抱歉。"\nd1 = { text = "幺", say = "幺{yao1}" }\n')
    assert prompts["sorry"].spoken == "抱歉。"
    assert (prompts["d1"].text, prompts["d1"].spoken) == ("幺", "幺{yao1}")


def test_all_faults_of_the_list_come_at_once() -> None:
    with pytest.raises(PromptError) as caught:
        load_prompts(
            'A = "x"\n"../b" = "x"\nc = ""\nd = 3\ne = { say = "x" }\nf = { text = "x", speed = 1 }\ng = "ok"\n'
        )
    assert [problem.split(": ")[1] for problem in caught.value.problems] == ["A", "../b", "c", "d", "e", "f"]


def test_a_broken_list_is_told_with_its_line() -> None:
    with pytest.raises(PromptError, match="line 2"):
        load_prompts('a = "x"\nb = \n')


def test_the_recording_notice_comes_before_the_greeting() -> None:
    assert greeting_prompts(greeting_id("12333")) == ("recording-notice", "greet-12333")


def test_the_transition_notice_comes_first_of_all() -> None:
    assert greeting_prompts("greet-12319", transition=True) == ("transition", "recording-notice", "greet-12319")
