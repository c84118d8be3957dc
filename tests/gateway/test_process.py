"""What keeps the gateway process honest: the watchdog, masked logs, a start that says what is missing."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from pathlib import Path

from gateway.log_setup import MaskingFormatter
from gateway.watchdog import Watchdog

ROOT = Path(__file__).resolve().parent.parent.parent

HANGS = """
import asyncio, time
from gateway.watchdog import Watchdog
async def main():
    task = asyncio.create_task(Watchdog(limit_s=1.0).run())
    await asyncio.sleep(0.2)
    while True: sum(range(1000))
asyncio.run(main())
"""


def test_a_hung_event_loop_ends_the_process_with_its_stack() -> None:
    done = subprocess.run([sys.executable, "-c", HANGS], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 70
    assert "event loop hangs" in done.stderr
    assert "sum" in done.stderr or "main" in done.stderr


async def test_a_busy_but_living_loop_is_left_alone() -> None:
    task = asyncio.create_task(Watchdog(limit_s=1.0).run())
    await asyncio.sleep(1.6)
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_numbers_are_masked_above_debug_and_call_ids_are_not() -> None:
    formatter = MaskingFormatter("%(message)s")

    def shown(level: int) -> str:
        record = logging.LogRecord("x", level, "f", 1, "caller 13800138000 in hl1-1795399200.12", None, None)
        return formatter.format(record)

    assert shown(logging.INFO) == "caller 138******00 in hl1-1795399200.12"
    assert "13800138000" in shown(logging.DEBUG)


def test_a_start_without_secrets_says_what_to_do(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "HOTLINE_STATE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "gateway.main"], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 3
    assert "./hotline up" in done.stderr
