"""What `up` was given stays in force for the commands after it: `status` in another shell asks the same ports.

In: the environment. Out: the environment with the settings saved by `up` where it names none itself.
Never: readable by others (a database's address may hold its password).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from gateway.config import CHECKOUT, Config


def add_saved_settings(environ: MutableMapping[str, str]) -> None:
    """Settings of the last `up` on this state folder; what the environment says itself wins."""
    state = Path(environ.get("HOTLINE_STATE_DIR", CHECKOUT / ".hotline")).expanduser()
    try:
        saved = json.loads((state / "settings.json").read_text("utf-8"))
    except (OSError, ValueError):
        return
    for name, value in saved.items():
        if name.startswith("HOTLINE_"):
            environ.setdefault(name, value)


def save_settings(config: Config, environ: Mapping[str, str]) -> None:
    """Keep every HOTLINE_* but the state folder itself, by which they are found."""
    kept = {name: environ[name] for name in sorted(environ) if name.startswith("HOTLINE_")}
    kept.pop("HOTLINE_STATE_DIR", None)
    config.state_dir.mkdir(parents=True, exist_ok=True)
    path = config.state_dir / "settings.json"
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
