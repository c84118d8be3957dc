"""Why a cell was refused, in Chinese.

In: the English message of a reader. Out: Chinese. Never: decides.
"""

from __future__ import annotations

from routing_table.vocabulary import LABELS

from .annex import NO_SEATS, NO_SECTION

TWICE = "is in the sheet twice"
EMERGENCY = "is an emergency number"
NEVER = "was never opened here and must not be"
NO_LAYOUT = "no header of a known layout"
TOO_LONG = "too many rows"

_CHINESE = (
    ("is required", "必填"),
    ("must be text", "应为文字"),
    ("an id of", "只能用小写字母、数字和-"),
    ("one line of", "应为不超过200字的一行文字"),
    ("a telephone number", "应为3至20位的电话号码"),
    ("a list of at most", "项数过多"),
    ("words of lower-case", "只能用小写字母、数字和-，以空格分开"),
    ("yes or no", "应为“是”或“否”"),
    ("a whole number", "应为0至9999的整数"),
    ("no such day", "没有这一天"),
    ("a date", "应为日期，如2026-12-01"),
    ("a chain of at most", "接续顺序最多8级"),
    ("links are", "应为“类别”或“类别:名称”，如“单位线路:unit-12348 共享坐席”"),
    ("has no ref", "该类别不带名称"),
    (TWICE, "表中重复"),
    (EMERGENCY, "是紧急号码，不能列为热线"),
    (NEVER, "在本市从未提供接听，不得开通"),
    (NO_LAYOUT, "没有可识别的表头（本系统导出格式，或：序号、热线名称、号码、责任单位、备注）"),
    (TOO_LONG, "行数过多"),
    (NO_SECTION, "前面没有“整体并入”“双号并行”等分节行"),
    (NO_SEATS, "备注未写明话务座席保留还是并入"),
)


def chinese(field: str, message: str) -> str:
    """The reader's message in Chinese, by its beginning or the words in it."""
    if "one of " in message and field in LABELS:
        return f"应为：{'、'.join(LABELS[field].values())}"
    return next((said for words, said in _CHINESE if words in message), "无法识别")
