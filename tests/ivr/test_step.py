"""Whatever a caller does, a menu ends soon, at a choice or at a person."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr import (
    MAX_WRONG,
    Done,
    Event,
    KeyPressed,
    Listen,
    Menu,
    MenuOption,
    MenuResult,
    MenuState,
    Outcome,
    Silence,
    Started,
    step,
)

MENU = Menu("m", "intro", (MenuOption("1", "one", "first", ("s",), 3), MenuOption("2", "two", "second")), wait_s=2.0)

keys = st.sampled_from("123456789*#")
options = st.builds(
    MenuOption,
    keys,
    st.text("abc", min_size=1),
    st.just("p"),
    st.tuples(st.sampled_from(["x", "y"])),
    st.integers(0, 9),
)
menus = st.builds(
    Menu,
    st.just("any"),
    st.just("intro"),
    st.lists(options, min_size=1, max_size=5, unique_by=lambda option: option.key).map(tuple),
    barge_in=st.booleans(),
)
events = st.one_of(
    st.just(Started()),
    st.just(Silence()),
    st.builds(KeyPressed, st.sampled_from("0123456789*#")),
    st.builds(KeyPressed, st.text(max_size=2)),
)
results = st.builds(MenuResult, st.just("any"), st.none(), st.sampled_from(Outcome))
states = st.builds(MenuState, st.integers(0, 5), st.none() | results)


def choice(*events: Event) -> MenuResult | None:
    state = MenuState()
    for event in events:
        state, _action = step(MENU, state, event)
    return state.result


def test_a_key_of_the_menu_chooses_with_its_skills_and_priority() -> None:
    assert choice(Started(), KeyPressed("1")) == MenuResult("m", "one", Outcome.CHOSEN, ("s",), 3)


def test_zero_brings_a_person_at_once() -> None:
    assert choice(Started(), KeyPressed("0")) == MenuResult("m", None, Outcome.ZERO)


def test_zero_brings_a_person_after_a_wrong_key_too() -> None:
    assert choice(Started(), KeyPressed("9"), KeyPressed("0")) == MenuResult("m", None, Outcome.ZERO)


def test_silence_brings_a_person_without_asking_again() -> None:
    assert choice(Started(), Silence()) == MenuResult("m", None, Outcome.SILENCE)


def test_a_wrong_key_is_told_and_the_menu_is_played_once_more() -> None:
    _state, action = step(MENU, MenuState(), KeyPressed("9"))
    assert action == Listen(("wrong-key", "intro", "first", "second"), "0123456789*#", 2.0)


def test_a_right_key_after_a_wrong_one_chooses() -> None:
    result = choice(Started(), KeyPressed("9"), KeyPressed("2"))
    assert result is not None
    assert result.option == "two"


def test_a_second_wrong_key_brings_a_person() -> None:
    assert choice(Started(), KeyPressed("9"), KeyPressed("#")) == MenuResult("m", None, Outcome.WRONG)


def test_without_barge_in_only_zero_cuts_the_prompts() -> None:
    quiet = Menu("m", "intro", MENU.options, barge_in=False)
    _state, action = step(quiet, MenuState(), Started())
    assert isinstance(action, Listen)
    assert action.barge_in == "0"


@given(menus, states, events)
def test_step_is_total_and_repeats_itself_exactly(menu: Menu, state: MenuState, event: Event) -> None:
    assert step(menu, state, event) == step(menu, state, event)


@given(menus, st.lists(events.filter(lambda event: not isinstance(event, Started)), min_size=MAX_WRONG, max_size=6))
def test_a_menu_ends_within_two_answers_at_a_person_or_an_option(menu: Menu, happened: list[Event]) -> None:
    state, action = step(menu, MenuState(), Started())
    for event in happened[:MAX_WRONG]:
        state, action = step(menu, state, event)
    assert isinstance(action, Done)
    result = action.result
    assert (result.outcome is Outcome.CHOSEN) == (result.option in {option.id for option in menu.options})
    if result.outcome is not Outcome.CHOSEN:
        assert (result.option, result.skills, result.priority) == (None, (), 0)
    for event in happened:
        assert step(menu, state, event) == (state, Done(result))


@given(menus, states.filter(lambda state: state.result is None))
def test_zero_is_a_person_in_every_menu_and_state(menu: Menu, state: MenuState) -> None:
    _state, action = step(menu, state, KeyPressed("0"))
    assert action == Done(MenuResult(menu.id, None, Outcome.ZERO))
