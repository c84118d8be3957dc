"""Extensions, each by its profile's own rule.

In: the reckoning up to the limit's end, the question. Out: the reckoning with the days added, or a `Refused`.
Never: an extension that the document does not know, a lapsed limit brought back to life.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from .asking import Extension, Question, Refused
from .counting import Trail, count_working_days, midnight
from .days import Days, city_time
from .limits import MAX_DAYS, Amount, Limit, Unit
from .profile import ExtensionRule, Profile, Step

MAX_TOTAL = 4 * MAX_DAYS  # working days; beyond it is a slip of the pen, not an extension


def extend(trail: Trail, profile: Profile, question: Question, limit: Limit, days: Days) -> Refused | None:
    """Add the question's extensions to the trail, in their order. None: done."""
    if not question.extensions:
        return None
    rule = profile.extension_rule(question.matter.category)
    if rule is None:
        return Refused(f"{profile.name} extension", f"《{profile.title}》没有规定延期")
    name = f"{profile.name} {rule.article.rule}"
    if not rule.allowed:
        return Refused(name, rule.article.text)
    if question.step is not Step.HANDLE:
        return Refused(name, "只有办理期限可以申请延期")
    total = limit.number if isinstance(limit, Amount) and limit.unit is Unit.WORKING_DAYS else 0
    for nth, extension in enumerate(question.extensions, 1):
        total += extension.days
        why = _bounds(extension, total)
        if not why and not extension.granted:
            why = _judged(rule, extension, nth, total) or _too_late(rule, extension, question.at, trail.at, days)
        if why:
            return Refused(name, why)
        trail.go(name, midnight(trail.at.date() + timedelta(days=1)), _say(rule, extension, nth))
        count_working_days(trail, extension.days, name)
    return None


def _bounds(extension: Extension, total: int) -> str:
    """What no decision can have granted: it would not be a number of days."""
    if extension.days < 1 or total > MAX_TOTAL:
        return f"延期{extension.days}个工作日不是有效的天数"
    return ""


def _judged(rule: ExtensionRule, extension: Extension, nth: int, total: int) -> str:
    """Why the rule does not let this extension be, or ""."""
    if rule.lengths and extension.days not in rule.lengths:
        allowed = "、".join(str(length) for length in sorted(rule.lengths))
        return f"每次只能延长{allowed}个工作日，申请的是{extension.days}个"
    if rule.max_times is not None and nth > rule.max_times:
        return f"延期以{rule.max_times}次为限，这是第{nth}次"
    if rule.max_total is not None and total > rule.max_total:
        return f"延期后最长{rule.max_total}个工作日，申请后为{total}个"
    if extension.approvals is not None:
        lacking = [item.text for item in rule.approvals if item.id not in extension.approvals]
        if lacking:
            return f"还缺{'、'.join(lacking)}"
    return ""


def _too_late(rule: ExtensionRule, extension: Extension, at: datetime, due: datetime, days: Days) -> str:
    """An application after expiry, or within the last days in which none is taken. Without a moment of its own it is
    taken as made on receipt, the earliest it can be."""
    applied = city_time(extension.applied_at or at)
    if applied > due:
        return "申请时期限已届满，不能延期"
    if rule.closed_last is None:
        return ""
    day, left = due.date(), 0
    while day > applied.date() and left <= rule.closed_last:
        left += days.is_working_day(day)
        day -= timedelta(days=1)
    if left <= rule.closed_last:
        return f"到期前{rule.closed_last}个工作日内不再办理延期，申请时距到期只有{left}个工作日"
    return ""


def _say(rule: ExtensionRule, extension: Extension, nth: int) -> str:
    approvals = "、".join(item.text for item in rule.approvals)
    return f"第{nth}次延期{extension.days}个工作日，自原期限届满次日起算" + (f"（须{approvals}）" if approvals else "")
