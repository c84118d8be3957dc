"""Short messages through one interface: a file for a city without a provider, real HTTP for one with.

In: number, text, an id. Out: the message is with the provider, or an error of the one tree: RetryableError (nothing was
sent), IndeterminateError (it may have been), CallerFaultError (this one never will be). Never: a second message where
the first may have arrived; a number in a log.

`state/sms.toml` (mode 0600) describes the provider; without it messages go to `state/sms/sent.jsonl`:

    url = "https://sms.example/v2/send"
    method = "POST"                                   # or GET
    secret = "…"
    [headers]
    Content-Type = "application/json"
    X-Sign = "{sign}"
    [body]                                            # JSON; or [form], or [query]
    mobile = "{number}"
    content = "【12345】{text}"
    msg_id = "{id}"
    ts = "{timestamp}"
    [sign]
    algorithm = "hmac-sha256"                         # hmac-sha1, md5 and sha256 (of what `over` gives) too
    over = "{number}{text}{timestamp}{secret}"
    encoding = "hex"                                  # or base64
    [success]                                         # besides a 2xx status
    field = "code"
    values = ["0", "200"]
    retry = ["429", "500"]                            # the provider's own codes for "later"
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
import re
import stat
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from gateway.errors import CallerFaultError, FatalError, IndeterminateError, RetryableError

ANSWER_MAX = 4096
TEXT_MAX = 1000
_NUMBER = re.compile(r"\+?[0-9]{5,20}", re.ASCII)
_SLOT = re.compile(r"\{(number|text|id|timestamp|secret|sign)\}")
_DIGESTS: Mapping[str, Callable[[bytes, bytes], bytes]] = {
    "hmac-sha256": lambda key, data: hmac.new(key, data, hashlib.sha256).digest(),
    "hmac-sha1": lambda key, data: hmac.new(key, data, hashlib.sha1).digest(),
    "sha256": lambda _key, data: hashlib.sha256(data).digest(),
    "md5": lambda _key, data: hashlib.md5(data).digest(),  # noqa: S324  # many providers want no other
}


@dataclass(frozen=True, slots=True)
class SmsMessage:
    """`id` is the same when the message is sent again: providers drop the second."""

    id: str
    number: str = field(repr=False)
    text: str = field(repr=False)

    def check(self) -> None:
        """Raises CallerFaultError for what no provider can send."""
        if not _NUMBER.fullmatch(self.number):
            raise CallerFaultError("短信号码无效", place="number")
        if not 0 < len(self.text) <= TEXT_MAX:
            raise CallerFaultError("短信内容为空或过长", place="text")


class Sms(Protocol):
    async def send(self, message: SmsMessage) -> None: ...


class FileSms:
    """Appends to a file that only we can read: for a machine without a provider, and for its tests."""

    def __init__(self, path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.path = path
        self._now = now

    async def send(self, message: SmsMessage) -> None:
        message.check()
        entry = {"id": message.id, "at": self._now().isoformat(), "number": message.number, "text": message.text}
        try:
            await asyncio.to_thread(_append, self.path, json.dumps(entry, ensure_ascii=False) + "\n")
        except OSError as error:
            raise RetryableError(f"{self.path}: {error.strerror}") from error


def _append(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8") as file:
        file.write(line)


@dataclass(frozen=True, slots=True)
class Provider:
    """What `sms.toml` says."""

    url: str
    method: str = "POST"
    secret: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    algorithm: str = ""
    over: str = ""
    encoding: str = "hex"
    ok_field: str = ""
    ok_values: tuple[str, ...] = ()
    retry_values: tuple[str, ...] = ()


def load_provider(path: Path) -> Provider:
    """Read `sms.toml`. Raises FatalError with the place of what is wrong."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise FatalError(f"{path}: other users can read it; chmod 600")
        raw = tomllib.loads(path.read_text("utf-8"))
        sign, success = raw.get("sign", {}), raw.get("success", {})
        provider = Provider(
            url=raw["url"],
            method=raw.get("method", "POST").upper(),
            secret=raw.get("secret", ""),
            headers=_texts(raw.get("headers", {})),
            query=_texts(raw.get("query", {})),
            body=raw.get("body", {}),
            form=_texts(raw.get("form", {})),
            algorithm=sign.get("algorithm", ""),
            over=sign.get("over", ""),
            encoding=sign.get("encoding", "hex"),
            ok_field=success.get("field", ""),
            ok_values=tuple(map(str, success.get("values", []))),
            retry_values=tuple(map(str, success.get("retry", []))),
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, AttributeError, TypeError) as error:
        raise FatalError(f"{path}: cannot be read ({error!r})") from error
    if problems := _problems(provider):
        raise FatalError(f"{path}: {'; '.join(problems)}")
    return provider


def _texts(raw: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in raw.items()}


def _problems(provider: Provider) -> list[str]:
    found = []
    if not re.match(r"https?://", provider.url):
        found.append("url: begins with https:// or http://")
    if provider.method not in ("GET", "POST"):
        found.append("method: GET or POST")
    if provider.algorithm and provider.algorithm not in _DIGESTS:
        found.append(f"sign.algorithm: one of {', '.join(_DIGESTS)}")
    if provider.encoding not in ("hex", "base64"):
        found.append("sign.encoding: hex or base64")
    if provider.body and provider.form:
        found.append("body or form, not both")
    everything = json.dumps([dict(provider.query), provider.body, dict(provider.form)])
    found += [
        f"{{{slot}}} is nowhere in query, body or form"
        for slot in ("number", "text")
        if f"{{{slot}}}" not in everything
    ]
    return found


class HttpSms:
    """A provider's HTTP interface as `sms.toml` describes it."""

    def __init__(
        self,
        provider: Provider,
        client: aiohttp.ClientSession,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._provider = provider
        self._client = client
        self._now = now

    async def send(self, message: SmsMessage) -> None:
        message.check()
        provider = self._provider
        values = self._values(message)
        body = _filled(provider.body, values) or None
        form = _filled(provider.form, values) or None
        try:
            async with self._client.request(
                provider.method,
                provider.url,
                params=_filled(provider.query, values),
                json=body,
                data=form,
                headers=_header_values(_filled(provider.headers, values)),
                allow_redirects=False,
            ) as answer:
                said = (await answer.content.read(ANSWER_MAX)).decode("utf-8", "replace")
                self._judge(answer.status, said)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise RetryableError("短信平台连接不上") from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise IndeterminateError(f"短信平台没有答复({type(error).__name__})") from error

    def _values(self, message: SmsMessage) -> dict[str, str]:
        provider = self._provider
        values = {
            "number": message.number,
            "text": message.text,
            "id": message.id,
            "timestamp": str(int(self._now().timestamp())),
            "secret": provider.secret,
            "sign": "",
        }
        if provider.algorithm:
            digest = _DIGESTS[provider.algorithm](provider.secret.encode(), _fill(provider.over, values).encode())
            values["sign"] = digest.hex() if provider.encoding == "hex" else base64.b64encode(digest).decode()
        return values

    def _judge(self, status: int, said: str) -> None:
        """Raises unless the provider has taken the message."""
        if status in (429, 503):
            raise RetryableError(f"短信平台繁忙(HTTP {status})")
        if status >= 500:
            raise IndeterminateError(f"短信平台出错(HTTP {status})")
        if not 200 <= status < 300:
            raise CallerFaultError(f"短信平台拒收(HTTP {status})")
        code = _code(said, self._provider.ok_field)
        if not self._provider.ok_field or code in self._provider.ok_values:
            return
        if code in self._provider.retry_values:
            raise RetryableError(f"短信平台繁忙({code})")
        raise CallerFaultError(f"短信平台拒收({code or '答复无法识别'})")


def _code(said: str, field_name: str) -> str:
    try:
        value: Any = json.loads(said)
        for part in filter(None, field_name.split(".")):
            value = value[part]
    except (ValueError, KeyError, TypeError):
        return ""
    return str(value)[:40]


def _fill(template: str, values: Mapping[str, str]) -> str:
    """Each slot once, in one pass: a text that itself has braces stays as it is."""
    return _SLOT.sub(lambda slot: values[slot[1]], template)


def _filled(template: Any, values: Mapping[str, str]) -> Any:
    if isinstance(template, str):
        return _fill(template, values)
    if isinstance(template, Mapping):
        return {name: _filled(value, values) for name, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, values) for value in template]
    return template


def _header_values(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: re.sub(r"[^\x20-\x7e]", "", value) for name, value in headers.items()}
