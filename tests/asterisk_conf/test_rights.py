"""Who may do what with the PBX: the manager's accounts, seats, floods. On a real Asterisk."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.config import load_config
from gateway.house.asterisk import Running, running_asterisk
from gateway.house.render import Tuning
from gateway.secrets import load_secrets
from tests.asterisk_conf.conftest import SEATS
from tests.asterisk_conf.sip import RawCaller
from tests.kit.ports import installation_ports

pytestmark = pytest.mark.system


class Manager:
    """The least AMI client: one action, its answer."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._heard = b""

    def ask(self, **fields: str) -> str:
        self._link.sendall("".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode() + b"\r\n")
        while True:
            block = self._next_block()
            if block.startswith("Response: "):
                return block

    def _next_block(self) -> str:
        while b"\r\n\r\n" not in self._heard:
            self._heard += self._link.recv(65536)
        block, _, self._heard = self._heard.partition(b"\r\n\r\n")
        text = block.decode("utf-8", "replace")
        return text.partition("\r\n")[2] if text.startswith("Asterisk Call Manager") else text


@contextmanager
def manager(pbx: Running, user: str) -> Iterator[Manager]:
    secrets = load_secrets(pbx.config.secrets_file)
    secret = secrets.ami_gateway if user == "gateway" else secrets.ami_originate
    with socket.create_connection(("127.0.0.1", pbx.config.ami_port), timeout=5) as link:
        one = Manager(link)
        assert "Success" in one.ask(Action="Login", Username=user, Secret=secret)
        yield one


@pytest.mark.parametrize(
    ("user", "fields"),
    [
        ("gateway", {"Action": "Command", "Command": "core show uptime"}),
        ("gateway", {"Action": "GetConfig", "Filename": "pjsip.conf"}),
        ("gateway", {"Action": "UpdateConfig", "SrcFilename": "pjsip.conf", "DstFilename": "pjsip.conf"}),
        ("gateway", {"Action": "Originate", "Channel": "PJSIP/seat-801", "Application": "Hangup"}),
        ("gateway", {"Action": "ModuleLoad", "Module": "app_system.so", "LoadType": "load"}),
        ("gateway", {"Action": "PJSIPShowContacts"}),  # needs `system`, which could load modules: not given
        ("gateway", {"Action": "DBPut", "Family": "x", "Key": "y", "Val": "z"}),
        ("originate", {"Action": "Command", "Command": "core show uptime"}),
        ("originate", {"Action": "Redirect", "Channel": "x", "Context": "call", "Exten": "start", "Priority": "1"}),
        ("originate", {"Action": "Originate", "Channel": "PJSIP/seat-801", "Application": "System", "Data": "id"}),
    ],
)
def test_manager_account_is_refused_what_it_does_not_need(pbx: Running, user: str, fields: dict[str, str]) -> None:
    with manager(pbx, user) as link:
        answer = link.ask(**fields)
    assert answer.startswith("Response: Error"), answer


@pytest.mark.parametrize(
    "fields",
    [
        {"Action": "CoreShowChannels"},
        {"Action": "DeviceStateList"},
        {"Action": "Redirect", "Channel": "none", "Context": "call", "Exten": "start", "Priority": "1"},
        {"Action": "ControlPlayback", "Channel": "none", "Control": "stop"},
        {"Action": "Hangup", "Channel": "none"},
        {"Action": "PJSIPQualify", "Endpoint": "seat-801"},
        {"Action": "Setvar", "Channel": "none", "Variable": "X", "Value": "1"},
    ],
)
def test_gateways_account_may_do_what_the_gateway_does(pbx: Running, fields: dict[str, str]) -> None:
    with manager(pbx, "gateway") as link:
        answer = link.ask(**fields)
    assert "Permission denied" not in answer


def test_setvar_reaches_no_shell_and_no_file(pbx: Running) -> None:
    """live_dangerously=no; the functions are not even loaded."""
    with manager(pbx, "gateway") as link:
        for function in ("SHELL(id)", "FILE(/etc/passwd,0,10)", "CURL(http://127.0.0.1)", "DB(x/y)"):
            assert "uid=" not in link.ask(Action="Getvar", Variable=function)
            assert "root:" not in link.ask(Action="Getvar", Variable=function)


def test_wrong_secret_is_refused(pbx: Running) -> None:
    with socket.create_connection(("127.0.0.1", pbx.config.ami_port), timeout=5) as link:
        assert "Authentication failed" in Manager(link).ask(Action="Login", Username="gateway", Secret="x")


def test_seat_dials_nothing_by_itself(pbx: Running) -> None:
    password = load_secrets(pbx.config.secrets_file).sip["seat-801"]
    with RawCaller(pbx.config.sip_port) as seat:
        assert seat.call_with_password("12345", "seat-801", password) == 200
        seat.wait_for("BYE ")
    last = [line for line in pbx.config.journal_file.read_text("utf-8").splitlines() if "PJSIP/seat-801-" in line]
    assert any('"seat-refused"' in line for line in last)
    assert not any('"hl.start"' in line for line in last)


def test_wrong_password_is_refused_again_and_again(pbx: Running) -> None:
    with RawCaller(pbx.config.sip_port) as seat:
        assert seat.call_with_password("12345", "seat-801", "wrong") == 401


def test_recording_begins_at_the_answer_in_a_folder_for_nobody_else(pbx: Running) -> None:
    with RawCaller(pbx.config.sip_port) as caller:
        assert caller.call("12345", "<sip:13800000001@x>") == 200
        time.sleep(0.5)
        recordings = sorted(pbx.config.recordings_dir.rglob("*.wav"))
        caller.hang_up()
    assert recordings
    year = pbx.config.recordings_dir.iterdir().__next__()
    assert {path.stat().st_mode & 0o077 for path in (pbx.config.recordings_dir, year, recordings[-1])} == {0}
    assert pbx.config.journal_file.stat().st_mode & 0o077 == 0


def test_calls_beyond_what_the_media_ports_carry_get_503() -> None:
    with tempfile.TemporaryDirectory(prefix="hl-full-") as folder:
        config = load_config(installation_ports(13) | {"HOTLINE_STATE_DIR": folder})
        with running_asterisk(config, SEATS, tuning=Tuning(rtp_timeout_s=0)):
            callers = [RawCaller(config.sip_port) for _ in range(4)]
            statuses = [caller.call("12345", f"<sip:1380000000{n}@x>") for n, caller in enumerate(callers)]
            for caller in callers:
                caller.sock.close()
    assert statuses == [200, 200, 200, 503]
    assert not Path(folder).exists()
