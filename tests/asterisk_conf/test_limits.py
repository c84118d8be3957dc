"""How many calls there may be: a new one is refused, one that is there may still grow. On a real Asterisk."""

from __future__ import annotations

import pytest

from gateway.house.asterisk import Running
from tests.asterisk_conf.sip import RawCaller

pytestmark = pytest.mark.system


def test_a_call_too_many_gets_503_so_that_the_carrier_can_overflow(pbx: Running) -> None:
    limit = pbx.cli("dialplan show globals").split("MAX_CALLS=")[1].split()[0]
    assert int(limit) == (pbx.config.rtp_end - pbx.config.rtp_start) // 4
    pbx.cli("dialplan set global MAX_CALLS 1")
    try:
        with RawCaller(pbx.config.sip_port) as first, RawCaller(pbx.config.sip_port) as second:
            assert first.call("12345", "<sip:13800138001@127.0.0.1>") == 200
            assert second.call("12345", "<sip:13800138002@127.0.0.1>") == 503
            first.hang_up()
        with RawCaller(pbx.config.sip_port) as third:
            assert third.call("12345", "<sip:13800138003@127.0.0.1>") == 200, "a call that is over leaves its place"
            third.hang_up()
    finally:
        pbx.cli(f"dialplan set global MAX_CALLS {limit}")


def test_the_legs_of_calls_in_hand_are_not_counted_as_new_calls(pbx: Running) -> None:
    limit = int(pbx.cli("dialplan show globals").split("MAX_CALLS=")[1].split()[0])
    (counted,) = [line for line in pbx.cli("core show settings").splitlines() if "Maximum calls" in line]
    assert str(limit * 6) in counted
