"""What the PBX needs to know of a city: its seats, the units' own lines, the emergency lines, the trunks to call out.

In: a seat directory, `lines.toml`. Out: checked values that are safe to write into Asterisk's files.
Never: opens a socket, or lets a value through that could become a second line of configuration.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.config import Config
from gateway.errors import CallerFaultError

_SEAT_ID = re.compile(r"[0-9A-Za-z]{1,20}")
_NAME = re.compile(r"[\w .·()（）\-]{1,40}")
_NUMBER = re.compile(r"[0-9]{3,12}")
_TRUNK = re.compile(r"[a-z0-9]{1,20}")
_CONTACT = re.compile(r"[0-9A-Za-z.:\[\]-]{1,80}")


class SeatName(Protocol):
    """A row of the seat directory; `gateway.published.SeatEntry` fits."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def pool(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Seat:
    """The least a seat is: for the test kit and the bench."""

    id: str
    name: str
    pool: str = "shared"


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines that are not seats. Keys are numbers, values `host:port` that the PBX sends the call to (UDP).

    `trunks`: by name, where outside numbers are dialled: the carrier, another PBX. Nobody comes in by them.
    """

    units: Mapping[str, str]
    emergencies: Mapping[str, str]
    trunks: Mapping[str, str] = field(default_factory=dict)


# In the demo city nobody is behind these until the test kit (or a softphone) listens there.
DEMO_LINES = Lines(
    units={"12328": "127.0.0.1:5091", "12348": "127.0.0.1:5092"},
    emergencies=dict.fromkeys(("110", "119", "120", "122"), "127.0.0.1:5093"),
    trunks={"carrier": "127.0.0.1:5094"},
)


def load_lines(config: Config) -> Lines:
    """Read `lines.toml` in the state folder (tables `units`, `emergencies`, `trunks`), else the demo city's lines.

    Raises CallerFaultError when the file is wrong.
    """
    path = config.state_dir / "lines.toml"
    if not path.exists():
        return DEMO_LINES
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        return Lines(_texts(raw.get("units", {})), _texts(raw.get("emergencies", {})), _texts(raw.get("trunks", {})))
    except (OSError, tomllib.TOMLDecodeError, AttributeError) as error:
        raise CallerFaultError(str(error), place=str(path), remedy='write lines as 12328 = "10.0.0.5:5060"') from error


def _texts(table: Mapping[str, object]) -> dict[str, str]:
    return {str(number): str(contact) for number, contact in table.items()}


def check_city(seats: Sequence[SeatName], lines: Lines) -> None:
    """Refuse whatever cannot be an endpoint's name or contact. Raises CallerFaultError with every problem."""
    problems = [
        *_seat_problems(seats),
        *_line_problems("unit", lines.units),
        *_line_problems("emer", lines.emergencies),
        *_trunk_problems(lines.trunks),
    ]
    if problems:
        raise CallerFaultError("; ".join(problems), remedy="mend the seat directory or lines.toml")


def _seat_problems(seats: Sequence[SeatName]) -> Iterable[str]:
    seen: set[str] = set()
    for seat in seats:
        if not (seat.id.isascii() and _SEAT_ID.fullmatch(seat.id)):
            yield f"seat id {seat.id!r}: 1 to 20 letters and digits"
        if not _NAME.fullmatch(seat.name):
            yield f"seat {seat.id!r}: name {seat.name!r} has characters a display cannot show, or is not 1 to 40 long"
        if seat.id in seen:
            yield f"seat id {seat.id!r} twice"
        seen.add(seat.id)


def _line_problems(kind: str, lines: Mapping[str, str]) -> Iterable[str]:
    for number, contact in lines.items():
        if not (number.isascii() and _NUMBER.fullmatch(number)):
            yield f"{kind} line {number!r}: 3 to 12 digits"
        if not _CONTACT.fullmatch(contact):
            yield f"{kind} line {number}: contact {contact!r} must be host:port"


def _trunk_problems(trunks: Mapping[str, str]) -> Iterable[str]:
    for name, contact in trunks.items():
        if not _TRUNK.fullmatch(name):
            yield f"trunk {name!r}: 1 to 20 small letters and digits"
        if not _CONTACT.fullmatch(contact):
            yield f"trunk {name}: contact {contact!r} must be host:port"


def endpoints_with_password(seats: Sequence[SeatName]) -> list[str]:
    """Every endpoint that registers or calls with a password."""
    return ["testphone", *(f"{kind}-{seat.id}" for seat in seats for kind in _devices(seat))]


def _devices(seat: SeatName) -> tuple[str, ...]:
    """The office has phones in its pages only."""
    return ("web",) if seat.pool == "office" else ("seat", "web")
