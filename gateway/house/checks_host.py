"""The doctor's checks of the machine: Python, packages, disk, ports, name service, interfaces, clock, files.

In: config. Out: findings. Never: opens a listening port for longer than the check, or changes anything.
"""

from __future__ import annotations

import shutil
import socket
import stat
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from gateway.config import Config
from gateway.errors import HotlineError
from gateway.house.finding import Finding, Level
from gateway.house.layout import ROOT, layout, sounds_dir
from gateway.house.root import root_is_whole, system_asterisk
from gateway.house.supervise import supervisor_pid
from gateway.house.web import web_is_built
from gateway.journal import open_to_others
from gateway.secrets import load_secrets

DISK_BAD_BYTES = 1_000_000_000  # about 17 hours of one recorded call: 16 kB a second
DISK_WARN_BYTES = 10_000_000_000
DNS_SLOW_S = 1.5
OLDEST_TIME = 1_767_225_600  # 2026-01-01: a clock before it is a dead battery


def python(_config: Config) -> Sequence[Finding]:
    """`./hotline` refuses older ones before this runs; here it is only told which one it is."""
    return [Finding("python", Level.OK, ".".join(map(str, sys.version_info[:3])))]


def asterisk_there(_config: Config) -> Sequence[Finding]:
    own = system_asterisk()
    if own is not None:
        return [Finding("asterisk", Level.OK, f"the system's, {own}")]
    if not root_is_whole():
        return [Finding("asterisk", Level.BAD, "no system Asterisk ≥ 20 and no private root", "./hotline up builds it")]
    if shutil.which("bwrap") is None:
        return [Finding("asterisk", Level.BAD, "bubblewrap is away", "apt install bubblewrap, or ./hotline up")]
    return [Finding("asterisk", Level.OK, f"private root: {(ROOT / 'hotline-root').read_text('utf-8').strip()}")]


def disk(config: Config) -> Sequence[Finding]:
    folder = config.recordings_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    seen = f"{free / 1e9:.1f} GB free at {folder}"
    if free < DISK_BAD_BYTES:
        return [Finding("disk", Level.BAD, seen, "recordings are cut short on a full disk: free space now")]
    if free < DISK_WARN_BYTES:
        return [Finding("disk", Level.WARN, seen, "a recorded call takes 58 MB an hour: plan for more")]
    return [Finding("disk", Level.OK, seen)]


def ports(config: Config) -> Sequence[Finding]:
    """Only while nothing of ours runs: then each port must be free."""
    if supervisor_pid(config) is not None:
        return [Finding("ports", Level.OK, "ours are in use by ourselves")]
    wanted = [("SIP", config.sip_port, "udp"), ("SIP", config.sip_port, "tcp"), ("WS", config.ws_port, "tcp")]
    wanted += [("WSS", config.wss_port, "tcp"), ("AMI", config.ami_port, "tcp"), ("AGI", config.agi_port, "tcp")]
    wanted += [("CONSOLE", config.console_port, "tcp")]
    taken = [(name, port, kind) for name, port, kind in wanted if not _free(config.bind, port, kind)]
    if not taken:
        return [Finding("ports", Level.OK, "all free")]
    return [
        Finding("ports", Level.BAD, f"{port}/{kind} is taken", f"stop what holds it, or set HOTLINE_{name}_PORT")
        for name, port, kind in taken
    ]


def _free(host: str, port: int, kind: str) -> bool:
    with socket.socket(type=socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as sock:
        if kind == "tcp":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError:
            return False
    return True


def name_service(_config: Config) -> Sequence[Finding]:
    """A resolver that hangs is no trouble for calls (the PBX has a hosts file of its own) but for whoever installs."""
    began = time.monotonic()
    thread = threading.Thread(target=_resolve, daemon=True)
    thread.start()
    thread.join(DNS_SLOW_S)
    took = time.monotonic() - began
    if thread.is_alive():
        remedy = "calls do not need it; installing does: mend /etc/resolv.conf"
        return [Finding("dns", Level.WARN, f"no answer within {DNS_SLOW_S} s", remedy)]
    return [Finding("dns", Level.OK, f"answers (or refuses) in {took * 1000:.0f} ms")]


def _resolve() -> None:
    try:
        socket.getaddrinfo("hotline-doctor.invalid", 80)
    except OSError:
        return


def interfaces(_config: Config) -> Sequence[Finding]:
    """WebRTC finds no candidate on a machine with nothing but `lo`: the call is answered and silent."""
    others = [name for _index, name in socket.if_nameindex() if name != "lo" and _is_up(name)]
    if others:
        return [Finding("interfaces", Level.OK, f"{', '.join(others)} for browser phones' media")]
    remedy = "ip link add hl0 type dummy && ip addr add 192.0.2.1/32 dev hl0 && ip link set hl0 up"
    return [Finding("interfaces", Level.WARN, "only lo: browser phones will be silent (SIP phones are fine)", remedy)]


def _is_up(name: str) -> bool:
    try:
        return int(Path(f"/sys/class/net/{name}/flags").read_text("ascii"), 16) & 1 == 1
    except (OSError, ValueError):
        return False


def clock(_config: Config) -> Sequence[Finding]:
    now = time.time()
    seen = time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(now))
    if now < OLDEST_TIME:
        return [Finding("clock", Level.BAD, seen, "set the clock (timedatectl set-ntp true): every record carries it")]
    return [Finding("clock", Level.OK, seen)]


def secret_file(config: Config) -> Sequence[Finding]:
    if not config.secrets_file.exists():
        return [Finding("secrets", Level.WARN, "not made yet", "./hotline up makes them")]
    try:
        load_secrets(config.secrets_file)
    except HotlineError as error:
        return [Finding("secrets", Level.BAD, str(error), f"chmod 600 {config.secrets_file}")]
    mode = stat.S_IMODE(config.secrets_file.stat().st_mode)
    return [Finding("secrets", Level.OK, f"mode {mode:04o}")]


def journal_folder(config: Config) -> Sequence[Finding]:
    """Without this folder Asterisk loses every line of the journal, with only an ERROR in its log; and the lines hold
    callers' numbers, which are nobody else's."""
    folder = config.journal_file.parent
    if not folder.is_dir():
        level = Level.WARN if not layout(config).home.exists() else Level.BAD
        return [Finding("journal", level, f"{folder} is not there", "./hotline up makes it")]
    journals = (config.journal_file, config.seat_journal_file)
    if open_ones := [file.name for journal in journals for file in open_to_others(journal)]:
        told = f"other users can read {', '.join(open_ones)}"
        return [Finding("journal", Level.BAD, told, f"chmod 600 {folder}/*; the recorder does it within a minute")]
    return [Finding("journal", Level.OK, f"{folder}, kept for {config.journal_keep_days} days")]


def sounds(config: Config) -> Sequence[Finding]:
    spoken = sum(1 for _ in (sounds_dir(config) / "zh" / "hl").glob("*.wav"))
    music = sum(1 for _ in (sounds_dir(config) / "moh").glob("*.wav"))
    if not sounds_dir(config).exists():
        return [Finding("sounds", Level.WARN, "not installed yet", "./hotline up installs them")]
    if not spoken or not music:
        remedy = "./hotline prompts check; then ./hotline down && ./hotline up (music is read at Asterisk's start)"
        return [Finding("sounds", Level.BAD, f"{spoken} prompts, {music} pieces of music", remedy)]
    return [Finding("sounds", Level.OK, f"{spoken} prompts, {music} pieces of music")]


def pages(_config: Config) -> Sequence[Finding]:
    if web_is_built():
        return [Finding("pages", Level.OK, "built from the present sources")]
    return [Finding("pages", Level.WARN, "not built from the present sources", "./hotline up builds them")]


CHECKS: tuple[Callable[[Config], Sequence[Finding]], ...] = (
    python,
    asterisk_there,
    disk,
    ports,
    name_service,
    interfaces,
    clock,
    secret_file,
    journal_folder,
    sounds,
    pages,
)
