"""What each part says about itself: alive, its version, since when. Asked over sockets, with short timeouts.

In: config. Out: `Report`s. Never: waits longer than a few seconds for a part that hangs.
"""

from __future__ import annotations

import http.client
import json
import socket
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateway.config import Config
from gateway.errors import RetryableError
from gateway.house.asterisk import asterisk_cli, read_pid
from gateway.house.supervise import Part, parts
from gateway.version import VERSION

ASK_S = 2.0


@dataclass(frozen=True, slots=True)
class Report:
    """One part: does it serve (not only run), which version, since when (ISO, empty when it does not), what else."""

    name: str
    ok: bool
    state: str
    version: str
    since: str
    pid: int
    detail: str

    def as_json(self) -> dict[str, object]:
        return {slot: getattr(self, slot) for slot in self.__slots__}


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=ASK_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(ASK_S)
        self.sock.connect(self._path)


def gateway_health(config: Config) -> dict[str, Any] | None:
    """`GET /v1/health` of the control socket, None when the gateway does not answer."""
    link = _UnixConnection(str(config.control_socket))
    try:
        link.request("GET", "/v1/health")
        answer: dict[str, Any] = json.loads(link.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        link.close()
    return answer


def console_health(config: Config) -> dict[str, Any] | None:
    """`GET /healthz` of the console, None when it does not answer."""
    host = "127.0.0.1" if config.bind == "0.0.0.0" else config.bind  # noqa: S104  # compared, not bound
    try:
        with urllib.request.urlopen(f"http://{host}:{config.console_port}/healthz", timeout=ASK_S) as reply:
            answer: dict[str, Any] = json.loads(reply.read())
    except urllib.error.HTTPError as error:
        return {"status": f"HTTP {error.code}"}
    except (OSError, ValueError):
        return None
    return answer


def reports(config: Config) -> list[Report]:
    """All five parts."""
    seen = {part.name: part for part in parts(config)}
    return [
        _asterisk(config, seen["asterisk"]),
        _gateway(config, seen["gateway"]),
        _plain(seen["recorder"]),
        _plain(seen["clerk"]),
        _console(config, seen["console"]),
    ]


def _iso(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).astimezone().isoformat(timespec="seconds") if epoch else ""


def _asterisk(config: Config, part: Part) -> Report:
    pid = read_pid(config)
    if pid is None:
        return Report("asterisk", False, part.state.lower(), "", "", 0, "no Asterisk of this installation runs")
    try:
        asterisk_cli(config, "core waitfullybooted", ASK_S)  # its console answers before its SIP does
        version = asterisk_cli(config, "core show version", ASK_S).split(" built ")[0].removeprefix("Asterisk ").strip()
        calls = asterisk_cli(config, "core show channels count", ASK_S)
        running = next((line for line in calls.splitlines() if "active call" in line), "").strip()
    except RetryableError as error:
        return Report("asterisk", False, "hangs", "", "", pid, str(error))
    detail = running if part.runs else f"{running}; not supervised: run './hotline up'"
    return Report("asterisk", part.runs, "running" if part.runs else "orphan", version, _iso(part.since), pid, detail)


def _gateway(config: Config, part: Part) -> Report:
    health = gateway_health(config)
    if health is None:
        return Report("gateway", False, part.state.lower(), "", "", part.pid, "its control socket does not answer")
    detail = f"table {health['table_version']}, {health['waiting']} waiting, {health['talking']} talking"
    if not health["ami"]:
        detail += ", AMI away"
    return Report("gateway", bool(health["ami"]), "running", health["version"], health["since"], part.pid, detail)


def _plain(part: Part) -> Report:
    version = VERSION if part.runs else ""
    return Report(part.name, part.runs, part.state.lower(), version, _iso(part.since), part.pid, part.last_exit)


def _console(config: Config, part: Part) -> Report:
    health = console_health(config)
    if health is None:
        return Report("console", False, part.state.lower(), "", "", part.pid, "does not answer")
    where = f"http://{config.bind}:{config.console_port}"
    return Report("console", part.runs, "running", VERSION, _iso(part.since), part.pid, where)
