"""Where Asterisk's files lie. One place, so that templates, sandbox and doctor agree.

In: `Config`. Out: paths. Never: creates anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gateway.config import CHECKOUT, Config

ROOT = CHECKOUT / ".hotline" / "root"  # one private root a checkout, whatever state folders share it
PACKAGE_DATA = Path("/usr/share/asterisk")  # as seen by Asterisk: the same in the root and on Ubuntu
TEMPLATES = CHECKOUT / "asterisk_conf"


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of one Asterisk; all below `home`, so the sandbox opens exactly one of them for writing."""

    home: Path

    @property
    def etc(self) -> Path:
        return self.home / "etc"

    @property
    def data(self) -> Path:
        """Asterisk's data folder: links to the package's documentation and keys, and our own sounds."""
        return self.home / "data"

    @property
    def database(self) -> Path:
        return self.home / "db"

    @property
    def spool(self) -> Path:
        return self.home / "spool"

    @property
    def cache(self) -> Path:
        return self.home / "cache"

    @property
    def run(self) -> Path:
        return self.home / "run"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def agi(self) -> Path:
        return self.home / "agi-bin"

    @property
    def python(self) -> Path:
        """The two libraries that the process AGI needs, copied from our environment: the sandbox has its own Python."""
        return self.home / "python"

    @property
    def recordings(self) -> Path:
        return self.home / "recordings"

    @property
    def hosts(self) -> Path:
        return self.etc / "hosts"

    @property
    def pid_file(self) -> Path:
        return self.run / "asterisk.pid"

    @property
    def control(self) -> Path:
        return self.run / "asterisk.ctl"

    @property
    def folders(self) -> tuple[Path, ...]:
        own = (self.etc, self.data, self.database, self.spool, self.cache, self.run, self.log, self.agi, self.python)
        return (
            *own,
            self.recordings,
            self.log / "cel-custom",
            self.etc / "keys",
            self.data / "keys",
            self.data / "sounds",
        )


def layout(config: Config) -> Layout:
    """The folders of this installation's Asterisk."""
    return Layout(config.state_dir / "asterisk")


def sounds_dir(config: Config) -> Path:
    """Where prompts are installed (`hl/<id>` is `<here>/zh/hl/<id>.wav`) and music (`<here>/moh`)."""
    return config.state_dir / "sounds"


def live_dir(config: Config) -> Path:
    """Where the gateway saves who is logged in. A folder of its own, for the fallback may read it."""
    return config.state_dir / "gateway"
