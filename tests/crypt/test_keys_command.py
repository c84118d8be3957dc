"""`./hotline keys`, as an operator runs it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.main import main
from gateway.config import Config
from gateway.crypt import ensure_keys
from gateway.store import open_store
from tests.crypt.test_sealed_orders import order


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("HOTLINE_STATE_DIR", str(tmp_path))
    return Config(state_dir=tmp_path)


async def filled(config: Config) -> None:
    store = await open_store(config.database, keys=ensure_keys(config.keys_file, datetime.now(UTC)))
    async with store.session() as session:
        session.add(order("A"))
    await store.close()


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = main(["keys", *arguments, "--json"])
    text = capsys.readouterr().out
    return code, json.loads(text) if text else {}


def test_a_rotation_by_command_leaves_nothing_under_the_old_key(
    config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    import asyncio

    asyncio.run(filled(config))
    code, before = ask(capsys, "status")
    assert (code, before["ok"], before["keys"][0]["texts"]) == (0, True, 3)
    code, after = ask(capsys, "rotate")
    assert (code, after["changed"], [key["texts"] for key in after["keys"]]) == (0, 3, [0, 3])
    assert config.keys_file.read_text() and before["keys"][0]["id"] == after["keys"][0]["id"]
    assert ask(capsys, "forget", after["keys"][0]["id"])[0] == 2  # retired a moment ago
    assert ask(capsys, "forget", after["keys"][1]["id"])[0] == 2  # in use
    assert ask(capsys, "forget", "nonsense")[0] == 2
    secrets = [entry["key"] for entry in json.loads(config.keys_file.read_text())["keys"].values()]
    main(["keys", "status"])
    shown = capsys.readouterr().out
    assert "3 texts" in shown and not any(secret in shown for secret in secrets)


def test_without_a_key_file_the_command_says_what_makes_it(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "status"]) == 3
    assert "hotline up" in capsys.readouterr().err
