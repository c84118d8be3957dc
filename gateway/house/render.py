"""Asterisk's configuration from the templates in `asterisk_conf/`.

In: config, secrets, seats, lines. Out: the files below `state/asterisk/etc`, mode 0600, replaced one by one, whole.
Never: writes a value that could start a second line, a comment or a section of its own.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import jinja2

from gateway.config import Config
from gateway.errors import CallerFaultError
from gateway.house.city import DEMO_LINES, Lines, SeatName, check_city
from gateway.house.layout import ROOT, TEMPLATES, Layout, layout, sounds_dir
from gateway.house.root import system_asterisk
from gateway.secrets import Secrets

_UNSAFE = re.compile(r"[\x00-\x1f\x7f;\[\]{}$\"\\|]")
MODULES = Path(f"/usr/lib/{os.uname().machine}-linux-gnu/asterisk/modules")  # Debian's and Ubuntu's place
LOOPBACK = ("127.0.0.0/8", "::1/128")


@dataclass(frozen=True, slots=True)
class Tuning:
    """What a test, a bench or a city sets otherwise than a demo. Seconds, 0 = off."""

    rtp_timeout_s: int = 60  # a leg without any RTP ends; signalling-only load sets 0
    seat_qualify_s: int = 20  # OPTIONS to registered seats; a scripted phone that does not answer it sets 0
    line_qualify_s: int = 10  # OPTIONS to unit and emergency lines
    max_calls: int = 0  # 0: what the RTP range can carry, four ports a call
    web_sessions: int = 500  # open WebSockets; each browser phone is one
    carrier_networks: tuple[str, ...] = LOOPBACK  # who is believed to be the carrier
    ami_networks: tuple[str, ...] = ("127.0.0.0/255.0.0.0",)
    deadman_s: int = 0  # 0: from the config
    unit_ring_s: int = 0  # 0: from the config


def render_asterisk(
    config: Config,
    secrets: Secrets,
    seats: Sequence[SeatName],
    lines: Lines = DEMO_LINES,
    tuning: Tuning | None = None,
) -> set[str]:
    """Write all configuration; the names of files that are new or changed. Raises CallerFaultError naming the value
    that is refused; nothing is written then.

    TLS for browsers is on when `etc/keys/wss.crt` is there (see `certificate`).
    """
    check_city(seats, lines)
    place = layout(config)
    for folder in place.folders:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    texts = render_texts(config, secrets, seats, lines, tuning or Tuning(), place)
    return {name for name, text in texts.items() if _replace(place.etc / name, text)}


def render_texts(
    config: Config, secrets: Secrets, seats: Sequence[SeatName], lines: Lines, tuning: Tuning, place: Layout
) -> dict[str, str]:
    """The same without writing: file name → text."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        finalize=_safe,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  # no HTML here; `_safe` refuses what these files cannot hold
    )
    values = {
        "config": config,
        "secrets": secrets,
        "seats": sorted(seats, key=lambda seat: seat.id),
        "lines": lines,
        "tuning": _filled(tuning, config),
        "tls": (place.etc / "keys" / "wss.crt").exists(),
        "sounds": sounds_dir(config),
        "modules_dir": MODULES,
        "modules": available_modules(),
        **{name: getattr(place, name) for name in ("etc", "data", "database", "spool", "cache", "run", "log", "agi")},
        "recordings": place.recordings,
    }
    names = sorted(path.name for path in TEMPLATES.glob("*.conf"))
    return {name: environment.get_template(name).render(values) for name in names}


def available_modules() -> frozenset[str]:
    """Names of the modules that the Asterisk to be started has: some differ between releases."""
    folder = MODULES if system_asterisk() else ROOT / MODULES.relative_to("/")
    return frozenset(path.name for path in folder.glob("*.so"))


def _filled(tuning: Tuning, config: Config) -> Tuning:
    return replace(
        tuning,
        max_calls=tuning.max_calls or max(1, (config.rtp_end - config.rtp_start) // 4),
        deadman_s=tuning.deadman_s or math.ceil(config.agi_deadman_s),
        unit_ring_s=tuning.unit_ring_s or math.ceil(config.unit_ring_s),
    )


def _safe(value: object) -> object:
    """Every value of every template comes through here."""
    text = str(value)
    if _UNSAFE.search(text):
        raise CallerFaultError(f"{text!r} cannot be written into Asterisk's configuration")
    return value


def _replace(path: Path, text: str) -> bool:
    if path.exists() and path.read_text("utf-8") == text:
        return False
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)
    beside.write_text(text, "utf-8")
    beside.replace(path)
    return True
