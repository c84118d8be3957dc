"""What is wrong with an edit or a notice, in Chinese.

In: a problem of the routing table (English, for operators). Out: a sentence for the page. Never: decides.
"""

from __future__ import annotations

from routing_table import Problem
from routing_table.sheets.words import chinese as cell_words

_UNREADABLE = "无法识别"
_WORDS = (
    ("is there already", "已经存在"),
    ("is not there", "不存在，可能已被他人删除"),
    ("cannot be removed", "不能删除"),
    ("unknown field", "没有这个字段"),
    ("seven days", "应为周一至周日共七天"),
    ("make-up day is a weekend day", "调休上班日应为周末，且不在放假日内"),
    ("a list of days", "应为日期列表，或“起始日..结束日”"),
    ("days of ", "应为该年份内的日期"),
    ("no day off found", "没有找到放假安排，请粘贴国务院办公厅通知原文"),
    ("these are", "天数与文字不符"),
    (" is not of ", "不是该年份的日期"),
    (" is no ", "日期与星期不符，请核对年份"),
    ("no such moment", "没有这个时刻"),
    ("a moment", "应为时刻，如2026-12-01T09:30"),
    ("periods such as", "应为时段，如“08:30-12:00 14:30-18:00”；全天填all，休息留空"),
    ("periods in order", "时段应按先后排列，不得重叠"),
    ("times run from", "时间应在00:00至24:00之间"),
    ("a list of records", "应为列表"),
    ("a record", "格式不正确"),
    ("a year", "应为年份"),
)


def say_problem(problem: Problem) -> str:
    if problem.chinese:
        return problem.chinese
    field = problem.place.rsplit("/", 1)[-1]
    said = cell_words(field, problem.message)
    if said == _UNREADABLE:
        said = next((words for start, words in _WORDS if start in problem.message), said)
    return said
