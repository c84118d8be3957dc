"""One real Asterisk for the tests of the configuration, with no gateway behind it."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator

import pytest

from gateway.config import load_config
from gateway.house.asterisk import Running, running_asterisk
from gateway.house.city import Lines, Seat
from gateway.house.layout import layout
from gateway.house.render import Tuning

WATCHER = "a-secret-of-the-tests"
SEATS = (Seat("801", "张三"), Seat("802", "李四"))


def free_ports(count: int) -> list[int]:
    """Ports that are free now, for UDP and TCP alike, below the range of outgoing connections."""
    found: list[int] = []
    for port in range(21000, 32000):
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise RuntimeError("no free ports")


@pytest.fixture(scope="session")
def pbx() -> Iterator[Running]:
    names = ("SIP", "WS", "WSS", "AMI", "AGI", "CONSOLE")
    ports = free_ports(len(names))
    with tempfile.TemporaryDirectory(prefix="hl-conf-") as folder:
        environ = {f"HOTLINE_{name}_PORT": str(port) for name, port in zip(names, ports, strict=True)}
        environ |= {"HOTLINE_STATE_DIR": folder, "HOTLINE_RTP_START": "20000", "HOTLINE_RTP_END": "20100"}
        config = load_config(environ)
        tuning = Tuning(seat_qualify_s=0, line_qualify_s=0, rtp_timeout_s=0)
        with running_asterisk(
            config, SEATS, Lines({"12328": "127.0.0.1:9"}, {"110": "127.0.0.1:9"}), tuning
        ) as running:
            _add_watcher(running)
            yield running


def _add_watcher(pbx: Running) -> None:
    """An account that hears every event: the gateway's own hears only what it acts on."""
    file = layout(pbx.config).etc / "manager.conf"
    text = f"\n[watcher]\nsecret = {WATCHER}\nread = all\nwrite =\n"
    file.write_text(file.read_text("utf-8") + text, "utf-8")
    pbx.cli("manager reload")
