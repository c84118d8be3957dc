"""The installation's secrets: made once, kept in one file of mode 0600, never printed.

In: a path. Out: `Secrets`. Never: a default value, a secret in a log or in `repr`.
"""

from __future__ import annotations

import json
import os
import secrets as _random
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.errors import FatalError


@dataclass(frozen=True, slots=True)
class Secrets:
    """`sip` maps an endpoint's name (`seat-801`, `web-801`, `testphone`) to its SIP password."""

    ami_gateway: str = field(repr=False)
    ami_originate: str = field(repr=False)
    session_key: str = field(repr=False)
    sip: Mapping[str, str] = field(repr=False)


def new_secret() -> str:
    """128 random bits in letters and digits only: fits every file and URL without quoting."""
    return _random.token_hex(16)


def load_secrets(path: Path) -> Secrets:
    """Read the file. Raises FatalError when it is missing, open to other users, or incomplete."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        raw = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise FatalError(f"{path}: cannot be read ({error}); './hotline up' makes it") from error
    if mode & 0o077:
        raise FatalError(f"{path}: mode is {mode:04o}, other users can read it; chmod 600 and change the secrets")
    try:
        sip = {str(name): str(value) for name, value in raw["sip"].items()}
        return Secrets(str(raw["ami_gateway"]), str(raw["ami_originate"]), str(raw["session_key"]), sip)
    except (KeyError, AttributeError, TypeError) as error:
        raise FatalError(f"{path}: incomplete ({error}); './hotline up' adds what is missing") from error


def ensure_secrets(path: Path, endpoints: Iterable[str]) -> Secrets:
    """Make the file, or add what it lacks (a new seat's password); what is there stays.

    Raises FatalError when a file is there that cannot be read as ours: it is not overwritten.
    """
    raw = _read_or_empty(path)
    before = json.dumps(raw, sort_keys=True)
    for name in ("ami_gateway", "ami_originate", "session_key"):
        raw.setdefault(name, new_secret())
    sip: dict[str, str] = raw.setdefault("sip", {})
    for endpoint in endpoints:
        sip.setdefault(endpoint, new_secret())
    if json.dumps(raw, sort_keys=True) != before:
        _write(path, raw)
    return load_secrets(path)


def _read_or_empty(path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise FatalError(f"{path}: cannot be read ({error}); mend or remove it by hand") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("sip", {}), dict):
        raise FatalError(f"{path}: not a secrets file; mend or remove it by hand")
    return raw


def _write(path: Path, raw: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(raw, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
