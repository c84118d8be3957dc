"""One AGI process per call, on pyst2's `AGI`, with what it lacks: quoting, silence on stderr, hang-up, end of input.

In: standard input and output as Asterisk gives them. Out: variables read and set, applications run.
Never: writes to stderr (Asterisk shows it to everybody at its console), or takes the word "hangup" for a hang-up.
"""

from __future__ import annotations

import signal
import threading
from typing import BinaryIO

from asterisk.agi import AGI, AGIAppError, AGIHangup, AGIInvalidCommand, AGIResultHangup, AGIUsageError

from agi_scripts.journal import event_argument
from agi_scripts.wire import Answer, AnswerReader, Mark, WireError, command, parse_headers, quote

__all__ = ["AGIAppError", "AGIHangup", "AGIInvalidCommand", "AGIUsageError", "ProcessAgi"]

MAX_HEADER_LINES = 64
MAX_LINE_BYTES = 16384


class _Nowhere:
    """Stands for stderr: pyst2 writes every header and answer, caller numbers and keys among them."""

    def write(self, text: str) -> int:
        return len(text)


class ProcessAgi(AGI):  # type: ignore[misc]  # pyst2 has no types
    """pyst2's AGI on byte streams. Raises AGIHangup where the call or the stream has ended."""

    def __init__(self, stdin: BinaryIO, stdout: BinaryIO) -> None:
        # pyst2's own __init__ installs its signal handler first of all, which fails outside the main thread.
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = _Nowhere()
        self._got_sighup = False
        self._answers = AnswerReader()
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGHUP, self._handle_sighup)
        self.env: dict[str, str] = {}
        self._get_agi_env()

    def _get_agi_env(self) -> None:
        """Read the header block. AGIHangup when the input ends within it."""
        lines: list[bytes] = []
        while line := self._line().rstrip(b"\r\n"):
            lines.append(line)
            if len(lines) > MAX_HEADER_LINES:
                raise AGIHangup("a header block without an end")
        self.env = parse_headers(b"\n".join(lines), MAX_HEADER_LINES)

    def _line(self) -> bytes:
        line: bytes = self.stdin.readline(MAX_LINE_BYTES)
        if not line.endswith(b"\n"):
            raise AGIHangup("Asterisk closed the AGI stream")
        return line

    def _quote(self, string: object) -> str:
        return quote(str(string))

    def send_command(self, command: str, *args: object) -> None:
        """Send one command; QuotingError when pyst2 was about to send an unquoted line break."""
        self._write(" ".join((command.strip(), *map(str, args))).strip())

    def _write(self, text: str) -> None:
        self.stdout.write(command(text).encode("utf-8", "replace") + b"\n")
        self.stdout.flush()

    def get_result(self) -> dict[str, tuple[str, str]]:
        """The next answer, in pyst2's shape."""
        answer: Answer | Mark | None = None
        while not isinstance(answer, Answer):
            try:
                answer = self._answers.feed(self._line().decode("utf-8", "replace").rstrip("\r\n"))
            except WireError as error:
                raise AGIHangup(str(error)) from error
            if answer is Mark.HANGUP:
                self._got_sighup = True
        return self._checked(answer)

    def _checked(self, answer: Answer) -> dict[str, tuple[str, str]]:
        if answer.code == 510:
            raise AGIInvalidCommand(answer.text)
        if answer.code == 511:
            raise AGIHangup("the channel is dead (511)")
        if answer.code != 200:
            raise AGIUsageError(answer.text)
        if answer.result == "-1":
            raise AGIAppError("the application failed, or the caller hung up")
        if answer.data == "hangup" and answer.result != "1":  # result=1 brings a variable's value, whatever it says
            raise AGIResultHangup("the caller hung up")
        return {"result": (answer.result, answer.data or "")}

    def get_variable(self, name: str) -> str:
        """A variable's value, "" when unset. Raises AGIHangup where pyst2 would return the word "hangup"."""
        value: str = self.execute("GET VARIABLE", self._quote(name))["result"][1]
        return value

    def journal(self, event: str, fields: dict[str, str]) -> None:
        """Write a user event into the journal (CEL)."""
        self.appexec("CELGenUserEvent", event_argument(event, fields))
