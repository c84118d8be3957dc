"""FastAGI on panoramisk's `Application` and `Request`, with what they lack: limits, order, quoting, hang-up.

In: connections from Asterisk. Out: one `Agi` per session, given to the handler whose name is the script's path.
Never: decides anything about a call, keeps a session's state after it ends, or logs a whole number or a key.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from panoramisk.fast_agi import Application, Request

from agi_scripts.journal import event_argument
from agi_scripts.wire import (
    Answer,
    AnswerReader,
    Mark,
    QuotingError,
    WireError,
    application_arguments,
    command,
    mask,
    parse_headers,
)

__all__ = [
    "Agi",
    "AgiError",
    "AgiRefused",
    "AgiTimeout",
    "Answer",
    "Door",
    "Handler",
    "HungUp",
    "Limits",
    "QuotingError",
]

log = logging.getLogger(__name__)

CUT_AT_BYTES = 1023  # GET VARIABLE's buffer: what fills it may have been longer (measured on 22.10)
_NO_LOOP = object()  # panoramisk keeps a loop and never uses it; None would make it ask for one outside of any


class AgiError(Exception):
    """Root of what an AGI session raises."""


class HungUp(AgiError):  # noqa: N818  # named for what happened, as `ivr.CallerGone`
    """The caller is gone, or Asterisk closed the session. The handler should end; nothing more can be said."""


class AgiTimeout(AgiError):  # noqa: N818  # named for what happened, as `ivr.CallerGone`
    """Asterisk did not answer a command in time. The session is closed: later answers could not be told apart."""


class AgiRefused(AgiError):  # noqa: N818  # named for what happened, as `ivr.CallerGone`
    """Asterisk refused a command: unknown (510), wrong (520), no such application, or no such sound file."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one door. Seconds are for one step, not for the session: a caller may wait for an hour."""

    header_bytes: int = 16384
    header_lines: int = 64
    header_s: float = 3.0  # Asterisk writes the block at once; who does not is no Asterisk
    command_s: float = 5.0  # an idle Asterisk answers in 0.1 ms; five seconds is a stuck one
    play_s: float = 300.0  # the longest announcement
    sessions: int = 2000  # beyond this the dialplan's fallback serves better than a late answer
    drain_s: float = 5.0


class _Session(Request):  # type: ignore[misc]  # panoramisk has no types
    """One connection: panoramisk's Request, with a reader task that sorts lines into answers and hang-up marks."""

    def __init__(
        self,
        app: _Application,
        headers: Mapping[str, str],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        super().__init__(app, headers, reader, writer, "utf-8")
        self.gone = asyncio.Event()
        self.closed = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._pending: deque[asyncio.Future[Answer]] = deque()
        self._asked: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    async def ask(self, line: str, seconds: float) -> Answer:
        """Send one line, return its answer. `seconds` count from when Asterisk has answered all that went before.

        A cancelled ask leaves its place in the row, so that later answers stay in step. Raises AgiTimeout (and closes
        the session), HungUp when the session is closed.
        """
        try:
            async with self._one_at_a_time:
                await self._earlier_answers()
                async with asyncio.timeout(seconds):
                    return await self._ask_now(line)
        except TimeoutError:
            self.writer.close()
            raise AgiTimeout(f"no answer within {seconds:g} s to {line.split(' ', 1)[0]}") from None
        except ConnectionError as error:
            raise HungUp("the AGI connection broke") from error

    async def _earlier_answers(self) -> None:
        """Let a command end whose asker was cancelled (a prompt still plays): Asterisk does one at a time."""
        if self._pending:
            await asyncio.wait(set(self._pending), timeout=self.app.limits.play_s)
        if self._pending:
            raise TimeoutError

    async def _ask_now(self, line: str) -> Answer:
        if self.closed.is_set():
            raise HungUp("the AGI session is closed")
        self._asked = asyncio.get_running_loop().create_future()
        self._pending.append(self._asked)
        answer: Answer = (await self.send_command(line))["answer"]
        return answer

    async def _read_result(self) -> dict[str, Any]:
        """Wait for the answer to the command just sent, in panoramisk's shape; `answer` is what we use."""
        answer = await asyncio.shield(self._asked)
        return {"status_code": answer.code, "result": (answer.result, answer.data or ""), "answer": answer}

    async def read(self) -> None:
        """The reader task's body: every line, until EOF, an endless line, or an answer that makes no sense."""
        lines = AnswerReader()
        try:
            while (raw := await self.reader.readline()).endswith(b"\n"):  # a line cut by EOF is no answer
                self._sort(lines.feed(raw.decode("utf-8", "replace").rstrip("\r\n")))
        except (ConnectionError, ValueError, WireError) as error:  # readline: ValueError for a line beyond its limit
            log.warning("AGI session dropped: %s", mask(str(error)))
            self.writer.close()
        finally:
            self._end()

    def _sort(self, item: Answer | Mark | None) -> None:
        if item is Mark.HANGUP:
            self.gone.set()
        elif isinstance(item, Answer):
            if not self._pending:
                log.warning("AGI answer that nobody asked for, code %d: dropped", item.code)
                return
            waiting = self._pending.popleft()
            if not waiting.done():
                waiting.set_result(item)

    def _end(self) -> None:
        self.closed.set()
        self.gone.set()
        while self._pending:
            waiting = self._pending.popleft()
            if not waiting.done():
                waiting.set_exception(HungUp("Asterisk closed the AGI session"))
                waiting.exception()  # seen: a cancelled asker must not make "never retrieved" noise


class Agi:
    """One AGI session, as a handler sees it. Methods raise HungUp, AgiTimeout, AgiRefused, QuotingError."""

    def __init__(self, session: _Session, limits: Limits, query: str = "") -> None:
        self._session = session
        self._limits = limits
        self.headers: Mapping[str, str] = session.headers
        self.query: Mapping[str, str] = dict(parse_qsl(query))
        self.args: tuple[str, ...] = _arguments(self.headers)
        self.channel = self.headers.get("agi_channel", "")
        self.uniqueid = self.headers.get("agi_uniqueid", "")
        self.gone = session.gone

    async def send(self, verb: str, *arguments: str | int, seconds: float | None = None) -> Answer:
        """Send one command; 511 raises HungUp, 510 and 520 AgiRefused. The building block of all others."""
        line = command(verb, *arguments)
        answer = await self._session.ask(line, self._limits.command_s if seconds is None else seconds)
        if answer.code == 511:
            self.gone.set()
            raise HungUp("the channel is dead (511)")
        if answer.code != 200:
            raise AgiRefused(f"{verb}: {answer.code} {answer.text}")
        return answer

    async def get(self, var: str) -> str:
        """A channel variable or function (`CALLERID(num)`); "" when unset."""
        value = (await self.send("GET VARIABLE", var)).data or ""
        if len(value.encode()) < CUT_AT_BYTES:
            return value
        return (await self.send("GET FULL VARIABLE", f"${{{var}}}")).data or ""

    async def set(self, var: str, value: str) -> None:
        """Set a channel variable or function."""
        await self.send("SET VARIABLE", var, value)

    async def run(self, app: str, *args: str, seconds: float | None = None) -> str:
        """Run a dialplan application; returns its result. Raises HungUp (-1), AgiRefused (-2, no such application)."""
        answer = await self.send("EXEC", app, application_arguments(args), seconds=seconds)
        if answer.result == "-2":
            raise AgiRefused(f"no such application: {app}")
        if answer.result == "-1":
            raise HungUp(f"{app} ended with the call")
        return answer.result

    async def stream(self, file: str, escape: str = "") -> str | None:
        """Play a sound file (no suffix) to its end; the key that stopped it, or None."""
        return self._key(await self._alive("STREAM FILE", file, escape, seconds=self._limits.play_s), file)

    async def stream_stoppable(self, file: str, escape: str = "") -> str | None:
        """Like `stream`, but AMI `ControlPlayback` (Control: stop) ends it. No key moves it forward or back."""
        answer = await self._alive("CONTROL STREAM FILE", file, escape, "3000", "", "", "", seconds=self._limits.play_s)
        return self._key(answer, file)

    async def wait_key(self, seconds: float) -> str | None:
        """Wait for one key; None when none came in `seconds`."""
        answer = await self._alive("WAIT FOR DIGIT", round(seconds * 1000), seconds=seconds + self._limits.command_s)
        return self._key(answer, "")

    async def music(self, on: bool, music_class: str = "") -> None:
        """Music on hold on or off, while no command runs."""
        await self.send("SET MUSIC", "on" if on else "off", *([music_class] if music_class else []))

    async def journal(self, event: str, fields: Mapping[str, str]) -> None:
        """Write a user event into the journal (CEL). `fields` are percent-encoded, the longest cut to fit."""
        await self.send("EXEC", "CELGenUserEvent", event_argument(event, fields))

    async def hangup(self) -> None:
        """Hang the caller up."""
        await self.send("HANGUP")

    async def _alive(self, verb: str, *arguments: str | int, seconds: float) -> Answer:
        if self.gone.is_set():
            raise HungUp("the caller has hung up")
        return await self.send(verb, *arguments, seconds=seconds)

    def _key(self, answer: Answer, file: str) -> str | None:
        if answer.result == "-1":
            if file and answer.endpos in (0, -1) and not self.gone.is_set():
                raise AgiRefused(f"no such sound: {file}")
            raise HungUp("the caller hung up while listening")
        code = int(answer.result) if answer.result.isdigit() else 0
        return chr(code) if code else None


Handler = Callable[[Agi], Awaitable[None]]


def _arguments(headers: Mapping[str, str]) -> tuple[str, ...]:
    found: list[str] = []
    while (value := headers.get(f"agi_arg_{len(found) + 1}")) is not None:
        found.append(value)
    return tuple(found)


class _Application(Application):  # type: ignore[misc]  # panoramisk has no types
    """panoramisk's Application: its routes, our handling of a connection."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(default_encoding="utf-8", loop=_NO_LOOP)
        self.limits = limits
        self.tasks: set[asyncio.Task[None]] = set()

    def add_route(self, path: str, endpoint: Handler) -> None:
        """Register an async handler. TypeError for a sync one: panoramisk would only crash when the call comes."""
        if not (inspect.iscoroutinefunction(endpoint) or inspect.iscoroutinefunction(type(endpoint).__call__)):
            raise TypeError(f"the handler of {path!r} is not async")
        if path in self._route:
            raise ValueError(f"two handlers for {path!r}")
        self._route[path] = endpoint

    async def handler(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection from accept to close; never raises, whatever the peer or the route's handler does."""
        task = asyncio.current_task()
        assert task is not None
        if len(self.tasks) >= self.limits.sessions:
            log.error("AGI session refused: %d are open", len(self.tasks))
            writer.transport.abort()
            return
        self.tasks.add(task)
        try:
            headers = await self._read_headers(reader)
            await self._serve(headers, reader, writer)
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, WireError, OSError) as error:
            log.warning("AGI connection dropped before its call: %s", mask(repr(error))[:200])
        except asyncio.CancelledError:  # by `Door.close`, which awaits us; asyncio's server would report it as a fault
            log.warning("AGI session ended by our own shutdown; the dialplan takes over")
        finally:
            self.tasks.discard(task)
            writer.close()

    async def _read_headers(self, reader: asyncio.StreamReader) -> dict[str, str]:
        async with asyncio.timeout(self.limits.header_s):
            block = await reader.readuntil(b"\n\n")
        return parse_headers(block[:-2], self.limits.header_lines)

    async def _serve(
        self, headers: Mapping[str, str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        path, _, query = headers.get("agi_network_script", "").partition("?")
        route: Handler | None = self._route.get(path.strip("/"))
        if route is None:
            log.error("AGI session for an unknown route %r: closed", mask(path)[:80])
            return
        session = _Session(self, headers, reader, writer)
        reading = asyncio.create_task(session.read(), name=f"agi-read-{path}")
        try:
            await route(Agi(session, self.limits, query))
        except HungUp:
            log.debug("AGI %s: the caller hung up", path)
        except Exception:  # noqa: BLE001  # whatever the handler's fault, the dialplan goes on with this call
            log.error("AGI %s failed; the dialplan takes over\n%s", path, mask(traceback.format_exc()))
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


class Door:
    """The FastAGI server. `handlers` maps a script's path (`arrive` of `agi://host/arrive?x=1`) to its handler."""

    def __init__(self, handlers: Mapping[str, Handler], limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._server: asyncio.Server | None = None
        self._application = _Application(self._limits)
        for path, handler in handlers.items():
            self._application.add_route(path.strip("/"), handler)

    async def serve(self, host: str, port: int) -> int:
        """Listen; returns the bound port (useful for port 0) as soon as connections are taken. OSError if taken."""
        self._server = await asyncio.start_server(
            self._application.handler, host, port, limit=self._limits.header_bytes, backlog=512
        )
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    @property
    def sessions(self) -> int:
        """How many sessions are open."""
        return len(self._application.tasks)

    async def close(self) -> None:
        """Take no new session, let the open ones end for `drain_s`, then end them. Their calls go to the fallback."""
        if self._server is None:
            return
        self._server.close()
        tasks = set(self._application.tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self._limits.drain_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._server = None
