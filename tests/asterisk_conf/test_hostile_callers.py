"""What strangers send does not get past the PBX's front door. On a real Asterisk."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gateway.house.asterisk import Running
from tests.asterisk_conf.conftest import WATCHER
from tests.asterisk_conf.sip import RawCaller

pytestmark = pytest.mark.system

FORGED = "138%0d%0a%0d%0aEvent%3a%20Forged%0d%0aChannel%3a%20x"


@contextmanager
def ami(pbx: Running) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", pbx.config.ami_port), timeout=5) as link:
        link.sendall(f"Action: Login\r\nUsername: watcher\r\nSecret: {WATCHER}\r\n\r\n".encode())
        greeting = b""
        while b"FullyBooted" not in greeting:
            greeting += link.recv(4096)
        yield link


def listen(link: socket.socket, seconds: float = 1.0) -> str:
    """Everything the AMI says within the time."""
    heard, end = b"", time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        link.settimeout(left)
        try:
            heard += link.recv(65536)
        except TimeoutError:
            break
    return heard.decode("utf-8", "replace")


def caller_ids(heard: str) -> set[str]:
    return {line.partition(": ")[2] for line in heard.splitlines() if line.startswith("CallerIDNum: ")}


def lay_call(pbx: Running, dialled: str, sender: str, extra: str = "") -> tuple[int, str]:
    with ami(pbx) as link, RawCaller(pbx.config.sip_port) as caller:
        status = caller.call(dialled, sender, extra)
        heard = listen(link)
        if status == 200:
            caller.hang_up()
    return status, heard


def test_line_breaks_in_the_callers_number_forge_no_event(pbx: Running) -> None:
    status, heard = lay_call(pbx, "12345", f"<sip:{FORGED}@x>")
    assert status == 200
    assert "Event: Newchannel" in heard
    assert not [line for line in heard.splitlines() if line.startswith("Event: Forged")]


def test_line_breaks_in_the_callers_name_forge_no_event(pbx: Running) -> None:
    _status, heard = lay_call(pbx, "12345", '"a%0d%0a%0d%0aEvent: Forged" <sip:13800000000@x>')
    assert not [line for line in heard.splitlines() if line.startswith("Event: Forged")]
    assert "13800000000" in caller_ids(heard)


def test_line_breaks_in_an_asserted_identity_forge_no_event(pbx: Running) -> None:
    _status, heard = lay_call(pbx, "12345", "<sip:1@x>", f"P-Asserted-Identity: <sip:{FORGED}@x>\r\n")
    assert not [line for line in heard.splitlines() if line.startswith("Event: Forged")]


def test_line_breaks_in_the_number_dialled_are_refused_before_there_is_a_channel(pbx: Running) -> None:
    status, heard = lay_call(pbx, FORGED, "<sip:13800000000@x>")
    assert status == 404
    assert "Newchannel" not in heard


@pytest.mark.parametrize(
    ("sender", "extra", "number"),
    [
        ("<sip:13800000000@x>", "", "13800000000"),
        ("sip:13800000000@x", "", "13800000000"),
        ('"Li" <sip:%2B8613800000000@x;user=phone>', "", "+8613800000000"),
        ("<sip:+8613800000000;phone-context=cn@x>", "", "+8613800000000"),
        ("<sip:anonymous@anonymous.invalid>", "P-Asserted-Identity: <tel:+8613800000000>\r\n", "+8613800000000"),
        ("<sip:anonymous@anonymous.invalid>", "", "anonymous"),
    ],
)
def test_callers_number_arrives_as_the_carrier_gives_it(pbx: Running, sender: str, extra: str, number: str) -> None:
    status, heard = lay_call(pbx, "12345", sender, extra)
    assert status == 200
    assert number in caller_ids(heard)


@pytest.mark.parametrize(
    ("request_user", "dialled"),
    [
        ("12345", "12345"),
        ("+8687212345", "%2B8687212345"),
        ("087212345", "087212345"),
        ("1", "1"),
        ("9" * 40, "9" * 40),
        ("12315;phone-context=x", "12315"),
    ],
)
def test_every_number_dialled_gets_into_the_call_path(pbx: Running, request_user: str, dialled: str) -> None:
    status, _heard = lay_call(pbx, request_user, "<sip:13800000000@x>")
    assert status == 200
    last = [line for line in pbx.config.journal_file.read_text("utf-8").splitlines() if line.startswith('"hl.start"')][
        -1
    ]
    assert f"dialled={dialled}&trunk=carrier&recording=" in last


def test_a_stranger_cannot_call_as_a_seat_or_a_unit(pbx: Running) -> None:
    assert lay_call(pbx, "12345", "<sip:seat-801@127.0.0.1>")[0] == 401
    _status, heard = lay_call(pbx, "12345", "<sip:unit-12328@127.0.0.1>")
    assert "PJSIP/unit-12328" not in heard


def test_a_leg_with_no_gateway_hears_something_and_waits_in_the_survival_queue(pbx: Running) -> None:
    with RawCaller(pbx.config.sip_port) as caller:
        assert caller.call("12315", "<sip:13800000000@x>") == 200
        deadline = time.monotonic() + 10.0  # the prompt is played to its end first
        while "PJSIP/carrier-" not in (waiting := pbx.cli("queue show survival")) and time.monotonic() < deadline:
            time.sleep(0.2)
        caller.hang_up()
    assert "PJSIP/carrier-" in waiting
