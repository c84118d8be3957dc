"""The secrets file: made once, closed to others, never overwritten blindly, never shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.errors import FatalError
from gateway.secrets import ensure_secrets, load_secrets


def test_file_is_made_closed_to_other_users(tmp_path: Path) -> None:
    path = tmp_path / "state" / "secrets.json"
    secrets = ensure_secrets(path, ["seat-801"])
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_secrets(path) == secrets
    assert len({secrets.ami_gateway, secrets.ami_originate, secrets.session_key, secrets.sip["seat-801"]}) == 4


def test_new_seat_gets_a_password_and_the_others_keep_theirs(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    before = ensure_secrets(path, ["seat-801"])
    after = ensure_secrets(path, ["seat-801", "seat-802"])
    assert after.sip["seat-801"] == before.sip["seat-801"]
    assert after.ami_gateway == before.ami_gateway
    assert set(after.sip) == {"seat-801", "seat-802"}


def test_file_open_to_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    ensure_secrets(path, [])
    path.chmod(0o640)
    with pytest.raises(FatalError, match="0640"):
        load_secrets(path)


@pytest.mark.parametrize("text", ["", "not json", "[]", '{"sip": 3}'])
def test_file_that_is_not_ours_is_not_overwritten(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(FatalError):
        ensure_secrets(path, [])
    assert path.read_text() == text


def test_incomplete_file_says_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(json.dumps({"ami_gateway": "x", "sip": {}}))
    path.chmod(0o600)
    with pytest.raises(FatalError, match="ami_originate"):
        load_secrets(path)


def test_secrets_are_not_in_their_repr(tmp_path: Path) -> None:
    secrets = ensure_secrets(tmp_path / "secrets.json", ["seat-801"])
    shown = repr(secrets)
    assert secrets.ami_gateway not in shown
    assert secrets.sip["seat-801"] not in shown
