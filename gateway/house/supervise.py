"""Supervisord (PyPI) keeps the five parts alive: its configuration, its start and stop, and what it knows.

In: config. Out: `run/supervisord.conf`, a supervisord process, `Part`s. Never: listens on anything but a unix socket.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from supervisor.xmlrpc import SupervisorTransport

from gateway.config import CHECKOUT, Config
from gateway.errors import FatalError, RetryableError
from gateway.house.asterisk import stop_pid

# Started in this order, stopped in the reverse: the recorder is there before the first call and after the last.
PROGRAMS: Mapping[str, str] = {
    "recorder": "gateway.recorder",
    "clerk": "gateway.clerk",
    "asterisk": "gateway.house.shepherd",
    "gateway": "gateway.main",
    "console": "console.main",
}
MARK = "HL_HOUSE"  # in each part's environment: how an orphan is known again
ANSWER_S = 10.0
# Asterisk ends its calls; the clerk waits for the answer to what it has just sent.
STOP_WAIT_S: Mapping[str, int] = {"asterisk": 25, "clerk": 35}


@dataclass(frozen=True, slots=True)
class Part:
    """`state` is supervisord's word, `since` epoch seconds or 0, `pid` 0 when it does not run."""

    name: str
    state: str
    pid: int
    since: float
    last_exit: str

    @property
    def runs(self) -> bool:
        return self.state == "RUNNING"


def conf_path(config: Config) -> Path:
    return config.run_dir / "supervisord.conf"


def socket_path(config: Config) -> Path:
    return config.run_dir / "supervisor.sock"


def write_conf(config: Config) -> None:
    """Supervisord's configuration, 0600. `%` is its escape character and is doubled."""
    for folder in (config.run_dir, config.log_dir):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = conf_path(config)
    path.write_text(conf_text(config), "utf-8")
    path.chmod(0o600)


def conf_text(config: Config) -> str:
    values = {
        "socket": socket_path(config),
        "log": config.log_dir,
        "run": config.run_dir,
        "checkout": CHECKOUT,
    }
    sections = [_HEAD.format_map({key: _escape(str(value)) for key, value in values.items()})]
    for priority, (name, module) in enumerate(PROGRAMS.items(), start=1):
        sections.append(
            _PROGRAM.format_map(
                {
                    "name": name,
                    "python": _escape(sys.executable),
                    "module": module,
                    "priority": priority * 10,
                    "mark": f'{MARK}="{_escape(f"{config.state_dir}:{name}")}"',
                    "log": _escape(str(config.log_dir / f"{'shepherd' if name == 'asterisk' else name}.log")),
                    "wait": STOP_WAIT_S.get(name, 15),
                }
            )
        )
    return "\n".join(sections)


_HEAD = """\
; Written by './hotline up'. Do not edit: it is written anew.
[unix_http_server]
file={socket}
chmod=0700

[supervisord]
logfile={log}/supervisord.log
logfile_maxbytes=5MB
logfile_backups=3
loglevel=info
pidfile={run}/supervisord.pid
nodaemon=false
umask=077
directory={checkout}
; what a call with a recording takes, many times over; supervisord raises the soft limit to it where the host allows
minfds=1024

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://{socket}
"""

# startsecs=0: a part that dies at once is tried again each second for ever, with no growing pause and no giving up.
_PROGRAM = """\
[program:{name}]
command="{python}" -P -m {module}
environment={mark}
priority={priority}
autostart=true
autorestart=true
startsecs=0
stopsignal=TERM
stopwaitsecs={wait}
stdout_logfile={log}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=5
redirect_stderr=true
"""


def _escape(text: str) -> str:
    if any(char in text for char in '\n\r"'):
        raise FatalError(f"{text!r}: no quotes or line breaks in paths, please")
    return text.replace("%", "%%")


@contextmanager
def _rpc(config: Config) -> Iterator[xmlrpc.client.ServerProxy]:
    transport = SupervisorTransport(None, None, f"unix://{socket_path(config)}")
    proxy = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
    try:
        yield proxy
    except (OSError, xmlrpc.client.Error) as error:
        raise RetryableError(f"supervisord does not answer: {error}") from error
    finally:
        transport.close()


def supervisor_pid(config: Config) -> int | None:
    """The pid of this installation's supervisord, None when it does not run."""
    try:
        pid = int((config.run_dir / "supervisord.pid").read_text("ascii"))
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if str(conf_path(config)).encode() in command else None


def parts(config: Config) -> list[Part]:
    """Each part as supervisord sees it; all STOPPED when it does not run. Raises RetryableError when it hangs."""
    if supervisor_pid(config) is None:
        return [Part(name, "STOPPED", 0, 0.0, "") for name in PROGRAMS]
    with _rpc(config) as proxy:
        rows = cast("list[dict[str, object]]", proxy.supervisor.getAllProcessInfo())
    known = {row["name"]: row for row in rows}
    return [_part(name, known.get(name)) for name in PROGRAMS]


def _part(name: str, row: Mapping[str, object] | None) -> Part:
    if row is None:
        return Part(name, "STOPPED", 0, 0.0, "")
    since = row["start"] if row["statename"] == "RUNNING" else row["stop"]
    return Part(name, str(row["statename"]), int(str(row["pid"])), float(str(since)), str(row["spawnerr"] or ""))


def start_supervisor(config: Config, environ: Mapping[str, str]) -> None:
    """Clear what an earlier supervisord left behind (never Asterisk), then start a new one. Raises FatalError."""
    stop_orphans(config)
    socket_path(config).unlink(missing_ok=True)
    write_conf(config)
    env = {**environ, "PYTHONPATH": str(CHECKOUT), "HOTLINE_STATE_DIR": str(config.state_dir), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-P", "-m", "supervisor.supervisord", "-c", str(conf_path(config))]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode != 0:
        raise FatalError(f"supervisord did not start: {(done.stderr or done.stdout).strip()[-600:]}")
    deadline = time.monotonic() + ANSWER_S
    while supervisor_pid(config) is None or not socket_path(config).exists():
        if time.monotonic() > deadline:
            raise FatalError(f"supervisord did not come up; see {config.log_dir}/supervisord.log")
        time.sleep(0.05)


def start_missing(config: Config) -> None:
    """Have every part that is not running started."""
    with _rpc(config) as proxy:
        for part in parts(config):
            if not part.runs and part.state not in ("STARTING", "BACKOFF"):
                proxy.supervisor.startProcess(part.name, False)


def restart_part(config: Config, name: str) -> None:
    """Stop and start one part."""
    with _rpc(config) as proxy:
        proxy.supervisor.stopProcess(name, True)
        proxy.supervisor.startProcess(name, False)


def stop_supervisor(config: Config, within_s: float = 60.0) -> bool:
    """All parts in reverse order, then supervisord. Whether anything was running."""
    pid = supervisor_pid(config)
    if pid is None:
        return False
    handle = os.pidfd_open(pid)
    os.close(handle)
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + within_s
    while supervisor_pid(config) is not None:
        if time.monotonic() > deadline:
            raise RetryableError(f"supervisord ({pid}) did not stop within {within_s:.0f} s")
        time.sleep(0.1)
    return True


def stop_orphans(config: Config) -> bool:
    """End what an earlier supervisord left behind; whether there was anything.

    An orphaned shepherd is killed, not asked: asked, it would take Asterisk and its calls down with it.
    """
    left = orphans(config)
    for pid, name in left.items():
        stop_pid(pid, 0.0 if name == "asterisk" else 5.0)
    return bool(left)


def orphans(config: Config) -> dict[int, str]:
    """pid → part, of this installation, by the mark in their environment. Not Asterisk itself: it is adopted."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            environment = (entry / "environ").read_bytes().split(b"\0")
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        for name, module in PROGRAMS.items():
            mark = f"{MARK}={config.state_dir}:{name}".encode()
            if mark in environment and f"-m\0{module}\0".encode() in command:
                found[int(entry.name)] = name
    return found
