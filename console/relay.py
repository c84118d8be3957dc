"""One watcher on the gateway, many pages: passes live changes on, each page through its own `Lens`.

In: the gateway's WebSocket. Out: a bounded queue per page. Never: waits for a slow page (it is cut off and comes back
with a new snapshot) or for the gateway (pages are told that it is away and the relay keeps trying).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp

from console.access import Viewer
from console.gateway_link import GatewayLink, read_message
from console.live import Lens, LiveState
from console.problems import ProblemError

log = logging.getLogger(__name__)

PAGE_QUEUE = 256  # messages a page may be behind; at 20 changes a second that is 13 s
PAGES_MAX = 2000
PAGES_OF_ONE_MAX = 20  # open tabs of one session
RETRY_FIRST_S, RETRY_MAX_S = 0.3, 5.0


class Page:
    """One connected page. `cut` is set when it fell too far behind or the console goes down."""

    def __init__(self, viewer: Viewer, bound: int = PAGE_QUEUE, session: str = "") -> None:
        self.session = session
        self.lens = Lens(viewer)
        self.queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(bound)
        self.cut = asyncio.Event()

    def put(self, message: dict[str, Any]) -> None:
        try:
            self.queue.put_nowait(message)
        except asyncio.QueueFull:
            self.cut.set()


class Relay:
    """`start` and `stop` belong to the application; `join`/`leave` to each page's request."""

    def __init__(self, link: GatewayLink, *, show_listening: bool = True) -> None:
        self._link = link
        self._pages: set[Page] = set()
        self._task: asyncio.Task[None] | None = None
        self.state = LiveState(show_listening=show_listening)

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="relay")

    async def stop(self) -> None:
        for page in self._pages:
            page.cut.set()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def join(self, viewer: Viewer, bound: int = PAGE_QUEUE, session: str = "") -> Page:
        """A page with the snapshot already in its queue; `session` names its log-in. Raises ProblemError too-many."""
        of_one = sum(1 for page in self._pages if session and page.session == session)
        if len(self._pages) >= PAGES_MAX or of_one >= PAGES_OF_ONE_MAX:
            raise ProblemError("too-many")
        page = Page(viewer, bound, session)
        page.put(page.lens.first(self.state))
        self._pages.add(page)
        return page

    def leave(self, page: Page) -> None:
        self._pages.discard(page)

    def pages(self) -> tuple[Page, ...]:
        return tuple(self._pages)

    def tell(self, say: Callable[[Viewer], dict[str, Any] | None]) -> None:
        """To each page what `say` has for its viewer, if anything: of what does not come from the gateway."""
        for page in self.pages():
            if (message := say(page.lens.viewer)) is not None:
                page.put(message)

    def cut_session(self, session: str) -> None:
        """The log-in has ended: its pages get nothing more."""
        for page in self._pages:
            if page.session == session:
                page.cut.set()

    def cut_user(self, user: str) -> None:
        """All log-ins of this user have ended; whoever still has one comes back by itself."""
        for page in self._pages:
            if page.lens.viewer.user == user:
                page.cut.set()

    async def _run(self) -> None:
        pause = RETRY_FIRST_S
        while True:
            try:
                socket = await self._link.watch()
            except ProblemError:
                await asyncio.sleep(pause)
                pause = min(pause * 2, RETRY_MAX_S)
                continue
            pause = RETRY_FIRST_S
            log.info("gateway connected")
            try:
                await self._follow(socket)
            finally:
                await socket.close()
                self._lost()
            await asyncio.sleep(pause)

    async def _follow(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Until the gateway closes the stream, goes away, or says something unreadable."""
        async for frame in socket:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                break
            try:
                self._take(read_message(frame.data))
            except (ValueError, KeyError, TypeError) as error:
                log.warning("unreadable message from the gateway, starting over: %r", error)
                break

    def _take(self, raw: Mapping[str, Any]) -> None:
        message = self.state.apply(raw)
        if message.get("type") == "snapshot":
            self._all_anew()
            return
        for page in tuple(self._pages):
            if (seen := page.lens.through(message)) is not None:
                page.put(seen)

    def _lost(self) -> None:
        log.warning("gateway away")
        self.state.away()
        self._all_anew()

    def _all_anew(self) -> None:
        for page in tuple(self._pages):
            page.put(page.lens.first(self.state))
