"""Open311 GeoReport v2: apps list services, file requests for citizens, and everybody sees how those stand.

In: forms with an app's key, filters. Out: JSON or XML as the standard shapes it (wiki.open311.org/GeoReport_v2), errors
too. Never: a service that is not for the public, a name, a number, an address; more requests from one address than a
person makes.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import wraps
from http import HTTPMethod

from aiohttp import web

from console.deps import Deps
from console.open311_words import Row, errors, listing, single
from console.operations import Ask, Operation
from console.problems import ProblemError
from console.rate import client_address
from gateway.errors import CallerFaultError, FatalError
from gateway.open311 import (
    Place,
    PublicRequest,
    Service,
    Submission,
    app_of,
    file_request,
    load_services,
    public_requests,
)
from gateway.open311.requests import known_states
from gateway.store import NotFoundError, log_audit
from gateway.store.marks import allow_try
from routing_table import CITY_ZONE

TAG = "open311"
BASE = "/open311/v2"
FORMAT = "{format:json|xml}"
DAYS_MAX = timedelta(days=90)
FILED_MAX, FILED_WITHIN = 6, timedelta(minutes=1)
IDS_MAX = 100
FORM = "application/x-www-form-urlencoded"
LIMITS = {"description": 4000, "address_string": 300, "first_name": 30, "last_name": 30, "phone": 40, "media_url": 500}

log = logging.getLogger(__name__)

Handler = Callable[[Ask, str], Awaitable[web.Response]]


def _spoken(handler: Handler) -> Callable[[Ask], Awaitable[web.Response]]:
    """Errors in the standard's own shape and the format that was asked for; a bound on how often one address asks."""

    @wraps(handler)
    async def handle(ask: Ask) -> web.Response:
        format_ = ask.request.match_info.get("format", "json")
        try:
            await _slow_down(ask)
            return await handler(ask, format_)
        except ProblemError as error:
            return errors(format_, error.kind.status, error.detail or error.kind.title)
        except NotFoundError as error:
            return errors(format_, 404, str(error))
        except CallerFaultError as error:
            return errors(format_, 400, str(error))
        except FatalError as error:  # the city's own list is wrong; `doctor` says so too
            log.error("%s", error)
            return errors(format_, 503, "服务目录暂不可用")

    return handle


async def _slow_down(ask: Ask) -> None:
    """Filing is counted for all consoles together; asking, which costs little, by each for itself."""
    address = client_address(ask.request)
    wait_s = ask.deps.open311_gets.wait_s(address, time.monotonic())
    if not wait_s and ask.request.method == "POST":
        async with ask.deps.store.session() as session:
            allowed = await allow_try(
                session, f"open311:{address}", ask.deps.clock(), most=FILED_MAX, within=FILED_WITHIN
            )
        wait_s = 0.0 if allowed else FILED_WITHIN.total_seconds()
    if wait_s:
        raise ProblemError("too-many", f"请求过于频繁，请 {int(wait_s) + 1} 秒后再试")


def _catalogue(deps: Deps) -> dict[str, Service]:
    return dict(load_services(deps.config))


async def discovery(ask: Ask, format_: str) -> web.Response:
    root = f"{'https' if ask.request.headers.get('X-Forwarded-Proto') == 'https' else ask.request.scheme}://"
    url = f"{root}{ask.request.host}{BASE}"
    row = {
        "changeset": ask.deps.started.astimezone(CITY_ZONE).isoformat(timespec="seconds"),
        "contact": "12345",
        "key_service": "请联系政务服务便民热线主管部门申请应用密钥",
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": url,
                "changeset": ask.deps.started.astimezone(CITY_ZONE).isoformat(timespec="seconds"),
                "type": "production",
                "formats": ["application/json", "application/xml"],
            }
        ],
    }
    return single(format_, "discovery", row)


def _service_row(service: Service) -> Row:
    return {
        "service_code": service.code,
        "service_name": service.name,
        "description": service.description,
        "metadata": False,
        "type": "realtime",
        "keywords": ",".join(service.keywords),
        "group": service.group,
    }


async def services(ask: Ask, format_: str) -> web.Response:
    return listing(format_, "services", "service", [_service_row(one) for one in _catalogue(ask.deps).values()])


async def definition(ask: Ask, format_: str) -> web.Response:
    """Our services have no further questions."""
    found = _catalogue(ask.deps).get(ask.request.match_info["code"])
    if found is None:
        raise ProblemError("not-found", "没有这项服务")
    return single(format_, "service_definition", {"service_code": found.code, "attributes": []})


# -- filing ------------------------------------------------------------------------------------------------------------


async def file(ask: Ask, format_: str) -> web.Response:
    form = await _form(ask.request)
    key = form.get("api_key", "")
    if not key:
        raise ProblemError("bad-request", "缺少 api_key")
    told = _submission(form, _catalogue(ask.deps))
    at = ask.deps.clock()
    async with ask.deps.store.session() as session:
        app = await app_of(session, key)
        if app is None:
            raise ProblemError("forbidden", "api_key 无效或已停用")
        filed = await file_request(session, ask.deps.rulebook, told, app=app, at=at)
        await log_audit(session, f"open311:{app}", "order.filed", f"order:{filed.order_id}", at=at)
    row = {"service_request_id": filed.id, "service_notice": "已收到，工作人员受理后公开办理进展。", "account_id": None}
    return listing(format_, "service_requests", "request", [row], 201)


async def _form(request: web.Request) -> dict[str, str]:
    if request.content_type != FORM:
        raise ProblemError("wrong-type", f"请以 {FORM} 提交")
    try:
        posted = await request.post()
    except (ValueError, LookupError) as error:
        raise ProblemError("bad-request", "表单无法识别") from error
    return {name: value.strip() for name, value in posted.items() if isinstance(value, str)}


def _submission(form: dict[str, str], catalogue: dict[str, Service]) -> Submission:
    service = catalogue.get(form.get("service_code", ""))
    if service is None:
        raise ProblemError("not-found" if form.get("service_code") else "bad-request", "service_code 缺失或不存在")
    for name, most in LIMITS.items():
        if len(form.get(name, "")) > most:
            raise ProblemError("bad-request", f"{name} 超过 {most} 字")
    phone = form.get("phone", "")
    if any(letter not in "0123456789+- ()" for letter in phone):
        raise ProblemError("bad-request", "phone 只能是号码")
    media = form.get("media_url", "")
    if media and not media.startswith("https://"):
        raise ProblemError("bad-request", "media_url 须以 https:// 开头")
    return Submission(
        service=service,
        description=form.get("description", ""),
        address=form.get("address_string", ""),
        place=_place(form.get("lat", ""), form.get("long", "")),
        name=form.get("last_name", "") + form.get("first_name", ""),
        phone=phone,
        media_url=media,
        secret=form.get("secret", "") in ("1", "true"),
    )


def _place(lat: str, long: str) -> Place | None:
    if not lat and not long:
        return None
    try:
        place = Place(float(lat), float(long))
    except ValueError as error:
        raise ProblemError("bad-request", "lat、long 须同时给出十进制度数") from error
    if not (-90 <= place.lat <= 90 and -180 <= place.long <= 180):
        raise ProblemError("bad-request", "lat、long 超出范围")
    return place


# -- reading -----------------------------------------------------------------------------------------------------------


def _request_row(found: PublicRequest, catalogue: dict[str, Service]) -> Row:
    service = catalogue.get(found.service_code)
    row: dict[str, object] = {
        "service_request_id": found.id,
        "status": "open" if found.is_open else "closed",
        "status_notes": known_states().get(found.state, "办理中"),
        "service_name": service.name if service else found.service_code,
        "service_code": found.service_code,
        "description": found.description,
        "requested_datetime": _stamp(found.requested_at),
        "updated_datetime": _stamp(found.updated_at),
    }
    if found.place is not None:
        row |= {"lat": found.place.lat, "long": found.place.long}
    return row


def _stamp(at: datetime) -> str:
    return at.astimezone(CITY_ZONE).isoformat(timespec="seconds")


async def requests(ask: Ask, format_: str) -> web.Response:
    """By ids; or by service, status and days, at most 90 (the last ones without any)."""
    query = ask.request.query
    ids = _words(query.get("service_request_id", ""))
    status = set(_words(query.get("status", ""))) - {""}
    if not status <= {"open", "closed"}:
        raise ProblemError("bad-request", "status 只能是 open 或 closed")
    since, until = (None, None) if ids else _span(ask, query.get("start_date", ""), query.get("end_date", ""))
    async with ask.deps.store.reading() as session:
        found = await public_requests(
            session,
            ids=ids,
            services=_words(query.get("service_code", "")),
            since=since,
            until=until,
            is_open=None if len(status) != 1 else status == {"open"},
        )
    catalogue = _catalogue(ask.deps)
    return listing(format_, "service_requests", "request", [_request_row(one, catalogue) for one in found])


async def request(ask: Ask, format_: str) -> web.Response:
    async with ask.deps.store.reading() as session:
        found = await public_requests(session, ids=[ask.request.match_info["id"]])
    if not found:
        raise ProblemError("not-found", "没有这个诉求，或不公开")
    return listing(format_, "service_requests", "request", [_request_row(found[0], _catalogue(ask.deps))])


def _words(text: str) -> list[str]:
    found = [word.strip()[:60] for word in text.split(",") if word.strip()]
    if len(found) > IDS_MAX:
        raise ProblemError("bad-request", f"一次最多查询 {IDS_MAX} 个编号")
    return found


def _span(ask: Ask, start: str, end: str) -> tuple[datetime, datetime]:
    until = _moment(end, "end_date") if end else ask.deps.clock()
    since = _moment(start, "start_date") if start else until - DAYS_MAX
    if since > until:
        raise ProblemError("bad-request", "start_date 晚于 end_date")
    return max(since, until - DAYS_MAX), until


def _moment(text: str, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ProblemError("bad-request", f"{name} 须是 2026-01-01T00:00:00+08:00 这样的时间") from error
    if not 1970 <= found.year <= 2200:
        raise ProblemError("bad-request", f"{name} 超出范围")
    return found if found.tzinfo else found.replace(tzinfo=CITY_ZONE)


GET = HTTPMethod.GET
TYPES = "application/json, application/xml"
OPERATIONS = (
    Operation(GET, f"{BASE}/discovery.{FORMAT}", "What is offered", _spoken(discovery), None, TAG, content_type=TYPES),
    Operation(GET, f"{BASE}/services.{FORMAT}", "What can be filed", _spoken(services), None, TAG, content_type=TYPES),
    Operation(
        GET,
        f"{BASE}/services/{{code:[a-z0-9-]{{1,40}}}}.{FORMAT}",
        "One service",
        _spoken(definition),
        None,
        TAG,
        content_type=TYPES,
    ),
    Operation(
        HTTPMethod.POST,
        f"{BASE}/requests.{FORMAT}",
        "File a request (form fields of GeoReport v2, with api_key)",
        _spoken(file),
        None,
        TAG,
        status=201,
        content_type=TYPES,
        upload=FORM,
    ),
    Operation(GET, f"{BASE}/requests.{FORMAT}", "Public requests", _spoken(requests), None, TAG, content_type=TYPES),
    Operation(
        GET,
        f"{BASE}/requests/{{id:[0-9a-f]{{16}}}}.{FORMAT}",
        "One public request",
        _spoken(request),
        None,
        TAG,
        content_type=TYPES,
    ),
)
