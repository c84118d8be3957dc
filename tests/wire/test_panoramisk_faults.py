"""What bare panoramisk 1.4 does wrong. When one of these fails the fault has been mended there: then look at what
`agi_scripts/fastagi.py` or `gateway/ami.py` does about it, and whether it is still needed."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.fast_agi import Application, Request
from panoramisk.manager import Manager
from panoramisk.message import Message
from panoramisk.utils import parse_agi_result

from tests.wire.conversation import AmiScript


class SpunError(Exception):
    """Read again and again after EOF."""


class EndedReader:
    """A stream at its end, which counts how often it is read."""

    def __init__(self) -> None:
        self.reads = 0

    async def read(self, _size: int) -> bytes:
        self.reads += 1
        if self.reads > 1000:
            raise SpunError
        return b""


class Writer:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    async def drain(self) -> None: ...

    def close(self) -> None: ...

    def get_extra_info(self, _name: str) -> None: ...


def request(*lines: str) -> tuple[Any, Writer]:
    reader = asyncio.StreamReader()
    reader.feed_data("".join(line + "\n" for line in lines).encode())
    reader.feed_eof()
    writer = Writer()
    return Request(None, {}, reader, writer), writer


async def test_eof_before_the_headers_end_spins_for_ever() -> None:
    application = Application(loop=asyncio.get_running_loop())
    with pytest.raises(SpunError):
        await application.handler(EndedReader(), Writer())


async def test_hangup_is_taken_for_an_answer_and_shifts_the_rest() -> None:
    bare, _ = request("HANGUP", "200 result=1 (one)", "200 result=1 (two)")
    assert (await bare.send_command("GET VARIABLE ONE"))["error"] == "AGIResultHangup"
    assert (await bare.send_command("GET VARIABLE TWO"))["result"] == ("1", "one")


async def test_a_line_break_is_a_second_command() -> None:
    bare, writer = request("200 result=1")
    await bare.send_command('SET VARIABLE NAME "x\nHANGUP"')
    assert writer.written.split(b"\n")[1].startswith(b"HANGUP")


async def test_eof_in_a_command_is_no_hang_up() -> None:
    bare, _ = request()
    with pytest.raises(ValueError, match="invalid literal"):
        await bare.send_command("GET VARIABLE ONE")


def test_the_timeout_mark_is_lost() -> None:
    assert parse_agi_result("200 result= (timeout)")["result"] == ("", "")


def test_511_is_an_unknown_error() -> None:
    assert parse_agi_result("511 Command Not Permitted on a dead channel")["error"] == "AGIUnknownError"


def test_utf8_split_over_two_reads_loses_characters() -> None:
    heard: list[Any] = []
    protocol = AMIProtocol()
    protocol.connection_made(None)
    protocol.encoding = "utf8"
    protocol.factory = type("Factory", (), {"dispatch": staticmethod(heard.append), "save_stream": None})()
    data = "Asterisk Call Manager/11.0.0\r\nEvent: X\r\nName: 张三丰\r\n\r\n".encode()
    cut = data.index("三".encode()) + 1
    protocol.data_received(data[:cut])
    protocol.data_received(data[cut:])
    assert heard[0]["Name"] == "张丰"


async def test_queued_without_async_kills_the_link() -> None:
    action = Action({"Action": "Originate"})
    answer = Message({"Response": "Success", "Message": "Originate successfully queued"})
    with pytest.raises(KeyError):
        action.add_message(answer)


async def test_a_refused_list_is_never_answered() -> None:
    action = Action({"Action": "QueueStatus"}, as_list=True)
    action.add_message(Message({"Response": "Error", "Message": "Permission denied"}))
    assert not action.future.done()


async def test_an_originate_in_flight_is_sent_again_after_a_reconnect() -> None:
    async with AmiScript("ami/panoramisk-sends-again.ami") as script:
        manager = Manager(
            host="127.0.0.1",
            port=script.port,
            username="u",
            secret="s",
            reconnect_timeout=0,
            log=logging.getLogger("bare"),
        )
        playing = asyncio.create_task(script.play())
        await manager.connect()
        await asyncio.wait_for(asyncio.shield(manager.authenticated_future), 2)
        manager.send_action({"Action": "Originate", "Channel": "PJSIP/seat-801"})
        await playing
        manager.connection_lost = lambda _exc: None
        manager.protocol.connection_lost = lambda _exc: None
        manager.close()
