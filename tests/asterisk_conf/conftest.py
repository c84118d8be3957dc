"""One real Asterisk for the tests of the configuration, with no gateway behind it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

import pytest

from gateway.config import load_config
from gateway.house.asterisk import Running, running_asterisk
from gateway.house.city import Lines, Seat
from gateway.house.layout import layout
from gateway.house.render import Tuning
from tests.kit.ports import installation_ports

WATCHER = "a-secret-of-the-tests"
SEATS = (Seat("801", "张三"), Seat("802", "李四"))


@pytest.fixture(scope="session")
def pbx() -> Iterator[Running]:
    with tempfile.TemporaryDirectory(prefix="hl-conf-") as folder:
        config = load_config(installation_ports(100) | {"HOTLINE_STATE_DIR": folder})
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
