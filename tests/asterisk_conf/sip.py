"""The least SIP that lays a call: one UDP socket, hand-written requests, so a hostile header is sent as it is."""

from __future__ import annotations

import re
import socket
import uuid
from dataclasses import dataclass, field
from typing import Self


@dataclass
class RawCaller:
    """Calls once. `answer` is the status of the final response; `hang_up` must follow a 200."""

    port: int
    sock: socket.socket = field(default_factory=lambda: socket.socket(type=socket.SOCK_DGRAM))
    _invite: str = ""
    _to: str = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_args: object) -> None:
        self.sock.close()

    def call(self, dialled: str, sender: str, extra: str = "", timeout_s: float = 5.0) -> int:
        """INVITE `dialled` with `sender` as the whole From value (less tag). Returns the final status."""
        self.sock.bind(("127.0.0.1", 0))
        self.sock.settimeout(timeout_s)
        here = f"127.0.0.1:{self.sock.getsockname()[1]}"
        media = f"m=audio {self.port + 1} RTP/AVP 8"
        sdp = f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n{media}\r\n"
        self._invite = (
            f"{{method}} sip:{dialled}@127.0.0.1:{self.port} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{uuid.uuid4().hex}\r\n"
            f"From: {sender};tag=1\r\nTo: {{to}}\r\nCall-ID: {uuid.uuid4()}\r\nCSeq: {{cseq}}\r\n"
            f"Contact: <sip:me@{here}>\r\nMax-Forwards: 9\r\n"
        )
        self._to = f"<sip:{dialled}@127.0.0.1>"
        head = self._invite.format(method="INVITE", to=self._to, cseq="1 INVITE") + extra
        self._send(f"{head}Content-Type: application/sdp\r\nContent-Length: {len(sdp)}\r\n\r\n{sdp}")
        status = self._final_status()
        self._request("ACK", "1 ACK")
        return status

    def _final_status(self) -> int:
        while True:
            text = self.sock.recv(65536).decode("utf-8", "replace")
            status = int(text.split(" ", 2)[1])
            if status >= 200:
                found = re.search(r"^To: (.*)\r$", text, re.M)
                self._to = found.group(1) if found else self._to
                return status

    def hang_up(self) -> None:
        self._request("BYE", "2 BYE")
        self.sock.recv(65536)

    def _request(self, method: str, cseq: str) -> None:
        self._send(self._invite.format(method=method, to=self._to, cseq=cseq) + "Content-Length: 0\r\n\r\n")

    def _send(self, text: str) -> None:
        self.sock.sendto(text.encode(), ("127.0.0.1", self.port))
