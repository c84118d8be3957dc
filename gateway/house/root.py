"""The private root: Debian packages of Asterisk and Python 3 in a folder, for hosts that have no Asterisk ≥ 20.

In: nothing but the network's Debian mirror. Out: `.hotline/root`, whole or not there at all.
Never: touches the host's own packages, or leaves half a root under the final name.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from gateway.errors import RetryableError
from gateway.house.apt import install
from gateway.house.layout import ROOT
from gateway.house.progress import Say

SUITE = "forky"  # the newest Debian that has Asterisk; bookworm and trixie have none
PACKAGES = "asterisk,python3,tzdata"
OLDEST = 20
BUILD_TIMEOUT_S = 900


def system_asterisk() -> Path | None:
    """The host's own Asterisk when it is new enough (Ubuntu has one)."""
    binary = shutil.which("asterisk", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if binary is None:
        return None
    major = asterisk_major(_output([binary, "-V"]))
    return Path(binary) if major is not None and major >= OLDEST else None


def packaged_asterisk() -> bool:
    """Whether the host's own distribution has a package that is new enough (Ubuntu's universe; no Debian so far)."""
    found = re.search(r"Candidate: (?:\d+:)?(\d+)\.", _output(["apt-cache", "policy", "asterisk"]))
    return found is not None and int(found.group(1)) >= OLDEST


def install_packaged_asterisk(say: Say) -> None:
    """Install it with its own service masked: we start our own, and the service would take our ports at each boot.

    Raises RetryableError.
    """
    say("installing asterisk: the telephone exchange itself (its system service is masked; we start our own)")
    unit = "/etc/systemd/system/asterisk.service"
    script = f"mkdir -p /etc/systemd/system && [ -e {unit} ] || ln -s /dev/null {unit}"
    _run([*_as_root(), "sh", "-euc", script])
    install("asterisk")


def asterisk_major(banner: str) -> int | None:
    """`Asterisk 22.10.1~dfsg` → 22; None when it is something else."""
    found = re.match(r"Asterisk (?:certified[-/])?(\d+)\.", banner)
    return int(found.group(1)) if found else None


def root_is_whole(root: Path = ROOT) -> bool:
    """The stamp is written last, inside the folder that is renamed into place."""
    return (root / "hotline-root").is_file() and (root / "usr/sbin/asterisk").is_file()


def ensure_root(say: Say, root: Path = ROOT) -> None:
    """Build the root when it is not there; clear what an interrupted build left. Raises RetryableError."""
    if root_is_whole(root):
        return
    beside = root.with_name(f"{root.name}.building")
    for leftover in (beside, root):
        if leftover.exists():
            say(f"removing {leftover.name}, left by an interrupted build")
            _run([*_as_root(), "rm", "-rf", "--one-file-system", str(leftover)])
    root.parent.mkdir(parents=True, exist_ok=True)
    say(f"building a private Asterisk from Debian {SUITE} (this host has none ≥ {OLDEST}); about 30 s, 400 MB")
    _run([*_as_root(), "mmdebstrap", *_OPTIONS, f"--include={PACKAGES}", SUITE, str(beside)])
    _finish(beside)
    _run([*_as_root(), "mv", str(beside), str(root)])


_OPTIONS = (
    "--variant=minbase",
    '--aptopt=APT::Install-Recommends "false"',
    '--aptopt=Acquire::Check-Valid-Until "false"',
    '--aptopt=Acquire::Retries "3"',
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
)


def _finish(root: Path) -> None:
    """The sandbox mounts a hosts file over this one, so it must be there; then the stamp."""
    script = 'chmod 755 "$0" && touch "$0/etc/hosts" && chroot "$0" /usr/sbin/asterisk -V > "$0/hotline-root"'
    _run([*_as_root(), "sh", "-euc", script, str(root)])


def _as_root() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo"]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_TIMEOUT_S, check=False)
    if done.returncode != 0:
        last = "\n".join(done.stderr.strip().splitlines()[-8:])
        raise RetryableError(f"{' '.join(command[:3])} … failed with {done.returncode}:\n{last}")


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""
