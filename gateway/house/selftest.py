"""`./hotline test`: everything that CI runs, the same on a person's machine.

In: this checkout. With arguments, one pytest with those arguments; without, all jobs of `testjobs`. Out: exit 0 all
passed, 1 not, 3 something needed is away; as the last line the counts, as in "812 passed, 0 failed". Linter, format and
types count as one each. Never: uses a running installation (tests bring their own state folders and ports), or tries
a failed test again.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from gateway.config import CHECKOUT
from gateway.errors import HotlineError
from gateway.house.apt import Need, ensure_packages
from gateway.house.progress import say
from gateway.house.testjobs import checks, environment, groups, pytest_command, web_job
from gateway.house.testrun import Counts, Ran, Runner, clock, judge, read_report
from gateway.house.up import ALWAYS, ensure_asterisk
from gateway.house.web import WEB, ensure_web, ensure_web_libraries

SECONDS = CHECKOUT / ".hotline" / "test-seconds.json"
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


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "test",
        help="all tests, on the real parts",
        description="Linter, types, and all tests on the real parts. "
        "With further arguments only pytest, and they go to it.",
    )
    parser.add_argument("--json", action="store_true", help="print a summary as JSON; output goes to standard error")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    began = time.monotonic()
    out = sys.stderr if args.json else sys.stdout
    try:
        npm, npm_env = prepare()
    except HotlineError as error:
        sys.stderr.write(f"hotline test: {error}\n")
        return 3
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a cancelled CI job stops its PBX too
    # a short path: unix sockets are made in it
    scratch = Path(tempfile.mkdtemp(prefix="hl-test-"))
    fine = False
    try:
        if args.rest:
            ran = [run_one(args.rest, scratch, out)]
        else:
            jobs = [*checks(), web_job(npm, npm_env, WEB, scratch), *groups(scratch)]
            ran = Runner(jobs, scratch, lambda one: tell(one, out), say, known_seconds()).run()
        fine = bool(ran) and all(one.ok for one in ran)
        if fine and not args.rest:
            keep_seconds(ran)
        report(ran, time.monotonic() - began, scratch, out)
    finally:
        if fine or args.rest:
            shutil.rmtree(scratch, ignore_errors=True)
    if args.json:
        print_json(ran, fine)
    return 0 if fine else 1


def known_seconds(file: Path = SECONDS) -> dict[str, float]:
    """How long each job took in the last whole run that went well; nothing where there was none."""
    try:
        return {str(name): float(took) for name, took in json.loads(file.read_text("utf-8")).items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def keep_seconds(ran: Sequence[Ran], file: Path = SECONDS) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({one.name: round(one.took_s, 1) for one in ran}), "utf-8")


def prepare() -> tuple[list[str], dict[str, str]]:
    """Packages, the private Asterisk, the pages, once for all groups; npm's command. Raises HotlineError."""
    ensure_packages(NEEDS, say)
    ensure_asterisk(say)
    npm = ensure_web_libraries(say)
    ensure_web(say)
    return npm


def run_one(arguments: Sequence[str], scratch: Path, out: TextIO) -> Ran:
    """One pytest on this terminal."""
    file = scratch / "one.xml"
    began = time.monotonic()
    done = subprocess.run(
        pytest_command(file, arguments), cwd=CHECKOUT, env=environment(), stdout=out, timeout=3600, check=False
    )
    counts, trouble = judge(read_report(file), done.returncode, has_report=True)
    return Ran("pytest", counts, time.monotonic() - began, 0.0, "", trouble)


def tell(ran: Ran, out: TextIO) -> None:
    """A job's end. The output of one that failed comes at the end of all, where it is found."""
    out.write(f"{headline(ran)}\n")
    if ran.ok:
        out.write(indented(ran.output))
    out.flush()


def headline(ran: Ran) -> str:
    said = "" if ran.trouble else f"  {ran.counts}"
    cpu = f" ({ran.cpu_s:.0f} s of CPU)" if ran.cpu_s else ""
    return (
        f"{'ok ' if ran.ok else 'NO '} {ran.name:<8} {ran.took_s:6.1f} s{cpu}{said}{ran.trouble and '  ' + ran.trouble}"
    )


def indented(text: str) -> str:
    return "".join(f"    {line}\n".replace("    \n", "\n") for line in text.strip().splitlines())


def report(ran: Sequence[Ran], took_s: float, scratch: Path, out: TextIO) -> None:
    """What failed, in full; each job's time; the counts as the very last line."""
    failed = [one for one in ran if not one.ok]
    for one in failed:
        if one.output:
            out.write(f"\n======== {one.name} ========\n{one.output.rstrip()}\n")
    out.write("\n" + "".join(f"{headline(one)}\n" for one in ran))
    out.write(f"all in {clock(took_s)} on {os.cpu_count()} CPUs\n")
    if any(one.output for one in failed):
        out.write(f"what they left behind is in {scratch}\n")
    out.write(f"{sum((one.counts for one in ran), Counts())}\n")
    out.flush()


def print_json(ran: Sequence[Ran], fine: bool) -> None:
    rows = [
        {
            "name": one.name,
            "ok": one.ok,
            "passed": one.counts.passed,
            "failed": one.counts.failed,
            "skipped": one.counts.skipped,
            "trouble": one.trouble,
            "took_s": round(one.took_s, 1),
            "cpu_s": round(one.cpu_s, 1),
        }
        for one in ran
    ]
    sys.stdout.write(json.dumps({"ok": fine, "ran": rows}, indent=1) + "\n")
