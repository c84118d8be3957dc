"""The driver plays a menu on a scripted phone, in bounded time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from ivr import CallerGone, Menu, MenuOption, MenuResult, Outcome, Phone, run_menu

MENU = Menu("m", "intro", (MenuOption("1", "one", "first"), MenuOption("2", "two", "second")), wait_s=2.0, total_s=30.0)
HANG_UP = "hang up"
STUCK = "stuck"


@dataclass
class ScriptedPhone:
    """Each play and each wait takes the next word of its script: a key, None, HANG_UP or STUCK."""

    during: list[str | None] = field(default_factory=list)
    after: list[str | None] = field(default_factory=list)
    played: list[tuple[str, ...]] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    async def play(self, prompts: Sequence[str], *, barge_in: str = "") -> str | None:
        self.played.append(tuple(prompts))
        key = await self._next(self.during)
        return key if key is None or key in barge_in else None

    async def read_key(self, seconds: float) -> str | None:
        self.waited.append(seconds)
        return await self._next(self.after)

    async def music(self, on: bool) -> None:
        raise AssertionError("a menu plays no music")

    async def _next(self, script: list[str | None]) -> str | None:
        word = script.pop(0) if script else None
        if word == HANG_UP:
            raise CallerGone
        if word == STUCK:
            await asyncio.Event().wait()
        return word


async def menu_on(phone: Phone, menu: Menu = MENU) -> MenuResult:
    return await run_menu(phone, menu)


async def test_a_key_during_the_prompts_is_taken_without_waiting() -> None:
    phone = ScriptedPhone(during=["2"])
    assert await menu_on(phone) == MenuResult("m", "two", Outcome.CHOSEN)
    assert phone.waited == []


async def test_a_key_after_the_prompts_is_taken() -> None:
    phone = ScriptedPhone(after=["1"])
    assert (await menu_on(phone)).option == "one"
    assert phone.played == [("intro", "first", "second")]
    assert phone.waited == [2.0]


async def test_silence_goes_to_a_person_after_one_wait() -> None:
    phone = ScriptedPhone()
    assert (await menu_on(phone)).outcome is Outcome.SILENCE
    assert phone.waited == [2.0]


async def test_a_wrong_key_then_silence_goes_to_a_person() -> None:
    phone = ScriptedPhone(after=["9", None])
    assert (await menu_on(phone)).outcome is Outcome.SILENCE
    assert phone.played[1][0] == "wrong-key"


async def test_two_wrong_keys_go_to_a_person() -> None:
    phone = ScriptedPhone(during=["9", "*"])
    assert (await menu_on(phone)).outcome is Outcome.WRONG


async def test_zero_is_heard_even_where_prompts_cannot_be_cut() -> None:
    quiet = Menu("m", "intro", MENU.options, barge_in=False)
    assert (await menu_on(ScriptedPhone(during=["0"]), quiet)).outcome is Outcome.ZERO


@pytest.mark.parametrize("phone", [ScriptedPhone(during=[HANG_UP]), ScriptedPhone(after=["9", HANG_UP])])
async def test_a_caller_who_hangs_up_ends_the_menu(phone: ScriptedPhone) -> None:
    with pytest.raises(CallerGone):
        await menu_on(phone)


@pytest.mark.parametrize("phone", [ScriptedPhone(during=[STUCK]), ScriptedPhone(after=[STUCK])])
async def test_a_phone_that_never_answers_costs_a_bounded_time_and_leads_to_a_person(phone: ScriptedPhone) -> None:
    short = Menu("m", "intro", MENU.options, total_s=0.05)
    started = time.monotonic()
    assert await menu_on(phone, short) == MenuResult("m", None, Outcome.SILENCE)
    assert time.monotonic() - started < 2


async def test_the_phones_own_timeout_is_not_taken_for_silence() -> None:
    class Broken(ScriptedPhone):
        async def read_key(self, seconds: float) -> str | None:
            raise TimeoutError("the line to Asterisk is stuck")

    with pytest.raises(TimeoutError, match="stuck"):
        await menu_on(Broken())
