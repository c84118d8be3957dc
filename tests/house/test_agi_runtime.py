"""The copy that the fallback runs from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.config import Config, load_config
from gateway.house import agi_runtime
from gateway.house.layout import layout


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Compiled by this Python and without the sandbox, which is another test's matter."""
    monkeypatch.setattr(agi_runtime, "python_for_agi", lambda: sys.executable)
    monkeypatch.setattr(agi_runtime, "in_sandbox", lambda _config, *command: list(command))
    config = load_config({"HOTLINE_STATE_DIR": str(tmp_path)})
    for folder in (layout(config).agi, layout(config).python):
        folder.mkdir(parents=True)
    return config


def runtime(config: Config) -> Path:
    (found,) = layout(config).python.iterdir()
    return found


def test_fallback_needs_nothing_but_the_standard_library_and_what_was_copied(config: Config) -> None:
    agi_runtime.install_agi(config)
    code = f"import sys; sys.path.append({str(runtime(config))!r}); import agi_scripts.fallback"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr


def test_second_installation_copies_nothing(config: Config) -> None:
    agi_runtime.install_agi(config)
    before = {path: path.stat().st_mtime_ns for path in layout(config).home.rglob("*")}
    agi_runtime.install_agi(config)
    assert {path: path.stat().st_mtime_ns for path in layout(config).home.rglob("*")} == before


def test_interrupted_copy_is_made_again(config: Config) -> None:
    agi_runtime.install_agi(config)
    whole = runtime(config)
    (whole / ".whole").unlink()
    (whole / "agi_scripts" / "fallback.py").unlink()
    agi_runtime.install_agi(config)
    assert (runtime(config) / "agi_scripts" / "fallback.py").exists()


def test_script_runs_the_copy_and_is_executable(config: Config) -> None:
    agi_runtime.install_agi(config)
    script = layout(config).agi / "fallback"
    assert str(runtime(config)) in script.read_text("utf-8")
    assert script.stat().st_mode & 0o777 == 0o700
