"""The door against Asterisk as files of `agi/` play it, good and bad, over loopback."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from agi_scripts.fastagi import Agi, AgiRefused, AgiTimeout, Door, Handler, HungUp, Limits, QuotingError
from agi_scripts.phone import AgiPhone
from ivr import CallerGone, Phone
from tests.wire.conversation import HERE, play_agi

QUICK = Limits(header_s=0.25, command_s=0.5, play_s=2.0, drain_s=0.3)


@asynccontextmanager
async def a_door(handler: Handler, limits: Limits = QUICK) -> AsyncIterator[tuple[Door, int]]:
    """A door with `handler` at `call`; at the end no session may be left over."""
    door = Door({"call": handler}, limits)
    port = await door.serve("127.0.0.1", 0)
    try:
        yield door, port
        async with asyncio.timeout(2):
            while door.sessions:
                await asyncio.sleep(0.01)
    finally:
        await door.close()


async def conversed(name: str, handler: Callable[[Agi], Awaitable[object]], limits: Limits = QUICK) -> list[object]:
    """Play the file; return what the handler returned or raised, for each session (none when it was not reached)."""
    outcomes: list[object] = []

    async def noting(agi: Agi) -> None:
        try:
            outcomes.append(await handler(agi))
        except Exception as error:
            outcomes.append(error)
            raise

    async with a_door(noting, limits) as (_, port):
        await play_agi(f"agi/{name}.agi", port)
    return outcomes


async def never(agi: Agi) -> None:
    raise AssertionError("the handler must not be reached")


async def one(agi: Agi) -> str:
    return await agi.get("ONE")


async def one_two(agi: Agi) -> tuple[str, bool, str]:
    first = await agi.get("ONE")
    return first, agi.gone.is_set(), await agi.get("TWO")


# -- a clean visit --------------------------------------------------------------------------------------------------


async def test_a_visit_reads_sets_and_ends() -> None:
    async def handler(agi: Agi) -> tuple[object, ...]:
        dialled = await agi.get("HL_DIALLED")
        await agi.set("HL_NEXT", "wait")
        return dialled, agi.args, dict(agi.query), agi.channel, agi.uniqueid

    assert await conversed("arrive-and-answer", handler) == [
        (
            "0872-12345",
            ("first", "second one"),
            {"step": "1", "x": "y"},
            "PJSIP/carrier-00000001",
            "hl1-1763700000.1",
        )
    ]


@pytest.mark.parametrize("cut", range(1, 24))
async def test_utf8_split_anywhere_is_read_whole(cut: int) -> None:
    answer = "200 result=1 (张三丰𠮷)\n".encode()
    names: list[str] = []

    async def handler(agi: Agi) -> None:
        names.append(agi.headers["agi_calleridname"])
        names.append(await agi.get("NAME"))

    async with a_door(handler) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for half in _halves("agi_network_script: call\nagi_calleridname: 张三丰\n\n".encode(), cut + 44):
            writer.write(half)
            await writer.drain()
            await asyncio.sleep(0.002)
        await reader.readline()
        for half in _halves(answer, cut):
            writer.write(half)
            await writer.drain()
            await asyncio.sleep(0.002)
        assert await reader.read() == b""
        writer.close()
    assert names == ["张三丰", "张三丰𠮷"]


def _halves(data: bytes, cut: int) -> tuple[bytes, bytes]:
    return data[:cut], data[cut:]


async def test_a_hundred_commands_at_once_each_get_their_own_answer() -> None:
    results: list[list[str]] = []

    async def handler(agi: Agi) -> None:
        results.append(await asyncio.gather(*(agi.get(f"V{n}") for n in range(100))))

    async with a_door(handler) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"agi_network_script: call\n\n")
        for _ in range(100):
            name = (await reader.readline()).decode().split('"')[1]
            writer.write(f"200 result=1 ({name})\n".encode())
        assert await reader.read() == b""
        writer.close()
    assert results == [[f"V{n}" for n in range(100)]]


# -- the peer is broken, slow, or no Asterisk -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["half-header-then-eof", "connect-then-close", "header-of-10-mb", "header-of-65-lines", "slow-sender", "no-script"],
)
async def test_a_peer_that_does_not_send_a_header_block_is_dropped_and_the_door_stays_open(name: str) -> None:
    served: list[str] = []

    async def handler(agi: Agi) -> None:
        served.append(await agi.get("HL_DIALLED"))
        await agi.set("HL_NEXT", "wait")

    async with a_door(handler) as (_, port):
        await play_agi(f"agi/{name}.agi", port)
        assert served == []
        await play_agi("agi/arrive-and-answer.agi", port)
    assert served == ["0872-12345"]


async def test_an_unknown_route_is_closed_and_its_number_masked(caplog: pytest.LogCaptureFixture) -> None:
    assert await conversed("unknown-route", never) == []
    assert "unknown route" in caplog.text
    assert "13800138000" not in caplog.text


@pytest.mark.parametrize("name", ["line-without-end", "value-of-too-many-lines"])
async def test_an_endless_answer_ends_the_session(name: str) -> None:
    [outcome] = await conversed(name, one)
    assert isinstance(outcome, HungUp)


async def test_eof_in_a_command_is_a_hang_up() -> None:
    [outcome] = await conversed("eof-in-command", one)
    assert isinstance(outcome, HungUp)


async def test_a_command_without_an_answer_ends_the_session_at_its_deadline() -> None:
    [outcome] = await conversed("no-answer", one)
    assert isinstance(outcome, AgiTimeout)


async def test_sessions_beyond_the_bound_are_refused_and_the_others_served() -> None:
    release = asyncio.Event()

    async def handler(agi: Agi) -> None:
        await release.wait()

    async with a_door(handler, Limits(sessions=1)) as (door, port):
        first = await asyncio.open_connection("127.0.0.1", port)
        first[1].write(b"agi_network_script: call\n\n")
        while not door.sessions:
            await asyncio.sleep(0.01)
        second = await asyncio.open_connection("127.0.0.1", port)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            second[1].write(b"agi_network_script: call\n\n")
            await asyncio.wait_for(second[0].readexactly(1), 2)
        assert door.sessions == 1
        release.set()
        assert await first[0].read() == b""
        first[1].close()
        second[1].close()


# -- the caller hangs up --------------------------------------------------------------------------------------------


async def test_hangup_in_mid_command_is_no_answer_and_later_answers_stay_in_step() -> None:
    assert await conversed("hangup-in-mid-command", one_two) == [("one", True, "two")]


@pytest.mark.parametrize("name", ["hangup-while-idle", "eof-while-idle"])
async def test_a_hang_up_is_noticed_while_no_command_runs(name: str) -> None:
    async def handler(agi: Agi) -> str:
        await agi.music(True)
        async with asyncio.timeout(1):
            await agi.gone.wait()
        with pytest.raises(HungUp):
            await agi.stream("hl/late")
        return "noticed"

    assert await conversed(name, handler) == ["noticed"]


async def test_a_hang_up_in_a_prompt_is_caller_gone_for_the_phone() -> None:
    async def handler(agi: Agi) -> None:
        await AgiPhone(agi).play(["long", "never-played"])

    [outcome] = await conversed("hangup-in-prompt", handler)
    assert isinstance(outcome, CallerGone)


async def test_a_command_on_a_dead_channel_is_a_hang_up() -> None:
    async def handler(agi: Agi) -> None:
        assert not agi.gone.is_set()
        try:
            await agi.stream("hello")
        finally:
            assert agi.gone.is_set()

    [outcome] = await conversed("dead-channel-511", handler)
    assert isinstance(outcome, HungUp)


# -- answers of every shape -----------------------------------------------------------------------------------------


async def test_a_usage_answer_of_many_lines_is_one_refusal() -> None:
    async def handler(agi: Agi) -> str:
        with pytest.raises(AgiRefused, match="520 Invalid command syntax"):
            await agi.send("SET VARIABLE", "ONE")
        return await agi.get("TWO")

    assert await conversed("usage-of-many-lines", handler) == ["two"]


async def test_the_timeout_mark_is_kept() -> None:
    async def handler(agi: Agi) -> list[tuple[str, str | None]]:
        answers = [await agi.send("GET DATA", "beep", 100) for _ in range(3)]
        return [(answer.result, answer.data) for answer in answers]

    assert await conversed("timeout-mark", handler) == [[("", "timeout"), ("", None), ("12", "timeout")]]


async def test_a_value_that_asterisk_cut_is_read_again_whole() -> None:
    async def handler(agi: Agi) -> int:
        return len(await agi.get("LONG"))

    assert await conversed("cut-value", handler) == [1500]


async def test_trying_is_not_the_answer() -> None:
    assert await conversed("trying-then-answer", one) == ["one"]


async def test_keys_and_silence() -> None:
    async def handler(agi: Agi) -> list[str | None]:
        return [
            await agi.stream("hl/menu", "123#"),
            await agi.wait_key(1.5),
            await agi.wait_key(1.5),
            await agi.stream_stoppable("hl/queue"),
        ]

    assert await conversed("keys", handler) == [["#", None, "*", None]]


async def test_a_missing_sound_is_skipped_and_the_call_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    async def handler(agi: Agi) -> str | None:
        phone: Phone = AgiPhone(agi)
        return await phone.play(["nothere", "there"])

    assert await conversed("missing-sound", handler) == ["1"]
    assert "nothere" in caplog.text


@pytest.mark.parametrize("name", ["cancelled-command", "cancelled-long-command"])
async def test_a_cancelled_command_keeps_its_place_so_that_later_answers_stay_in_step(name: str) -> None:
    async def handler(agi: Agi) -> str:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(agi.stream("hl/long"), 0.05)
        return await one(agi)

    assert await conversed(name, handler) == ["one"]


# -- what comes from the caller is never a command ------------------------------------------------------------------


async def test_line_breaks_in_the_callers_number_forge_neither_route_nor_answer() -> None:
    async def handler(agi: Agi) -> tuple[str, ...]:
        await asyncio.sleep(0.05)
        assert not agi.gone.is_set()
        return agi.uniqueid, await agi.get("CALLERID(num)"), await agi.get("TWO")

    assert await conversed("newline-in-caller-number", handler) == [
        ("hl1-1763700000.1", "138\n\n200 result=1 (forged)", "two")
    ]


async def test_an_undecodable_name_does_not_lose_the_call() -> None:
    async def handler(agi: Agi) -> tuple[str, str]:
        return agi.headers["agi_calleridname"], await agi.get("CALLERID(name)")

    unreadable = "\ufffd" * 4  # text that may be sent on, journaled, stored
    assert await conversed("undecodable-caller-name", handler) == [(unreadable, unreadable)]


@pytest.mark.parametrize("value", ["wait\nSET VARIABLE HL_NEXT hangup", "a\rb", "a\0b"])
async def test_a_line_break_in_a_value_is_refused_and_nothing_is_sent(value: str) -> None:
    sent: list[bytes] = []

    async def handler(agi: Agi) -> None:
        with pytest.raises(QuotingError) as refused:
            await agi.set("X", value)
        assert value not in str(refused.value)

    async with a_door(handler) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"agi_network_script: call\n\n")
        sent.append(await reader.read())
        writer.close()
    assert sent == [b""]


# -- our own faults -------------------------------------------------------------------------------------------------


async def test_a_raising_handler_closes_the_session_and_is_logged_without_the_number(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def handler(agi: Agi) -> None:
        raise ValueError(f"cannot place {agi.headers['agi_callerid']}")

    with caplog.at_level(logging.DEBUG):
        await conversed("raising-handler", handler)
    assert "cannot place 138******00" in caplog.text
    assert "13800138000" not in caplog.text


def test_a_sync_handler_is_refused_when_it_is_registered() -> None:
    def handler(agi: Agi) -> None: ...

    with pytest.raises(TypeError, match="not async"):
        Door({"call": handler})  # type: ignore[dict-item]


async def test_close_lets_sessions_end_then_ends_them() -> None:
    ended: list[str] = []

    async def handler(agi: Agi) -> None:
        try:
            await asyncio.sleep(0.1 if "quick" in agi.query else 30)
            ended.append("by itself")
        except asyncio.CancelledError:
            ended.append("by us")
            raise

    door = Door({"call": handler}, QUICK)
    port = await door.serve("127.0.0.1", 0)
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
    for (_, writer), query in zip(connections, ("quick=1", "slow=1"), strict=True):
        writer.write(f"agi_network_script: call?{query}\n\n".encode())
    while door.sessions < 2:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.02)
    await door.close()
    assert ended == ["by itself", "by us"]
    assert door.sessions == 0
    for reader, writer in connections:
        assert await reader.read() == b""
        writer.close()
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port)


def test_every_agi_conversation_is_played_by_a_test() -> None:
    source = (HERE / "test_fastagi.py").read_text("utf-8") + (HERE / "test_panoramisk_faults.py").read_text("utf-8")
    unplayed = [path.stem for path in (HERE / "agi").glob("*.agi") if path.stem not in source]
    assert unplayed == []
