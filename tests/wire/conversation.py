r"""Plays a written conversation against a real socket: this side is Asterisk, the other side is the code under test.

In: a file of `agi/` or `ami/`, and a stream. Out: nothing; an AssertionError names the line that did not go as written.
Never: guesses. What the file does not say is not sent, and what it says is waited for at most `PATIENCE_S`.

One directive a line (`#` begins a comment line):

    << text          send the text and a line end (AGI: LF, AMI: CRLF); `\r`, `\n`, `\0`, `\xNN` and `\\` are escapes
    <<N text         the same N times
    <- text          send the text without a line end; <-N: N times
    >> text          AGI: the next line received is this; AMI: the next message holds these headers (` | ` between)
    >! text          nothing received so far or in the next 0.2 s holds this text
    .. seconds       wait
    ~~ eof           this side sends no more, but still reads
    ~~ close         this side closes; ~~ abort: it resets the connection
    ~~ closed        the other side closes now
    == connection    AMI: the next connection is taken (the first one is taken by the first directive)

In AMI lines `{id}` is the ActionID of the action received last, `{id:Name}` that of the last action called Name.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import struct
from dataclasses import dataclass, field
from pathlib import Path
from socket import SO_LINGER, SOL_SOCKET

PATIENCE_S = 3.0
HERE = Path(__file__).parent
_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|r|n|0|\\)")
_ESCAPES = {b"r": b"\r", b"n": b"\n", b"0": b"\0", b"\\": b"\\"}


@dataclass(frozen=True, slots=True)
class Directive:
    """One line of a file: `place` is file:line, for messages."""

    place: str
    what: str
    text: str


def read_conversation(name: str) -> list[Directive]:
    """Read `agi/…` or `ami/…` beside this module."""
    found = []
    for number, line in enumerate((HERE / name).read_text("utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            what, _, text = line.partition(" ")
            found.append(Directive(f"{name}:{number}", what, text))
    return found


def to_bytes(text: str) -> bytes:
    """The bytes of a directive's text, escapes undone."""

    def undone(match: re.Match[bytes]) -> bytes:
        code = match[1]
        return bytes([int(code[1:], 16)]) if code.startswith(b"x") else _ESCAPES[code]

    return _ESCAPE.sub(undone, text.encode("utf-8"))


@dataclass
class Side:
    """Our end of one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    end: bytes
    ids: dict[str, str] = field(default_factory=dict)
    received: bytes = b""

    async def do(self, directive: Directive) -> None:
        what, text = directive.what, directive.text
        if what.startswith(("<<", "<-")):
            await self._send(what, text)
        elif what == ">>":
            await self._expect(directive)
        elif what == ">!":
            await self._expect_not(directive)
        elif what == "..":
            await asyncio.sleep(float(text))
        elif what == "~~":
            await self._end(directive)
        else:
            raise AssertionError(f"{directive.place}: no such directive {what!r}")

    async def _send(self, what: str, text: str) -> None:
        text = re.sub(r"\{id(?::(\w+))?\}", lambda match: self.ids.get(match[1] or "", "nobody"), text)
        line = to_bytes(text) + (b"" if what.startswith("<-") else self.end)
        self.writer.write(line * int(what[2:] or 1))
        with contextlib.suppress(ConnectionError):  # the other side has had enough: `~~ closed` says if it was meant to
            await asyncio.wait_for(self.writer.drain(), PATIENCE_S)

    async def _expect(self, directive: Directive) -> None:
        mark = b"\n" if self.end == b"\n" else b"\r\n\r\n"
        try:
            data = await asyncio.wait_for(self.reader.readuntil(mark), PATIENCE_S)
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            raise AssertionError(f"{directive.place}: expected {directive.text!r}, got {error!r}") from error
        self.received += data
        if self.end == b"\n":
            assert data.rstrip(b"\n") == to_bytes(directive.text), f"{directive.place}: got {data!r}"
            return
        headers = data.decode().split("\r\n")
        self._remember_id(headers)
        for wanted in directive.text.split(" | "):
            assert wanted in headers, f"{directive.place}: {wanted!r} is not in {headers}"

    def _remember_id(self, headers: list[str]) -> None:
        fields = dict(header.split(": ", 1) for header in headers if ": " in header)
        self.ids[""] = self.ids[fields["Action"]] = fields["ActionID"]

    async def _expect_not(self, directive: Directive) -> None:
        try:
            async with asyncio.timeout(0.2):
                while data := await self.reader.read(65536):
                    self.received += data
        except TimeoutError:
            pass
        assert to_bytes(directive.text) not in self.received, f"{directive.place}: {directive.text!r} was sent"

    async def _end(self, directive: Directive) -> None:
        match directive.text:
            case "eof":
                self.writer.write_eof()
            case "close":
                self.writer.close()
            case "abort":
                self.writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
                self.writer.transport.abort()
            case "closed":
                await self._closed(directive)
            case _:
                raise AssertionError(f"{directive.place}: no such end {directive.text!r}")

    async def _closed(self, directive: Directive) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while await self.reader.read(65536):
                    pass
        except ConnectionError:
            pass
        except TimeoutError:
            raise AssertionError(f"{directive.place}: the connection is still open") from None


async def play_agi(name: str, port: int) -> None:
    """Play a file of `agi/` as Asterisk: connect to the door at `port` and do each line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    side = Side(reader, writer, b"\n")
    try:
        for directive in read_conversation(name):
            await side.do(directive)
    finally:
        writer.close()


class AmiScript:
    """Asterisk's manager as a file of `ami/` says it: listens on a free port and plays while the client connects."""

    def __init__(self, name: str) -> None:
        self._directives = read_conversation(name)
        self._connections: asyncio.Queue[Side] = asyncio.Queue()
        self._open: list[Side] = []
        self.port = 0

    async def __aenter__(self) -> AmiScript:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        while not self._connections.empty():
            self._open.append(self._connections.get_nowait())
        for side in self._open:
            side.writer.close()

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.put_nowait(Side(reader, writer, b"\r\n"))

    async def play(self) -> None:
        """Do each line; returns at the end of the file with the last connection still open."""
        side = await self._next()
        for directive in self._directives:
            if directive.what == "==":
                side = await self._next()
            else:
                await side.do(directive)

    async def _next(self) -> Side:
        side = await asyncio.wait_for(self._connections.get(), PATIENCE_S)
        self._open.append(side)
        return side
