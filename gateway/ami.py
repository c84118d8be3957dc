"""AMI on panoramisk's `Manager`, `AMIProtocol` and `Action`, with what they lack: order, bounds, deadlines, honesty.

In: actions to send; Asterisk's events. Out: `Response`s, lists of events, and each event in order to one callback.
Never: sends an action twice, waits without a limit, keeps events without a bound, or serves as history.

A lost link is found by reads and by unanswered pings, and made again; `on_connect` then rebuilds live state.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager
from panoramisk.message import Message

from gateway.ami_wire import Cutter, Event, Response, Value, WireError, check_fields
from gateway.errors import CallerFaultError, FatalError, HotlineError, IndeterminateError, RetryableError

__all__ = ["Ami", "AmiState", "AmiTimes", "Event", "Response"]

log = logging.getLogger(__name__)

MAX_UNSENT_BYTES = 1_048_576  # Asterisk does not read: more would only grow our memory
MAX_LIST = 20_000
TURN_S = 0.005  # the event loop gets a turn after so long, so that a flood of events does not delay calls

_SINGLE = ("Event", "Response", "ActionID", "CommandID", "EventList", "Message", "SubEvent")
_NONE_FOUND = re.compile(r": No [\w ]+ found\.?$")


class AmiState(StrEnum):
    """What the link is doing."""

    STOPPED = "stopped"
    CONNECTING = "connecting"
    RESYNCING = "resyncing"  # logged in; `on_connect` is running; events wait
    CONNECTED = "connected"
    REFUSED = "refused"  # wrong user name or secret: only a person can mend it; tried again slowly


@dataclass(frozen=True, slots=True)
class AmiTimes:
    """Deadlines and pauses in seconds, and the bound of the event queue."""

    connect_s: float = 3.0
    action_s: float = 5.0
    ping_every_s: float = 10.0
    ping_s: float = 5.0
    resync_s: float = 30.0
    retry_s: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0, 5.0)  # pause before each new attempt; the last one repeats
    refused_s: float = 60.0  # a wrong secret mends itself only when a person acts
    queue: int = 10_000  # reading stops at half of it, and one read (256 kB) holds less than the other half


class _Action(Action):  # type: ignore[misc]  # panoramisk has no types
    """One action: panoramisk's fields, id, future and serialisation; our rule of when it is answered."""

    def add_message(self, message: Message) -> bool:
        """Collect; True when the action is answered. An Error always is; a list is at its `Complete` event."""
        self.responses.append(message)
        if self.future.done():
            return True
        if len(self.responses) > MAX_LIST:
            self.future.set_exception(RetryableError(f"AMI {self.action}: a list of more than {MAX_LIST}"))
            return True
        if self._whole(message):
            self.future.set_result(self.responses)
            return True
        return False

    def _whole(self, message: Message) -> bool:
        if "event" not in message:
            return not self.as_list or not message.success
        return bool(message.eventlist.lower() in ("complete", "cancelled") or message.event.endswith("Complete"))


class _Protocol(AMIProtocol):  # type: ignore[misc]  # panoramisk has no types
    """One link: panoramisk's sending and matching of answers; our cutting, and the truth about what was lost."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.encoding = "utf-8"
        self.cutter = Cutter()
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        if self.lost.done():
            return
        try:
            for text in self.cutter.feed(data):
                message = None if self.lost.done() or self.factory.unwanted(text) else _message(text)
                if message is not None:
                    self.handle_message(message)
        except WireError as error:
            self.drop(str(error))

    def handle_message(self, message: Message) -> None:
        action = self.responses.get(message.action_id)
        if action is not None and (action.as_list or "event" not in message):
            if action.add_message(message):
                self.responses.pop(action.id, None)
        elif "event" in message:
            self.factory.dispatch(message)
            if message.event.lower() == "shutdown":
                self.drop("Asterisk is shutting down")

    def drop(self, reason: str) -> None:
        """End the link now. Every action without an answer fails as indeterminate; none is ever sent again."""
        if not self.lost.done():
            self.lost.set_result(reason)
        self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.drop(str(exc) if exc else "Asterisk closed the link")

    def close(self) -> None:
        self.closed = True
        self.transport.abort()
        actions = list(self.responses.values())
        self.responses.clear()
        for action in actions:
            if not action.future.done():
                why = self.lost.result() if self.lost.done() else "closed"
                action.future.set_exception(
                    IndeterminateError(f"AMI {action.action}: link lost before its answer: {why}")
                )


class _Manager(Manager):  # type: ignore[misc]  # panoramisk has no types
    """panoramisk's configuration, connection and dispatch; login, pings and new attempts are in `Ami`'s one task."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.callbacks.clear()  # panoramisk's only one sends waiting actions again after each login
        self.patterns.clear()
        self.only = frozenset(f"Event: {name}" for name in config.get("only") or ())

    def unwanted(self, text: str) -> bool:
        """An event that nobody asked for: not worth being taken apart, unless it may be part of a list."""
        if not self.only or not text.startswith("Event: "):
            return False
        first = text.partition("\r\n")[0]
        return first not in self.only and first != "Event: Shutdown" and "\r\nActionID: " not in text

    def connection_made(self, f: asyncio.Future[tuple[asyncio.Transport, _Protocol]]) -> None:
        if f.cancelled() or f.exception() is not None:
            return
        _, protocol = f.result()
        protocol.factory = self
        protocol.config = self.config
        self.protocol = protocol
        self.responses = protocol.responses


class Ami:
    """The link to Asterisk's manager. `on_event` is sync, quick, and called from one task in the order of arrival.

    `on_connect` runs after every login (the first, too), before any event of the new link is delivered; events that
    came meanwhile follow it, so what it read may already hold some of them. It may call `action` and `action_list`.
    If it raises, the link is made again. `only`: names of the events that `on_event` wants; empty means all.
    """

    def __init__(
        self,
        host: str,
        port: int,
        username: str,
        secret: str,
        on_event: Callable[[Event], None],
        *,
        on_connect: Callable[[], Awaitable[None]] | None = None,
        times: AmiTimes | None = None,
        events: str = "on",
        only: Collection[str] = (),
    ) -> None:
        self.on_connect = on_connect
        self.state = AmiState.STOPPED
        self.last_error: HotlineError | None = None
        self.version = ""
        self._times = times or AmiTimes()
        self._login = {"Username": username, "Secret": secret, "Events": events}
        self._on_event = on_event
        self._queue: asyncio.Queue[tuple[object, Event]] = asyncio.Queue(self._times.queue)
        self._manager = _Manager(host=host, port=port, protocol_factory=_Protocol, log=log, only=only)
        self._manager.register_event("*", self._enqueue)
        self._tried = asyncio.Event()
        self._deliver = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def connected(self) -> bool:
        """Logged in and live state rebuilt."""
        return self.state is AmiState.CONNECTED

    async def start(self) -> None:
        """Begin to connect; returns after the first attempt, whether it succeeded (`connected`) or will be repeated.

        Raises FatalError when Asterisk refuses the secret; even then it goes on trying, slowly, until `stop`.
        """
        self._manager.loop = asyncio.get_running_loop()
        self._tried.clear()
        self._tasks = [
            asyncio.create_task(self._keep(), name="ami-link"),
            asyncio.create_task(self._consume(), name="ami-events"),
        ]
        await self._tried.wait()
        if isinstance(self.last_error, FatalError):
            raise self.last_error

    async def stop(self) -> None:
        """End the link and both tasks, also in the middle of an attempt. Unanswered actions fail."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self._drop("stopped")
        self.state = AmiState.STOPPED

    async def action(self, name: str, *, wait_s: float | None = None, **fields: Value) -> Response:
        """Send one action, return its answer. `fields` are AMI's own names; a list value gives one header each.

        Raises RetryableError (never written), IndeterminateError (written, no answer), CallerFaultError (refused by
        Asterisk, with its message, or a value that cannot be sent).
        """
        messages = await self._ask(name, False, wait_s, fields)
        return Response(_fields(messages[-1]))

    async def action_list(self, name: str, *, wait_s: float | None = None, **fields: Value) -> list[Event]:
        """Send an action that Asterisk answers with a list; return its events without the closing one.

        An empty list is [], also where Asterisk calls it an error (`No Contacts found`). Raises as `action`.
        """
        try:
            messages = await self._ask(name, True, wait_s, fields)
        except CallerFaultError as error:
            if _NONE_FOUND.search(str(error)):
                return []
            raise
        return [Event(_fields(message)) for message in messages if "event" in message and message is not messages[-1]]

    async def _ask(self, name: str, as_list: bool, wait_s: float | None, fields: dict[str, Value]) -> list[Message]:
        check_fields({"Action": name, **fields})
        if self.state not in (AmiState.CONNECTED, AmiState.RESYNCING):
            raise RetryableError(f"AMI {name}: no link to Asterisk ({self.state})")
        messages = await self._send(name, as_list, wait_s or self._times.action_s, fields)
        answer = messages[0] if as_list else messages[-1]
        if "response" in answer and not answer.success:
            raise CallerFaultError(f"AMI {name}: {answer.message or answer.response}")
        return messages

    async def _send(self, name: str, as_list: bool, seconds: float, fields: dict[str, Value]) -> list[Message]:
        protocol: _Protocol | None = self._manager.protocol
        if protocol is None or protocol.lost.done() or protocol.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            raise RetryableError(f"AMI {name}: Asterisk does not take it now")
        action = _Action({"Action": name, **fields}, as_list=as_list)
        future: asyncio.Future[list[Message]] = self._manager.send_action(action, as_list=as_list)
        try:
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            raise IndeterminateError(f"AMI {name}: no answer within {seconds:g} s") from None
        finally:
            protocol.responses.pop(action.id, None)

    async def _keep(self) -> None:
        """The link's one owner: connect, serve, and after a pause again, until cancelled."""
        attempt = 0
        while True:
            self.state = AmiState.CONNECTING
            pause = self._times.retry_s[min(attempt, len(self._times.retry_s) - 1)]
            attempt += 1
            try:
                await self._connect()
                attempt = 0
                await self._serve()
            except FatalError as error:
                self._fail(error, AmiState.REFUSED)
                pause = self._times.refused_s
            except (HotlineError, OSError, TimeoutError) as error:
                self._fail(error if isinstance(error, HotlineError) else RetryableError(str(error) or repr(error)))
            except Exception as error:  # whatever it is, the link has no other owner
                log.exception("AMI link: our own fault")
                self._fail(RetryableError(repr(error)))
            self._tried.set()
            await asyncio.sleep(pause)

    async def _connect(self) -> None:
        async with asyncio.timeout(self._times.connect_s):
            await self._manager.connect()
        answer = (await self._send("Login", False, self._times.action_s, dict(self._login)))[-1]
        if not answer.success:
            raise FatalError(f"Asterisk refuses the AMI login: {answer.message}")
        self.version = self._manager.protocol.cutter.version

    async def _serve(self) -> None:
        self.state = AmiState.RESYNCING
        lost = self._manager.protocol.lost
        await self._resync()
        if lost.done():
            raise RetryableError(lost.result())
        self.last_error = None
        self.state = AmiState.CONNECTED
        self._deliver.set()
        self._tried.set()
        log.info("AMI connected, version %s", self.version)
        while not lost.done():
            await asyncio.wait([lost], timeout=self._times.ping_every_s)
            if not lost.done():
                await self._send("Ping", False, self._times.ping_s, {})
        raise RetryableError(lost.result())

    async def _resync(self) -> None:
        if self.on_connect is None:
            return
        try:
            async with asyncio.timeout(self._times.resync_s):
                await self.on_connect()
        except HotlineError:
            raise
        except Exception as error:  # the hook's fault must not end the link's only owner
            log.exception("AMI resync failed")
            raise RetryableError(f"resync failed: {error!r}") from error

    def _fail(self, error: HotlineError, state: AmiState = AmiState.CONNECTING) -> None:
        self.last_error = error
        self.state = state
        log.error("AMI link: %s", error)
        self._drop(str(error))

    def _drop(self, reason: str) -> None:
        """End the link and forget events of it that were not delivered: the resync replaces them."""
        self._deliver.clear()
        if self._manager.protocol is not None:
            self._manager.protocol.drop(reason)
        with contextlib.suppress(asyncio.QueueEmpty):
            while True:
                self._queue.get_nowait()

    def _enqueue(self, _manager: Manager, message: Message) -> None:
        protocol = self._manager.protocol
        try:
            self._queue.put_nowait((protocol, Event(_fields(message))))
        except asyncio.QueueFull:
            protocol.drop(f"more than {self._times.queue} events waiting; live state is rebuilt")
            return
        if self._deliver.is_set() and self._queue.qsize() * 2 > self._times.queue:
            protocol.transport.pause_reading()  # Asterisk waits `writetimeout`; a resync needs reading, hence the `if`

    async def _consume(self) -> None:
        """Deliver events one after another; a raising callback loses its event only."""
        turn = 0.0
        while True:
            if self._queue.empty() and self._manager.protocol is not None:
                self._manager.protocol.transport.resume_reading()
            link, event = await self._queue.get()
            await self._deliver.wait()
            if link is not self._manager.protocol:
                continue  # of a link that is gone: the resync has replaced it
            try:
                self._on_event(event)
            except Exception:  # one bad event must not stop the others
                log.exception("AMI event %s: the callback failed", event.name)
            if time.monotonic() - turn > TURN_S:
                await asyncio.sleep(0)
                turn = time.monotonic()


def _message(text: str) -> Message | None:
    """panoramisk's message, with one value for what must have one: two Event headers make its dispatch fail."""
    message = Message.from_line(text)
    for name in _SINGLE if message is not None else ():
        if isinstance(value := message.get(name), list):
            message[name] = value[0]
    return message


def _fields(message: Message) -> list[tuple[str, str]]:
    pairs: list[tuple[str, Any]] = [(k, v) for k, v in message.items() if k != "content" or v]
    return [(name, one) for name, value in pairs for one in (value if isinstance(value, list) else [value])]
