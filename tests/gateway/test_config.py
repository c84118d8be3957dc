"""Settings: every fault at once, nothing by accident."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import Config, ConfigError, load_config


def test_nothing_set_is_the_embedded_set_up_on_loopback() -> None:
    config = load_config({})
    assert config == Config()
    assert config.bind == "127.0.0.1"
    assert config.database.startswith("sqlite+aiosqlite:///")


def test_all_faults_are_told_at_once_with_their_remedy() -> None:
    environ = {
        "HOTLINE_SIP_PORT": "fifty",
        "HOTLINE_AMI_PORT": "70000",
        "HOTLINE_WS_PORT": "8080",
        "HOTLINE_SEAT_RING_S": "-1",
        "HOTLINE_TYPO": "1",
        "HOTLINE_TEST_PHONE": "perhaps",
        "HOTLINE_AREA_CODE": "872",
        "HOTLINE_OUTGOING_NUMBER": "12345;x",
    }
    with pytest.raises(ConfigError) as raised:
        load_config(environ)
    told = "\n".join(raised.value.problems)
    for part in ("SIP_PORT='fifty': must be a whole number", "AMI_PORT=70000", "also used by", "SEAT_RING_S=-1.0",
                 "TYPO: unknown setting", "must be on or off", "AREA_CODE='872'",
                 "OUTGOING_NUMBER='12345;x'"):  # fmt: skip
        assert part in told


def test_values_are_read_by_their_type(tmp_path: Path) -> None:
    environ = {
        "HOTLINE_STATE_DIR": str(tmp_path),
        "HOTLINE_TEST_PHONE": "off",
        "HOTLINE_SEAT_RING_S": "7.5",
        "PATH": "/x",
    }
    config = load_config(environ)
    assert (config.state_dir, config.test_phone, config.seat_ring_s) == (tmp_path.resolve(), False, 7.5)
