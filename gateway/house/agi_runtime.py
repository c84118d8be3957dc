"""What the dialplan starts when the gateway is away: a copy of the rooms it needs, compiled for the Python it runs on.

In: our rooms, pyst2 and six from our environment. Out: `asterisk/python/<hash>/` and the script `agi-bin/fallback`.
Never: runs from the checkout: a `git pull` under a running house changes nothing in the middle of a call.

Compiled beforehand the process takes 70 ms of CPU instead of 187, and it is started once for each caller at once.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from gateway.config import CHECKOUT, Config
from gateway.errors import FatalError
from gateway.house.layout import Layout, layout
from gateway.house.sandbox import in_sandbox, python_for_agi

ROOMS = ("agi_scripts", "routing_table", "transfer")  # what agi_scripts.fallback imports, see tests/house
LIBRARIES = ("asterisk", "six")  # pyst2 and what it needs
KEPT = 2  # a call may still be in the last one
COMPILE_S = 60


def install_agi(config: Config) -> None:
    """Bring runtime and script up to date; quick when nothing has changed. Raises FatalError."""
    place = layout(config)
    files = _files()
    target = place.python / _hash(files)
    if not (target / ".whole").exists():
        _build(config, files, target)
    _write_script(config, place, target)
    for old in sorted(place.python.iterdir(), key=lambda path: path.stat().st_mtime)[:-KEPT]:
        if old != target:
            shutil.rmtree(old, ignore_errors=True)


def _files() -> dict[str, Path]:
    """Place inside the runtime → source."""
    found: dict[str, Path] = {}
    for room in ROOMS:
        found |= {f"{room}/{path.name}": path for path in sorted((CHECKOUT / room).glob("*.py"))}
    for name in LIBRARIES:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise FatalError(f"{name} is not in our Python environment: run ./hotline up")
        origin = Path(spec.origin)
        if origin.name == "__init__.py":
            found |= {f"{name}/{path.name}": path for path in sorted(origin.parent.glob("*.py"))}
        else:
            found[origin.name] = origin
    return found


def _hash(files: dict[str, Path]) -> str:
    digest = hashlib.sha256(python_for_agi().encode())
    for name, source in files.items():
        digest.update(f"\0{name}\0".encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _build(config: Config, files: dict[str, Path], target: Path) -> None:
    beside = target.with_name(f"{target.name}.building")
    shutil.rmtree(beside, ignore_errors=True)
    for name, source in files.items():
        (beside / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, beside / name)
    shutil.rmtree(target, ignore_errors=True)
    beside.rename(target)
    # at its final place: the compiled files carry their path; unchecked: nobody edits a copy
    compiling = [python_for_agi(), "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(target)]
    command = in_sandbox(config, *compiling)
    done = subprocess.run(command, capture_output=True, text=True, timeout=COMPILE_S, check=False)
    if done.returncode != 0:
        raise FatalError(
            f"the fallback cannot be compiled for Asterisk's Python: {done.stdout[-400:]}{done.stderr[-400:]}"
        )
    (target / ".whole").touch()


def _write_script(config: Config, place: Layout, target: Path) -> None:
    script = place.agi / "fallback"
    text = (
        "#!/bin/sh\n"
        f"export PYTHONPATH='{target}' PYTHONDONTWRITEBYTECODE=1\n"
        f"export HOTLINE_STATE_DIR='{config.state_dir}' HOTLINE_AREA_CODE='{config.area_code}'\n"
        f"exec '{python_for_agi()}' -P -m agi_scripts.fallback \"$@\"\n"
    )
    if script.exists() and script.read_text("utf-8") == text:
        return
    beside = script.with_name("fallback.new")
    beside.write_text(text, "utf-8")
    beside.chmod(0o700)
    beside.replace(script)
