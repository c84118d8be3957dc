"""Keyed requests run once: a repeat (double click, retry after a lost answer) gets the first answer.

In: user and key, the request's content, what to run. Out: the answer. Never: runs twice for one key while it is
remembered; a restart forgets, which is harmless for seat verbs (the gateway refuses a verb that does not fit the
state).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from console.problems import ProblemError

REMEMBERED = 10_000

Key = tuple[str, str]
Answer = tuple[int, str]


class KeyedReplies:
    """The last `bound` keyed answers. A failed run is forgotten, so that it may be tried again."""

    def __init__(self, bound: int = REMEMBERED) -> None:
        self._bound = bound
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
            answer = await run()
        except BaseException as error:
            self._known.pop(key, None)
            future.set_exception(error if isinstance(error, Exception) else ProblemError("indeterminate"))
            future.exception()  # read here: nobody else may be waiting for it
            raise
        future.set_result(answer)
        return answer
