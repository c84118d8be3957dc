"""A call's visits, by what its caller hears and where it is sent. The PBX's side is `FakeCall`."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace

import pytest

from gateway.live import CallState
from seats import Answered, SeatState
from tests.gateway.conftest import House
from tests.gateway.fake_asterisk import FakeCall
from tests.routing_table.city import changed


def call_to(number: str, **more: str) -> FakeCall:
    return FakeCall(variables={"HL_DIALLED": number, "HL_TRUNK": "carrier", **more})


async def test_a_merged_number_greets_in_its_own_name_and_reaches_an_idle_seat(house: House) -> None:
    house.sit_down("801")
    call = call_to("12315")
    assert await call.visit(house.port, "arrive") == "offer"
    assert call.played == ["recording-notice", "greet-12315"]
    assert call.variables["HL_DEVICE"] == "seat-801"
    assert call.variables["HL_HOTLINE"] == "12315"
    assert call.commands[-1] == 'SET VARIABLE "HL_NEXT" "offer"'
    route = call.events("hl.route")[0]
    assert (route["hotline"], route["mode"], route["name"]) == ("12315", "C", "市场监管投诉举报热线")
    assert [event["seat"] for event in call.events("hl.offer")] == ["801"]
    seat = house.desk.board.get("801")
    assert seat is not None
    assert (seat.state, seat.call) == (SeatState.RINGING, call.uniqueid)


async def test_a_browser_seat_is_rung_in_the_browser(house: House) -> None:
    house.sit_down("801", "web")
    call = call_to("12315")
    await call.visit(house.port, "arrive")
    assert call.variables["HL_DEVICE"] == "web-801"


async def test_the_menu_choice_is_journalled_by_name_and_never_by_key(house: House) -> None:
    house.sit_down("801")
    call = call_to("12345")
    call.keys = deque(["-", "-", "1"])  # notice and greeting to the end, then a key in the menu
    assert await call.visit(house.port, "arrive") == "offer"
    menu = call.events("hl.menu")[0]
    assert menu["outcome"] == "chosen"
    assert menu["choice"]
    assert not any(value == "1" for value in menu.values())


async def test_silence_in_the_menu_leads_to_a_person(house: House) -> None:
    house.sit_down("801")
    call = call_to("12345")
    assert await call.visit(house.port, "arrive") == "offer"
    assert call.events("hl.menu")[0]["outcome"] == "silence"


async def test_an_open_unit_line_is_rung_first_and_shared_seats_take_over_with_the_reason_said(house: House) -> None:
    house.sit_down("801")
    call = call_to("12348")
    assert await call.visit(house.port, "arrive") == "unit"
    assert call.variables["HL_DEVICE"] == "unit-12348"
    call.variables["DIALSTATUS"] = "BUSY"
    call.played.clear()
    assert await call.visit(house.port, "after") == "offer"
    assert call.played == ["unit-busy"]
    assert call.variables["HL_DEVICE"] == "seat-801"


async def test_an_emergency_is_handed_over_at_once_and_falls_to_a_seat_before_all_others(house: House) -> None:
    waiting = FakeCall(uniqueid="hl1-1.1", variables={"HL_DIALLED": "12315", "HL_TRUNK": "carrier"})
    first = asyncio.create_task(waiting.visit(house.port, "arrive"))
    await until(lambda: len(house.desk.dispatch) == 1)
    call = call_to("110")
    assert await call.visit(house.port, "arrive") == "emergency"
    assert call.played == []
    call.variables["DIALSTATUS"] = "CHANUNAVAIL"
    second = asyncio.create_task(call.visit(house.port, "after"))
    await until(lambda: len(house.desk.dispatch) == 2)
    house.sit_down("801")
    assert await second == "offer"
    assert not first.done()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)


async def test_after_no_answer_the_seat_is_set_aside_and_the_caller_keeps_the_place(house: House) -> None:
    house.sit_down("801")
    call = call_to("12315")
    await call.visit(house.port, "arrive")
    since = house.clock.now
    house.clock.now += 15
    house.sit_down("802")
    call.variables["DIALSTATUS"] = "NOANSWER"
    assert await call.visit(house.port, "after") == "offer"
    assert call.variables["HL_DEVICE"] == "seat-802"
    seat = house.desk.board.get("801")
    assert seat is not None
    assert (seat.state, seat.reason) == (SeatState.SET_ASIDE, "no_answer")
    assert f"since={since}" in call.variables["HL_CALL"]
    assert call.events("hl.offer")[-1]["n"] == "2"


async def test_a_caller_left_on_hold_keeps_the_place_and_gets_another_seat(house: House) -> None:
    house.sit_down("801")
    call = call_to("12315")
    await call.visit(house.port, "arrive")
    since = house.clock.now
    seat = house.desk.board.get("801")
    assert seat is not None
    house.desk.board.apply("801", Answered(call.uniqueid))
    house.sit_down("802")
    house.clock.now += 60
    call.variables["DIALSTATUS"] = "alone"  # the dialplan's word for why (see FakeCall)
    assert await call.visit(house.port, "left") == "offer"
    assert call.variables["HL_DEVICE"] == "seat-802"
    assert f"since={since}" in call.variables["HL_CALL"]
    assert "801" not in call.variables["HL_CALL"], "no seat is refused for it"
    assert call.events("hl.after")[0]["status"] == "LEFT_ALONE"


async def test_a_finished_talk_hangs_up_and_the_seat_wraps_up(house: House) -> None:
    house.sit_down("801")
    call = call_to("12315")
    await call.visit(house.port, "arrive")
    call.variables["DIALSTATUS"] = "ANSWER"
    assert await call.visit(house.port, "after") == "hangup"
    seat = house.desk.board.get("801")
    assert seat is not None
    assert seat.state is SeatState.WRAP_UP
    await until(lambda: (s := house.desk.board.get("801")) is not None and s.state is SeatState.IDLE)


async def test_a_waiting_caller_hears_music_and_the_place_and_then_the_freed_seat(house: House) -> None:
    call = call_to("12315")
    visit = asyncio.create_task(call.visit(house.port, "arrive"))
    await until(lambda: "on" in call.music)
    house.clock.now += 1
    await until(lambda: "queue-next" in call.played)
    assert call.music[0] == "on"
    house.sit_down("801")
    assert await visit == "offer"


async def test_a_caller_who_hangs_up_while_waiting_leaves_the_line(house: House) -> None:
    call = call_to("12315")
    call.hang_up_at = "SET MUSIC"
    assert await call.visit(house.port, "arrive") == ""
    await until(lambda: len(house.desk.dispatch) == 0 and len(house.desk.live) == 0)


async def test_a_restarted_gateway_goes_on_from_the_calls_own_variables(house: House) -> None:
    house.sit_down("801")
    call = call_to("12315")
    await call.visit(house.port, "arrive")
    house.desk.live.gone(call.uniqueid)  # a new process knows nothing of it
    call.variables["DIALSTATUS"] = "BUSY"
    house.sit_down("802")
    assert await call.visit(house.port, "after") == "offer"
    assert call.variables["HL_DEVICE"] == "seat-802"


@pytest.mark.parametrize("damage", ["", "nonsense", "9~waiting~~shared_seats:shared"])
async def test_damaged_variables_leave_the_call_to_the_fallback(house: House, damage: str) -> None:
    call = call_to("12315", HL_STATE=damage, HL_CALL="hotline=12315")
    assert await call.visit(house.port, "after") == ""


async def test_an_unknown_number_on_the_trunk_is_taken_as_12345(house: House) -> None:
    house.sit_down("801")
    call = call_to("87654321")
    assert await call.visit(house.port, "arrive") == "offer"
    assert call.events("hl.route")[0]["hotline"] == "12345"


async def test_a_number_that_must_not_be_opened_still_reaches_a_person(house: House) -> None:
    table = house.desk.published.now.table
    house.sit_down("801")
    call = call_to(table.never_opened[0].number)
    assert await call.visit(house.port, "arrive") == "offer"


async def test_a_cancelled_number_is_announced_and_hung_up(house: House) -> None:
    call = call_to("12319")
    assert await call.visit(house.port, "arrive") == "hangup"
    assert call.played == ["cancelled"]
    assert call.events("hl.played") == [{"prompt": "cancelled"}]


async def test_a_caller_may_leave_a_message_and_is_not_counted_as_told(house: House) -> None:
    published = house.desk.published
    published.now = replace(published.now, table=changed("12317", chain="message", table=published.now.table))
    call = call_to("12317")
    assert await call.visit(house.port, "arrive") == "hangup"
    assert call.played == ["recording-notice", "greet-12317", "leave-message", "beep"]
    assert [command for command in call.commands if command.startswith("WAIT FOR DIGIT") and "120000" in command]
    assert [event["prompt"] for event in call.events("hl.message")] == ["leave-message"]
    assert call.events("hl.played") == []  # so that a missed-call task asks for a call back


async def test_hostile_names_cannot_become_a_second_command(house: House) -> None:
    house.sit_down("801")
    call = call_to('12315"\\x', HL_DIV1='"a" <sip:12315@x>;reason="un"conditional')
    assert await call.visit(house.port, "arrive") == "offer"
    assert all(
        command.split(" ")[0] in {"GET", "SET", "STREAM", "CONTROL", "EXEC", "WAIT"} for command in call.commands
    )


async def test_the_deadman_is_pushed_on_before_every_prompt_that_it_could_cut(house: House) -> None:
    house.sit_down("801")
    call = call_to("12345")

    def twenty_seconds() -> None:
        house.clock.now += 20

    call.on_play = twenty_seconds
    await call.visit(house.port, "arrive")
    pushed = [command for command in call.commands if "TIMEOUT(absolute)" in command]
    assert len(pushed) >= len(call.played)  # lengths are unknown here: each could be longer than what is left


async def test_a_prompt_that_ends_before_the_deadman_costs_no_command(house: House) -> None:
    lengths = dict.fromkeys(("recording-notice", "greet-12315"), 0.1)
    house.desk.published.now = replace(house.desk.published.now, prompt_s=lengths)
    house.sit_down("801")
    call = call_to("12315")
    await call.visit(house.port, "arrive")
    assert not [command for command in call.commands if "TIMEOUT(absolute)" in command]


async def test_with_ami_away_the_gateway_asks_to_be_told_when_the_talk_is_over(house: House) -> None:
    house.sit_down("801")
    call = call_to("12315")
    await call.visit(house.port, "arrive")
    assert call.variables["HL_AFTER"] == "1"  # this house has no AMI


async def test_the_live_view_shows_path_and_state(house: House) -> None:
    house.sit_down("801")
    call = call_to("12315")
    await call.visit(house.port, "arrive")
    view = house.desk.live.get(call.uniqueid)
    assert view is not None
    shown = view.as_json(house.clock.now)
    assert shown["hotline"]["number"] == "12315"
    assert shown["state"] == CallState.OFFERED
    assert [entry["what"] for entry in shown["path"]] == ["route", "prompt", "wait", "offer"]
    assert shown["caller"]["number"] == "13800138000"


async def until(condition: object, seconds: float = 5.0) -> None:
    assert callable(condition)
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
