"""Scripted telephones for tests: dial, ring, answer, refuse, key digits, send a tone, keep what was heard.

In: what a test wants a caller, a seat or a unit's line to do. Out: what happened to each call and when (epoch seconds),
and the sound it heard. Never: knows the hotline; the phones are plain SIP telephones in a process of their own
(`tests.kit.bank`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.kit.tones import RATE, Samples, from_pcm

REPO = Path(__file__).resolve().parents[2]
COMMAND_S = 15.0


class PhoneError(Exception):
    """A phone could not do what the test asked, or what was waited for did not happen."""


@dataclass
class PhoneCall:
    """One leg as its phone sees it. Times are epoch seconds, None: has not happened."""

    bank: PhoneBank = field(repr=False)
    phone: str
    ident: int
    peer: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    began_at: float = field(default_factory=time.time)
    ringing_at: float | None = None
    established_at: float | None = None
    media_at: float | None = None
    closed_at: float | None = None
    reason: str = ""
    digits: str = ""

    async def wait(self, what: str, timeout_s: float = 20.0) -> float:
        """Wait for "ringing", "established", "media" or "closed"; returns when it happened.

        Raises PhoneError when it does not happen in time, or can no longer happen because the call is over.
        """
        name = f"{what}_at"

        def done() -> bool:
            return getattr(self, name) is not None or self.closed_at is not None

        await self.bank.until(done, timeout_s, f"{what} of {self}")
        at: float | None = getattr(self, name)
        if at is None:
            raise PhoneError(f"no {what}: {self.phone} was closed with {self.reason!r}")
        return at

    async def answer(self) -> None:
        await self.bank.command("answer", call=self.ident)

    async def reject(self) -> None:
        """Refuse with 486 Busy Here."""
        await self.bank.command("reject", call=self.ident)

    async def hangup(self) -> None:
        await self.bank.command("hangup", call=self.ident)

    async def dtmf(self, digits: str) -> None:
        """Key digits as RTP telephone-events (RFC 4733); returns when the last one is on the wire."""
        await self.bank.command("dtmf", call=self.ident, digits=digits)

    async def say(self, *tone_hz: int) -> None:
        """Change the tone that this call sends from now on; none: silence."""
        await self.bank.command("say", call=self.ident, tone_hz=list(tone_hz))

    def heard(self, since: float | None = None, until: float | None = None) -> Samples:
        """What this leg has heard between two epoch times (all of it by default), in true time."""
        samples = from_pcm((self.bank.folder / f"heard-{self.ident}.pcm").read_bytes())
        if self.media_at is None:
            return samples[:0]
        first = 0 if since is None else max(0, round((since - self.media_at) * RATE))
        last = None if until is None else max(0, round((until - self.media_at) * RATE))
        return samples[first:last]


@dataclass
class Phone:
    """A telephone with a number; `calls` holds every call it made or got, oldest first."""

    bank: PhoneBank = field(repr=False)
    name: str
    tone_hz: tuple[int, ...]
    calls: list[PhoneCall] = field(default_factory=list)

    async def dial(self, uri: str, headers: Sequence[tuple[str, str]] = ()) -> PhoneCall:
        """Send an INVITE; `headers` may repeat a name."""
        answer = await self.bank.command("dial", name=self.name, uri=uri, headers=list(headers))
        return self.bank.adopt(self, int(answer["call"]))

    async def habit(
        self, *, answer_s: float | None = None, reject: bool = False, hangup_s: float | None = None
    ) -> None:
        """For calls from now on: answer after so long (None: let it ring), or refuse; hang up after so long."""
        await self.bank.command("habit", name=self.name, answer_s=answer_s, reject=reject, hangup_s=hangup_s)

    async def register(self) -> None:
        """Again: the last phone that registers is the one that is rung."""
        await self.bank.command("register", name=self.name)

    async def unregister(self) -> None:
        await self.bank.command("unregister", name=self.name)

    async def next_call(self, after: int = 0, timeout_s: float = 20.0) -> PhoneCall:
        """Wait until more than `after` calls have come to this phone; returns the one after those."""
        await self.bank.until(lambda: len(self.calls) > after, timeout_s, f"call {after + 1} at {self.name}")
        return self.calls[after]


class PhoneBank:
    """The telephones of one test city. Use as an async context manager."""

    def __init__(self, folder: Path, sip_port: int, rtp: tuple[int, int], headers: Sequence[str] = ()) -> None:
        self.folder = folder
        self.sip_port = sip_port
        self._rtp = rtp
        self._headers = tuple(headers)
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._next = 0
        self._phones: dict[str, Phone] = {}
        self._calls: dict[int, PhoneCall] = {}
        self._early: dict[int, list[dict[str, Any]]] = {}
        self._changed = asyncio.Event()
        self._ready = asyncio.Event()

    async def __aenter__(self) -> PhoneBank:
        self.folder.mkdir(parents=True, exist_ok=True)
        arguments = ["--folder", str(self.folder), "--sip-port", str(self.sip_port), "--rtp", *map(str, self._rtp)]
        for header in self._headers:
            arguments += ["--header", header]
        with (self.folder / "bank.log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.kit.bank", *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                cwd=REPO,
            )
        self._reader = asyncio.create_task(self._read())
        await asyncio.wait_for(self._ready.wait(), COMMAND_S)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process and self._process.stdin and self._reader
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 5)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader

    async def kill(self) -> None:
        """All phones at once are without power: no BYE, no more sound."""
        assert self._process
        self._process.kill()
        await self._process.wait()

    # -- phones -----------------------------------------------------------------------------------------------------

    async def seat(self, user: str, password: str, registrar: str, tone_hz: Sequence[int]) -> Phone:
        """A phone that registers with a password; lets calls ring until it is given another habit."""
        aor = f'<sip:{user}@{registrar};transport=udp>;auth_pass="{password}";regint=600;answermode=manual;{_CODECS}'
        return await self._phone(user, aor, True, tone_hz)

    async def line(self, user: str, tone_hz: Sequence[int]) -> Phone:
        """A phone without registration, reached at `sip:<user>@127.0.0.1:<sip_port>`; also a plain caller's phone."""
        aor = f"<sip:{user}@127.0.0.1:{self.sip_port};transport=udp>;regint=0;answermode=manual;{_CODECS}"
        return await self._phone(user, aor, False, tone_hz)

    async def caller(self, number: str, tone_hz: Sequence[int], *, name: str = "", host: str = "127.0.0.1") -> Phone:
        """A citizen's phone that calls from `number`; two callers may have the same number but not the same `name`."""
        aor = f"<sip:{number}@{host};transport=udp>;regint=0;answermode=manual;{_CODECS}"
        return await self._phone(name or f"caller-{number}-{len(self._phones)}", aor, False, tone_hz)

    async def _phone(self, name: str, aor: str, register: bool, tone_hz: Sequence[int]) -> Phone:
        phone = Phone(self, name, tuple(tone_hz))
        self._phones[name] = phone
        await self.command("phone", name=name, aor=aor, register=register, tone_hz=list(tone_hz))
        return phone

    def adopt(self, phone: Phone, ident: int, event: dict[str, Any] | None = None) -> PhoneCall:
        call = PhoneCall(self, phone.name, ident)
        if event:
            call.peer, call.headers, call.began_at = event["peer"], event["headers"], event["at"]
        phone.calls.append(call)
        self._calls[ident] = call
        for early in self._early.pop(ident, []):
            self._apply(call, early)
        return call

    async def until(self, done: Callable[[], bool], timeout_s: float, what: str) -> None:
        """Wait until a condition over calls holds; it is looked at after each event. Raises PhoneError in the end."""
        deadline = time.monotonic() + timeout_s
        while not done():
            left = deadline - time.monotonic()
            if left <= 0:
                raise PhoneError(f"not within {timeout_s} s: {what}")
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), min(left, 0.5))

    # -- the wire to the process ------------------------------------------------------------------------------------

    async def command(self, verb: str, **fields: object) -> dict[str, Any]:
        assert self._process and self._process.stdin
        self._next += 1
        ident = self._next
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[ident] = future
        self._process.stdin.write((json.dumps({"id": ident, "do": verb, **fields}) + "\n").encode())
        answer = await asyncio.wait_for(future, COMMAND_S)
        if not answer["ok"]:
            raise PhoneError(f"{verb} {fields}: {answer['error']}")
        return answer

    async def _read(self) -> None:
        assert self._process and self._process.stdout
        while line := await self._process.stdout.readline():
            message = json.loads(line)
            if "id" in message:
                self._resolve(message)
            else:
                self._on_event(message)
            self._changed.set()
        for future in self._answers.values():
            future.set_exception(PhoneError(f"the phones' process ended; see {self.folder / 'bank.log'}"))

    def _resolve(self, answer: dict[str, Any]) -> None:
        future = self._answers.pop(answer["id"])
        if not future.done():  # done: the test gave up waiting
            future.set_result(answer)

    def _on_event(self, event: dict[str, Any]) -> None:
        if event["event"] == "ready":
            self._ready.set()
        elif event["event"] == "incoming":
            self.adopt(self._phones[event["phone"]], event["call"], event)
        elif call := self._calls.get(event["call"]):
            self._apply(call, event)
        else:  # the answer to `dial` has not been looked at yet
            self._early.setdefault(event["call"], []).append(event)

    @staticmethod
    def _apply(call: PhoneCall, event: dict[str, Any]) -> None:
        match event["event"]:
            case "ringing" if call.ringing_at is None:
                call.ringing_at = event["at"]
            case "established":
                call.established_at = event["at"]
            case "media":
                call.media_at = event["at"]
            case "closed":
                call.closed_at, call.reason = event["at"], event["reason"]
            case "dtmf":
                call.digits += event["digit"]
            case _:
                return


_CODECS = "audio_codecs=pcma;dtmfmode=rtpevent"
