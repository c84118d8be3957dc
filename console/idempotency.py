"""Keyed requests run once: a repeat (double click, retry after a lost answer) gets the first answer.

In: user and key, the request's content, what to run. Out: the answer. Never: runs twice for one key while it is
remembered: by the store for a day, whichever console is asked and whether it was started anew; by this console alone
while the store is away (the gateway refuses a verb that does not fit the state).
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from console.problems import ProblemError
from console.store_link import StoreLink
from gateway.store.marks import Claim, answered, claim, unclaim

log = logging.getLogger(__name__)

REMEMBERED = 10_000
STORE_S = 2.0  # a phone is rung all the same when the store does not answer
WAIT_S, LOOK_S = 8.0, 0.2  # how long, and how often, the answer of another console is waited for

Key = tuple[str, str]
Answer = tuple[int, str]


class KeyedReplies:
    """The last `bound` keyed answers of this console, and the store's. A failed run is forgotten: it may be tried
    again."""

    def __init__(
        self,
        bound: int = REMEMBERED,
        store: StoreLink | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._bound = bound
        self._store = store
        self._clock = clock
        self._known: OrderedDict[Key, tuple[str, asyncio.Future[Answer]]] = OrderedDict()

    async def once(self, key: Key, content: str, run: Callable[[], Awaitable[Answer]]) -> Answer:
        """Raises ProblemError key-reused when the key came with other content; else whatever `run` raises."""
        known = self._known.get(key)
        if known is not None:
            if known[0] != content:
                raise ProblemError("key-reused")
            return await asyncio.shield(known[1])
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._known[key] = (content, future)
        while len(self._known) > self._bound:
            self._known.popitem(last=False)
        try:
            answer = await self._once_of_all(key, content, run)
        except BaseException as error:
            self._known.pop(key, None)
            future.set_exception(error if isinstance(error, Exception) else ProblemError("indeterminate"))
            future.exception()  # read here: nobody else may be waiting for it
            raise
        future.set_result(answer)
        return answer

    # -- what all consoles share ------------------------------------------------------------------------------------

    async def _once_of_all(self, key: Key, content: str, run: Callable[[], Awaitable[Answer]]) -> Answer:
        taken = await self._claim(key, content)
        if taken is None:  # the store is away
            return await run()
        if not taken.ours and (told := await self._of_another(key, content, taken)) is not None:
            return told
        try:
            answer = await run()
        except Exception:
            await self._tell(key, None)
            raise
        await self._tell(key, answer)
        return answer

    async def _of_another(self, key: Key, content: str, taken: Claim) -> Answer | None:
        """What another console has answered, or is about to; None when it failed there: it is in our hand now.

        Raises ProblemError indeterminate for one that died in it.
        """
        until = asyncio.get_running_loop().time() + WAIT_S
        while True:
            if not taken.same:
                raise ProblemError("key-reused")
            if taken.status is not None:
                return taken.status, taken.reply
            if asyncio.get_running_loop().time() > until:
                raise ProblemError("indeterminate")
            await asyncio.sleep(LOOK_S)
            again = await self._claim(key, content)
            if again is None:
                raise ProblemError("indeterminate")
            if again.ours:
                return None
            taken = again

    async def _claim(self, key: Key, content: str) -> Claim | None:
        if self._store is None:
            return None
        try:
            async with asyncio.timeout(STORE_S), self._store.session() as session:
                return await claim(session, *key, content, self._clock())
        except (ProblemError, TimeoutError):
            log.warning("a keyed request is remembered by this console only: the store is away")
            return None

    async def _tell(self, key: Key, answer: Answer | None) -> None:
        assert self._store is not None
        try:
            async with asyncio.timeout(STORE_S), self._store.session() as session:
                if answer is None:
                    await unclaim(session, *key)
                else:
                    await answered(session, *key, *answer, self._clock())
        except (ProblemError, TimeoutError):
            log.warning("the answer to a keyed request is remembered by this console only: the store is away")
