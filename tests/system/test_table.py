"""A table is edited, proved, published by the second person and taken back, while real calls are placed through it.

The city is its own: after this its store has a table, and the store wins over files that other tests put down.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from gateway.prompts.beep import BEEP_HZ, BEEP_S
from gateway.store import CallDetail
from gateway.store.models import TableVersion
from gateway.tables import versions
from gateway.tables.files import first_table
from gateway.tables.versions import Actor
from routing_table.edits import Edit, read_edit
from routing_table.proof import Facts
from tests.kit import tones
from tests.kit.city import City, phone_number, running_city, wait_for
from tests.kit.city_files import PARTY_HZ, SHARED
from tests.system.scenes import Talk, eventually, hang_up, reach_somebody, ring_in

IN_FORCE_S = 1.0
TO_SHARED = read_edit(
    {"action": "change", "entity": "row", "key": "12348", "value": {"chain": ["shared_seats"], "note": "改由共享坐席"}}
)
TO_MESSAGE = read_edit({"action": "change", "entity": "row", "key": "12317", "value": {"chain": ["message"]}})
SPEAKS_S = 1.5

FOURTH = {"key": "4", "id": "tax", "label": "税务咨询", "prompt": "menu-other", "skills": ["business"]}
NEW_OPTION = read_edit(
    {"action": "change", "entity": "menu", "key": "12345-day", "value": {"options.4": FOURTH, "order": ["4", "1"]}}
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    async with running_city(tmp_path_factory.mktemp("table")) as city:
        yield city


def actor(name: str) -> Actor:
    return Actor(name, datetime.now(UTC), "127.0.0.1")


async def in_force(city: City, version: TableVersion) -> None:
    async def look() -> Mapping[str, object] | None:
        _, health = await city.control("GET", "/v1/health")
        return health if health["table_version"] == version.version else None

    await wait_for(look, f"the gateway on {version.version}", IN_FORCE_S)


async def publish(city: City, edit: Edit = TO_SHARED) -> TableVersion:
    async with city.store.session() as session:
        first = await versions.take_in(session, lambda: first_table(city.config), actor("system"))
        _, table = await versions.published_table(session)
    facts = Facts(today=datetime.now(UTC).date(), published=table)
    assert first.number >= 1
    async with city.store.session() as session:
        await versions.edit_draft(session, actor("wang"), [edit], revision=None)
        _, findings = await versions.prove_draft(session, facts)
        assert findings.errors == ()
        if findings.warnings:
            await versions.accept_warnings(
                session, actor("wang"), [one.coded for one in findings.warnings], "测", facts
            )
        await versions.submit(session, actor("wang"), facts)
        return await versions.publish(session, actor("li"), "改道", facts, publishers=2)


async def call(city: City) -> Talk:
    caller, dialled = await ring_in(city, "12348")
    return await reach_somebody(city, caller, dialled)


async def end(city: City, talk: Talk) -> CallDetail:
    await hang_up(talk)
    return await city.record(talk.caller)


async def test_a_published_way_is_taken_and_taken_back_and_running_calls_finish_on_theirs(own_city: City) -> None:
    city = own_city
    async with city.on_duty(*SHARED[:2]):
        for unit in city.units.values():
            await unit.habit(answer_s=0.3)
        before = await call(city)
        assert before.leg.phone == city.units["12348"].name
        done = await publish(city)
        await in_force(city, done)
        after = await call(city)
        assert after.leg.phone in {city.seats[seat].name for seat in SHARED[:2]}
        old, new = await end(city, before), await end(city, after)
        assert old.call.outcome == "unit_answered" and new.call.outcome == "answered"
        assert old.call.table_version.startswith("1-") and new.call.table_version == done.version
        assert "unit_line:unit-12348" in old.call.steps and new.call.steps[-1] == "shared_seats:shared"

        facts = Facts(today=datetime.now(UTC).date())
        async with city.store.session() as session:
            back = await versions.rollback(session, actor("li"), 1, "撤回", facts)
        await in_force(city, back)
        again = await call(city)
        assert again.leg.phone == city.units["12348"].name
        assert (await end(city, again)).call.table_version == back.version


async def test_a_message_is_said_after_a_beep_kept_in_the_recording_and_asked_about(own_city: City) -> None:
    city = own_city
    await in_force(city, await publish(city, TO_MESSAGE))
    caller, dialled = await ring_in(city, "12317")

    async def beeped() -> float | None:
        found = [one for one in tones.heard(dialled.heard(), [BEEP_HZ]) if one.seconds > BEEP_S / 2]
        return found[-1].start_s + BEEP_S if found else None

    spoken_from = await wait_for(beeped, "the beep")
    assert city.prompts.names_told(dialled.heard())[-1] == "leave-message"
    await asyncio.sleep(SPEAKS_S)
    await dialled.hangup()
    detail = await city.record(caller, verdict=True)
    recording = tones.read_wav(city.recording_path(detail))
    ends = len(recording) / tones.RATE
    assert ends - spoken_from >= SPEAKS_S * 0.7
    assert tones.tones_in(recording, PARTY_HZ, spoken_from + 0.3, ends - 0.1) == {caller.tone_hz[0]}
    assert detail.recording and detail.recording.state == "verified"
    assert detail.task and detail.task.caller_number == phone_number(caller) and detail.order is None
    assert detail.call.outcome == "abandoned" and "message:leave-message" in detail.call.steps


async def test_a_published_menu_is_heard_and_keyed_by_new_calls_and_running_calls_finish_on_theirs(
    own_city: City,
) -> None:
    city = own_city
    async with city.on_duty(*SHARED[:2]):
        first, running = await ring_in(city, "12345")
        assert await eventually(lambda: "greet-12345" in city.prompts.names_told(running.heard()), 10)
        done = await publish(city, NEW_OPTION)
        await in_force(city, done)
        assert await eventually(lambda: "menu-12345-day" in city.prompts.names_told(running.heard()), 10)
        await running.dtmf("4")  # means nothing in the menu that this call began with
        assert await eventually(lambda: "wrong-key" in city.prompts.names_told(running.heard()), 10)
        await running.dtmf("1")
        before = await reach_somebody(city, first, running)

        second, fresh = await ring_in(city, "12345")
        assert await eventually(lambda: "menu-other" in city.prompts.names_told(fresh.heard()), 10)
        await fresh.dtmf("4")
        after = await reach_somebody(city, second, fresh)
        told = city.prompts.names_told(fresh.heard(until=after.began_at))
        old, new = await end(city, before), await end(city, after)
    assert (old.call.choice, new.call.choice, new.call.menu_outcome) == ("inquiry", "tax", "chosen")
    assert told[told.index("menu-12345-day") + 1] == "menu-other"
    assert "business" in new.call.skills and new.call.table_version == done.version != old.call.table_version
