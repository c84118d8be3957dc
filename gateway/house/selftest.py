"""`./hotline test`: everything that CI runs, the same on a person's machine.

In: this checkout; further arguments go to pytest. Out: exit 0 all passed, 1 not, 3 something needed is away.
Never: uses a running installation: tests bring their own state folders and ports.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from gateway.config import CHECKOUT
from gateway.errors import HotlineError
from gateway.house.apt import Need, ensure_packages
from gateway.house.progress import say
from gateway.house.up import ALWAYS, ensure_asterisk
from gateway.house.web import ensure_web

NEEDS = (
    *ALWAYS,
    Need("sip-tester", "sipp", "SIPp plays callers"),
    Need("sox", "sox", "looks into recordings"),
    Need("postgresql", "/usr/lib/postgresql", "the store is tested on a real PostgreSQL too"),
    Need("chromium", "chromium", "pages and browser phones are tested in a real browser"),
    Need("fonts-noto-cjk", "/usr/share/fonts/opentype/noto", "screenshots of Chinese pages"),
    Need("libatomic1", f"/usr/lib/{os.uname().machine}-linux-gnu/libatomic.so.1", "Playwright's own Node needs it"),
    Need("iproute2", "ip", "network namespaces and addresses"),
)
SETTINGS = ("HOTLINE_",)
# Debian 12's Python 3.11.2 can break inside pytest's pretty tracebacks (cpython gh-106905) and hide what failed.
TRACEBACKS = () if sys.version_info >= (3, 11, 5) else ("--tb=native",)


@dataclass(frozen=True, slots=True)
class Ran:
    name: str
    code: int
    took_s: float


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "test",
        help="all tests, on the real parts",
        description="Linter, types, and all tests on the real parts. Further arguments go to pytest.",
    )
    parser.add_argument("--json", action="store_true", help="print a summary as JSON; output goes to standard error")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    try:
        prepare()
    except HotlineError as error:
        sys.stderr.write(f"hotline test: {error}\n")
        return 3
    ran = run_all(args.rest, sys.stderr.fileno() if args.json else None)
    fine = all(each.code == 0 for each in ran)
    if args.json:
        rows = [{"name": each.name, "code": each.code, "took_s": round(each.took_s, 1)} for each in ran]
        sys.stdout.write(json.dumps({"ok": fine, "ran": rows}, indent=1) + "\n")
    else:
        for each in ran:
            sys.stdout.write(f"  {'ok ' if each.code == 0 else 'NO '} {each.name:<10} {each.took_s:6.1f} s\n")
    return 0 if fine else 1


def prepare() -> None:
    """Packages, the private Asterisk, the pages. Raises HotlineError."""
    ensure_packages(NEEDS, say)
    ensure_asterisk(say)
    ensure_web(say)


def run_all(pytest_arguments: Sequence[str], output: int | None) -> list[Ran]:
    """Linter and types beside each other, then the tests: two cores, and timing tests want them for themselves."""
    here = Path(sys.executable).parent
    env = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    env["PYTHONPATH"] = str(CHECKOUT)
    checks = {
        "ruff": [str(here / "ruff"), "check", "."],
        "format": [str(here / "ruff"), "format", "--check", "."],
        "mypy": [str(here / "mypy")],
    }
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(_run, name, command, env, output) for name, command in checks.items()]
        ran = [job.result() for job in jobs]
    tests = [str(here / "python"), "-P", "-m", "pytest", *TRACEBACKS, *pytest_arguments]
    return [*ran, _run("pytest", tests, env, output)]


def _run(name: str, command: Sequence[str], env: dict[str, str], output: int | None) -> Ran:
    began = time.monotonic()
    done = subprocess.run(command, cwd=CHECKOUT, env=env, stdout=output, timeout=3600, check=False)
    return Ran(name, done.returncode, time.monotonic() - began)
