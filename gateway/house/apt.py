"""Debian packages that the host lacks, installed with apt, saying which and why.

In: needs. Out: installed packages. Never: upgrades or removes anything.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import FatalError, RetryableError
from gateway.house.progress import Say

APT_TIMEOUT_S = 900


@dataclass(frozen=True, slots=True)
class Need:
    """`probe` is a program's name, or a path that the package brings."""

    package: str
    probe: str
    why: str

    @property
    def there(self) -> bool:
        if self.probe.startswith("/"):
            return Path(self.probe).exists()
        return shutil.which(self.probe, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is not None


def missing(needs: Sequence[Need]) -> list[Need]:
    return [need for need in needs if not need.there]


def ensure_packages(needs: Sequence[Need], say: Say) -> None:
    """Install what is missing. Raises FatalError where there is no apt, RetryableError when apt fails."""
    wanted = missing(needs)
    if not wanted:
        return
    names = " ".join(need.package for need in wanted)
    if shutil.which("apt-get") is None:
        raise FatalError(f"this system has no apt: install {names} by hand (made for Debian 12/13 and Ubuntu 24.04)")
    for need in wanted:
        say(f"installing {need.package}: {need.why}")
    refresh()
    install(*(need.package for need in wanted))
    left = missing(wanted)
    if left:
        raise RetryableError(f"apt installed {names}, but {', '.join(need.probe for need in left)} is still not there")


def refresh() -> None:
    """Fetch the lists of packages. Raises RetryableError."""
    _apt("update", "-qq")


def install(*packages: str) -> None:
    """Raises RetryableError."""
    _apt("install", "-y", "-qq", "--no-install-recommends", *packages)


def _apt(*arguments: str) -> None:
    root = [] if os.geteuid() == 0 else ["sudo"]
    command = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=APT_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RetryableError(f"apt-get {arguments[0]}: {error}") from error
    if done.returncode != 0:
        raise RetryableError(f"apt-get {arguments[0]} failed: {done.stderr.strip()[-400:]}")
