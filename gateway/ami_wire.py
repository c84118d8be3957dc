"""The AMI wire as bytes and fields: cutting messages, checking what goes out. Pure; no socket, no library.

In: bytes in any pieces; fields to send. Out: whole messages as text; `Event` and `Response` mappings.
Never: cuts a character in two, holds more than a bound, or lets a value become a second header or action.

Source: Asterisk 22 `main/manager.c` (`get_input`, `AST_MAX_MANHEADERS`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from gateway.errors import CallerFaultError

MAX_MESSAGE_BYTES = 262_144  # a channel's variables can be long; nothing that Asterisk sends is longer than this
MAX_LINE_BYTES = 1023  # Asterisk drops a longer line of an action with only a warning in its log
MAX_HEADERS = 128
BANNER = b"Asterisk Call Manager/"

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_FORBIDDEN = re.compile(r"[\r\n\0]")

Value = str | int | Sequence[str]


class WireError(Exception):
    """What came in is not AMI, or too long: the link must be dropped."""


class Fields(Mapping[str, str]):
    """A received message: names in any case; a name that came several times gives its first value, `all` gives each."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        self._fields: dict[str, tuple[str, list[str]]] = {}
        for name, value in fields:
            self._fields.setdefault(name.lower(), (name, []))[1].append(value)

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()][1][0]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._fields.values())

    def __len__(self) -> int:
        return len(self._fields)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._fields

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a repeated header (`Variable`, `ChanVariable`), in order; () when it did not come."""
        return tuple(self._fields.get(name.lower(), ("", []))[1])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({dict(self)})"


class Event(Fields):
    """One AMI event. `event.name` is its `Event` header (`Newstate`, `Hangup`, …)."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return self.get("Event", "")


class Response(Fields):
    """The answer to one action."""

    __slots__ = ()

    @property
    def message(self) -> str:
        return self.get("Message", "")


class Cutter:
    """Cuts the byte stream into the banner and messages. Decodes only whole messages, so no character is cut."""

    def __init__(self) -> None:
        self.version = ""
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """Take what one read gave; return the messages that are now whole (lines separated by CRLF).

        Raises WireError when the peer is not Asterisk's manager or a message does not end.
        """
        self._rest += data
        if not self.version and not self._banner():
            return []
        *whole, self._rest = self._rest.split(b"\r\n\r\n")
        if len(self._rest) > MAX_MESSAGE_BYTES:
            raise WireError(f"an AMI message of more than {MAX_MESSAGE_BYTES} bytes")
        return [text for raw in whole if (text := raw.decode("utf-8", "replace").strip("\r\n"))]

    def _banner(self) -> bool:
        line, end, rest = self._rest.partition(b"\r\n")
        if not line.startswith(BANNER[: len(line)]) or len(line) > 64:
            raise WireError("the peer does not greet as Asterisk's manager")
        if not end:
            return False
        self.version = line[len(BANNER) :].decode("ascii", "replace")
        self._rest = rest
        return True


def check_fields(fields: Mapping[str, Value]) -> None:
    """Refuse what cannot be sent as one action: CR, LF, NUL, a bad name, a line or a list beyond Asterisk's buffers.

    Raises CallerFaultError naming the field; the message never holds the value.
    """
    headers = [(name, value) for name, given in fields.items() for value in values(given)]
    if len(headers) >= MAX_HEADERS:
        raise CallerFaultError(f"more than {MAX_HEADERS} headers in one AMI action")
    for name, value in headers:
        if not _NAME.fullmatch(name):
            raise CallerFaultError("not an AMI header name", place=repr(name))
        if _FORBIDDEN.search(value):
            raise CallerFaultError("line break or NUL in an AMI value", place=name)
        if len(f"{name}: {value}".encode("utf-8", "surrogatepass")) > MAX_LINE_BYTES:
            raise CallerFaultError(f"an AMI header longer than {MAX_LINE_BYTES} bytes", place=name)
        if not value.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise CallerFaultError("an AMI value that is not text", place=name)


def values(given: Value) -> tuple[str, ...]:
    """The values of one field as strings: a list gives one header each."""
    if isinstance(given, str | int):
        return (str(given),)
    return tuple(given)
