"""Errors as RFC 9457 problem details: a stable slug for programs, a Chinese title, detail and remedy for people.

In: a `ProblemError` raised anywhere below a handler, or an error of the one tree (`gateway.errors`). Out:
`application/problem+json`. Never: an exception's text to a browser when it was not written for people.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ValidationError

from gateway.errors import CallerFaultError, HotlineError, IndeterminateError, RetryableError
from gateway.orders.errors import KeyReusedError, RefusedError
from gateway.store import ConflictError, NotFoundError

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem; `slug` never changes once published."""

    slug: str
    status: int
    title: str
    remedy: str


KINDS: dict[str, Kind] = {
    kind.slug: kind
    for kind in (
        Kind("bad-request", 400, "请求内容有误", "请检查标出的内容后重新提交。"),
        Kind("not-logged-in", 401, "尚未登录或登录已过期", "请重新登录。"),
        Kind("wrong-credentials", 401, "用户名或密码不正确", "请核对后重试；多次失败账号会被暂时锁定。"),
        Kind("csrf", 403, "请求校验未通过", "请刷新页面后重试。"),
        Kind("forbidden", 403, "没有权限", "如工作需要，请联系管理员调整权限。"),
        Kind("not-found", 404, "没有找到", "请返回列表核对。"),
        Kind("method-not-allowed", 405, "不支持此操作", "请刷新页面后重试。"),
        Kind("conflict", 409, "内容已被他人修改", "请对照两个版本后再保存。"),
        Kind("not-now", 409, "当前状态不能这样操作", "请查看最新状态后再试。"),
        Kind("refused", 409, "不符合办理规定", "请按所列规定办理。"),
        Kind("too-large", 413, "内容过大", "请缩短内容后重新提交。"),
        Kind("wrong-type", 415, "内容格式不受支持", "请以 JSON 提交。"),
        Kind("bad-range", 416, "录音范围不正确", "请重新播放。"),
        Kind("key-reused", 422, "同一操作编号用于不同内容", "请刷新页面后重试。"),
        Kind("key-missing", 428, "缺少操作编号", "请在请求头 Idempotency-Key 中给出一个随机编号。"),
        Kind("must-change", 403, "请先修改初始密码", "修改后即可继续使用。"),
        Kind("locked-out", 429, "登录失败次数过多，此处暂时不能再试", "请稍后再试，或联系管理员。"),
        Kind("too-many", 429, "连接过多", "请关闭多余的页面后重试。"),
        Kind("too-often", 429, "操作过于频繁", "请稍后再试，或拨打 12345。"),
        Kind("no-proof", 400, "校验未通过或已过期", "请刷新页面后重新提交。"),
        Kind("wrong-code", 401, "工单号或查询码不正确", "请核对短信中的工单号和查询码。"),
        Kind("internal", 500, "系统内部错误", "请稍后重试；如反复出现，请把时间告诉管理员。"),
        Kind("pbx-away", 502, "语音交换系统暂时连接不上", "请稍后重试；管理员可运行 ./hotline doctor 查看原因。"),
        Kind("gateway-away", 503, "话务网关暂时连接不上", "系统正在自动重连；管理员可运行 ./hotline doctor 查看原因。"),
        Kind(
            "store-away",
            503,
            "数据库暂时连接不上",
            "通话不受影响，请稍后重试；管理员可运行 ./hotline doctor。",
        ),
        Kind("no-account", 503, "电话账号尚未生成", "请管理员运行 ./hotline up 生成账号后重试。"),
        Kind("indeterminate", 504, "操作结果不确定", "请先查看最新状态，不要立即重复操作。"),
    )
}


class ProblemError(HotlineError):
    """A problem to show. `slug` is one of `KINDS`; `extra` are further members of the JSON object."""

    def __init__(
        self,
        slug: str,
        detail: str = "",
        *,
        extra: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{slug}: {detail}")
        self.kind = KINDS[slug]
        self.detail = detail
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})


class FieldProblem(BaseModel):
    """One wrong field of a request: dotted place and the reason."""

    place: str
    reason: str


class ProblemBody(BaseModel):
    """What a browser gets (RFC 9457 §3), for the OpenAPI page."""

    type: str
    title: str
    status: int
    detail: str = ""
    remedy: str
    fields: list[FieldProblem] = []


def response(problem: ProblemError) -> web.Response:
    """The problem as an HTTP response."""
    kind = problem.kind
    body = {
        "type": f"/problems/{kind.slug}",
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "remedy": kind.remedy,
        **problem.extra,
    }
    return web.Response(
        body=json.dumps(body, ensure_ascii=False).encode(),
        status=kind.status,
        content_type=CONTENT_TYPE,
        headers=problem.headers,
    )


def from_validation(error: ValidationError) -> ProblemError:
    """Every wrong field at once, with its place."""
    fields = [
        {"place": ".".join(str(part) for part in item["loc"]), "reason": item["msg"]}
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    places = "、".join(str(item["place"]) for item in fields)
    return ProblemError("bad-request", f"以下内容不符合要求：{places}", extra={"fields": fields})


_HTTP_SLUGS = {
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "wrong-type",
    416: "bad-range",
}


_REMEDIES = {
    "real-name-missing": "请在工单中补填标出的内容后再受理；来电人不愿提供的，说明依据后作不予受理。",
    "category-missing": "请在工单中选择诉求类别后再受理。",
}


def _remedy(slug: str) -> dict[str, str]:
    """What to do about a refusal, where there is more to say than that there is a rule."""
    return {"remedy": _REMEDIES[slug]} if slug in _REMEDIES else {}


def _from_exception(error: Exception, path: str) -> ProblemError:
    """Map what a handler raised to a problem; what nobody foresaw is logged and told without its text."""
    match error:
        case ProblemError():
            return error
        case ValidationError():
            return from_validation(error)
        case NotFoundError():
            return ProblemError("not-found", _unplaced(error))
        case RefusedError():
            extra = {"slug": error.slug, "rule": error.rule, **_remedy(error.slug)}
            return ProblemError("refused", error.chinese, extra=extra)
        case KeyReusedError():
            return ProblemError("key-reused")
        case ConflictError():
            return ProblemError("not-now", _unplaced(error))
        case CallerFaultError():
            return ProblemError("bad-request", str(error))
        case IndeterminateError():
            return ProblemError("indeterminate")
        case RetryableError():
            log.warning("%s: %s", path, error)
            return ProblemError("store-away")
        case web.HTTPException():
            return ProblemError(_HTTP_SLUGS.get(error.status, "bad-request"))
        case _:
            log.error("unforeseen error at %s", path, exc_info=error)
            return ProblemError("internal")


def _unplaced(error: CallerFaultError) -> str:
    """Without the key of what was asked for: whoever asked knows it, and on a page it is only a number or a slug."""
    return " · ".join(str(part) for part in (*error.args, error.remedy) if part)


@web.middleware
async def problems_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error under the API into a problem. The single place where that happens."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return response(_from_exception(error, request.path))
    except Exception as error:  # noqa: BLE001  # the last line of defence of each request; logged in _from_exception
        return response(_from_exception(error, request.path))
