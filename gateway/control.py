"""The gateway's control socket: live state and seat verbs for console and CLI, JSON over HTTP on a unix socket.

In: requests from the same user on the same machine (mode 0600 is the authorisation; the console authorises people).
Out: seats, live calls, a WebSocket of changes. Never: history, names of users, or anything a call waits for.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from aiohttp import WSMsgType, web

from gateway.errors import CallerFaultError, FatalError, IndeterminateError, RetryableError

log = logging.getLogger(__name__)

WATCHER_QUEUE = 1000  # a watcher that is this many changes behind is cut off and takes a new snapshot
BODY_MAX = 16 * 1024
SEAT_VERBS = ("login", "logout", "pause", "resume", "done")


@dataclass(frozen=True, slots=True)
class VerbWords:
    """What comes with a seat's verb. `anyhow`: an overseer ends a wrap-up that wants a result code.

    `settled`: whether the matter was settled on the line, where the person has said so.
    """

    device: str = ""
    reason: str = ""
    by: str = ""
    result: str = ""
    after_call: bool = False
    settled: bool | None = None
    anyhow: bool = False

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> VerbWords:
        """Of a request's body; words are cut, what is no yes or no is none."""
        device, reason, by, result = (str(body.get(key) or "")[:200] for key in ("device", "reason", "by", "result"))
        settled = body.get("settled") if isinstance(body.get("settled"), bool) else None
        return cls(device, reason, by, result, body.get("after_call") is True, settled, body.get("anyhow") is True)


class House(Protocol):
    """What the socket shows and does; the composition root implements it."""

    def health(self) -> dict[str, Any]: ...
    def seats(self) -> list[dict[str, Any]]: ...
    def calls(self) -> list[dict[str, Any]]: ...
    def seat_verb(self, seat: str, verb: str, words: VerbWords) -> dict[str, Any]: ...
    def reload(self) -> str: ...


class Hub:
    """Fans changes out to watchers. `publish` is synchronous and never waits."""

    def __init__(self) -> None:
        self._watchers: dict[asyncio.Queue[str], web.WebSocketResponse] = {}
        self.extras: Callable[[], dict[str, Any]] = dict  # what a snapshot holds beside seats and calls

    @property
    def watched(self) -> bool:
        """Whether anybody would hear a message: making one for nobody costs as much."""
        return bool(self._watchers)

    def publish(self, message: dict[str, Any]) -> None:
        text = json.dumps(message, ensure_ascii=False)
        for queue in tuple(self._watchers):
            try:
                queue.put_nowait(text)
            except asyncio.QueueFull:
                del self._watchers[queue]
                log.warning("a watcher was too slow and is cut off")

    async def watch(self, socket: web.WebSocketResponse, snapshot: dict[str, Any]) -> None:
        """Send the snapshot, then each change, until the other side goes or falls too far behind."""
        queue: asyncio.Queue[str] = asyncio.Queue(WATCHER_QUEUE)
        self._watchers[queue] = socket
        reader = asyncio.create_task(self._until_closed(socket))
        reader.add_done_callback(lambda _done: _wake(queue))
        try:
            await socket.send_json(snapshot)
            while not reader.done() and queue in self._watchers:
                try:
                    text = await asyncio.wait_for(queue.get(), 1.0)
                except TimeoutError:
                    continue
                if text:
                    await asyncio.wait_for(socket.send_str(text), 5.0)
        except (TimeoutError, ConnectionError):
            log.info("a watcher went away")
        finally:
            self._watchers.pop(queue, None)
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
            await asyncio.wait_for(socket.close(), 5.0)

    async def close(self, _app: web.Application) -> None:
        """Let all watchers go at once: a gateway that ends does not wait for them."""
        for queue in tuple(self._watchers):
            del self._watchers[queue]
            _wake(queue)

    @staticmethod
    async def _until_closed(socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type in (WSMsgType.CLOSE, WSMsgType.ERROR):
                return


def _wake(queue: asyncio.Queue[str]) -> None:
    """Whoever waits for a message looks at once whether to go on; with a full queue it is awake anyway."""
    with contextlib.suppress(asyncio.QueueFull):
        queue.put_nowait("")


def _problem(status: int, slug: str, detail: str) -> web.Response:
    body = {"type": f"urn:hotline:{slug}", "title": slug.replace("-", " "), "status": status, "detail": detail}
    return web.json_response(body, status=status, content_type="application/problem+json")


@web.middleware
async def _problems(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except CallerFaultError as error:
        return _problem(409, "refused", str(error))
    except FatalError as error:
        return _problem(422, "bad-published-files", str(error))
    except RetryableError as error:
        return _problem(503, "pbx-away", str(error))
    except IndeterminateError as error:
        return _problem(504, "indeterminate", str(error))
    except web.HTTPException as error:
        return _problem(error.status, "http", error.reason)


def make_app(house: House, hub: Hub) -> web.Application:
    """The aiohttp application; see ARCHITECTURE.md, Control socket, for paths and shapes."""
    app = web.Application(middlewares=[_problems], client_max_size=BODY_MAX)

    async def health(_request: web.Request) -> web.Response:
        return web.json_response(house.health())

    async def seats(_request: web.Request) -> web.Response:
        return web.json_response({"seats": house.seats()})

    async def calls(_request: web.Request) -> web.Response:
        return web.json_response({"calls": house.calls()})

    async def seat_verb(request: web.Request) -> web.Response:
        words = VerbWords.read(await read_object(request))
        return web.json_response(house.seat_verb(request.match_info["id"], request.match_info["verb"], words))

    async def reload(_request: web.Request) -> web.Response:
        return web.json_response({"table_version": house.reload()})

    async def events(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(heartbeat=10.0)
        await socket.prepare(request)
        await hub.watch(socket, {"type": "snapshot", "seats": house.seats(), "calls": house.calls(), **hub.extras()})
        return socket

    app.on_shutdown.append(hub.close)
    app.router.add_get("/v1/health", health)
    app.router.add_get("/v1/seats", seats)
    app.router.add_get("/v1/calls", calls)
    app.router.add_get("/v1/events", events)
    app.router.add_post("/v1/seats/{id}/{verb:" + "|".join(SEAT_VERBS) + "}", seat_verb)
    app.router.add_post("/v1/reload", reload)
    return app


async def read_object(request: web.Request) -> dict[str, Any]:
    """The body's JSON object, {} without a body. Raises CallerFaultError for anything else."""
    if not request.can_read_body:
        return {}
    try:
        body = await request.json()
    except ValueError as error:
        raise CallerFaultError(f"not JSON: {error}") from error
    if not isinstance(body, dict):
        raise CallerFaultError("the body must be a JSON object")
    return body


async def serve(app: web.Application, path: Path) -> web.AppRunner:
    """Listen on the unix socket `path`, readable by this user only. The caller cleans the runner up."""
    _make_room(path)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    await web.UnixSite(runner, str(path)).start()
    _close_to_others(path)
    return runner


def _make_room(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)


def _close_to_others(path: Path) -> None:
    path.chmod(0o600)
