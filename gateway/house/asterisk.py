"""Start, ask and stop one Asterisk of our own. Used by `up`, the test kit and the bench.

In: config and a rendered configuration. Out: a process, its pid, answers of its command line.
Never: a second Asterisk on the same state folder; touches the host's /etc/asterisk.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gateway.config import Config
from gateway.crypt import ensure_keys
from gateway.errors import FatalError, RetryableError
from gateway.house.agi_runtime import install_agi
from gateway.house.city import DEMO_LINES, Lines, SeatName, endpoints_with_password
from gateway.house.layout import PACKAGE_DATA, Layout, layout, live_dir, sounds_dir
from gateway.house.progress import quiet
from gateway.house.render import Tuning, render_asterisk
from gateway.house.root import ensure_root, system_asterisk
from gateway.house.sandbox import asterisk_command, file_limit
from gateway.prompts.install import install_sounds
from gateway.secrets import Secrets, ensure_secrets

BOOT_TIMEOUT_S = 40.0
CLI_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Running:
    """A running Asterisk. `pid` is Asterisk's own, whatever wraps it."""

    config: Config
    pid: int
    process: subprocess.Popen[bytes]

    def cli(self, command: str) -> str:
        """One command of Asterisk's console and its answer."""
        return asterisk_cli(self.config, command)

    def stop(self, grace_s: float = 5.0) -> None:
        """Ends all calls and the process."""
        stop_pid(self.pid, grace_s)
        self.process.wait(timeout=grace_s)


def start_asterisk(config: Config, *, timeout_s: float = BOOT_TIMEOUT_S) -> Running:
    """Start on what `render_asterisk` wrote, and wait until fully booted.

    Output goes to `state/log/asterisk.log`. Raises FatalError with its last lines when it does not come up.
    """
    prepare(config)
    log = config.log_dir / "asterisk.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            asterisk_command(config, "-f"),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C for the supervisor or a test run is not for the calls
            preexec_fn=file_limit,
        )
    try:
        _wait_booted(config, process, timeout_s)
    except BaseException:
        _kill_tree(config, process)
        raise
    return Running(config, read_pid(config) or process.pid, process)


@contextmanager
def running_asterisk(
    config: Config,
    seats: Sequence[SeatName],
    lines: Lines = DEMO_LINES,
    tuning: Tuning | None = None,
) -> Iterator[Running]:
    """Root if need be, secrets, configuration, start; stopped at the end. What a test or a bench wants."""
    if system_asterisk() is None:
        ensure_root(quiet)
    secrets = secrets_for(config, seats)
    put_sounds(config)
    render_asterisk(config, secrets, seats, lines, tuning)
    running = start_asterisk(config)
    try:
        yield running
    finally:
        running.stop()


def put_sounds(config: Config) -> None:
    """Prompts and music into the state folder; music on hold must be there before Asterisk starts."""
    install_sounds(config)


def secrets_for(config: Config, seats: Sequence[SeatName]) -> Secrets:
    """The secrets file with a password for every endpoint of these seats; beside it the city's keys, made once."""
    ensure_keys(config.keys_file, datetime.now(UTC))
    return ensure_secrets(config.secrets_file, endpoints_with_password(seats))


def prepare(config: Config) -> None:
    """Everything besides the configuration that must be there before a start: folders, links, hosts, the AGI."""
    place = layout(config)
    ours = (config.log_dir, config.run_dir, config.published_dir, live_dir(config), sounds_dir(config) / "moh")
    for folder in (*place.folders, *ours):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _link_data(place, sounds_dir(config))
    _write_hosts(place)
    install_agi(config)


def _link_data(place: Layout, sounds: Path) -> None:
    """Asterisk looks for documentation, sounds and keys below one folder; ours points to the package's and our own."""
    wanted = {
        place.data / "documentation": PACKAGE_DATA / "documentation",
        place.data / "sounds" / "zh": sounds / "zh",
        place.data / "sounds" / "en": PACKAGE_DATA / "sounds" / "en",
    }
    for link, target in wanted.items():
        if not (link.is_symlink() and link.readlink() == target):
            link.unlink(missing_ok=True)
            link.symlink_to(target)


def _write_hosts(place: Layout) -> None:
    """Asterisk looks its own name and a root server up for each call; without DNS each INVITE would wait seconds."""
    names = f"localhost {socket.gethostname()} A.ROOT-SERVERS.NET a.root-servers.net"
    place.hosts.write_text(f"127.0.0.1 {names}\n::1 localhost\n", "ascii")


def _wait_booted(config: Config, process: subprocess.Popen[bytes], timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise FatalError(f"Asterisk ended with {process.returncode} at start:\n{_last_lines(config)}")
        if layout(config).control.exists():
            with suppress(RetryableError):
                left = max(0.5, deadline - time.monotonic())
                if "fully booted" in asterisk_cli(config, "core waitfullybooted", timeout_s=left):
                    return
        time.sleep(0.1)
    raise FatalError(f"Asterisk was not ready within {timeout_s:.0f} s:\n{_last_lines(config)}")


def asterisk_cli(config: Config, command: str, timeout_s: float = CLI_TIMEOUT_S) -> str:
    """Ask the running Asterisk. Raises RetryableError when it does not answer."""
    call = asterisk_command(config, "-rx", command)
    try:
        done = subprocess.run(call, capture_output=True, text=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired as error:
        raise RetryableError(f"asterisk -rx {command!r}: no answer within {timeout_s:.0f} s") from error
    if done.returncode != 0:
        raise RetryableError(f"asterisk -rx {command!r}: {done.stdout.strip()} {done.stderr.strip()}")
    return done.stdout


def read_pid(config: Config) -> int | None:
    """The pid of this state folder's live Asterisk; None when there is none (a pid file may be stale)."""
    try:
        pid = int(layout(config).pid_file.read_text("ascii"))
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if str(layout(config).etc).encode() in command else None


def stop_pid(pid: int, grace_s: float) -> None:
    """SIGTERM, then SIGKILL after the grace; SIGKILL at once with none."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if grace_s > 0:
            signal.pidfd_send_signal(handle, signal.SIGTERM)
        if not _ended(handle, grace_s):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            _ended(handle, 5.0)
    except ProcessLookupError:
        return
    finally:
        os.close(handle)


def _ended(handle: int, within_s: float) -> bool:
    poller = select.poll()
    poller.register(handle, select.POLLIN)
    return bool(poller.poll(within_s * 1000))


def _kill_tree(config: Config, process: subprocess.Popen[bytes]) -> None:
    pid = read_pid(config)
    if pid is not None:
        stop_pid(pid, 1.0)
    process.kill()
    process.wait(timeout=5)


def _last_lines(config: Config) -> str:
    try:
        return "\n".join((config.log_dir / "asterisk.log").read_text("utf-8", "replace").splitlines()[-12:])
    except OSError:
        return "(no log)"
