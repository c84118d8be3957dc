"""Keeps the one process that must outlive its keeper: Asterisk. Supervisord runs this; this starts or adopts Asterisk.

In: settings, a rendered configuration. Out: exits when Asterisk has ended (supervisord then starts it again) and takes
Asterisk down on SIGTERM. Never: takes Asterisk with it when it is killed itself: calls go on, the next shepherd adopts.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from gateway.config import Config, load_config
from gateway.errors import HotlineError
from gateway.house.asterisk import read_pid, start_asterisk, stop_pid

LOG_BYTES = 10_000_000
LOG_KEPT = 5
LOOK_EVERY_S = 60.0
GRACE_S = 10.0


def main() -> int:
    config = load_config(os.environ)
    wake, stop = os.pipe()
    os.set_blocking(stop, False)
    signal.signal(signal.SIGTERM, _note)
    signal.set_wakeup_fd(stop)
    pid = read_pid(config)
    reap: Callable[[], object] = _nothing
    if pid is None:
        _say("starting Asterisk")
        try:
            running = start_asterisk(config)
        except HotlineError as error:
            _say(str(error))
            return 3
        pid, reap = running.pid, running.process.poll
    else:
        _say(f"adopting Asterisk {pid}: its calls go on")
    return _watch(config, pid, wake, reap)


def _watch(config: Config, pid: int, wake: int, reap: Callable[[], object]) -> int:
    """Until Asterisk ends, or we are told to stop."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return 1
    poller = select.poll()
    poller.register(handle, select.POLLIN)
    poller.register(wake, select.POLLIN)
    while True:
        ready = {fd for fd, _ in poller.poll(LOOK_EVERY_S * 1000)}
        if wake in ready and signal.SIGTERM in os.read(wake, 64):
            _say("stopping Asterisk")
            stop_pid(pid, GRACE_S)
            reap()
            return 0
        if handle in ready:
            reap()
            _say("Asterisk has ended")
            if not draining(config).exists():
                return 1
            poller.unregister(handle)
        rotate(config.log_dir / "asterisk.log", LOG_BYTES, LOG_KEPT)


def draining(config: Config) -> Path:
    """While this file is there, an Asterisk that has ended is not started again: `down --drain` waits for its end."""
    return config.run_dir / "draining"


def rotate(log: Path, most_bytes: int, kept: int) -> bool:
    """Copy a log that has grown to `.1` and empty it in place: its writer appends and needs no telling."""
    try:
        if log.stat().st_size < most_bytes:
            return False
    except OSError:
        return False
    for number in range(kept - 1, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number + 1}"))
    shutil.copyfile(log, log.with_name(f"{log.name}.1"))
    os.truncate(log, 0)
    return True


def _note(_number: int, _frame: object) -> None:
    """The wake-up pipe carries the signal; this only keeps Python from dying of it."""


def _nothing() -> None:
    """An adopted process is not our child: there is nothing to reap."""


def _say(line: str) -> None:
    sys.stderr.write(f"shepherd: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
