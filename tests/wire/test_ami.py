"""The AMI link against Asterisk as files of `ami/` play it, good and bad, over loopback."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ami import Ami, AmiState, AmiTimes, Event, _Action, _Manager, _Protocol
from gateway.ami_wire import Cutter, WireError, check_fields
from gateway.errors import CallerFaultError, FatalError, IndeterminateError, RetryableError
from tests.wire.conversation import HERE, AmiScript

QUICK = AmiTimes(
    connect_s=1.0, action_s=0.5, ping_every_s=30.0, ping_s=0.2, resync_s=1.0, retry_s=(0.02,), refused_s=0.1
)


class Seen:
    """What a gateway would do with events: keep them, and choke on one called Bad."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        if event.name == "Bad":
            raise KeyError("the callback's own fault")
        self.events.append(event)

    async def ids(self, count: int) -> list[str]:
        async with asyncio.timeout(2):
            while len(self.events) < count:
                await asyncio.sleep(0.01)
        return [event.get("Uniqueid", event.name) for event in self.events]


@asynccontextmanager
async def linked(
    name: str, times: AmiTimes = QUICK, secret: str = "right", start: bool = True, only: tuple[str, ...] = ()
) -> AsyncIterator[tuple[Ami, Seen, asyncio.Task[None]]]:
    """The client, started against the file; the file is played to its end before the link is stopped."""
    seen = Seen()
    async with AmiScript(f"ami/{name}.ami") as script:
        ami = Ami("127.0.0.1", script.port, "gateway", secret, seen, times=times, only=only)
        playing = asyncio.create_task(script.play())
        try:
            if start:
                await ami.start()
            yield ami, seen, playing
            if not playing.cancelled():
                await playing
        finally:
            playing.cancel()
            await ami.stop()
            await asyncio.gather(playing, return_exceptions=True)


async def connected(ami: Ami) -> None:
    async with asyncio.timeout(2):
        while not ami.connected:
            await asyncio.sleep(0.01)


async def not_connected(ami: Ami) -> None:
    async with asyncio.timeout(2):
        while ami.connected:
            await asyncio.sleep(0.005)


# -- a link that works


async def test_login_action_answer_event() -> None:
    async with linked("login-and-act") as (ami, seen, _):
        assert (ami.connected, ami.version, ami.last_error) == (True, "11.0.0", None)
        answer = await ami.action("Originate", Channel="Local/1@x", Async="true", Variable=["A=1", "B=张三"])
        assert answer.message == "Originate successfully queued"
        assert await seen.ids(1) == ["OriginateResponse"]  # an event, not a second answer
    assert ami.state is AmiState.STOPPED


async def test_queued_without_async_is_answered_and_the_link_lives() -> None:
    async with linked("queued-without-async") as (ami, _, _playing):
        assert (await ami.action("Originate", Channel="Local/1@x")).message.endswith("queued")
        assert (await ami.action("Status"))["Response"] == "Success"
        assert ami.connected


async def test_an_event_that_overtakes_the_answer_is_no_answer() -> None:
    async with linked("event-before-answer") as (ami, seen, _):
        answer = await ami.action("Originate", Channel="PJSIP/seat-801", Async="true")
        assert answer.message == "Originate successfully queued"
        assert await seen.ids(1) == ["OriginateResponse"]


async def test_headers_smuggled_into_an_event_do_not_change_what_it_says() -> None:
    async with linked("second-event-header") as (_, seen, _playing):
        assert await seen.ids(1) == ["hl1-1.1"]
        assert (seen.events[0].name, seen.events[0]["Channel"]) == ("Newchannel", "PJSIP/carrier-00000001")
        assert seen.events[0].all("Channel") == ("PJSIP/carrier-00000001", "PJSIP/seat-801-00000002")


async def test_events_come_in_order_and_a_raising_callback_loses_only_its_event(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with linked("events-in-order") as (ami, seen, _):
        assert await seen.ids(2) == ["1", "3"]
        assert ami.connected
        assert seen.events[1]["calleridname"] == ""
    assert "Bad: the callback failed" in caplog.text


async def test_a_list_is_its_own_events_and_the_others_are_delivered() -> None:
    async with linked("list") as (ami, seen, _):
        found = await ami.action_list("CoreShowChannels")
        assert [event["Channel"] for event in found] == ["PJSIP/a", "PJSIP/c"]
        await seen.ids(1)
        assert [event["Channel"] for event in seen.events] == ["PJSIP/b"]


async def test_a_refused_list_raises_and_an_empty_one_is_empty() -> None:
    async with linked("list-error") as (ami, _, _playing):
        with pytest.raises(CallerFaultError, match="Permission denied"):
            await ami.action_list("QueueStatus", Queue="nothere")
        assert await ami.action_list("PJSIPShowContacts") == []


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
def test_utf8_split_anywhere_is_read_whole(size: int) -> None:
    data = "Asterisk Call Manager/11.0.0\r\nEvent: X\r\nCallerIDName: 张三丰𠮷\r\n\r\n".encode()
    cutter = Cutter()
    messages = [text for at in range(0, len(data), size) for text in cutter.feed(data[at : at + size])]
    assert messages == ["Event: X\r\nCallerIDName: 张三丰𠮷"]


@pytest.mark.parametrize("cut", range(1, 70))
def test_a_cut_at_every_byte_loses_nothing(cut: int) -> None:
    data = "Asterisk Call Manager/11.0.0\r\nEvent: X\r\nName: 张三丰\r\n\r\n".encode()
    cutter = Cutter()
    assert cutter.feed(data[:cut]) + cutter.feed(data[cut:]) == ["Event: X\r\nName: 张三丰"]


_NAMES = st.sampled_from(["Event", "Response", "ActionID", "EventList", "Message", "Result", "Channel", "", "x y"])
_HEADERS = st.lists(
    st.tuples(_NAMES, st.sampled_from(["", "X", "1", "Complete", "Success", "Fail", "%zz"])), max_size=8
)


@given(st.lists(_HEADERS, max_size=6), st.booleans())
def test_no_message_however_odd_makes_the_link_fail(messages: list[list[tuple[str, str]]], as_list: bool) -> None:
    async def fed() -> bool:
        manager = _Manager()
        manager.register_event("*", lambda _manager, message: seen.append(message))
        protocol = _Protocol()
        protocol.connection_made(Unwired())
        protocol.factory = manager
        action = _Action({"Action": "Status", "ActionID": "1"}, as_list=as_list)
        protocol.send(action, as_list=as_list)
        protocol.data_received(b"Asterisk Call Manager/11.0.0\r\n")
        for headers in messages:
            protocol.data_received("".join(f"{n}: {v}\r\n" for n, v in headers).encode() + b"\r\n")
        return protocol.lost.done()

    seen: list[object] = []
    assert not asyncio.run(fed())


class Unwired(asyncio.Transport):
    """A transport that leads nowhere."""

    def write(self, data: object) -> None: ...

    def abort(self) -> None: ...


async def test_state_is_rebuilt_after_every_login_before_events_are_delivered() -> None:
    order: list[str] = []
    async with linked("resync", start=False) as (ami, seen, playing):

        async def resync() -> None:
            await ami.action_list("CoreShowChannels")
            order.append(f"resync, {len(seen.events)} events, connected {ami.connected}")

        ami.on_connect = resync
        await ami.start()
        await playing
        await connected(ami)
    assert order[0] == "resync, 0 events, connected False"
    assert len(order) == 2


async def test_a_failing_resync_makes_the_link_again() -> None:
    attempts: list[int] = []
    async with linked("failing-resync", start=False) as (ami, _, playing):

        async def resync() -> None:
            attempts.append(1)
            if len(attempts) == 1:
                raise KeyError("our own fault")

        ami.on_connect = resync
        await ami.start()
        assert not ami.connected
        assert "resync failed" in str(ami.last_error)
        await playing
        await connected(ami)
    assert len(attempts) == 2


# -- what is lost is said, and nothing is done twice


async def test_an_originate_in_flight_when_the_link_breaks_is_indeterminate_and_never_sent_again() -> None:
    async with linked("lost-with-an-originate") as (ami, _, playing):
        with pytest.raises(IndeterminateError):
            await ami.action("Originate", Channel="PJSIP/seat-801", Async="true")
        await playing  # the second connection says: no Originate
        await connected(ami)


async def test_an_action_without_a_link_was_never_written_and_may_be_tried_again() -> None:
    ami = Ami("127.0.0.1", 1, "gateway", "right", Seen(), times=QUICK)
    with pytest.raises(RetryableError):
        await ami.action("Status")
    await ami.start()  # nobody listens: it returns, and goes on trying
    assert (ami.connected, ami.state) == (False, AmiState.CONNECTING)
    assert isinstance(ami.last_error, RetryableError)
    with pytest.raises(RetryableError):
        await ami.action("Status")
    await ami.stop()


async def test_an_action_without_an_answer_fails_at_its_deadline_and_the_link_lives() -> None:
    async with linked("no-answer") as (ami, _, _playing):
        began = time.monotonic()
        with pytest.raises(IndeterminateError):
            await ami.action("Status", wait_s=0.1)
        assert time.monotonic() - began < 0.4
        assert (await ami.action("Ping"))["Response"] == "Success"


async def test_actions_in_flight_fail_when_we_stop() -> None:
    async with linked("no-answer") as (ami, _, playing):
        action = asyncio.create_task(ami.action("Status"))
        await asyncio.sleep(0.05)
        await ami.stop()
        with pytest.raises(IndeterminateError):
            await action
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)


@pytest.mark.parametrize("value", ["a\r\nAction: Originate", "a\nb", "a\rb", "a\0b"])
async def test_a_line_break_in_a_value_is_refused_and_nothing_is_sent(value: str) -> None:
    async with linked("login-only") as (ami, _, _playing):
        with pytest.raises(CallerFaultError) as refused:
            await ami.action("Setvar", Channel="PJSIP/a", Variable="X", Value=value)
        assert refused.value.place == "Value"
        assert value not in str(refused.value)


@pytest.mark.parametrize(
    "fields", [{"Bad Name": "x"}, {"X": "y" * 1024}, {"Variable": ["A=1"] * 128}, {"X": "\udc80"}, {"X:": "y"}]
)
def test_what_asterisk_would_cut_or_misread_is_refused(fields: dict[str, str | list[str]]) -> None:
    with pytest.raises(CallerFaultError):
        check_fields({"Action": "Originate", **fields})


# -- the peer is stuck, gone, wrong, or no Asterisk


async def test_an_unanswered_ping_drops_the_link_and_it_is_made_again() -> None:
    async with linked("unanswered-ping", replace(QUICK, ping_every_s=0.1)) as (ami, _, playing):
        await not_connected(ami)
        assert isinstance(ami.last_error, IndeterminateError)
        await connected(ami)
        await playing


async def test_a_wrong_secret_is_fatal_and_tried_again_only_slowly() -> None:
    async with linked("wrong-secret", replace(QUICK, refused_s=30), secret="wrong", start=False) as (ami, _, playing):
        with pytest.raises(FatalError, match="Authentication failed"):
            await ami.start()
        assert ami.state is AmiState.REFUSED
        await playing
        await asyncio.sleep(0.2)  # ten times the pause after a lost link
        assert ami.state is AmiState.REFUSED


async def test_a_mended_secret_is_found_by_the_slow_retry() -> None:
    async with linked("wrong-secret-mended", start=False) as (ami, _, _playing):
        with pytest.raises(FatalError):
            await ami.start()
        await connected(ami)
        assert ami.last_error is None


@pytest.mark.parametrize(("name", "why"), [("not-asterisk", "does not greet"), ("silent-peer", "no answer within")])
async def test_a_peer_that_is_no_manager_is_dropped(name: str, why: str) -> None:
    async with linked(name, replace(QUICK, retry_s=(30,), action_s=0.2)) as (ami, _, _playing):
        assert ami.state is AmiState.CONNECTING
        assert why in str(ami.last_error)


async def test_a_message_without_an_end_drops_the_link() -> None:
    async with linked("line-without-end", replace(QUICK, retry_s=(30,))) as (ami, _, playing):
        await playing
        await not_connected(ami)
        assert "262144" in str(ami.last_error)


def test_memory_of_an_endless_message_is_bounded() -> None:
    cutter = Cutter()
    cutter.feed(b"Asterisk Call Manager/11.0.0\r\n")
    with pytest.raises(WireError):
        for _ in range(10):
            cutter.feed(b"x" * 65536)


@pytest.mark.parametrize("name", ["shutdown", "eof"])
async def test_when_asterisk_goes_the_link_is_made_again(name: str) -> None:
    async with linked(name) as (ami, seen, playing):
        await playing
        await connected(ami)
    assert {event.name for event in seen.events} <= {"Shutdown"}


async def test_a_flood_beyond_the_queue_makes_the_link_again(caplog: pytest.LogCaptureFixture) -> None:
    release = asyncio.Event()

    async with linked("flood", replace(QUICK, queue=500), start=False) as (ami, seen, playing):

        async def slow_resync() -> None:
            if not release.is_set():
                release.set()
                await asyncio.sleep(0.3)

        ami.on_connect = slow_resync
        await ami.start()
        await playing
        await connected(ami)
        assert await seen.ids(1) == ["after"]
    assert "more than 500 events waiting" in caplog.text


async def test_a_burst_is_held_back_and_nothing_is_lost() -> None:
    async with linked("burst", start=False) as (ami, seen, playing):
        await ami.start()
        await playing
        assert len(await seen.ids(20_000)) == 20_000
        assert ami.connected
        assert ami.last_error is None


async def test_only_wanted_events_are_delivered_and_lists_stay_whole() -> None:
    async with linked("only-wanted", only=("Hangup",)) as (ami, seen, _):
        assert len(await ami.action_list("CoreShowChannels")) == 1
        assert await seen.ids(1) == ["7"]


async def test_stop_while_reconnecting_leaves_nothing_behind(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        ami = Ami("127.0.0.1", 1, "gateway", "right", Seen(), times=QUICK)
        await ami.start()
        await ami.stop()
        errors = len(caplog.records)
        before = asyncio.all_tasks()
        await asyncio.sleep(0.1)  # five times the pause between attempts
    assert len(caplog.records) == errors
    assert asyncio.all_tasks() == before == {asyncio.current_task()}


def test_every_ami_conversation_is_played_by_a_test() -> None:
    source = (HERE / "test_ami.py").read_text("utf-8") + (HERE / "test_panoramisk_faults.py").read_text("utf-8")
    unplayed = [path.stem for path in (HERE / "ami").glob("*.ami") if path.stem not in source]
    assert unplayed == []
