"""Whether the running parts run the code that is in the checkout now.

In: the checkout, `run/code.txt` written at their start. Out: yes or no. Never: restarts anything.
"""

from __future__ import annotations

import hashlib

from gateway.config import CHECKOUT, Config

ROOMS = ("agi_scripts", "console", "gateway", "ivr", "routing_table", "seats", "transfer", "workorder")


def code_hash() -> str:
    """Of every Python file and menu of the rooms."""
    digest = hashlib.sha256()
    for room in ROOMS:
        for pattern in ("*.py", "*.toml"):
            for path in sorted((CHECKOUT / room).rglob(pattern)):
                if "node_modules" not in path.parts:
                    digest.update(f"\0{path.relative_to(CHECKOUT)}\0".encode())
                    digest.update(path.read_bytes())
    return digest.hexdigest()


def note_code(config: Config) -> None:
    """The parts are being started with this code."""
    (config.run_dir / "code.txt").write_text(code_hash(), "ascii")


def code_has_changed(config: Config) -> bool:
    """Since the parts were started; no when that is not known."""
    try:
        return (config.run_dir / "code.txt").read_text("ascii") != code_hash()
    except OSError:
        return False
