"""SIPp as a caller with any headers at all, or as a line of a unit: for what a well-behaved telephone cannot send.

In: who calls whom, with which raw headers, sound and keys. Out: whether the conversation went as the scenario says, and
SIPp's own words when it did not. Never: hears anything; where the caller's ear matters, use `tests.kit.phone`.

Sound goes out by SIPp's RTP stream (A-law), keys by its `play_dtmf`, which uses payload 96 whatever was agreed (so 96
is offered). The two leave from different ports and Asterisk locks on to the first: a call has one or the other.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

from tests.kit.tones import tone

SCENARIOS = Path(__file__).resolve().parent / "scenarios"
EXIT_GRACE_S = 5.0
RTP_STEP = 10  # ports that one run may use from its -mp upwards


@dataclass(frozen=True, slots=True)
class SippResult:
    """How a run ended: `ok` when every call went as the scenario says; `words` is what SIPp printed and logged."""

    ok: bool
    code: int
    words: str


@dataclass(frozen=True, slots=True)
class Media:
    """What a SIPp party sends once it talks: a tone, or keys as (seconds to wait before, key)."""

    tone_hz: tuple[int, ...] = ()
    keys: tuple[tuple[float, str], ...] = ()

    def __post_init__(self) -> None:
        if self.tone_hz and self.keys:
            raise ValueError("SIPp sends sound and keys from different ports: one or the other in a call")


def alaw(pcm: bytes) -> bytes:
    """G.711 A-law of 16-bit PCM (ITU-T G.711, segments by magnitude, even bits inverted)."""
    out = bytearray(len(pcm) // 2)
    for index in range(len(out)):
        value = int.from_bytes(pcm[2 * index : 2 * index + 2], "little", signed=True) >> 3
        sign, size = (0x55, ~value) if value < 0 else (0xD5, value)
        segment = max(0, size.bit_length() - 5)
        out[index] = ((segment << 4) | ((size >> max(1, segment)) & 0x0F)) ^ sign
    return bytes(out)


class Sipp:
    """Runs SIPp against one PBX. `folder` keeps scenarios, sounds and logs; ports come from `rtp` and `sip_ports`."""

    def __init__(self, folder: Path, pbx_port: int, sip_ports: range, rtp: range) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._pbx_port = pbx_port
        self._sip_ports = list(sip_ports)
        self._rtp = list(rtp[::RTP_STEP])
        self._runs = 0

    async def call(
        self,
        dialled: str,
        from_header: str,
        *,
        headers: Sequence[str] = (),
        media: Media | None = None,
        hangup_s: float | None = None,
        calls: int = 1,
        rate: int = 10,
        strict: bool = True,
        timeout_s: float = 40.0,
    ) -> SippResult:
        """Make `calls` calls and see them through; the caller hangs up after `hangup_s`, or waits for the other's BYE.

        `strict` off: messages that the scenario does not expect (a re-INVITE of baresip) are passed over.
        """
        ending = "caller-waits-for-bye.xml" if hangup_s is None else "caller-hangs-up.xml"
        media = media or Media()
        text = (SCENARIOS / "caller.xml").read_text("utf-8")
        text = text.replace("§end§", (SCENARIOS / ending).read_text("utf-8"))
        text = text.replace("§from§", from_header)
        # A header line that begins a CDATA line is indented like the others; SIPp strips the indent.
        text = text.replace("      §headers§\n", "".join(f"      {line}\n" for line in headers))
        text = self._with_media(text, media, 0.0 if hangup_s is None else hangup_s)
        arguments = ["-m", str(calls), "-r", str(rate), "-s", dialled, f"127.0.0.1:{self._pbx_port}"]
        if not strict:
            arguments.append("-pause_msg_ign")
        process, run = await self._start(text, arguments)
        return await self._finish(process, run, timeout_s)

    @contextlib.asynccontextmanager
    async def line(self, port: int, *, media: Media | None = None, ring_s: float = 0.2) -> AsyncIterator[None]:
        """A line at `port` that answers every call while the block runs."""
        media = media or Media()
        text = (SCENARIOS / "line.xml").read_text("utf-8").replace("§ring_ms§", str(round(ring_s * 1000)))
        async with self._serving(self._with_media(text, media, 0.0), port):
            yield

    @contextlib.asynccontextmanager
    async def refusing_line(self, port: int, status: str = "486 Busy Here") -> AsyncIterator[None]:
        """A line at `port` that refuses every call while the block runs."""
        text = (SCENARIOS / "line-refuses.xml").read_text("utf-8").replace("§status§", status)
        async with self._serving(text, port):
            yield

    # -- running -----------------------------------------------------------------------------------------------------

    def _with_media(self, text: str, media: Media, pause_s: float) -> str:
        actions = []
        if media.tone_hz:
            path = self._sound(media.tone_hz)
            actions.append(f"<nop><action><exec rtp_stream={quoteattr(f'{path},-1,8')}/></action></nop>")
        for wait_s, key in media.keys:
            actions.append(f'<pause milliseconds="{round(wait_s * 1000)}"/>')
            actions.append(f'<nop><action><exec play_dtmf="{key}"/></action></nop>')
        if pause_s:
            actions.append(f'<pause milliseconds="{round(pause_s * 1000)}"/>')
        port = "[rtpstream_audio_port]" if media.tone_hz else "[auto_media_port]"
        return text.replace("§media§", "\n  ".join(actions)).replace("§port§", port)

    def _sound(self, tone_hz: Sequence[int]) -> Path:
        path = self.folder / f"tone-{'-'.join(map(str, tone_hz))}.al"
        if not path.exists():
            path.write_bytes(alaw(tone(tone_hz, 4.0)))
        return path

    @contextlib.asynccontextmanager
    async def _serving(self, text: str, port: int) -> AsyncIterator[None]:
        process, _ = await self._start(text, [], port)
        try:
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            await asyncio.wait_for(process.communicate(), EXIT_GRACE_S)

    async def _start(
        self, text: str, arguments: Sequence[str], port: int | None = None
    ) -> tuple[asyncio.subprocess.Process, Path]:
        self._runs += 1
        run = self.folder / f"run-{self._runs}"
        run.mkdir()
        (run / "scenario.xml").write_text(text, "utf-8")
        rtp = self._rtp[self._runs % len(self._rtp)]
        sip = self._sip_ports[self._runs % len(self._sip_ports)] if port is None else port
        process = await asyncio.create_subprocess_exec(
            *(_program(), "-sf", str(run / "scenario.xml"), "-i", "127.0.0.1", "-p", str(sip), "-mp", str(rtp)),
            *("-nostdin", "-trace_err", "-error_file", str(run / "errors.log"), *arguments),
            cwd=run,
            env={**os.environ, "TERM": "dumb"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        return process, run

    @staticmethod
    async def _finish(process: asyncio.subprocess.Process, run: Path, timeout_s: float) -> SippResult:
        try:
            printed, _ = await asyncio.wait_for(process.communicate(), timeout_s)
        except TimeoutError:
            process.kill()
            await process.wait()
            return SippResult(False, -1, f"not done within {timeout_s} s\n{_errors(run)}")
        code = process.returncode or 0
        return SippResult(code == 0, code, printed.decode(errors="replace")[-2000:] + _errors(run))


def _errors(run: Path) -> str:
    path = run / "errors.log"
    return path.read_text("utf-8", errors="replace") if path.exists() else ""


def _program() -> str:
    path = shutil.which("sipp")
    if path is None:
        raise RuntimeError("sipp is not installed: apt-get install sip-tester")
    return path
