"""A whole house for a bench, in a folder of its own: Asterisk, gateway, seats registered and logged in.

In: how many seats, which tuning. Out: `House`, torn down at the end of the block with everything it wrote.
Never: touches the installation's state, listens beyond loopback, or leaves a process behind.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import flows, scene, table
from bench.sipp import HOST, Ports, Sipp
from gateway.config import CHECKOUT, Config, load_config
from gateway.errors import FatalError
from gateway.house.asterisk import Running, secrets_for, start_asterisk
from gateway.house.city import Lines, Seat
from gateway.house.layout import layout
from gateway.house.progress import say
from gateway.house.render import Tuning, render_asterisk
from gateway.house.root import ensure_root, system_asterisk
from gateway.house.sandbox import python_for_agi

READY_TIMEOUT_S = 30.0
PORTS_LOW, PORTS_HIGH = 10600, 32000  # below the range from which the kernel takes ports for outgoing connections
NAMED_PORTS = ("sip", "ws", "wss", "ami", "agi", "console", "caller", "seat")
SIPP_MEDIA_PORTS = 8  # four for each SIPp


@dataclass(frozen=True, slots=True)
class House:
    """What is measured and what measures. `gateway` is None in a house that is bare dialplan."""

    config: Config
    asterisk: Running
    gateway: subprocess.Popen[bytes] | None
    sipp: Sipp
    seats: list[str]
    media_ports: range

    def settle(self, timeout_s: float = 10.0) -> None:
        """Wait until no call is left and the last hang-ups are dealt with, so that their cost is in the figures."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self.asterisk.cli("core show channels count").lstrip().startswith("0 active channels"):
                break
            time.sleep(0.3)
        time.sleep(0.5)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One request on the gateway's control socket; raises FatalError with its answer when it refuses."""
        return ask(self.config.control_socket, method, path, body)


@contextmanager
def two_houses(
    seat_count: int, rtp_ports: int, sipp_ports: int = 0, *, experts: int = 0
) -> Iterator[tuple[House, House]]:
    """Ours and, on an Asterisk of its own with no gateway and no AMI session, bare dialplan.

    `rtp_ports`: how many ports each Asterisk may use for media, four a call; `sipp_ports`: SIPp's, when it sends sound.
    `experts`: how many of the seats, the last ones, are in the expert pool.
    """
    size = len(NAMED_PORTS) + SIPP_MEDIA_PORTS + rtp_ports + sipp_ports
    first = _ports(size, PORTS_LOW + os.getpid() % 500 * 2)
    second = _ports(size, first.stop)
    with (
        _house(seat_count, first, rtp_ports, experts, with_gateway=True) as ours,
        _house(seat_count, second, rtp_ports, experts, with_gateway=False) as bare,
    ):
        yield ours, bare


@contextmanager
def _house(seat_count: int, ports: range, rtp_ports: int, experts: int, *, with_gateway: bool) -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="hlbench-") as folder:
        named = dict(zip(NAMED_PORTS, ports, strict=False))
        media = ports.start + len(NAMED_PORTS)
        rtp = media + SIPP_MEDIA_PORTS
        config = load_config(_environment(Path(folder), named, rtp, rtp + rtp_ports - 1))
        seats = scene.seat_ids(seat_count)
        callers, answering = Ports(named["caller"], media), Ports(named["seat"], media + 4)
        sipp = Sipp(Path(folder) / "sipp", named["sip"], callers, answering)
        with (
            _asterisk(config, seats, experts) as asterisk,
            _gateway(config) if with_gateway else nullcontext() as gateway,
        ):
            passwords = secrets_for(config, [Seat(seat, seat) for seat in seats]).sip
            sipp.register({f"seat-{seat}": passwords[f"seat-{seat}"] for seat in seats})
            house = House(config, asterisk, gateway, sipp, seats, range(rtp + rtp_ports, ports.stop))
            if gateway is not None:
                _log_in(house)
            yield house


def ask(control_socket: Path, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """JSON over HTTP over the unix socket."""
    connection = http.client.HTTPConnection("gateway", timeout=5)
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.sock.settimeout(5)
        connection.sock.connect(str(control_socket))
        headers = {"Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    if answer.status >= 400:
        raise FatalError(f"the gateway refuses {method} {path}: {text[:300]}")
    return json.loads(text)


@contextmanager
def _asterisk(config: Config, seats: list[str], experts: int) -> Iterator[Running]:
    if system_asterisk() is None:
        ensure_root(say)
    named = [Seat(seat, seat) for seat in seats]
    # Signalling-only load sends no RTP, and SIPp answers no OPTIONS: neither may end a call or a registration.
    calls = (config.rtp_end - config.rtp_start) // 4
    tuning = Tuning(rtp_timeout_s=0, seat_qualify_s=0, line_qualify_s=0, max_calls=2 * calls)
    secrets = secrets_for(config, named)
    place = layout(config)
    render_asterisk(config, secrets, named, Lines({}, {}), tuning)
    extensions = place.etc / "extensions.conf"
    extensions.write_text(extensions.read_text("utf-8") + flows.dialplan(place, seats), "utf-8")
    scene.write_sounds(config)
    scene.publish(config, seats, experts)
    running = start_asterisk(config)
    try:
        flows.write_process(place, python_for_agi(), config.published_dir, seats)
        yield running
    finally:
        running.stop()


@contextmanager
def _gateway(config: Config) -> Iterator[subprocess.Popen[bytes]]:
    log = config.log_dir / "gateway.log"
    config.run_dir.mkdir(parents=True, exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway.main"],
            cwd=CHECKOUT,
            env=environment | _as_environment(config),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _until(lambda: _healthy(config, process), f"the gateway did not come up; see below\n{table.tail(log)}")
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=5)
        keep = os.environ.get("BENCH_KEEP_LOGS")
        if keep:
            shutil.copytree(config.log_dir, Path(keep), dirs_exist_ok=True)


def _healthy(config: Config, process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is not None:
        raise FatalError(f"the gateway ended with {process.returncode}:\n{table.tail(config.log_dir / 'gateway.log')}")
    try:
        return bool(ask(config.control_socket, "GET", "/v1/health")["ami"])
    except (OSError, http.client.HTTPException):
        return False


def _log_in(house: House) -> None:
    def registered() -> bool:
        rows = house.ask("GET", "/v1/seats")["seats"]
        return all(row["registered"]["phone"] for row in rows)

    _until(registered, "the gateway does not see the seats' registrations")
    for seat in house.seats:
        house.ask("POST", f"/v1/seats/{seat}/login", {"device": "phone", "by": "bench"})
    idle = [row for row in house.ask("GET", "/v1/seats")["seats"] if row["state"] == "idle"]
    if len(idle) != len(house.seats):
        raise FatalError(f"only {len(idle)} of {len(house.seats)} seats are idle after their login")


def _environment(folder: Path, named: dict[str, int], rtp_first: int, rtp_last: int) -> dict[str, str]:
    ports = {f"HOTLINE_{name.upper()}_PORT": str(named[name]) for name in ("sip", "ws", "wss", "ami", "agi", "console")}
    return ports | {
        "HOTLINE_STATE_DIR": str(folder / "s"),
        "HOTLINE_RTP_START": str(rtp_first),
        "HOTLINE_RTP_END": str(rtp_last),
        "HOTLINE_WRAP_UP_S": "0.01",
        "HOTLINE_SET_ASIDE_S": "1",
        "HOTLINE_LOG_LEVEL": "WARNING",
        "HOTLINE_TEST_PHONE": "off",
    }


def _as_environment(config: Config) -> dict[str, str]:
    names = ("sip_port", "ws_port", "wss_port", "ami_port", "agi_port", "console_port", "rtp_start", "rtp_end")
    values = {f"HOTLINE_{name.upper()}": str(getattr(config, name)) for name in names}
    more = ("state_dir", "wrap_up_s", "set_aside_s", "log_level")
    return values | {f"HOTLINE_{name.upper()}": str(getattr(config, name)) for name in more}


def _ports(count: int, lowest: int) -> range:
    """`count` consecutive ports, from `lowest` on, free for UDP and TCP a moment ago."""
    first = lowest
    for port in range(lowest, PORTS_HIGH):
        if not _is_free(port):
            first = port + 1 + (port + 1) % 2  # RTP begins at an even port
        elif port - first + 1 == count:
            return range(first, first + count)
    raise FatalError(f"no {count} free ports in a row between {lowest} and {PORTS_HIGH}")


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as sock:
            try:
                sock.bind((HOST, port))
            except OSError:
                return False
    return True


def _until(true: Any, otherwise: str) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline:
        if true():
            return
        time.sleep(0.1)
    raise FatalError(otherwise)
