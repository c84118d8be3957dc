"""Which Node may build the pages: the bundler's own rule, so that an old one is replaced before it fails half way."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gateway.house import web


@pytest.mark.parametrize(
    ("version", "will_do"),
    [
        *(((20, 18), False), ((20, 19), True), ((20, 99), True), ((21, 7), False)),
        *(((22, 11), False), ((22, 12), True), ((24, 0), True), ((18, 20), False), ((0, 0), False)),
    ],
)
def test_node_will_do_as_vite_says(version: tuple[int, int], *, will_do: bool) -> None:
    assert web.node_will_do(version) is will_do


def test_the_rule_is_still_vites_own() -> None:
    lock = json.loads((web.WEB / "package-lock.json").read_text("utf-8"))
    assert lock["packages"]["node_modules/vite"]["engines"]["node"] == "^20.19.0 || >=22.12.0"


def test_a_host_with_an_old_node_gets_one_from_pypi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, said in (("node", "v20.11.1"), ("npm", "10.2.4")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {said}\n", "ascii")
        (tmp_path / name).chmod(0o755)
    fetched: list[list[str]] = []
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(web, "NODE", tmp_path / "pypi")
    monkeypatch.setattr(web, "_run", lambda command, _env, _folder: fetched.append(command))
    _, npm = web._node(lambda _line: None)
    assert "--target" in fetched[0] and npm[0].startswith(str(tmp_path / "pypi"))
    (tmp_path / "node").write_text("#!/bin/sh\necho v20.19.4\n", "ascii")
    fetched.clear()
    _, npm = web._node(lambda _line: None)
    assert (fetched, npm) == ([], [str(tmp_path / "npm")])
