"""The process that holds the scripted telephones: one baresip, many numbers, commands and events as JSON lines.

In: commands on stdin (`{"id", "do", …}`). Out: answers (`{"id", "ok"}`) and events (`{"event", "at", …}`, epoch
seconds) on stdout, and for every call a file of raw PCM that holds what the call heard, in true time (where no sound
came there are zeros). Never: decides anything about a test; `tests.kit.phone` is the side that tests use.

A process of its own because baresip allows one runtime in a process, and a crash of native code must not take pytest
along.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import baresip
import numpy as np
from baresip import Event, StackEvent

from tests.kit.tones import RATE, tone

PUMP_S = 0.02
AHEAD_S = 0.2  # how far ahead of the wire a tone is queued: more than a scheduling hiccup, less than the buffer
GAP_S = 0.1  # a shorter lack of received audio is jitter, a longer one is silence and becomes zeros
LOOP_S = 1  # whole seconds of a whole-Hz tone repeat without a break


def emit(**message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def event(name: str, **fields: object) -> None:
    emit(event=name, at=time.time(), **fields)


@dataclass
class Live:
    """One call of one phone, with its two streams."""

    ident: int
    call: baresip.Call
    heard: BinaryIO
    loop: bytes  # the tone this side sends, LOOP_S long; empty: silence
    sent: int = 0
    media_at: float = 0.0
    received: int = 0

    def pump(self) -> None:
        """Move audio both ways; does nothing while the call has no media."""
        try:
            info = self.call.audio.info()
            if not info.rx_ready:
                return
            if not self.media_at:
                self.media_at = time.time()
                event("media", call=self.ident)
            self._take()
            if self.loop and info.tx_ready:
                self._give(round(AHEAD_S * RATE) * 2 - info.tx_buffered)
        except (baresip.AudioNotActive, baresip.AudioRestarted):
            return

    def _take(self) -> None:
        pcm = self.call.audio.read(RATE)
        due = round((time.time() - self.media_at) * RATE) * 2
        gap = due - self.received - len(pcm)
        if gap > GAP_S * RATE * 2:
            pcm = bytes(gap) + pcm
        self.heard.write(pcm)
        self.received += len(pcm)

    def _give(self, wanted: int) -> None:
        if wanted <= 0:
            return
        start = self.sent % len(self.loop)
        block = (self.loop + self.loop)[start : start + wanted]
        self.sent += self.call.audio.write(block)


@dataclass
class Phone:
    """A number with its habits for calls that come in."""

    name: str
    agent: baresip.UserAgent
    loop: bytes = b""
    answer_s: float | None = None  # None: let it ring
    reject: bool = False
    hangup_s: float | None = None  # after answering
    calls: list[int] = field(default_factory=list)


class Bank:
    """All phones and calls of this process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runtime = baresip.Runtime()
        self._phones: dict[str, Phone] = {}
        self._live: dict[int, Live] = {}
        self._idents: dict[int, int] = {}  # baresip's handle of a call → ours
        self._early: dict[int, list[StackEvent]] = {}  # a fast refusal can come before `dial` has told the handle
        self._tasks: set[asyncio.Task[None]] = set()
        self._next = 0

    async def start(self, sip_port: int, rtp_start: int, rtp_end: int, headers: tuple[str, ...]) -> None:
        extra = f"sip_listen 127.0.0.1:{sip_port}\nrtp_ports {rtp_start}-{rtp_end}\n"
        await self._runtime.start(
            baresip.Config(
                net_interface="127.0.0.1",
                max_concurrent_calls=None,
                expose_headers=headers,
                extra_config_text=extra,
            )
        )
        self._runtime.subscribe(self._on_stack_event)
        self._own(self._pump())

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._runtime.close()

    def _own(self, coroutine: Any) -> None:
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pump(self) -> None:
        while True:
            for live in list(self._live.values()):
                live.pump()
            await asyncio.sleep(PUMP_S)

    # -- commands: one method each, named do_<command>, answers are JSON objects ----------------------------------

    async def do_phone(self, name: str, aor: str, register: bool, tone_hz: list[float]) -> dict[str, object]:
        agent = await baresip.UserAgent.create(self._runtime, aor)
        phone = Phone(name, agent, _loop(tone_hz))
        self._phones[name] = phone
        agent.on_incoming(lambda call: self._incoming(phone, call))
        if register:
            await agent.register()
        return {}

    async def do_register(self, name: str) -> dict[str, object]:
        await self._phones[name].agent.register()
        return {}

    async def do_unregister(self, name: str) -> dict[str, object]:
        await self._phones[name].agent.unregister()
        return {}

    async def do_habit(
        self, name: str, answer_s: float | None, reject: bool, hangup_s: float | None
    ) -> dict[str, object]:
        phone = self._phones[name]
        phone.answer_s, phone.reject, phone.hangup_s = answer_s, reject, hangup_s
        return {}

    async def do_dial(self, name: str, uri: str, headers: list[tuple[str, str]]) -> dict[str, object]:
        phone = self._phones[name]
        call = await phone.agent.dial(uri, headers=_Headers(headers))  # only .items() is used
        return {"call": self._adopt(phone, call)}

    async def do_answer(self, call: int) -> dict[str, object]:
        await self._live[call].call.answer()
        return {}

    async def do_reject(self, call: int) -> dict[str, object]:
        await self._live[call].call.reject()
        return {}

    async def do_hangup(self, call: int) -> dict[str, object]:
        if live := self._live.get(call):
            await live.call.hangup()
            if live.call.state is baresip.CallState.OUTGOING:
                self._gone(call, "given up")  # baresip reports no end of a call that it cancels itself
        return {}

    async def do_dtmf(self, call: int, digits: str) -> dict[str, object]:
        await self._live[call].call.send_dtmf(digits)
        return {}

    async def do_say(self, call: int, tone_hz: list[float]) -> dict[str, object]:
        live = self._live[call]
        live.call.audio.flush_tx()
        live.loop, live.sent = _loop(tone_hz), 0
        return {}

    # -- events -----------------------------------------------------------------------------------------------------

    def _incoming(self, phone: Phone, call: baresip.Call) -> None:
        ident = self._adopt(phone, call)
        event("incoming", phone=phone.name, call=ident, peer=call.peer or "", headers=dict(call.headers))
        self._own(self._behave(phone, ident, call))

    async def _behave(self, phone: Phone, ident: int, call: baresip.Call) -> None:
        try:
            if phone.reject:
                await call.reject()
                return
            if phone.answer_s is None:
                return
            await asyncio.sleep(phone.answer_s)
            await call.answer()
            if phone.hangup_s is not None:
                await asyncio.sleep(phone.hangup_s)
                await call.hangup()
        except baresip.StaleHandleError:
            return  # the other side was faster; its end has been reported

    def _adopt(self, phone: Phone, call: baresip.Call) -> int:
        self._next += 1
        ident = self._next
        heard = (self._folder / f"heard-{ident}.pcm").open("wb", buffering=0)
        self._live[ident] = Live(ident, call, heard, phone.loop)
        self._idents[call.handle] = ident
        call.on_dtmf(lambda digit: event("dtmf", call=ident, digit=digit.digit))
        for early in self._early.pop(call.handle, []):
            self._on_call(ident, early)
        return ident

    def _on_stack_event(self, stack_event: StackEvent) -> None:
        if stack_event.event not in _CALL_EVENTS:
            return
        if ident := self._idents.get(stack_event.call):
            self._on_call(ident, stack_event)
        else:
            self._early.setdefault(stack_event.call, []).append(stack_event)

    def _on_call(self, ident: int, stack_event: StackEvent) -> None:
        match stack_event.event:
            case Event.CALL_RINGING | Event.CALL_PROGRESS:
                event("ringing", call=ident)
            case Event.CALL_ESTABLISHED:
                event("established", call=ident)
            case Event.CALL_CLOSED:
                self._gone(ident, stack_event.text or "")
            case _:
                return

    def _gone(self, ident: int, reason: str) -> None:
        if live := self._live.pop(ident, None):
            live.pump()
            live.heard.close()
            event("closed", call=ident, reason=reason)


_CALL_EVENTS = {Event.CALL_RINGING, Event.CALL_PROGRESS, Event.CALL_ESTABLISHED, Event.CALL_CLOSED}


class _Headers:
    """Headers with repeats: `UserAgent.dial` takes a mapping but only walks its items."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    def items(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self._pairs]

    def __bool__(self) -> bool:
        return bool(self._pairs)


def _loop(tone_hz: list[float]) -> bytes:
    if any(not float(hz).is_integer() for hz in tone_hz):
        raise ValueError(f"whole Hz only, so that the loop has no break: {tone_hz}")
    return tone(tone_hz, LOOP_S) if tone_hz else b""


async def _serve(bank: Bank) -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    running: set[asyncio.Task[None]] = set()
    while line := await reader.readline():
        task = asyncio.create_task(_answer(bank, json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)


async def _answer(bank: Bank, command: dict[str, Any]) -> None:
    ident, verb = command.pop("id"), command.pop("do")
    try:
        result = await getattr(bank, f"do_{verb}")(**command)
    except (baresip.BaresipError, ValueError, KeyError, TypeError) as error:
        emit(id=ident, ok=False, error=f"{type(error).__name__}: {error}")
        return
    emit(id=ident, ok=True, **result)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--sip-port", type=int, required=True)
    parser.add_argument("--rtp", type=int, nargs=2, required=True)
    parser.add_argument("--header", action="append", default=[])
    args = parser.parse_args()
    np.seterr(all="raise")
    bank = Bank(args.folder)
    await bank.start(args.sip_port, args.rtp[0], args.rtp[1], tuple(args.header))
    emit(event="ready", at=time.time())
    try:
        await _serve(bank)
    finally:
        await bank.close()


if __name__ == "__main__":
    asyncio.run(main())
