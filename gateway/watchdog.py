"""Ends a process whose event loop hangs, so that its supervisor starts it anew and its calls go to the fallback.

In: the loop's own heartbeat. Out: stack traces on stderr and exit code 70. Never: ends a process that is merely busy
for less than `limit_s`.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import sys
import threading
import time

BEAT_S = 0.5


class Watchdog:
    """A thread that watches a heartbeat of the event loop. `limit_s`: the longest silence, in seconds."""

    def __init__(self, limit_s: float = 5.0) -> None:
        self._limit_s = limit_s
        self._beat = time.monotonic()
        self._ended = threading.Event()

    async def run(self) -> None:
        """Beat until cancelled."""
        thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        thread.start()
        try:
            while True:
                self._beat = time.monotonic()
                await asyncio.sleep(BEAT_S)
        finally:
            self._ended.set()

    def _watch(self) -> None:
        looked = time.monotonic()
        while not self._ended.wait(BEAT_S):
            now = time.monotonic()
            if now - looked > BEAT_S + self._limit_s / 2:
                self._beat = now  # the whole process was stopped (a debugger, a suspended machine), not the loop alone
            looked = now
            if now - self._beat > self._limit_s:
                sys.stderr.write(f"the event loop hangs for {now - self._beat:.1f} s: ending the process\n")
                faulthandler.dump_traceback(file=sys.stderr, all_threads=True)
                os._exit(70)
