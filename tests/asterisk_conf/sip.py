"""The least SIP that lays a call: one UDP socket, hand-written requests, so a hostile header is sent as it is."""

from __future__ import annotations

import hashlib
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
    last: str = ""
    _invite: str = ""
    _to: str = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_args: object) -> None:
        self.sock.close()

    def call(self, dialled: str, sender: str, extra: str = "", timeout_s: float = 5.0) -> int:
        """INVITE `dialled` with `sender` as the whole From value (less tag). Returns the final status."""
        if self.sock.getsockname()[1] == 0:
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
                self.last = text
                found = re.search(r"^To: (.*)\r$", text, re.M)
                self._to = found.group(1) if found else self._to
                return status

    def call_with_password(self, dialled: str, user: str, password: str) -> int:
        """The same, answering the challenge. Returns the final status of the second request."""
        status = self.call(dialled, f"<sip:{user}@127.0.0.1>")
        if status != 401:
            return status
        realm, nonce = (re.search(rf'{key}="([^"]*)"', self.last).group(1) for key in ("realm", "nonce"))  # type: ignore[union-attr]
        uri = f"sip:{dialled}@127.0.0.1:{self.port}"
        secret, act = _md5(f"{user}:{realm}:{password}"), _md5(f"INVITE:{uri}")
        proof = _md5(f"{secret}:{nonce}:00000001:c:auth:{act}")
        credentials = f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", response="{proof}"'
        extra = f'Authorization: {credentials}, algorithm=MD5, qop=auth, nc=00000001, cnonce="c"\r\n'
        return self.call(dialled, f"<sip:{user}@127.0.0.1>", extra)

    def wait_for(self, start: str, timeout_s: float = 10.0) -> str:
        """The next message whose first line begins like this."""
        self.sock.settimeout(timeout_s)
        while not (text := self.sock.recv(65536).decode("utf-8", "replace")).startswith(start):
            pass
        return text

    def hang_up(self) -> None:
        self._request("BYE", "2 BYE")
        self.wait_for("SIP/2.0 200")

    def _request(self, method: str, cseq: str) -> None:
        self._send(self._invite.format(method=method, to=self._to, cseq=cseq) + "Content-Length: 0\r\n\r\n")

    def _send(self, text: str) -> None:
        self.sock.sendto(text.encode(), ("127.0.0.1", self.port))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
