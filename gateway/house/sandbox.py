"""The command that runs a program of the private root: read-only, no capabilities, few folders.

In: config, a program and its arguments. Out: an argument list for `subprocess`.
Never: gives the program the secrets file, the database or the journal of seats.
"""

from __future__ import annotations

import os
import resource
import sys

from gateway.config import Config
from gateway.house.layout import ROOT, layout, live_dir, sounds_dir
from gateway.house.root import system_asterisk


def asterisk_command(config: Config, *arguments: str) -> list[str]:
    """`asterisk -C <our conf> …` on the host's binary, or on the private root's in its sandbox."""
    own = system_asterisk()
    binary = "/usr/sbin/asterisk" if own is None else str(own)
    return in_sandbox(config, binary, "-C", str(layout(config).etc / "asterisk.conf"), *arguments)


def in_sandbox(config: Config, *command: str) -> list[str]:
    """The command in the private root's sandbox, or as it is where the host's own Asterisk is used."""
    return list(command) if system_asterisk() else [*_bwrap(config), *command]


def python_for_agi() -> str:
    """The Python that the process AGI runs on: the sandbox's own, or the host's that we run on."""
    return sys.executable if system_asterisk() else "/usr/bin/python3"


def _bwrap(config: Config) -> list[str]:
    """Paths inside are the same as outside, so one rendered configuration serves both ways of running."""
    place = layout(config)
    command = ["bwrap", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--cap-drop", "ALL"]
    for name in ("usr", "etc"):
        command += ["--ro-bind", str(ROOT / name), f"/{name}"]
    for name in ("bin", "sbin", "lib", "lib64"):
        if (ROOT / name).exists():
            command += ["--symlink", f"usr/{name}", f"/{name}"]
    command += ["--ro-bind", str(place.hosts), "/etc/hosts", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]  # noqa: S108
    command += ["--bind", str(place.home), str(place.home)]
    for folder in (config.published_dir, live_dir(config), sounds_dir(config)):
        if folder.exists():
            command += ["--ro-bind", str(folder), str(folder)]
    return [*command, "--setenv", "LANG", "C.UTF-8", "--chdir", str(place.home)]


def file_limit() -> None:
    """A call with a recording takes about six file descriptors: use all that the host allows. For `preexec_fn`."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.umask(0o077)
