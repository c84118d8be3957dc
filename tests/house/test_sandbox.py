"""What a program of the private root can and cannot reach."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gateway.config import CHECKOUT, Config, load_config
from gateway.house.asterisk import prepare
from gateway.house.layout import layout
from gateway.house.progress import quiet
from gateway.house.root import ensure_root, system_asterisk
from gateway.house.sandbox import in_sandbox
from gateway.secrets import ensure_secrets

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(system_asterisk() is not None, reason="the host's own Asterisk is used, without a sandbox"),
]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    ensure_root(quiet)
    config = load_config({"HOTLINE_STATE_DIR": str(tmp_path)})
    ensure_secrets(config.secrets_file, [])
    prepare(config)
    return config


def inside(config: Config, script: str) -> subprocess.CompletedProcess[str]:
    command = in_sandbox(config, "/bin/sh", "-c", script)
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_secrets_database_and_checkout_are_out_of_sight(config: Config) -> None:
    (config.state_dir / "hotline.db").touch()
    for path in (
        config.secrets_file,
        config.state_dir / "hotline.db",
        CHECKOUT / "pyproject.toml",
        Path("/root"),
        Path("/home"),
    ):
        assert inside(config, f"ls -A '{path}' | grep .").returncode != 0, path


@pytest.mark.parametrize("path", ["/usr/sbin/x", "/etc/x", "{published}/x", "{sounds}/x", "{gateway}/x"])
def test_nothing_but_asterisks_own_folder_can_be_written(config: Config, path: str) -> None:
    state = config.state_dir
    where = path.format(published=config.published_dir, sounds=state / "sounds", gateway=state / "gateway")
    assert inside(config, f"touch '{where}'").returncode != 0
    assert inside(config, f"touch '{layout(config).recordings}/x'").returncode == 0


def test_no_capability_is_left_and_none_can_be_gained(config: Config) -> None:
    shown = inside(config, "grep -E '^(Cap|NoNew)' /proc/self/status").stdout.split()
    status = dict(zip(shown[::2], shown[1::2], strict=True))
    assert {int(status[name], 16) for name in ("CapEff:", "CapPrm:", "CapInh:", "CapAmb:")} == {0}
    assert status["NoNewPrivs:"] == "1"


def test_its_own_name_is_known_without_a_name_service(config: Config) -> None:
    """Asterisk asks for both on each call; an answer that does not come holds every INVITE up for seconds."""
    asked = inside(config, 'getent hosts A.ROOT-SERVERS.NET && getent hosts "$(hostname)"')
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.count("127.0.0.1") + asked.stdout.count("::1") >= 2


def test_a_file_that_the_gateway_replaces_is_seen_anew(config: Config) -> None:
    """It is the folder that is bound: a bound file would stay the one of the start."""
    saved = config.state_dir / "gateway" / "seats-live.json"
    for text in ("{}", '{"801": {}}'):
        fresh = saved.with_suffix(".new")
        fresh.write_text(text, "utf-8")
        fresh.replace(saved)
        assert inside(config, f"cat '{saved}'").stdout == text
