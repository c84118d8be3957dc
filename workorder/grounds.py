"""Grounds and fields of a profile, and what stands in where its document lists none.

In: a profile. Out: items to choose from, each with its place. Never: a ground of one document under another's name: a
borrowed one says from where it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from .profile import Item, Profile

BORROWED = "参照《辽宁省12345政务服务便民热线管理办法》第十四条"
NO_COOPERATION_DAYS = 30  # seed 002, article 14(8)

_NINE = (
    ("solved", "诉求得到解决或诉求人认可办理结果，和解协议得到执行，或前期已办结且无新理由、新情况", "（一）"),
    ("litigation", "提起诉讼、申请行政复议、仲裁或进入诉讼执行程序", "（二）"),
    ("withdrawn", "诉求人自行提出终止办理或自愿撤回诉求", "（三）"),
    ("no_evidence", "超出规定期限无正当理由不补充或不提供证据材料", "（四）"),
    ("untrue", "诉求事项与事实不符或者无法核实", "（五）"),
    ("investigation", "公安、检察机关或纪委监委机关依法依规介入调查", "（六）"),
    ("against_law", "诉求事项违背法律法规规章及相关政策", "（七）"),
    ("no_cooperation", "诉求人连续30日无正当理由不配合诉求办理工作", "（八）"),
    ("other_by_law", "法律、法规规定的其他情形", "（九）"),
)
# Seeds 000 article 11(2)2(1) and 001 article 9(3): what cannot be solved now is explained to the caller.
_EXPLAINED = {"karamay": "第十一条（二）2（1）", "qingpu-water": "第九条（三）"}
_LEAST_FIELDS = (Item("result", "办理结果"), Item("answer", "答复诉求人情况"))
_QINGPU_SCOPE = Item("out_of_scope", "明确不属于本局受理范围", "第八条（一）", "上级热线")


def closing_grounds(profile: Profile) -> tuple[Item, ...]:
    """On which grounds an order may be closed."""
    if profile.closing_grounds:
        return profile.closing_grounds
    borrowed = tuple(Item(name, text, BORROWED + place) for name, text, place in _NINE)
    own = _EXPLAINED.get(profile.name)
    return (*borrowed, Item("explained", "受客观条件限制当前无法解决，已向诉求人解释清楚", own)) if own else borrowed


def report_fields(profile: Profile) -> tuple[Item, ...]:
    """What a closing report must hold: the document's fields, or at least result and answer."""
    return profile.report_fields or _LEAST_FIELDS


def not_accepted_grounds(profile: Profile) -> tuple[Item, ...]:
    """Why a matter may be turned away, with the channel that the caller is told of."""
    return profile.not_accepted or (_QINGPU_SCOPE,)


def item(items: Iterable[Item], name: str) -> Item | None:
    """The item of that id."""
    return next((entry for entry in items if entry.id == name), None)


def place(profile: Profile, rule: str) -> str:
    """A rule's whole name: `qingpu-water 第九条（二）3`."""
    return f"{profile.name} {rule}" if rule else profile.name
