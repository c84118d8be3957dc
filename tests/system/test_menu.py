"""The menu of 12345 on real phones: keys as telephone events, choices in the record, and always a person in the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from gateway.store import CallDetail
from tests.kit.city import City
from tests.kit.city_files import SHARED
from tests.kit.prompts import MENU_S
from tests.kit.sipp import Media
from tests.system.scenes import Talk, eventually, hang_up, reach_somebody, ring_in

FIRST = "menu-12345-day"
LAST = "menu-business"
KEYS = {"key": "1", "skilled key": "3", "zero": "0", "silence": "", "wrong twice": "99", "wrong, then right": "82"}


@dataclass(frozen=True)
class Choice:
    talk: Talk
    detail: CallDetail
    told: list[str]
    keyed_at: float


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def choices(whole_city: City) -> AsyncIterator[dict[str, Choice]]:
    async with whole_city.on_duty(*SHARED):
        found = await asyncio.gather(*(_choose(whole_city, keys) for keys in KEYS.values()))
        yield dict(zip(KEYS, found, strict=True))


async def _choose(city: City, keys: str) -> Choice:
    """Key the first digit in the middle of the first prompt (barge-in), the second when the menu has begun again."""
    caller, call = await ring_in(city, "12345")
    assert await eventually(lambda: FIRST in city.prompts.names_told(call.heard()), 10)
    keyed_at = 0.0
    for index, key in enumerate(keys):
        if index:
            assert await eventually(
                lambda: len([p for p in city.prompts.names_told(call.heard()) if p == FIRST]) > 1, 10
            )
        await call.dtmf(key)
        keyed_at = asyncio.get_running_loop().time()
    talk = await reach_somebody(city, caller, call)
    told = city.prompts.names_told(call.heard(until=talk.began_at))
    await asyncio.sleep(0.5)
    await hang_up(talk)
    return Choice(talk, await city.record(caller), told, keyed_at)


@pytest.mark.parametrize(
    ("case", "choice", "outcome"),
    [
        ("key", "inquiry", "chosen"),
        ("skilled key", "business", "chosen"),
        ("zero", "", "zero"),
        ("silence", "", "silence"),
        ("wrong twice", "", "wrong"),
        ("wrong, then right", "complaint", "chosen"),
    ],
)
async def test_the_record_keeps_what_was_chosen(
    choices: dict[str, Choice], case: str, choice: str, outcome: str
) -> None:
    call = choices[case].detail.call
    assert (call.menu, call.choice, call.menu_outcome) == ("12345-day", choice, outcome)
    assert call.outcome == "answered"
    waited = next(event.detail["fields"] for event in choices[case].detail.events if event.event == "hl.wait")
    assert call.skills == waited["skills"].split(",")
    assert ("business" in call.skills) == (case == "skilled key")


@pytest.mark.parametrize("case", ["key", "skilled key", "zero"])
async def test_a_key_cuts_the_menu_short(choices: dict[str, Choice], case: str) -> None:
    assert LAST not in choices[case].told
    began = next(event.at for event in choices[case].detail.events if event.event == "hl.menu")
    assert choices[case].talk.began_at - began.timestamp() < 1.5


async def test_silence_hears_the_whole_menu_and_then_gets_a_person(choices: dict[str, Choice]) -> None:
    told = choices["silence"].told
    assert told[told.index(FIRST) :][:4] == [FIRST, "menu-inquiry", "menu-complaint", LAST]
    assert choices["silence"].detail.call.menu_s > 4 * MENU_S


@pytest.mark.parametrize("case", ["wrong twice", "wrong, then right"])
async def test_a_wrong_key_is_said_and_the_menu_begins_again(choices: dict[str, Choice], case: str) -> None:
    told = choices[case].told
    assert told.count(FIRST) == 2, told
    assert told.index("wrong-key") > told.index(FIRST)


async def test_keys_are_nowhere_in_journal_or_logs(city: City, choices: dict[str, Choice]) -> None:
    """What is keyed may be a secret: the journal keeps the option's name only."""
    wrong = choices["wrong twice"].detail
    lines = [line for line in city.config.journal_file.read_text("utf-8").splitlines() if wrong.call.linkedid in line]
    assert len(lines) > 5
    assert not [line for line in lines if "DTMF" in line]
    note = next(event.detail["fields"] for event in wrong.events if event.event == "hl.menu")
    assert (note["choice"], note["outcome"]) == ("", "wrong")
    assert not set(note) - {"menu", "choice", "outcome", "s"}, "a new field: can a key be read from it?"


async def test_the_menu_takes_sipp_keys_at_payload_96(city: City) -> None:
    number = city.new_number()
    async with city.on_duty("801"):
        keys = Media(keys=((3.0, "2"),))
        result = await city.sipp.call("12345", f"<sip:{number}@127.0.0.1>", media=keys, hangup_s=3.0)
        assert result.ok, result.words
        detail = await city.record(number)
    assert (detail.call.choice, detail.call.menu_outcome) == ("complaint", "chosen")
