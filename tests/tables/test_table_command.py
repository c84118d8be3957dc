"""`./hotline table`: what the issue asks of each command, run as the program it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.config import CHECKOUT, Config
from gateway.crypt import ensure_keys
from gateway.store import Pool, Role, SeatEntry, add_user, open_store, put_seats
from gateway.tables.sheets import read_sheet, write_csv, write_xlsx
from routing_table import from_json
from tests.routing_table.city import DEMO
from tests.tables.past import past_call

NOW = datetime.now(UTC)


class Shell:
    """Runs `./hotline table …` on one state folder."""

    def __init__(self, folder: Path) -> None:
        self.config = Config(state_dir=folder / "state")
        self.folder = folder

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
        environ = {**clean, "HOTLINE_STATE_DIR": str(self.config.state_dir), "PYTHONPATH": str(CHECKOUT)}
        return subprocess.run(
            [sys.executable, "-W", "error", "-P", "-m", "gateway.cli", *arguments],
            cwd=self.folder,
            env=environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def table(self, *arguments: str, code: int = 0) -> Any:
        done = self.run("table", *arguments, "--json")
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return json.loads(done.stdout) if done.stdout else done.stderr


@pytest.fixture
async def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    skills = {skill for row in DEMO.rows for skill in (row.skills or (row.number,))} | {"general", "business"}
    store = await open_store(shell.config.database, keys=ensure_keys(shell.config.keys_file, NOW))
    async with store.session() as session:
        for name, role in (("zhang", Role.ADMIN), ("li", Role.SUPERVISOR), ("801", Role.SEAT)):
            await add_user(session, name, role, "correct-horse", at=NOW)
        known = tuple(sorted(skills))
        await put_seats(
            session, [SeatEntry("801", "一", Pool.SHARED, known), SeatEntry("901", "二", Pool.EXPERT, known)]
        )
        session.add_all(past_call(n, "12315", NOW - timedelta(hours=1, seconds=n)) for n in range(30))
    await store.close()
    return shell


def edited(shell: Shell, value: str) -> Path:
    """An export with the unit of one row changed."""
    sheet = shell.folder / "export.xlsx"
    shell.table("export", str(sheet))
    rows = read_sheet(sheet.read_bytes(), sheet.name)
    unit = next(index for index, cell in enumerate(rows[0]) if "单位" in cell)
    number = next(index for index, cell in enumerate(rows[0]) if "号码" in cell)
    row = next(row for row in rows if row[number] == "12315")
    row[unit] = value
    target = shell.folder / "edited.xlsx"
    target.write_bytes(write_xlsx(rows))
    return target


async def test_import_check_publish_and_roll_back(shell: Shell) -> None:
    sheet = edited(shell, "市新设局")
    dry = shell.table("import", str(sheet), "--dry-run")
    assert (dry["added"], dry["changed"], dry["refused"]) == (0, 1, []) and dry["unchanged"] > 20
    assert [found["state"] for found in shell.table("history")["versions"]] == ["published"]
    assert shell.table("import", str(sheet), "--as", "zhang") == dry
    again = shell.table("import", str(sheet))
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, dry["unchanged"] + 1)
    assert shell.table("check", "--draft")["errors"] == []
    assert "编辑过" in shell.table("publish", "--as", "zhang", "--reason", "试", code=1)
    for nobody in ("801", "ghost"):
        shell.table("publish", "--as", nobody, "--reason", "试", code=2)
    done = shell.table("publish", "--as", "li", "--reason", "划转")
    table_file = shell.config.published_dir / "table.json"
    assert from_json(table_file.read_text("utf-8")).version == done["version"]
    route = json.loads(shell.run("route", "12315", "--json").stdout)
    assert (route["hotline"]["unit"], route["table_version"]) == ("市新设局", done["version"])
    back = shell.table("rollback", "1", "--as", "li", "--reason", "撤回")
    assert back["restores"] == 1 and from_json(table_file.read_text("utf-8")).version == back["version"]
    history = shell.table("history")["versions"]
    assert [(found["number"], found["state"], found["reason"]) for found in history][:2] == [
        (3, "published", "撤回"),
        (2, "retired", "划转"),
    ]


async def test_a_bad_sheet_changes_nothing_and_says_every_cell(shell: Shell) -> None:
    rows = [
        ["序号", "热线名称", "号码", "责任单位", "备注"],
        ["整体并入"],
        ["1", "新热线", "12399", "市新设局"],
        ["2", "坏热线", "一二三", "市新设局"],
    ]
    sheet = shell.folder / "附件.csv"
    sheet.write_bytes(write_csv(rows).decode("utf-8-sig").encode("gbk"))
    answer = shell.table("import", str(sheet), code=1)
    assert [set(refused) for refused in answer["refused"]] == [{"row", "field", "value", "reason"}]
    assert (answer["refused"][0]["row"], answer["refused"][0]["value"]) == (4, "一二三")
    assert len(shell.table("history")["versions"]) == 1
    assert "号码" not in shell.table("import", str(shell.folder / "none.xlsx"), code=2)


async def test_what_a_number_would_do_on_the_draft(shell: Shell) -> None:
    assert shell.run("route", "12315", "--draft").returncode != 0
    shell.table("import", str(edited(shell, "草稿单位")))
    draft = json.loads(shell.run("route", "12315", "--draft", "--json").stdout)
    now = json.loads(shell.run("route", "12315", "--json").stdout)
    assert draft["hotline"]["unit"] == "草稿单位" != now["hotline"]["unit"]


async def test_calls_are_replayed_against_the_draft(shell: Shell) -> None:
    shell.table("import", str(edited(shell, "草稿单位")))
    span = ("--from", (NOW - timedelta(days=1)).isoformat(), "--to", NOW.isoformat())
    answer = shell.table("replay", *span)
    assert set(answer) == {"calls", "moved", "seconds"}
    assert (answer["calls"], answer["moved"]) == (30, [])
    shell.table("replay", "--from", "yesterday", code=2)


def test_route_starts_without_the_database_libraries() -> None:
    script = "import sys, gateway.cli.main, gateway.cli.route; print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
