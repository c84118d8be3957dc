"""The route table of the API: each operation says who may call it, what goes in and what comes out.

In: `Operation`s declared by the `*_api` modules. Out: aiohttp handlers that check session, role, CSRF and
Idempotency-Key and parse body and query *before* the operation runs. Never: an operation without a stated set of roles.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPMethod
from typing import TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ConfigDict

from console.access import Viewer
from console.deps import DEPS, Deps
from console.known import Present
from console.problems import ProblemError
from console.sessions import present
from console.sockets import require_same_origin
from console.uploads import read_upload
from gateway.store.kinds import Role

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
CSRF_HEADER = "X-CSRF-Token"
KEY_HEADER = "Idempotency-Key"
KEY_MAX = 100

Model = TypeVar("Model", bound=BaseModel)
Reply = BaseModel | web.StreamResponse | None


class Body(BaseModel):
    """Base of everything a browser sends: unknown fields are an error, text has no stray spaces."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, parsed and authorised by role; authorising by object is the operation's own matter."""

    request: web.Request
    deps: Deps
    session: Present | None
    body: BaseModel | None
    query: BaseModel | None

    @property
    def viewer(self) -> Viewer:
        if self.session is None:
            raise ProblemError("not-logged-in")
        return self.session.viewer

    def body_as(self, model: type[Model]) -> Model:
        assert isinstance(self.body, model)
        return self.body

    def query_as(self, model: type[Model]) -> Model:
        assert isinstance(self.query, model)
        return self.query


@dataclass(frozen=True, slots=True)
class Operation:
    """`roles` None: without a session. `keyed` wants an Idempotency-Key: a phone may ring, an order may be created.

    `upload`: the media type of a file that the operation reads, and keys, by itself (see `console.uploads`).
    `if_match`: wants the ETag of what is changed.
    `first_password`: also for who has yet to change the password that somebody else has given them.
    """

    method: HTTPMethod
    path: str
    summary: str
    handler: Callable[[Ask], Awaitable[Reply]]
    roles: frozenset[Role] | None
    tag: str
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    reply: type[BaseModel] | None = None
    status: int = 200
    keyed: bool = False
    content_type: str = "application/json"  # of a reply that is no model; several with ", "
    upload: str = ""
    if_match: bool = False
    first_password: bool = False
    body_max: int = 0  # bytes of a JSON body that may be longer than others


def bind(app: web.Application, operations: tuple[Operation, ...]) -> None:
    """Add every operation to the application."""
    for operation in operations:
        app.router.add_route(operation.method.value, operation.path, _handler(operation))


def _handler(operation: Operation) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        deps = request.app[DEPS]
        require_same_origin(request)
        session = await _session(operation, request, deps)
        _check_role(operation, session)
        if operation.roles is not None:
            _check_csrf(request, session)
        ask = Ask(request, deps, session, await _read_body(operation, request), _read_query(operation, request))
        if operation.keyed and not operation.upload:
            return await _once(operation, ask)
        return _answer(operation, await operation.handler(ask))

    return handle


async def _session(operation: Operation, request: web.Request, deps: Deps) -> Present | None:
    """Who asks; what needs no session also answers while sessions cannot be looked up."""
    try:
        return await present(request, deps)
    except ProblemError:
        if operation.roles is None:
            return None
        raise


def _check_role(operation: Operation, session: Present | None) -> None:
    if operation.roles is None:
        return
    if session is None:
        raise ProblemError("not-logged-in")
    if session.must_change and not operation.first_password:
        raise ProblemError("must-change")
    if session.viewer.role not in operation.roles:
        raise ProblemError("forbidden")


def _check_csrf(request: web.Request, session: Present | None) -> None:
    if request.method in UNSAFE and session is not None and not session.csrf_matches(request.headers.get(CSRF_HEADER)):
        raise ProblemError("csrf", "缺少或错误的校验令牌")


async def _read_body(operation: Operation, request: web.Request) -> BaseModel | None:
    if operation.body is None:
        return None
    if request.content_type != "application/json":
        raise ProblemError("wrong-type")
    if operation.body_max:
        return operation.body.model_validate_json(await read_upload(request, operation.body_max, ("application/json",)))
    return operation.body.model_validate_json(await request.read())


def _read_query(operation: Operation, request: web.Request) -> BaseModel | None:
    if operation.query is None:
        return None
    return operation.query.model_validate({name: value for name, value in request.query.items() if value != ""})


def _answer(operation: Operation, reply: Reply) -> web.StreamResponse:
    if isinstance(reply, web.StreamResponse):
        return reply
    if reply is None:
        return web.Response(status=204)
    return web.Response(text=reply.model_dump_json(), status=operation.status, content_type="application/json")


async def _once(operation: Operation, ask: Ask) -> web.StreamResponse:
    """Run a keyed operation at most once per user and key; a repeat gets the first answer again."""
    key = ask.request.headers.get(KEY_HEADER, "")
    if not 0 < len(key) <= KEY_MAX:
        raise ProblemError("key-missing")
    content = f"{ask.request.method} {ask.request.path} {await ask.request.text()}"

    async def run() -> tuple[int, str]:
        response = _answer(operation, await operation.handler(ask))
        assert isinstance(response, web.Response)
        return response.status, response.text or ""

    status, text = await ask.deps.replies.once((ask.viewer.user, key), content, run)
    return web.Response(status=status, text=text, content_type="application/json")


def by_path(operations: tuple[Operation, ...]) -> Mapping[str, list[Operation]]:
    """Operations grouped by path, in order of declaration."""
    grouped: dict[str, list[Operation]] = {}
    for operation in operations:
        grouped.setdefault(operation.path, []).append(operation)
    return grouped
