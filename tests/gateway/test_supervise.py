"""A supervisor beside a seat, words to seats, surges: without a PBX."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import seats
from gateway.board import Board, Timings
from gateway.errors import CallerFaultError, IndeterminateError, RetryableError
from gateway.live import CallState, LiveCalls
from gateway.seat_journal import SeatJournal
from gateway.supervise import Mode, Notices, Spies, Surges
from gateway.supervise.surges import Kind, Surge
from tests.gateway.conftest import Clock, directory

CALL, SEAT_LEG = "hl1-1.1", "PJSIP/seat-801-0000000a"
TALKS = {"Channel": SEAT_LEG, "Linkedid": CALL, "ChannelStateDesc": "Up", "Application": "AppDial", "Context": "x"}


Answer = Mapping[str, str]


@dataclass
class FakePbx:
    """Remembers what it was asked; `channels` is its answer to CoreShowChannels, `fails` what an action raises."""

    channels: list[Mapping[str, str]] = field(default_factory=lambda: [TALKS])
    variables: Mapping[str, str] = field(default_factory=dict)
    done: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    fails: Exception | None = None

    async def action(self, name: str, *, wait_s: float | None = None, **fields: Any) -> Answer:
        self.done.append((name, fields))
        if self.fails is not None:
            raise self.fails
        return {"Value": self.variables.get(str(fields.get("Variable")), "")}

    async def action_list(
        self, name: str, *, wait_s: float | None = None, **fields: Any
    ) -> Sequence[Mapping[str, str]]:
        return self.channels


@dataclass
class Scene:
    spies: Spies
    pbx: FakePbx
    ringer: FakePbx
    live: LiveCalls
    board: Board

    def shown(self) -> list[tuple[str, str, str]]:
        view = self.live.get(CALL)
        assert view is not None
        return [(spy["supervisor"], spy["mode"], spy["state"]) for spy in view.spies]

    def answer(self, response: str = "Success") -> None:
        uniqueid = self.ringer.done[-1][1]["ChannelId"]
        channel = "PJSIP/web-803-0000000b"
        told = {"Event": "OriginateResponse", "Uniqueid": uniqueid, "Channel": channel, "Response": response}
        self.spies.on_originated(told)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    clock = Clock()
    board = Board(Timings(60, 60, 60), SeatJournal(tmp_path / "s.jsonl", tmp_path / "l.json"), clock)
    board.take_directory(directory())
    live = LiveCalls(clock)
    view = live.see(CALL, "PJSIP/carrier-00000001", "12315")
    view.state, view.seat = CallState.TALKING, "801"
    pbx, ringer = FakePbx(), FakePbx()
    return Scene(Spies(board, live, pbx, ringer, "hl1", clock), pbx, ringer, live, board)


async def talking(scene: Scene) -> Scene:
    """Seat 801 talks, 803 is the supervisor's, with a browser phone."""
    scene.board.device_state("seat-801", "NOT_INUSE")
    scene.board.device_state("web-803", "NOT_INUSE")
    scene.board.log_in("801", "phone", "t")
    scene.board.apply("801", seats.Answered(CALL))
    return scene


async def test_the_supervisors_own_phone_is_rung_for_the_seats_leg(scene: Scene) -> None:
    await talking(scene)
    await scene.spies.listen("803", "li min", CALL, Mode.LISTEN)
    (name, fields), *more = scene.ringer.done
    assert not more
    assert (name, fields["Channel"], fields["Context"], fields["Exten"]) == (
        "Originate",
        "PJSIP/web-803",
        "listen",
        "listen",
    )
    assert f"HL_SPY={SEAT_LEG}" in fields["Variable"] and "HL_SPY_BY=li%20min" in fields["Variable"]
    assert scene.shown() == [("803", "listen", "ringing")]
    scene.answer()
    assert scene.shown() == [("803", "listen", "there")]
    assert scene.spies.is_spy(fields["ChannelId"])


async def test_the_mode_changes_without_another_ring(scene: Scene) -> None:
    await talking(scene)
    await scene.spies.listen("803", "b", CALL, Mode.LISTEN)
    scene.answer()
    await scene.spies.listen("803", "b", CALL, Mode.WHISPER)
    assert len(scene.ringer.done) == 1
    assert scene.pbx.done[-1][0] == "Redirect" and scene.pbx.done[-1][1]["Exten"] == "whisper"
    assert scene.shown() == [("803", "whisper", "there")]


async def test_for_a_barge_caller_and_seat_go_into_the_room_first(scene: Scene) -> None:
    await talking(scene)
    scene.pbx.channels = [TALKS, {"Channel": "PJSIP/carrier-00000001", "Uniqueid": CALL}]
    await scene.spies.listen("803", "b", CALL, Mode.BARGE)
    moved = {"Channel": "PJSIP/carrier-00000001", "Context": "talk", "Exten": "main", "Priority": "1"}
    assert scene.pbx.done == [
        ("Setvar", {"Channel": SEAT_LEG, "Variable": "HL_GO", "Value": "main"}),
        ("Redirect", moved),
    ]
    assert scene.ringer.done[0][1]["Exten"] == "barge"


async def test_nobody_is_moved_for_a_barge_into_the_room_or_a_private_talk(
    scene: Scene,
) -> None:
    await talking(scene)
    scene.pbx.channels = [{**TALKS, "Application": "ConfBridge"}]
    await scene.spies.listen("803", "b", CALL, Mode.BARGE)
    assert scene.pbx.done == []
    await scene.spies.end("803")
    scene.pbx.channels = [{**TALKS, "Application": "Dial"}]
    with pytest.raises(CallerFaultError, match="单独通话"):
        await scene.spies.listen("803", "b", CALL, Mode.BARGE)


@pytest.mark.parametrize("how", ["not answered", "hung up", "call over"])
async def test_nobody_is_shown_beside_a_call_who_is_not_there(scene: Scene, how: str) -> None:
    await talking(scene)
    spy = await scene.spies.listen("803", "b", CALL, Mode.LISTEN)
    if how == "not answered":
        scene.answer("Failure")
    else:
        scene.answer()
        scene.spies.on_event({"Event": "Hangup", "Uniqueid": spy.id if how == "hung up" else CALL})
    if how == "call over":
        await scene.spies.close()
        scene.spies.on_event({"Event": "Hangup", "Uniqueid": spy.id})
    assert scene.shown() == []


async def test_a_leg_that_may_ring_is_kept_and_one_that_was_never_asked_for_is_not(scene: Scene) -> None:
    await talking(scene)
    scene.ringer.fails = RetryableError("no link")
    with pytest.raises(RetryableError):
        await scene.spies.listen("803", "b", CALL, Mode.LISTEN)
    assert scene.shown() == []
    scene.ringer.fails = IndeterminateError("no answer")
    with pytest.raises(IndeterminateError):
        await scene.spies.listen("803", "b", CALL, Mode.LISTEN)
    assert scene.shown() == [("803", "listen", "ringing")]


@pytest.mark.parametrize(
    ("supervisor", "call", "why"),
    [("802", CALL, "没有注册"), ("801", CALL, "您自己的通话"), ("803", "hl1-9.9", "no call"), ("999", CALL, "no seat")],
)
async def test_what_cannot_be_is_said_in_words(scene: Scene, supervisor: str, call: str, why: str) -> None:
    await talking(scene)
    with pytest.raises(CallerFaultError, match=why):
        await scene.spies.listen(supervisor, "b", call, Mode.LISTEN)
    assert scene.ringer.done == []


async def test_nobody_listens_to_a_call_that_no_seat_talks_in(scene: Scene) -> None:
    scene.board.device_state("web-803", "NOT_INUSE")
    with pytest.raises(CallerFaultError, match="尚未与来电人通话"):
        await scene.spies.listen("803", "b", CALL, Mode.LISTEN)


async def test_a_restarted_gateway_finds_who_listens(scene: Scene) -> None:
    mine = {"Channel": "PJSIP/web-803-0000000b", "Uniqueid": "hl1-2.000s", "Context": "listen", "Extension": "whisper"}
    scene.pbx.channels = [TALKS, mine]
    scene.pbx.variables = {"HL_SPY_CALL": CALL, "HL_SPY_SEAT": "801", "HL_SPY_ME": "803", "HL_SPY_BY": "li%20min"}
    await scene.spies.resync()
    assert scene.shown() == [("803", "whisper", "there")]
    scene.pbx.channels = [TALKS]
    await scene.spies.resync()
    assert scene.shown() == []


# -- words to seats --------------------------------------------------------------------------------------------------


def test_a_notice_is_told_at_once_and_shown_for_an_hour() -> None:
    clock = Clock()
    notices = Notices(clock)
    told: list[str] = []
    notices.on_notice = lambda notice: told.append(notice.text)
    notices.send("  停水\n公告已发布 ", ["801", "801"], "banzhang")
    assert told == ["停水 公告已发布"]
    assert notices.recent()[0]["seats"] == ["801"]
    clock.now += 3601
    assert notices.recent() == []
    for text in (" ", "x" * 301):
        with pytest.raises(CallerFaultError):
            notices.send(text, [], "b")


def test_notices_are_there_again_after_a_restart_and_no_damaged_one() -> None:
    clock = Clock()
    notices = Notices(clock)
    notices.send("旧的", [], "b")
    clock.now += 3601
    notices.send("停水", ["801"], "b")
    again = Notices(clock)
    again.restore([*through_json(notices.kept()), {"id": "x"}, 7])
    assert again.recent() == notices.recent()
    again.restore("damaged")
    assert len(again.recent()) == 1


def through_json(kept: Any) -> Any:
    return json.loads(json.dumps(kept))


# -- surges ----------------------------------------------------------------------------------------------------------


class Town:
    """Callers of a town, one after another."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.surges = Surges(self.clock)
        self.told: list[Surge] = []
        self.over: list[str] = []
        self.surges.on_change = self.told.append
        self.surges.on_over = self.over.append
        self.live = LiveCalls(self.clock)
        self.count = 0

    def call(self, hotline: str, choice: str = "", caller: str = "", after_s: float = 10.0) -> None:
        self.clock.now += after_s
        self.count += 1
        view = self.live.see(f"c{self.count}", "PJSIP/carrier-00000001", hotline)
        view.hotline, view.choice = {"number": hotline}, choice
        view.caller = {"number": caller or f"138{self.count:08d}"}
        view.state = CallState.WAITING
        self.surges.see(view)
        self.surges.see(view)  # a view changes often; a call counts once


def test_many_calls_about_one_matter_are_a_surge_and_its_calls_are_named() -> None:
    town = Town()
    for _ in range(30):
        town.call("12345", after_s=60.0)
    for _ in range(8):
        town.call("12345", "water")
    (surge,) = town.surges
    assert (surge.kind, surge.hotline, surge.choice, surge.count) == (Kind.MATTER, "12345", "water", 8)
    assert surge.calls == tuple(f"c{n}" for n in range(31, 39))
    town.call("12345", "water")
    assert [told.count for told in town.told] == [8, 9]


def test_a_surge_goes_on_after_a_restart_with_its_text_and_its_order_and_what_is_usual_is_still_known() -> None:
    town = Town()
    for _ in range(30):
        town.call("12345", after_s=60.0)
    for _ in range(8):
        town.call("12345", "water")
    (surge,) = town.surges
    noted: list[int] = []
    town.surges.on_noted = lambda: noted.append(1)
    town.surges.note(surge.id, "二环路抢修", "GD1")
    assert noted == [1]
    kept = through_json(town.surges.kept())
    (before,) = town.surges
    town.surges = Surges(town.clock)
    town.surges.restore(kept)
    assert list(town.surges) == [before]
    town.call("12345", "water")
    (grown,) = town.surges
    assert (grown.id, grown.count, grown.text, grown.order) == (surge.id, 9, "二环路抢修", "GD1")
    for _ in range(10):
        town.call("12345", after_s=30.0)  # twice what is usual here: no surge
    assert len(list(town.surges)) == 1
    for damaged in (None, 7, "x", {"first_at": 1, "counters": [[1]], "surges": []}, {"first_at": "x"}):
        fresh = Surges(town.clock)
        fresh.restore(damaged)
        assert not list(fresh)


def test_a_hotline_that_is_always_busy_is_no_surge_until_it_grows() -> None:
    town = Town()
    for _ in range(90):
        town.call("12345", after_s=60.0)
    assert town.told == []
    while not town.told:
        town.call("12345", after_s=5.0)
    assert 30 <= town.told[0].count < 40


def test_a_gateway_that_has_just_begun_wants_more_calls_before_it_speaks_of_a_surge() -> None:
    town = Town()
    for _ in range(8):
        town.call("12345", "water")
    assert town.told == []
    for _ in range(16):
        town.call("12345", "water")
    assert [surge.count for surge in town.surges] == [24]


def test_one_number_that_calls_again_and_again_is_shown_as_such() -> None:
    town = Town()
    for hotline in ("12345", "12315", "12333", "12345"):
        town.call(hotline, caller="13800138000")
    (surge,) = town.surges
    assert (surge.kind, surge.caller, surge.count) == (Kind.CALLER, "13800138000", 4)


def test_a_surge_that_has_ebbed_is_over_and_cannot_be_given_a_text_any_more() -> None:
    town = Town()
    for _ in range(24):
        town.call("12345", "water")
    (surge,) = town.surges
    assert town.surges.note(surge.id, " 停水至 18 时 ", "HL1").text == "停水至 18 时"
    town.clock.now += 1200
    town.surges.tick()
    assert town.over == [surge.id]
    with pytest.raises(CallerFaultError, match="已经结束"):
        town.surges.note(surge.id, "x", "")
