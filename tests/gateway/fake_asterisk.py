"""A stand-in for Asterisk's side of FastAGI: one call, its variables, its caller's keys.

In: a real TCP connection to our door. Out: what was played, journalled and set. It follows res_agi.c's answers; what it
leaves out (audio, time) is tested on the real PBX in tests/system.
"""

from __future__ import annotations

import asyncio
import shlex
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl


@dataclass
class FakeCall:
    """One caller's channel. `keys`: pressed one after another, each while the next prompt plays or is waited for."""

    uniqueid: str = "hl1-1790000000.1"
    variables: dict[str, str] = field(default_factory=dict)
    keys: deque[str] = field(default_factory=deque)
    hang_up_at: str = ""  # the caller hangs up when a command starts with this
    callerid: str = "13800138000"
    played: list[str] = field(default_factory=list)
    journal: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    music: list[str] = field(default_factory=list)
    on_play: Callable[[], None] = lambda: None  # called once per prompt: a test lets time pass

    def events(self, name: str) -> list[dict[str, str]]:
        return [fields for event, fields in self.journal if event == name]

    async def visit(self, port: int, script: str) -> str:
        """Run `AGI(agi://…/script)` to its end; returns HL_NEXT, "" when the gateway left it empty."""
        self.variables["HL_NEXT"] = ""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        headers = {
            "agi_network": "yes",
            "agi_network_script": script,
            "agi_request": f"agi://127.0.0.1/{script}",
            "agi_channel": "PJSIP/carrier-00000001",
            "agi_uniqueid": self.uniqueid,
            "agi_callerid": self.callerid,
        }
        headers |= {f"agi_arg_{number}": value for number, value in enumerate(self._arguments(script), 1)}
        writer.write("".join(f"{name}: {value}\n" for name, value in headers.items()).encode() + b"\n")
        try:
            while line := (await asyncio.wait_for(reader.readline(), 20)).decode():
                if self.hang_up_at and line.startswith(self.hang_up_at):
                    writer.write(b"HANGUP\n")
                    break
                writer.write((self._answer(line.rstrip("\n")) + "\n").encode())
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()
        return self.variables["HL_NEXT"]

    def _arguments(self, script: str) -> list[str]:
        """As extensions.conf passes them."""
        dialled = self.variables.get("HL_DIALLED", "")
        if script == "arrive":
            return [dialled, self.variables.get("HL_TRUNK", ""), str(len(self.variables.get("HL_DIV1", "")))]
        return [dialled, self.variables.get("DIALSTATUS", ""), self.variables.get("HL_DEVICE", "")]

    def _answer(self, line: str) -> str:
        self.commands.append(line)
        verb, *words = shlex.split(line)
        match [verb.upper(), *words]:
            case ["GET", "VARIABLE", name]:
                value = self.variables.get(name)
                return "200 result=0" if value is None else f"200 result=1 ({value})"
            case ["SET", "VARIABLE", name, value]:
                self.variables[name.removeprefix("__")] = value
                return "200 result=1"
            case ["STREAM", "FILE", name, *rest] | ["CONTROL", "STREAM", "FILE", name, *rest]:
                self.played.append(name.removeprefix("hl/"))
                self.on_play()
                key = self._key_of(rest[0] if rest else "")
                return f"200 result={ord(key) if key else 0} endpos=8000"
            case ["WAIT", "FOR", "DIGIT", *_]:
                key = self._key_of("0123456789*#")
                return f"200 result={ord(key) if key else 0}"
            case ["SET", "MUSIC", state, *_]:
                self.music.append(state)
                return "200 result=0"
            case ["EXEC", "CELGenUserEvent", argument]:
                event, _, extra = argument.partition(",")
                self.journal.append((event, dict(parse_qsl(extra, keep_blank_values=True))))
                return "200 result=0"
        return "510 Invalid or unknown command"

    def _key_of(self, allowed: Iterable[str]) -> str | None:
        if not self.keys:
            return None
        if self.keys[0] == "-":  # this prompt is heard to its end
            self.keys.popleft()
            return None
        return self.keys.popleft() if self.keys[0] in allowed else None
