"""`./hotline`'s dispatcher."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli.main import COMMANDS, main
from gateway.cli.settings import add_saved_settings, save_settings
from gateway.config import CHECKOUT, load_config


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert [name for name in COMMANDS if f"\n  {name} " not in shown] == []


def test_no_command_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().out


def test_unknown_command_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fly"]) == 2
    assert "fly" in capsys.readouterr().err


def test_unknown_argument_is_wrong_use() -> None:
    with pytest.raises(SystemExit) as refused:
        main(["status", "--fly"])
    assert refused.value.code == 2


def test_route_does_not_load_the_database_libraries() -> None:
    code = (
        "import sys; from gateway.cli.main import main; main(['route', '12345']);"
        "sys.exit(bool({'sqlalchemy', 'aiohttp', 'supervisor'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0


def test_what_up_was_given_stays_in_force_but_the_environment_wins(tmp_path: Path) -> None:
    given = {"HOTLINE_STATE_DIR": str(tmp_path), "HOTLINE_SIP_PORT": "25060", "HOTLINE_AREA_CODE": "021", "HOME": "/x"}
    save_settings(load_config({name: value for name, value in given.items() if name != "HOME"}), given)
    later = {"HOTLINE_STATE_DIR": str(tmp_path), "HOTLINE_AREA_CODE": "0872"}
    add_saved_settings(later)
    assert later == {"HOTLINE_STATE_DIR": str(tmp_path), "HOTLINE_SIP_PORT": "25060", "HOTLINE_AREA_CODE": "0872"}
    assert "STATE_DIR" not in (tmp_path / "settings.json").read_text()


def test_damaged_saved_settings_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{")
    later = {"HOTLINE_STATE_DIR": str(tmp_path)}
    add_saved_settings(later)
    assert later == {"HOTLINE_STATE_DIR": str(tmp_path)}


def test_script_works_from_any_folder_and_shows_help_without_an_environment(tmp_path: Path) -> None:
    (tmp_path / "gateway").mkdir()  # a folder of that name beside the caller must not be taken for ours
    script = CHECKOUT / "hotline"
    shown = subprocess.run(
        [str(script), "--help"], cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False
    )
    assert shown.returncode == 0
    assert "doctor" in shown.stdout
    assert subprocess.run([str(script)], cwd=tmp_path, capture_output=True, timeout=30, check=False).returncode == 2
    link = tmp_path / "linked"
    link.symlink_to(script)
    env = {**os.environ, "HOTLINE_STATE_DIR": str(tmp_path / "state")}
    asked = subprocess.run(
        [str(link), "route", "12315", "--json"], cwd=tmp_path, env=env, capture_output=True, timeout=60
    )
    assert json.loads(asked.stdout)["hotline"]["number"] == "12315"
