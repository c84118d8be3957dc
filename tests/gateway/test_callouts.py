"""Calls that the house places for a seat, without a PBX: refusals, the seat's state, and that everything ends."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given, settings
from hypothesis import strategies as st

import seats
from gateway import control
from gateway.board import Board, Timings, WrapUpTerms
from gateway.callouts import CallOuts, Out, Wanted, callouts
from gateway.callouts.model import decoded
from gateway.callouts.socket import add_routes
from gateway.config import Config
from gateway.errors import CallerFaultError, IndeterminateError, RetryableError
from gateway.journal.kinds import OutPurpose
from gateway.live import LiveCalls
from gateway.published import Published, SeatEntry
from gateway.seat_journal import SeatJournal
from gateway.talks.people import People
from gateway.talks.targets import targets_json
from tests.gateway.conftest import Clock, directory
from tests.gateway.published_files import write_published
from tests.gateway.test_supervise import FakePbx

WANTED = Wanted("801", "王芳 a&b", OutPurpose.CALL_BACK, "task:t1", "13800138000", "12315", "市场监管热线")


@dataclass
class Scene:
    callouts: CallOuts
    pbx: FakePbx
    ringer: FakePbx
    live: LiveCalls
    board: Board
    lines: list[dict[str, Any]] = field(default_factory=list)
    shown: list[tuple[str, str | None]] = field(default_factory=list)

    def state(self, seat: str = "801") -> str:
        found = self.board.get(seat)
        assert found is not None
        return found.state.value

    def says(self, out: Out, stage: str, **words: str) -> None:
        event = {"Event": "UserEvent", "UserEvent": "HotlineOut", "Call": out.id, "Stage": stage}
        self.callouts.on_event({**event, **{name.capitalize(): value for name, value in words.items()}})

    def hangs_up(self, out: Out, cause: str = "16") -> None:
        self.board.leg_gone(out.wanted.seat, out.id)  # as gateway.pbx_events does before
        self.callouts.on_event({"Event": "Hangup", "Uniqueid": out.id, "Linkedid": out.id, "Cause": cause})

    def results(self) -> list[tuple[str, str]]:
        return [(line["event"], line["reason"]) for line in self.lines]


@pytest.fixture
async def scene(tmp_path: Path) -> Scene:
    clock = Clock()
    board = Board(Timings(60, 60, 60), SeatJournal(tmp_path / "s.jsonl", tmp_path / "l.json"), clock)
    board.take_directory(directory())
    live = LiveCalls(clock)
    pbx, ringer = FakePbx(channels=[]), FakePbx()
    config = replace(Config(), out_per_hour=3)
    lines: list[dict[str, Any]] = []
    scene = Scene(CallOuts(board, live, pbx, ringer, config, lines.append, clock), pbx, ringer, live, board, lines)
    live.on_change = lambda view: scene.shown.append((view.out["stage"], view.out["result"])) if view.out else None
    for seat in ("801", "802"):
        board.device_state(f"seat-{seat}", "NOT_INUSE")
        board.log_in(seat, "phone", "t")
    return scene


async def test_the_seats_own_phone_is_rung_and_the_seat_is_no_longer_offered_calls(scene: Scene) -> None:
    out = await scene.callouts.place(WANTED)
    ((name, fields),) = scene.ringer.done
    assert (name, fields["Channel"], fields["Context"], fields["ChannelId"]) == (
        "Originate",
        "PJSIP/seat-801",
        "out",
        out.id,
    )
    assert "PJSIP_HEADER(add,X-Hotline-Out)=1" in fields["Variable"] and "HL_OUT_TO=13800138000" in fields["Variable"]
    assert decoded(next(v for v in fields["Variable"] if v.startswith("HL_OUT_IS=")).partition("=")[2]) == WANTED
    assert scene.state() == "talking" and [seat.id for seat in scene.board.idle()] == ["802"]
    view = scene.live.get(out.id)
    assert view is not None and (view.seat, view.state, view.talk) == ("801", "offered", None)


OFFICE = SeatEntry("601", "回访席", seats.Pool.OFFICE, frozenset())


async def test_the_offices_phone_calls_out_and_is_in_no_line(scene: Scene) -> None:
    """Neither offered calls nor brought into them; what came of its call is in the order, so it does not wrap up."""
    scene.board.take_directory(directory() | {"601": OFFICE})
    mine = replace(WANTED, seat="601", purpose=OutPurpose.FOLLOW_UP, reference="order:o1", number="13800138009")
    with pytest.raises(CallerFaultError, match="请先打开电话"):
        await scene.callouts.place(mine)
    scene.board.device_state("web-601", "NOT_INUSE")
    scene.board.log_in("601", "web", "office")
    assert scene.state("601") == "idle" and "601" not in [seat.id for seat in scene.board.idle()]
    assert scene.board.staffed(seats.Pool.SHARED) == 2
    scene.board.wrap_up_terms = lambda _call: WrapUpTerms(60, must_close=True)
    out = await scene.callouts.place(mine)
    assert scene.ringer.done[-1][1]["Channel"] == "PJSIP/web-601"
    for stage in ("ringing_citizen", "announcing", "talking"):
        scene.says(out, stage)
    scene.says(out, "over", status="ANSWER", cause="16")
    scene.hangs_up(out)
    assert (scene.state("601"), scene.results()[-1]) == ("idle", ("out_ended", "talked"))


async def test_nobody_can_be_handed_to_the_office(scene: Scene, tmp_path: Path) -> None:
    scene.board.take_directory(directory() | {"601": OFFICE})
    scene.board.device_state("web-601", "NOT_INUSE")
    scene.board.log_in("601", "web", "office")
    config = replace(Config(), state_dir=tmp_path)
    write_published(config)
    published = Published(config.published_dir, config.menus_dir, config.prompts_dir)
    shown = targets_json(published.now, scene.board, "12345", "801", datetime.now(UTC))
    assert [row["ref"] for row in shown["seats"]] == ["802"]
    people = People(scene.board, published, scene.lines.append, lambda: 0.0)
    with pytest.raises(CallerFaultError, match="只用于外呼"):
        people.find("seat", "601", "801", None)


async def test_a_talk_is_followed_by_wrap_up_and_is_told_as_such(scene: Scene) -> None:
    out = await scene.callouts.place(WANTED)
    for stage in ("ringing_citizen", "announcing", "talking"):
        scene.says(out, stage)
    scene.says(out, "over", status="ANSWER", cause="16")
    scene.says(out, "over", status="ANSWER", cause="16")  # the dialplan's h says it again
    scene.hangs_up(out)
    stages = ["ringing_seat", "ringing_citizen", "announcing", "talking"]
    assert scene.shown == [*((stage, None) for stage in stages), ("over", "talked")]
    assert scene.state() == "wrap_up" and scene.live.get(out.id) is None
    assert scene.results() == [("out", "call_back"), ("out_ended", "talked")]


@pytest.mark.parametrize(
    ("stages", "status", "cause", "result"),
    [
        (["ringing_citizen"], "BUSY", "17", "busy"),
        (["ringing_citizen"], "NOANSWER", "0", "no_answer"),
        (["ringing_citizen"], "CONGESTION", "21", "rejected"),
        (["ringing_citizen"], "CONGESTION", "1", "invalid"),
        (["ringing_citizen"], "CHANUNAVAIL", "20", "failed"),
        (["ringing_citizen"], "CANCEL", "0", "cancelled"),
        (["ringing_citizen", "announcing"], "ANSWER", "16", "hung_up"),
    ],
)
async def test_a_try_that_comes_to_nothing_says_why_and_leaves_the_seat_idle(
    scene: Scene, stages: list[str], status: str, cause: str, result: str
) -> None:
    out = await scene.callouts.place(WANTED)
    for stage in stages:
        scene.says(out, stage)
    scene.says(out, "over", status=status, cause=cause)
    assert scene.shown[-1] == ("over", result) and scene.state() == "talking"  # its leg is still up
    scene.hangs_up(out)
    assert scene.state() == "idle" and scene.results()[1:] == [("out_ended", result)]


@pytest.mark.parametrize(
    ("how", "result"), [("response", "seat_no_answer"), ("19", "seat_no_answer"), ("21", "seat_rejected")]
)
async def test_a_seat_that_does_not_answer_is_told_so(scene: Scene, how: str, result: str) -> None:
    out = await scene.callouts.place(WANTED)
    if how == "response":
        told = {"Event": "OriginateResponse", "Uniqueid": out.id, "Response": "Failure", "Reason": "3"}
        scene.callouts.on_originated(told)
        scene.callouts.on_originated(told)
    else:
        scene.hangs_up(out, how)
    assert (scene.state(), scene.results()[1:]) == ("idle", [("out_ended", result)])
    assert scene.live.get(out.id) is None and scene.callouts.get(out.id) is None


@pytest.mark.parametrize("before", ["paused", "wrap_up"])
async def test_a_pause_and_a_wrap_up_go_on_after_a_failed_try(scene: Scene, before: str) -> None:
    if before == "paused":
        scene.board.apply("801", seats.Pause("培训"))
    else:
        scene.board.apply("801", seats.Answered("x"))
        scene.board.apply("801", seats.TalkEnded("x"))
    out = await scene.callouts.place(WANTED)
    assert scene.state() == "talking"
    scene.says(out, "ringing_citizen")
    scene.says(out, "over", status="BUSY", cause="17")
    scene.hangs_up(out)
    assert scene.state() == before


def _busy(scene: Scene) -> None:
    scene.board.apply("801", seats.Answered("x"))


def _must_close(scene: Scene) -> None:
    _busy(scene)
    scene.board.wrap_up_terms = lambda _call: WrapUpTerms(60, must_close=True)
    scene.board.apply("801", seats.TalkEnded("x"))


def _no_phone(scene: Scene) -> None:
    scene.board.device_state("seat-801", "UNAVAILABLE")
    scene.board.apply("801", seats.Pause("x"))


@pytest.mark.parametrize(
    ("prepare", "changes", "why"),
    [
        (_busy, {}, "当前的通话"),
        (_must_close, {}, "通话结果"),
        (_no_phone, {}, "没有注册"),
        (lambda scene: scene.board.apply("801", seats.Logout()), {}, "签入"),
        (lambda _scene: None, {"seat": "999"}, "no seat"),
        (lambda _scene: None, {"number": "0085212345678"}, "国际"),
        (lambda _scene: None, {"number": "110"}, "不是可以回拨"),
        (lambda _scene: None, {"number": ""}, "没有可拨打的号码"),
    ],
)
async def test_what_cannot_be_is_refused_in_words_and_no_phone_rings(
    scene: Scene, prepare: Any, changes: Mapping[str, Any], why: str
) -> None:
    prepare(scene)
    before = scene.state()
    with pytest.raises(CallerFaultError, match=why):
        await scene.callouts.place(replace(WANTED, **changes))
    assert scene.ringer.done == [] and scene.state() == before
    refused = [line for line in scene.lines if line["event"] == "outside_refused"]
    assert len(refused) == ("number" in changes)


async def test_two_seats_do_not_ring_the_same_citizen_at_once(scene: Scene) -> None:
    await scene.callouts.place(WANTED)
    for again in (replace(WANTED, seat="802"), replace(WANTED, seat="802", reference="task:t2")):
        with pytest.raises(CallerFaultError, match="坐席 801 正在拨打"):
            await scene.callouts.place(again)
    assert scene.state("802") == "idle"


async def test_a_seats_calls_of_an_hour_are_capped(scene: Scene) -> None:
    for number in range(3):
        out = await scene.callouts.place(replace(WANTED, number=f"1380013800{number}"))
        scene.hangs_up(out)
    with pytest.raises(CallerFaultError, match="一小时内外呼已达 3 次"):
        await scene.callouts.place(replace(WANTED, number="13800138009"))
    assert scene.lines[-1]["event"] == "outside_refused" and len(scene.ringer.done) == 3


async def test_a_link_that_is_away_frees_the_seat_and_one_that_is_slow_does_not(scene: Scene) -> None:
    scene.ringer.fails = RetryableError("no link")
    with pytest.raises(RetryableError):
        await scene.callouts.place(WANTED)
    assert (scene.state(), scene.results()[-1]) == ("idle", ("out_ended", "failed"))
    scene.ringer.fails = IndeterminateError("no answer")
    with pytest.raises(IndeterminateError):
        await scene.callouts.place(WANTED)
    assert scene.state() == "talking"


async def test_a_call_of_which_nothing_more_is_heard_is_cut(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callouts, "SLACK_S", -14.98)
    out = await scene.callouts.place(WANTED)
    scene.pbx.channels = [{"Channel": "PJSIP/seat-801-0000000a", "Uniqueid": out.id}]
    await asyncio.sleep(0.1)
    assert scene.pbx.done == [("Hangup", {"Channel": "PJSIP/seat-801-0000000a", "Cause": "16"})]
    assert (scene.state(), scene.results()[-1]) == ("idle", ("out_ended", "seat_no_answer"))


async def test_a_restarted_gateway_goes_on_and_a_call_that_the_pbx_lost_is_over(scene: Scene) -> None:
    seat = {"Channel": "PJSIP/seat-801-0000000a", "Uniqueid": "hl1-1.000o1", "Linkedid": "hl1-1.000o1"}
    seat |= {"Context": "out", "ChannelStateDesc": "Up"}
    other = {**seat, "Channel": "PJSIP/trunk-carrier-0000000b", "Uniqueid": "hl1-1.2", "Context": "from-nobody"}
    scene.pbx.channels = [seat, other]
    scene.pbx.variables = {"HL_OUT_IS": WANTED.coded()}
    await scene.callouts.resync()
    found = scene.callouts.get("hl1-1.000o1")
    assert found is not None and (found.wanted, scene.shown[-1]) == (WANTED, ("talking", None))
    scene.pbx.channels = []
    await scene.callouts.resync()
    assert (scene.state(), scene.results()) == ("wrap_up", [("out_ended", "talked")])


@given(
    st.lists(
        st.sampled_from(
            ["ringing_citizen", "announcing", "talking", "over", "nonsense", "hangup", "failure", "resync"]
        ),
        max_size=8,
    )
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_heard_in_whatever_order_a_call_ends_once_and_the_seat_comes_free(heard: list[str]) -> None:
    async def play() -> None:
        clock = Clock()
        journal = SeatJournal(Path("/nonexistent/s"), Path("/nonexistent/l"))
        board = Board(Timings(60, 60, 60), journal, clock)
        board.take_directory(directory())
        lines: list[dict[str, Any]] = []
        live, pbx = LiveCalls(clock), FakePbx(channels=[])
        driver = CallOuts(board, live, pbx, FakePbx(), Config(), lines.append, clock)
        scene = Scene(driver, pbx, pbx, live, board, lines)
        board.device_state("seat-801", "NOT_INUSE")
        board.log_in("801", "phone", "t")
        out = await driver.place(WANTED)
        for word in [*heard, "hangup"]:
            match word:
                case "hangup":
                    scene.hangs_up(out)
                case "failure":
                    driver.on_originated({"Event": "OriginateResponse", "Uniqueid": out.id, "Response": "Failure"})
                case "resync":
                    await driver.resync()
                case _:
                    scene.says(out, word, status="BUSY", cause="17")
        assert [line["event"] for line in lines] == ["out", "out_ended"]
        assert scene.state() in ("idle", "wrap_up") and live.get(out.id) is None and len(live) == 0
        await driver.close()

    asyncio.run(play())


@pytest.mark.parametrize(
    ("changes", "status", "detail"),
    [
        ({}, 202, ""),
        ({"reference": "call:x"}, 409, "reference"),
        ({"reference": "task:t1\r\nAction: x"}, 409, "reference"),
        ({"purpose": "chat"}, 409, "purpose"),
        ({"number": "1380013800\r\n"}, 409, "不是可以回拨"),
    ],
)
async def test_the_socket_takes_a_seat_a_number_and_a_reference(
    scene: Scene, changes: dict[str, str], status: int, detail: str
) -> None:
    app = web.Application(middlewares=[control._problems])
    add_routes(app, scene.callouts)
    body = {"seat": "801", "by": "王芳", "purpose": "call_back", "reference": "task:t1", "number": "13800138000"}
    async with TestClient(TestServer(app)) as client, client.post("/v1/out", json={**body, **changes}) as answer:
        told = await answer.json(content_type=None)
    assert answer.status == status and detail in told.get("detail", "")
    assert len(scene.ringer.done) == (status == 202)
    if status == 202:
        assert (told["stage"], told["seat"]) == ("ringing_seat", "801") and scene.callouts.get(told["call"])
    await scene.callouts.close()


def test_what_is_no_coded_line_is_not_taken_up() -> None:
    assert decoded("") is None and decoded("purpose=x&ref=task%3A1") is None
