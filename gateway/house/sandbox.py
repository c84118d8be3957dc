"""The command that runs a program of the private root: read-only, no capabilities, few folders.

In: config, a program and its arguments. Out: an argument list for `subprocess`.
Never: gives the program the secrets file, the database or the journal of seats.
"""

from __future__ import annotations

import os
import resource
import sys
from importlib.util import find_spec
from pathlib import Path

from gateway.config import CHECKOUT, Config
from gateway.house.layout import ROOT, layout, sounds_dir
from gateway.house.root import system_asterisk

# What the process AGI imports of ours when the gateway is away: thought and the process side of the door.
ROOMS = ("agi_scripts", "routing_table", "ivr", "seats", "transfer", "workorder", "gateway")
LIBRARIES = ("asterisk", "six")  # pyst2 and what it needs


def asterisk_command(config: Config, *arguments: str) -> list[str]:
    """`asterisk -C <our conf> …` on the host's binary, or on the private root's in its sandbox."""
    conf = str(layout(config).etc / "asterisk.conf")
    own = system_asterisk()
    if own is not None:
        return [str(own), "-C", conf, *arguments]
    return [*_bwrap(config), "/usr/sbin/asterisk", "-C", conf, *arguments]


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
    for folder in (config.published_dir, sounds_dir(config), config.menus_dir, *(CHECKOUT / room for room in ROOMS)):
        if folder.exists():
            command += ["--ro-bind", str(folder), str(folder)]
    return [*command, "--setenv", "LANG", "C.UTF-8", "--chdir", str(place.home)]


def library_sources() -> list[Path]:
    """Files and folders of the two libraries in our own environment."""
    found = []
    for name in LIBRARIES:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            continue
        origin = Path(spec.origin)
        found.append(origin.parent if origin.name == "__init__.py" else origin)
    return found


def file_limit() -> None:
    """A call with a recording takes about six file descriptors: use all that the host allows. For `preexec_fn`."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.umask(0o077)
