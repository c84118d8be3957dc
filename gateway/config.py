"""Every setting, read once from `HOTLINE_*` into one frozen object. No default secrets; all errors at once.

In: a mapping of environment variables. Out: `Config`, or `ConfigError` listing every bad value with its remedy.
Never: reads the environment by itself below the composition root, or holds a secret (see `gateway.secrets`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from gateway.errors import FatalError

CHECKOUT = Path(__file__).resolve().parent.parent


class ConfigError(FatalError):
    """One or more settings are wrong; `problems` has a line for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Config:
    """All settings. Units are in the names. The comment of each default says why it is what it is."""

    state_dir: Path = CHECKOUT / ".hotline"  # inside the checkout: each clone is its own installation
    node: str = "hl1"  # part of every call's linkedid, so that two nodes never make the same one
    area_code: str = "0872"  # the demo city's
    outgoing_number: str = "12345"  # whom outside numbers see calling; a carrier may want the area code before it
    bind: str = "127.0.0.1"  # loopback: nothing is open to the network until an admin says so
    sip_port: int = 5060
    ws_port: int = 8088
    wss_port: int = 8089
    ami_port: int = 5038
    agi_port: int = 4573
    console_port: int = 8080
    rtp_start: int = 10000
    rtp_end: int = 10500
    asterisk_host: str = "127.0.0.1"  # where gateway and console find AMI and the SIP WebSocket
    agi_host: str = "127.0.0.1"  # where the dialplan finds the gateway; an address: the call path asks no DNS
    database_url: str = ""  # empty: SQLite in the state folder
    city_dir: Path = CHECKOUT / "routing_table" / "demo"
    menus_dir: Path = CHECKOUT / "ivr" / "menus"
    profiles_dir: Path = CHECKOUT / "workorder" / "profiles"  # policy profiles; a city's own hours need its own copy
    public_url: str = ""  # where citizens reach the pages (https://12345.…): named in their short messages
    profile: str = "yunnan-2021"  # whose rules a new order lives by: the name of a file of profiles_dir
    seat_ring_s: float = 15.0  # GB/T 33358 as reported asks for an answer within 15 s
    unit_ring_s: float = 20.0
    emergency_ring_s: float = 30.0
    wrap_up_s: float = 20.0
    set_aside_s: float = 60.0  # a seat that let a call ring comes back by itself after this
    restore_s: float = 15.0  # a caller whose seat's line was lost is kept for that seat so long
    announce_every_s: float = 30.0  # position and expected wait, spoken to a waiting caller
    expert_after_s: float = 20.0  # a waiting call of an expert hotline is offered to expert seats too after this
    agi_deadman_s: float = 8.0  # a hung gateway loses the call to the fallback after this (TIMEOUT(absolute))
    show_listening: bool = True  # a seat sees who listens to its call; whether it must not is the city's to decide
    out_ring_s: float = 45.0  # how long a citizen's phone rings when the house calls back
    recording_settle_s: float = 30.0  # a bad verdict on a recording is final after this: a loaded disk may still write
    out_trunk: str = "carrier"  # the trunk of lines.toml by which citizens are called
    out_per_hour: int = 20  # calls that the house places for one seat in an hour
    publishers: int = 2  # people it takes to publish a routing table; 1 for a city with one admin
    journal_keep_days: int = 30  # the store can be rebuilt from these files; they hold callers' numbers in the clear
    test_phone: bool = True  # the browser test phone; off in a city
    log_level: str = "INFO"

    @property
    def run_dir(self) -> Path:
        return self.state_dir / "run"

    @property
    def log_dir(self) -> Path:
        return self.state_dir / "log"

    @property
    def journal_file(self) -> Path:
        """The CEL file that Asterisk writes: the truth about every call."""
        return self.state_dir / "asterisk" / "log" / "cel-custom" / "journal.csv"

    @property
    def seat_journal_file(self) -> Path:
        """JSON lines that the gateway writes: seats logging in, pausing, resuming."""
        return self.state_dir / "journal" / "seats.jsonl"

    @property
    def recordings_dir(self) -> Path:
        return self.state_dir / "asterisk" / "recordings"

    @property
    def published_dir(self) -> Path:
        """`table.json` and `seats.json`: what gateway and fallback decide on. Replaced whole, atomically."""
        return self.state_dir / "published"

    @property
    def sticky_file(self) -> Path:
        """Caller → seat of an open order, for this user's eyes only: the recorder writes it, the gateway follows."""
        return self.state_dir / "gateway" / "sticky.json"

    @property
    def prompts_dir(self) -> Path:
        """Installed prompts, `<id>.wav`; Asterisk plays them as `hl/<id>`."""
        return self.state_dir / "sounds" / "zh" / "hl"

    @property
    def secrets_file(self) -> Path:
        return self.state_dir / "secrets.json"

    @property
    def keys_file(self) -> Path:
        """The city's keys for what says who a caller is. Lost with it is every name and number: back it up apart."""
        return self.state_dir / "keys.json"

    @property
    def evidence_dir(self) -> Path:
        """Files that belong to work orders; the store knows which is what."""
        return self.state_dir / "evidence"

    @property
    def sms_file(self) -> Path:
        """The SMS provider (see `gateway.sms`); without it short messages go to a file."""
        return self.state_dir / "sms.toml"

    @property
    def control_socket(self) -> Path:
        return self.run_dir / "gateway.sock"

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.state_dir / 'hotline.db'}"


_WORDS = {
    "1": True,
    "yes": True,
    "on": True,
    "true": True,
    "0": False,
    "no": False,
    "off": False,
    "false": False,
}


def _boolean(text: str) -> bool:
    return _WORDS[text.strip().lower()]


_PARSERS: dict[str, tuple[Callable[[str], object], str]] = {
    "int": (int, "a whole number"),
    "float": (float, "a number of seconds"),
    "bool": (_boolean, "on or off"),
    "Path": (lambda text: Path(text).expanduser().resolve(), "a path"),
    "str": (str, "text"),
}


_PUBLIC_URL = re.compile(r"(?=.{1,48}$)https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*", re.ASCII)


def load_config(environ: Mapping[str, str]) -> Config:
    """Read `HOTLINE_<FIELD>` for every field of `Config`.

    Raises ConfigError with a line for each unknown name, unreadable value, bad port and clash of ports.
    """
    problems: list[str] = []
    values: dict[str, object] = {}
    names = {f"HOTLINE_{field.name.upper()}": field for field in fields(Config)}
    for name in sorted(key for key in environ if key.startswith("HOTLINE_")):
        field = names.get(name)
        if field is None:
            problems.append(f"{name}: unknown setting; known are {', '.join(sorted(names))}")
            continue
        parse, wanted = _PARSERS[str(field.type)]
        try:
            values[field.name] = parse(environ[name])
        except (ValueError, KeyError):
            problems.append(f"{name}={environ[name]!r}: must be {wanted}")
    config = Config(**values)  # type: ignore[arg-type]  # the parsers above give each field its type
    problems += _check(config)
    if problems:
        raise ConfigError(problems)
    return config


def _check(config: Config) -> list[str]:
    problems = []
    ports = {f.name: getattr(config, f.name) for f in fields(config) if f.name.endswith("_port")}
    for name, port in ports.items():
        if not 1 <= port <= 65535:
            problems.append(f"HOTLINE_{name.upper()}={port}: a port is 1 to 65535")
    taken: dict[int, str] = {}
    for name, port in ports.items():
        if port in taken:
            problems.append(f"HOTLINE_{name.upper()}={port}: also used by HOTLINE_{taken[port].upper()}")
        taken[port] = name
    if config.rtp_end - config.rtp_start < 10:
        problems.append("HOTLINE_RTP_END: must be at least 10 above HOTLINE_RTP_START (two ports a leg)")
    if not 1 <= config.journal_keep_days <= 366:
        problems.append(f"HOTLINE_JOURNAL_KEEP_DAYS={config.journal_keep_days}: 1 to 366")
    if config.publishers not in (1, 2):
        problems.append(f"HOTLINE_PUBLISHERS={config.publishers}: 2 (a second person publishes) or 1")
    if not (config.area_code.isascii() and config.area_code.isdigit() and config.area_code.startswith("0")):
        problems.append(f"HOTLINE_AREA_CODE={config.area_code!r}: digits, with the leading 0")
    number = config.outgoing_number
    if not (number.isascii() and number.isdigit() and 3 <= len(number) <= 15):
        problems.append(f"HOTLINE_OUTGOING_NUMBER={number!r}: 3 to 15 digits")
    if not (config.out_trunk.isascii() and config.out_trunk.isalnum() and config.out_trunk == config.out_trunk.lower()):
        problems.append(f"HOTLINE_OUT_TRUNK={config.out_trunk!r}: small letters and digits, a name of lines.toml")
    if config.public_url and not _PUBLIC_URL.fullmatch(config.public_url):
        problems.append(
            f"HOTLINE_PUBLIC_URL={config.public_url!r}: https://host or https://host/path without a slash at its end, "
            "up to 48 characters (it goes into short messages)"
        )
    if not 1 <= config.out_per_hour <= 1000:
        problems.append(f"HOTLINE_OUT_PER_HOUR={config.out_per_hour}: 1 to 1000")
    for field in fields(config):
        value = getattr(config, field.name)
        if field.name.endswith("_s") and not 0 < value <= 3600:
            problems.append(f"HOTLINE_{field.name.upper()}={value}: seconds above 0 and up to 3600")
    return problems
