"""What a citizen is told by short message: order number, code, where to look. Nothing of the matter, nobody's name.

In: an order, an event, a fresh code, the address of the citizens' page. Out: Chinese, "" where nothing is said. Never:
a title or a text of the matter; a word of a caller's particulars; more than one part without an address in it (70
characters, the provider's 【12345】 among them), or more than two with one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from workorder.events import EventKind, OrderEvent
from workorder.order import ContactResult, Order
from workorder.shapes import text

PHONE = "12345"
CHANNEL_MAX = 20  # a longer list of channels is told on the phone


def page_of(public_url: str, order_id: str) -> str:
    """The citizens' page with this order's number filled in; the code is typed. "" without a public address."""
    return f"{public_url}/citizen#look/{order_id}" if public_url else ""


def words(order: Order, event: OrderEvent, *, code: str = "", public_url: str = "") -> str:
    """The message that the event asks for. `code`: given with this message, "" when the caller has one."""
    said = _SAID.get(event.kind)
    return said(order, event, code, page_of(public_url, order.order_id)) if said else ""


def _accepted(order: Order, _event: OrderEvent, code: str, page: str) -> str:
    known = f"查询码{code}" if code else "查询码同提交时"
    return f"您的诉求已受理，工单号{order.order_id}，{known}。" + _where("查询进展", page)


def _not_accepted(order: Order, _event: OrderEvent, _code: str, _page: str) -> str:
    known = 0 < len(order.right_channel) <= CHANNEL_MAX
    instead = f"请向{order.right_channel}反映。" if known else f"可拨{PHONE}询问应向何处反映。"
    return f"工单{order.order_id}不属于热线受理范围，{instead}"


def _materials(order: Order, _event: OrderEvent, _code: str, page: str) -> str:
    until = order.materials_until
    by = f"请于{until.month}月{until.day}日前" if until else "请"
    return f"工单{order.order_id}需补充材料，{by}提交。" + _where("提交材料", page)


def _done(order: Order, _event: OrderEvent, _code: str, page: str) -> str:
    return f"工单{order.order_id}已办理答复。" + _where("查看结果并评价", page)


def _not_reached(order: Order, event: OrderEvent, _code: str, page: str) -> str:
    """始终无法联系的，发送短信告知 (seed 001, article 9(1))."""
    if text(event.data, "result") != ContactResult.TOLD or text(event.data, "channel") != "sms":
        return ""
    return f"工单{order.order_id}承办单位多次致电未联系上您，请留意来电。" + _where("查询进展", page)


def _where(what: str, page: str) -> str:
    return f"{what}：{page} 凭查询码" if page else f"{what}请拨{PHONE}。"


_SAID: Mapping[EventKind, Callable[[Order, OrderEvent, str, str], str]] = {
    EventKind.ACCEPTED: _accepted,
    EventKind.NOT_ACCEPTED: _not_accepted,
    EventKind.MATERIALS_ASKED: _materials,
    EventKind.CONTACTED: _not_reached,
    EventKind.REVIEW_PASSED: _done,
    EventKind.ANSWERED_DIRECTLY: _done,
    EventKind.CLOSED: _done,
}
