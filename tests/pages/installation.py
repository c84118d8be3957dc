"""The product as it is installed, in a folder of its own: real Asterisk, gateway, recorder, console, the demo city.

In: a folder, free ports. Out: `Installation` (address, users' passwords, where recordings are). Never: a fake part.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gateway.config import CHECKOUT, Config, load_config
from gateway.house.asterisk import running_asterisk
from gateway.house.city import DEMO_LINES, Lines
from gateway.house.demo import ensure_city, ensure_table, seat_directory
from tests.kit.ports import free_block, installation_ports

START_S = 40.0
LINE_PORTS = 202  # SIP, and media of the phones behind the lines
SETTINGS = {"WRAP_UP_S": "8", "SEAT_RING_S": "9", "SET_ASIDE_S": "20", "LOG_LEVEL": "INFO"}


@dataclass(frozen=True, slots=True)
class Installation:
    config: Config
    passwords: dict[str, str]
    environ: dict[str, str]
    lines_port: int  # the first of LINE_PORTS
    pbx_pid: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, module: str) -> None:
        name = module.removesuffix(".main").rpartition(".")[2]
        with (self.config.log_dir / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", module],
                env={**os.environ, **self.environ},
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def stop(self, name: str) -> None:
        process = self.processes.pop(name)
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.config.console_port}"

    def log(self, name: str, lines: int = 25) -> str:
        path = self.config.log_dir / f"{name}.log"
        return "\n".join(path.read_text("utf-8", "replace").splitlines()[-lines:]) if path.exists() else ""


@contextlib.contextmanager
def running_installation(folder: Path) -> Iterator[Installation]:
    """Everything up; stopped in reverse order. Fails with a process's log when one does not come up.

    Units' and emergency lines lead to `lines_port`, where a test may put phones (`tests.kit.phone.PhoneBank`).
    """
    environ = _environment(folder)
    config = load_config(environ)
    for place in (config.log_dir, config.run_dir, config.published_dir):
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
    ensure_table(config)
    passwords = ensure_city(config)
    lines_port = free_block(LINE_PORTS)
    at = f"127.0.0.1:{lines_port}"
    lines = Lines(dict.fromkeys(DEMO_LINES.units, at), dict.fromkeys(DEMO_LINES.emergencies, at), {"carrier": at})
    with running_asterisk(config, seat_directory(config), lines) as pbx:
        found = Installation(config, passwords, environ, lines_port, pbx.pid)
        try:
            for module in ("gateway.main", "gateway.recorder", "console.main"):
                found.start(module)
            wait_until_up(found)
            yield found
        finally:
            for name in reversed(list(found.processes)):
                found.stop(name)


def _environment(folder: Path) -> dict[str, str]:
    return {
        **installation_ports(100),
        **{f"HOTLINE_{name}": value for name, value in SETTINGS.items()},
        "HOTLINE_STATE_DIR": str(folder),
    }


def wait_until_up(found: Installation) -> None:
    deadline = time.monotonic() + START_S
    seen: object = None
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{found.url}/healthz", timeout=2) as answer:
                seen = json.load(answer)
            if isinstance(seen, dict) and seen["gateway"] == seen["store"] == "up" and seen["gateway_detail"]["ami"]:
                return
        except (OSError, urllib.error.URLError, ValueError) as error:
            seen = error
        time.sleep(0.2)
    logs = "\n".join(f"--- {name}\n{found.log(name)}" for name in ("gateway", "recorder", "console", "asterisk"))
    raise AssertionError(f"not up within {START_S} s; last seen {seen!r}\n{logs}")
