"""The documents' rules on the end of a case and on what goes alongside: review, follow-up, rating, supervision.

In: an order, an event, rules. Out: None or a refusal that names the rule. Never: changes anything.
"""

from __future__ import annotations

from .days import city_time
from .events import ActorRole, EventKind, OrderEvent
from .grounds import item, place
from .model import OrderState
from .order import FollowUpResult, Level, Order
from .profile import ApprovalRule, Profile
from .rules import Refusal, Rules
from .shapes import count, flag, moment, text, texts

LOWER = {Level.INTERVIEW: (Level.SHEET, Level.JOINT_MEETING), Level.BULLETIN: tuple(Level)[:3]}


def review_passed(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    """An urgent case that threatens life or property has gone to the leaders first (seed 001, article 12)."""
    rule = rules.profile.urgent
    if rule is not None and order.emergency and not order.urgent_reported:
        return Refusal("urgent-not-reported", f"尚未报送：{rule.text}", place(rules.profile, rule.rule))
    return None


def followed_up(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    if order.state is OrderState.REEXAMINING and event.by.role is ActorRole.CALLER:
        return Refusal("being-examined", "正在复查，请等候工作人员联系")
    if event.data.get("again_at"):
        if text(event.data, "result") != FollowUpResult.NOT_REACHED:
            return Refusal("reached", "已联系上诉求人，不需要再约回访时间")
        if moment(event.data, "again_at") <= event.at:
            return Refusal("in-the-past", "下次回访时间应当晚于现在")
    return None


def reexamined(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    rule, redo = rules.profile.follow_up, flag(event.data, "redo")
    this_round = [entry for entry in order.follow_ups if entry.round == order.round]
    if rule is None:
        return None
    where = place(rules.profile, rule.article.rule)
    if rule.second and redo and len(this_round) < 2:
        return Refusal("second-follow-up", f"{rule.article.text}；请先二次回访", where)
    fault = bool(this_round) and this_round[-1].unit_fault
    if fault and not redo and rule.handle_again and not rule.by_office:
        return Refusal("must-redo", "因承办单位原因不满意的，应当重新办理", where)
    return None


def excluded(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    """不纳入测评件: the unit's leader has examined and confirmed it (seed 001, article 7(3))."""
    ground = text(event.data, "ground")
    if ground in ("mediation", "enforcement") and item(rules.profile.not_ranked, ground):
        return None
    if text(event.data, "approved_by").strip():
        return None
    rule = item(rules.profile.not_ranked, ground)
    where = place(rules.profile, rule.rule) if rule else "参照青浦水务局办法第七条（三）"
    return Refusal("approval-missing", "不纳入测评须经分管领导审核确认，请写明审核人", where)


def rated(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    """一事一评 (seed 003, article 15)."""
    return Refusal("already-rated", "一件事项只能评价一次") if order.rating else None


def evaluated(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    """Closed within the period counts in it (seed 003, article 21)."""
    period = text(event.data, "period")
    if order.closed_at is None or not f"{city_time(order.closed_at):%Y-%m}".startswith(period) or len(period) < 4:
        return Refusal("other-period", "工单不在该评估期内办结")
    return None


def archived(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    """After a satisfied follow-up, or one that nobody answered; one file per supervised or unranked case (seed 001)."""
    asked = any(entry.round == order.round for entry in order.follow_ups)
    if order.state is OrderState.CLOSED and not asked and order.ground != "withdrawn":
        return Refusal("follow-up-missing", "请先回访再归档")
    special = bool(order.supervisions) or bool(order.excluded)
    rule = rules.profile.dossier
    if rule is not None and special and not flag(event.data, "dossier"):
        return Refusal("dossier-missing", rule.text, place(rules.profile, rule.rule))
    return None


def clock_said(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    due = order.dues.get(text(event.data, "step"))
    if due is None or due.due != moment(event.data, "due") or due.met_at is not None:
        return Refusal("no-such-deadline", "没有这个未了的时限")
    said = due.overdue if event.kind is EventKind.OVERDUE else due.warned
    if said or (event.kind is EventKind.OVERDUE and event.at < due.due):
        return Refusal("said-already", "已提醒，或时限未到")
    return None


def supervised(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    """The ladder: an interview or a bulletin only when a milder rung has been taken."""
    level = Level(text(event.data, "level"))
    ladder = rules.profile.supervision
    if ladder and item(ladder, level.value) is None:
        return Refusal("level-unknown", f"《{rules.profile.title}》没有这种督办方式", rules.profile.name)
    taken = {entry.level for entry in order.supervisions}
    if level in LOWER and not taken & set(LOWER[level]):
        return Refusal("ladder", "请先发督办单或专题协调，再约谈、通报", rules.profile.name)
    return None


def proposed(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    if Level(text(event.data, "level")) in order.proposed:
        return Refusal("said-already", "已提出")
    return None


def supervision_answered(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    """The unit's main leader has examined what is answered (seed 001, article 7(5))."""
    if not order.supervisions or order.supervisions[-1].answered_at is not None:
        return Refusal("nothing-asked", "没有待反馈的督办")
    by_unit = event.by.role is ActorRole.UNIT
    return unapproved(event, rules.profile.supervision_answer, rules.profile) if by_unit else None


def urgent_reported(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    """To each leader that the document names (seed 001, article 12: 热线工作分管领导及该事项分管领导)."""
    told, wanted, rule = texts(event.data, "leaders"), rules.profile.urgent_leaders, rules.profile.urgent
    if len(told) >= max(len(wanted), 1):
        return None
    names = "、".join(entry.text for entry in wanted) or "领导或部门"
    where = place(rules.profile, rule.rule) if rule else rules.profile.name
    return Refusal("leaders-missing", f"须写明报送的{names}；同一人的，每项写一次", where)


def discipline_told(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    due = set(texts(event.data, "reasons")) - order.discipline
    unknown = due - {entry.id for entry in rules.profile.handed_on}
    if not due or unknown:
        return Refusal("said-already", "没有须移送的新情形")
    return None


def unapproved(event: OrderEvent, rule: ApprovalRule | None, profile: Profile) -> Refusal | None:
    """A refusal while nobody is named who has approved what goes out."""
    if rule is None or text(event.data, "approved_by").strip():
        return None
    who = "、".join(entry.text for entry in rule.approvals)
    return Refusal("approval-missing", f"须经{who}，请写明审核人", place(profile, rule.article.rule))


def hard_case(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    if order.hard_case:
        return Refusal("said-already", "已列为复杂疑难事项")
    if not rules.profile.hard_cases:
        return Refusal("no-hard-cases", f"《{rules.profile.title}》没有复杂疑难事项批办单", rules.profile.name)
    return None


def nuisance(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    if not texts(event.data, "evidence"):
        return Refusal("evidence-missing", "标记扰乱秩序须附证据（录音、记录）")
    return None


def nuisance_lifted(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    n = count(event.data, "mark")
    if not 1 <= n <= len(order.marks) or order.marks[n - 1].lifted_at is not None:
        return Refusal("no-mark", "没有这个标记，或已撤销")
    return None


def handed_over(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    rule = rules.profile.nuisance
    if rule is None:
        return Refusal("no-hand-over", f"《{rules.profile.title}》没有移交的规定", rules.profile.name)
    if not order.marks_in_force or order.handed_over:
        return Refusal("no-evidence", "没有附证据的标记，或已移交", place(rules.profile, rule.rule))
    return None
