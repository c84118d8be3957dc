"""The AGI wire as text: quoting commands, reading header blocks and answers. Pure; no socket, no library.

In: values to send, lines that Asterisk sent. Out: one command line, `Answer`s, hang-up marks, header mappings.
Never: lets a value become a second command, or a hang-up line become an answer.

Source: Asterisk 22 `res/res_agi.c` (`parse_args`, `agi_handle_command`, `setup_env`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

MAX_COMMAND_BYTES = 2047  # AGI_BUF_LEN is 2048: what is longer would be read by Asterisk as a second command
MAX_USAGE_LINES = 200
MAX_VALUE_LINES = 64

_ANSWER = re.compile(r"200 result=(?P<result>[^ (]*)(?: \((?P<data>.*)\))?(?: endpos=(?P<endpos>-?\d+))?\s*", re.DOTALL)
_CODE = re.compile(r"(?P<code>[1-5]\d\d)(?P<more>[ -]?)(?P<text>.*)", re.DOTALL)
_LONG_NUMBER = re.compile(r"\d{7,}")
_FORBIDDEN = re.compile(r"[\r\n\0]")


class QuotingError(ValueError):
    """A value cannot cross the wire: line break, NUL, or too long. The message never holds the value."""


class WireError(Exception):
    """What came in is not AGI: too many lines, no such answer. The session cannot be kept in step."""


class Mark(Enum):
    """Lines that are not answers."""

    HANGUP = "HANGUP"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: `code` (200, 510, 511, 520), `result` and what stood in brackets (`timeout`, a variable's value).

    `data` is None where there were no brackets: `result= (timeout)` and `result=` are different answers.
    """

    code: int
    result: str = ""
    data: str | None = None
    endpos: int | None = None
    text: str = ""


def quote(value: str) -> str:
    """Quote one argument as Asterisk's `parse_args` undoes it: only `\\` and `"` are special inside quotes.

    Raises QuotingError for CR, LF and NUL: there is no way to send them, and a line break starts a second command.
    """
    if _FORBIDDEN.search(value):
        raise QuotingError("line break or NUL in an AGI argument")
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def command(verb: str, *arguments: str | int) -> str:
    """Build one command line (without line end): `verb` is ours and bare, every argument is quoted.

    Raises QuotingError when an argument cannot be sent or the line is longer than Asterisk's buffer.
    """
    line = " ".join((verb, *(quote(str(argument)) for argument in arguments)))
    if len(line.encode("utf-8", "replace")) > MAX_COMMAND_BYTES:
        raise QuotingError(f"AGI command longer than {MAX_COMMAND_BYTES} bytes")
    if _FORBIDDEN.search(line):
        raise QuotingError("line break or NUL in an AGI verb")
    return line


def application_arguments(arguments: tuple[str, ...]) -> str:
    """Join a dialplan application's arguments by commas; one that holds a comma, quote or bracket is quoted for it."""
    return ",".join(_application_argument(argument) for argument in arguments)


def _application_argument(argument: str) -> str:
    if not re.search(r'[,"\\]', argument):
        return argument
    return '"' + argument.replace("\\", "\\\\").replace('"', '\\"') + '"'


def parse_headers(block: bytes, max_lines: int) -> dict[str, str]:
    """Read the header block. Undecodable bytes become U+FFFD: a strange caller name must not lose the call.

    The first value of a name wins: Asterisk writes the script, channel and uniqueid before anything from the caller.
    Raises WireError for too many lines.
    """
    lines = block.decode("utf-8", "replace").split("\n")
    if len(lines) > max_lines:
        raise WireError(f"more than {max_lines} header lines")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.strip(), value.strip("\r").removeprefix(" "))
    return headers


class AnswerReader:
    """Turns lines into answers and marks; keeps what a multi-line answer has so far, within bounds."""

    def __init__(self) -> None:
        self._usage: list[str] | None = None
        self._value: list[str] | None = None

    def feed(self, line: str) -> Answer | Mark | None:
        """Take one line without its line end. None: more lines belong to it, `100 Trying`, or not an answer.

        Raises WireError when a multi-line answer does not end.
        """
        if self._usage is not None:
            return self._usage_line(line)
        if self._value is not None:
            return self._value_line(line)
        if line == "HANGUP":
            return Mark.HANGUP
        return self._first_line(line)

    def _first_line(self, line: str) -> Answer | None:
        match = _CODE.fullmatch(line)
        if match is None or match["code"].startswith("1"):
            return None
        code = int(match["code"])
        if code == 520 and match["more"] == "-":
            self._usage = [match["text"]]
            return None
        if code != 200:
            return Answer(code, text=match["text"].strip())
        whole = _whole(line)
        if whole is None and line.startswith("200 result=1 ("):
            self._value = [line]
            return None
        return whole or Answer(code, text=match["text"].strip())

    def _usage_line(self, line: str) -> Answer | None:
        lines = self._usage or []
        if line.startswith("520"):
            self._usage = None
            return Answer(520, text="\n".join(lines).strip())
        self._usage = _bounded(lines, line, MAX_USAGE_LINES)
        return None

    def _value_line(self, line: str) -> Answer | None:
        lines = _bounded(self._value or [], line, MAX_VALUE_LINES)
        whole = _whole("\n".join(lines))
        self._value = lines if whole is None else None
        return whole


def _bounded(lines: list[str], line: str, limit: int) -> list[str]:
    if len(lines) >= limit:
        raise WireError(f"an answer of more than {limit} lines")
    return [*lines, line]


def _whole(text: str) -> Answer | None:
    match = _ANSWER.fullmatch(text)
    if match is None:
        return None
    endpos = match["endpos"]
    return Answer(200, match["result"], match["data"], int(endpos) if endpos else None, text)


def mask(text: str) -> str:
    """Hide the middle of every run of seven or more digits, for logs: `13800138000` becomes `138******00`."""
    return _LONG_NUMBER.sub(lambda run: run[0][:3] + "*" * (len(run[0]) - 5) + run[0][-2:], text)
