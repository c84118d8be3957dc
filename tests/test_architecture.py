"""The borders that ARCHITECTURE.md draws, checked on the code itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
THOUGHT_ROOMS = ("routing_table", "ivr", "seats", "transfer", "workorder")
CLOCKS_AND_CHANCE = {
    "time",
    "random",
    "secrets",
    "socket",
    "subprocess",
    "threading",
    "os",
    "pathlib",
    "urllib.request",
}
OURS = {*THOUGHT_ROOMS, "agi_scripts", "gateway", "console", "bench"}


def modules(room: str) -> list[Path]:
    return [path for path in (ROOT / room).rglob("*.py") if "node_modules" not in path.parts]


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Absolute modules that a file imports, with the line."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module, node.lineno


def io_calls(path: Path) -> Iterator[tuple[str, int]]:
    """Calls that open files, print, or read the clock."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in {"open", "print", "input"}:
            yield node.func.id, node.lineno
        if isinstance(node.func, ast.Attribute) and node.func.attr in {"now", "utcnow", "today"}:
            yield node.func.attr, node.lineno


@pytest.mark.parametrize("room", THOUGHT_ROOMS)
def test_a_thought_room_imports_the_standard_library_and_itself_only(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules(room)
        for name, line in imports(path)
        if name.split(".")[0] not in sys.stdlib_module_names and name.split(".")[0] != room
    ]
    assert modules(room)
    assert wrong == []


@pytest.mark.parametrize("room", THOUGHT_ROOMS)
def test_a_thought_room_has_no_clock_no_chance_and_no_io(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules(room)
        for name, line in imports(path)
        if name in CLOCKS_AND_CHANCE
    ]
    opened = [
        f"{path.relative_to(ROOT)}:{line} calls {name}" for path in modules(room) for name, line in io_calls(path)
    ]
    assert wrong + opened == []


def test_nothing_imports_the_front_of_house() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for room in OURS - {"console"}
        for path in modules(room)
        for name, line in imports(path)
        if name.split(".")[0] == "console"
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "library, homes",
    [
        ("panoramisk", {"agi_scripts/fastagi.py", "gateway/ami.py"}),
        ("asterisk", {"agi_scripts/process_agi.py", "bench/process_call.py"}),
    ],
)
def test_a_faulty_library_stays_behind_its_file(library: str, homes: set[str]) -> None:
    users = {
        str(path.relative_to(ROOT))
        for room in OURS
        for path in modules(room)
        for name, _ in imports(path)
        if name.split(".")[0] == library
    }
    assert users == homes


@pytest.mark.parametrize("module", ["gateway.main", "agi_scripts.fallback"])
def test_no_database_and_no_http_client_in_the_call_path(module: str) -> None:
    databases = ("sqlalchemy", "asyncpg", "aiosqlite", "alembic")
    script = f"import {module}, sys; print([m for m in {databases} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_the_fallback_needs_the_standard_library_and_pyst2_only() -> None:
    script = "import agi_scripts.fallback, sys; print(sorted({m.split('.')[0] for m in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import sys; print(1)"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    loaded = set(ast.literal_eval(done.stdout.strip()))
    assert not loaded & {"panoramisk", "aiohttp", "pydantic", "sqlalchemy", "gateway", "console"}
