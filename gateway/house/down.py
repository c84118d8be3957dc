"""`./hotline down`: stop everything, the calls' recorder last.

In: settings. Out: nothing runs. Exit 0 stopped, 1 nothing was running. Never: leaves an orphan of this installation.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time

from gateway.config import Config, ConfigError, load_config
from gateway.errors import RetryableError
from gateway.house.asterisk import asterisk_cli, read_pid, stop_pid
from gateway.house.lock import alone
from gateway.house.progress import say
from gateway.house.shepherd import draining
from gateway.house.supervise import stop_orphans, stop_supervisor


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("down", help="stop everything", description="Stop everything.")
    parser.add_argument(
        "--drain",
        type=float,
        default=0.0,
        metavar="S",
        help="take no new calls and wait up to S seconds for talks to end",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    try:
        config = load_config(os.environ)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    with alone(config, say):
        if args.drain > 0:
            drain(config, args.drain)
        was_running = stop_all(config)
    if args.json:
        sys.stdout.write(json.dumps({"was_running": was_running}) + "\n")
    else:
        say("stopped" if was_running else "nothing was running")
    return 0 if was_running else 1


def drain(config: Config, within_s: float) -> None:
    """New calls get 503 (the carrier overflows); wait until the last has ended or the time is over."""
    if read_pid(config) is None:
        return
    try:
        draining(config).touch()
        asterisk_cli(config, "core stop gracefully")
        say(f"taking no new calls; waiting up to {within_s:.0f} s for talks to end")
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline and read_pid(config) is not None:
            time.sleep(0.5)
    except RetryableError:
        return


def stop_all(config: Config) -> bool:
    """Whether anything was running."""
    was_running = stop_supervisor(config)
    was_running = stop_orphans(config) or was_running
    asterisk = read_pid(config)
    if asterisk is not None:
        stop_pid(asterisk, 10.0)
        was_running = True
    draining(config).unlink(missing_ok=True)
    return was_running
