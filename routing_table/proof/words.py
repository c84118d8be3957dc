"""What each finding says, and how grave it is.

In: a finding's code and arguments. Out: its sentence. Never: judges a table.
"""

from __future__ import annotations

from collections.abc import Mapping

from routing_table.checks import SENTENCES as CONTRADICTIONS
from routing_table.vocabulary import FIELDS, say_chain, say_value

Words = Mapping[str, tuple[str, str]]  # code -> English, Chinese

ERRORS: Words = {
    **CONTRADICTIONS,
    # ways
    "loop": ("the chain of hotlines goes round: {0}", "接续顺序形成循环：{0}"),
    "chain-long": ("more than {0} hotlines in a row", "连续转接的热线超过{0}个"),
    "chain-gone": ("on {1} nobody answers {0}, which the chain leads to", "{1}时接续所指的{0}无人受理"),
    "dead-end": ("at {0} the chain ends at nobody", "{0}时接续顺序末端无人接听"),
    "no-person": ("at {0} the way ends neither at a person nor at an announcement", "{0}时来电既无人接听也无播报"),
    "main-announcement": ("at {0} the main number ends without a person", "{0}时主号码没有人工接听"),
    "unreachable": ("no call can reach this row: {0} hides it", "任何来电都到不了该路由：被{0}遮挡"),
    "unreadable": ("calls arrive as {0}, not in this form", "来电号码形式为{0}，与此不符"),
    "main-gap": ("the main number has no row from {0} on", "主号码自{0}起没有路由"),
    "trunk-gap": ("{0} has no row from {1} on", "{0}自{1}起没有路由"),
    "line-leads-back": ("the line's number {0} is a number of this table", "单位线路的号码{0}又在本路由表中，会转回"),
    # the world outside
    "no-prompt": ("prompt {0} has no audio", "提示音{0}没有录音"),
    "no-menu": ("menu {0} does not exist", "菜单{0}不存在"),
    "menu-no-prompt": ("menu {0} plays {1}, which has no audio", "菜单{0}的提示音{1}没有录音"),
    "no-seat": ("no {1} seat has the skill {0}", "{1}没有具备技能{0}的坐席"),
    "menu-no-seat": (
        "menu {0} asks for the skill {1}, which no shared seat has",
        "菜单{0}要求的技能{1}没有共享坐席具备",
    ),
    "menu-legacy": (
        "a number that is not the main one goes straight to a person: no menu",
        "归并号码的来电直接转人工，不设菜单",
    ),
    "no-endpoint": ("the PBX has no endpoint {0}", "交换机没有端点{0}"),
    # rules
    "emergency-missing": ("emergency number {0} is missing", "缺少紧急号码{0}"),
    "emergency-hidden": ("{0} is an emergency number", "{0}是紧急号码，不能作他用"),
    "never-expert": ("{0} may have no expert seat: the annex does not name it", "{0}不得设专家座席（归并清单未列）"),
    "expert-not-allowed": ("expert seats in the chain, but {0} may have none", "接续顺序含专家座席，但{0}不设专家座席"),
    "never-opened": ("{0} was never answered here and must not be opened", "{0}在本市从未提供接听，不得开通"),
}

WARNINGS: Words = {
    "new-number": ("a new number: not allowed in principle", "新设号码：原则上不允许，请说明理由"),
    "renamed": ("renamed from {0} to {1}", "热线名称由“{0}”改为“{1}”，请说明理由"),
    "changed-use": ("use changed: {0} from {1} to {2}", "用途变更：{0}由“{1}”改为“{2}”，请说明理由"),
    "number-dropped": ("{0} is answered now and would not be", "{0}目前受理，发布后将不再受理"),
    "emergency-changed": ("linkage changed from {0} to {1}", "联动方式由“{0}”改为“{1}”，请说明理由"),
    "emergency-dropped": ("emergency number {0} is taken out", "删除紧急号码{0}，请说明理由"),
    "never-opened-dropped": ("{0} is taken off the list of numbers never opened", "{0}移出不开通号码，请说明理由"),
    "no-transition": ("cancelled on {0} without a transition prompt before", "{0}取消号码，之前没有过渡提示"),
    "cancelled-undated": ("cancelled at once: no cut-over day", "没有取消号码日期，号码即刻取消"),
    "provisional": ("no notice for {0}: hours of {1} are provisional", "{0}年放假安排未导入，日历{1}为暂定"),
    "override-long": ("a manual override of {0} days", "人工设定长达{0}天"),
    "share-no-line": ("a share of calls, but no unit line to take them from", "设了割接比例，但没有单位线路"),
    "share-nothing": ("a calendar for the share, which is 0 per cent", "设了割接日历，但割接比例为0"),
    "menu-unused": ("no row leads to this menu", "没有热线使用该菜单"),
    "line-unused": ("no call rings this line", "没有来电会转到该线路"),
    "gap": ("{0} means nothing from {1} until {2}", "{0}自{1}至{2}前没有路由"),
    "number-ends": ("{0} has no row from {1} on", "{0}自{1}起没有路由"),
    "behind-shared": (
        "nothing tries {0}: callers wait in line for the shared seats before it",
        "来电人在共享坐席前排队等候，其后的{0}不会自动接续",
    ),
    "behind-person": (
        "the announcement behind a person is not played: the caller waits for one",
        "人工之后的播报不会播放：来电人将一直等待人工",
    ),
}

_POOLS = {"shared": "共享坐席", "expert": "专家座席"}


def sentence(code: str, args: tuple[str, ...], *, chinese: bool = False) -> str:
    """The sentence, or the bare code for one that is not known (an older record). Never raises."""
    pair = ERRORS.get(code) or WARNINGS.get(code)
    if pair is None:
        return "/".join((code, *args))
    try:
        return pair[chinese].format(*(_chinese(code, args) if chinese else args))
    except IndexError:
        return "/".join((code, *args))


def _chinese(code: str, args: tuple[str, ...]) -> tuple[str, ...]:
    """Words of the model inside a Chinese sentence."""
    if code == "changed-use" and len(args) == 3:
        name = args[0]
        return (FIELDS.get(name, name), *(say_value(name, text) for text in args[1:]))
    if code == "emergency-changed":
        return tuple(say_value("policy", text) for text in args)
    if code == "roll-back-order" and len(args) == 3:
        return (args[0], args[1], FIELDS.get(args[1], args[1]) + args[2])
    if code == "behind-shared":
        return tuple(say_chain(text) for text in args)
    if code == "no-seat" and len(args) == 2:
        return (args[0], _POOLS.get(args[1], args[1]))
    return args
