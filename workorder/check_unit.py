"""The documents' rules on what units do: sign, return, contact, promise, extend, answer.

In: an order, an event, rules. Out: None or a refusal that names the rule. Never: changes anything.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from .asking import Deadline, Extension, Refused
from .check_end import unapproved
from .events import EventKind, OrderEvent
from .grounds import NO_COOPERATION_DAYS, closing_grounds, item, place
from .order import ContactResult, Order, Verdict
from .profile import Step
from .readings import say
from .reckon import ask, granted, return_start
from .report import lacking, unknown
from .rules import Refusal, Rules
from .shapes import count, flag, moment, record, text, texts


def signed(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    if event.by.unit in order.signed:
        return Refusal("already-signed", "本单位已签收")
    return None


def return_asked(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    if order.pending_return is not None:
        return Refusal("return-pending", "已有退单申请待审核")
    return (
        _return_barred(order, event, rules) or _return_late(order, event, rules) or _return_whole(order, event, rules)
    )


def _return_barred(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    unit, rule = event.by.unit or "", rules.profile.returns
    if rule is None:
        return None
    forbidden = {entry.id: entry for entry in rule.forbidden}
    if unit in order.refused_returns:
        entry = forbidden.get("refused_before")
        where = place(rules.profile, entry.rule if entry else rule.article.rule)
        return Refusal("return-refused-before", "退单申请未获同意的，不得再次退单", where)
    if order.lead_named_by and unit == order.lead and "named_lead" in forbidden:
        entry = forbidden["named_lead"]
        return Refusal("return-named-lead", f"{entry.text}的不得退单", place(rules.profile, entry.rule))
    if not rule.second_allowed and any(asked.unit == unit for asked in order.returns):
        return Refusal("return-second", "原则上不得二次退单", place(rules.profile, rule.article.rule))
    return None


def _return_late(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    unit, due = event.by.unit or "", order.dues.get(Step.RETURN.value)
    if unit != order.lead:
        return _helper_late(order, event, rules)
    if unit in order.return_closed or (due is not None and event.at > due.due):
        return Refusal("return-late", "退单期限已过，视作接单", due.rule if due else "")
    return None


def _helper_late(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    """A helping unit's time counts from when it was asked to help."""
    unit = event.by.unit or ""
    received = order.joined.get(unit)
    start = return_start(order, rules, unit, received) if received else None
    found = ask(order, rules, Step.RETURN, start) if start else None
    if isinstance(found, Deadline) and event.at > found.due:
        return Refusal("return-late", "退单期限已过，视作接单", found.rule)
    return None


def _return_whole(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    rule, data = rules.profile.returns, event.data
    if rule is None:
        return None
    if rule.grounds and (ground := item(rule.grounds, text(data, "ground"))) is None:
        return Refusal("ground-unknown", "退单理由须为办法所列情形", place(rules.profile, rule.article.rule))
    if rule.grounds and ground is not None and ground.id == "first_still_open" and not order.repeat_of:
        return Refusal("not-a-repeat", "须先关联首次工单", place(rules.profile, ground.rule))
    given = {*texts(data, "evidence"), *({"suggestion", "suggested_unit"} if text(data, "suggestion").strip() else ())}
    if missing := [entry.text for entry in rule.evidence if entry.id not in given]:
        where = place(rules.profile, rule.evidence[0].rule)
        return Refusal("evidence-missing", f"退单须提供：{'、'.join(missing)}", where)
    leader = item(rule.approvals, "unit_leader")
    if leader and not text(data, "approved_by").strip():
        return Refusal("approval-missing", f"退单须经{leader.text}", place(rules.profile, leader.rule))
    return None


def return_there(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    return None if order.pending_return else Refusal("nothing-asked", "没有待审核的退单申请")


def return_lapsed(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    rule, unit, due = rules.profile.returns, text(event.data, "unit"), order.dues.get(Step.RETURN.value)
    if rule is None or not rule.late_is_accepted or unit not in order.units or unit in order.return_closed:
        return Refusal("no-lapse", "没有逾期视作接单的情形")
    if due is None or due.met_at is not None or event.at <= due.due:
        return Refusal("no-lapse", "退单期限未过")
    return None


def contacted(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    """An SMS in place of a talk only after attempts that were far enough apart (seed 001, article 9(1))."""
    rule = rules.profile.contact
    if text(event.data, "result") != ContactResult.TOLD or rule is None or not rule.then_sms:
        return None
    failed = [attempt for attempt in order.contacts if attempt.counted]
    if len(failed) >= rules.settings.failed_contacts_before_sms:
        return None
    reading = say(rules.profile.readings, "failed_contacts_before_sms")
    return Refusal("sms-too-early", f"{rule.article.text}{reading}", place(rules.profile, rule.article.rule))


def counts(order: Order, event: OrderEvent, rules: Rules) -> bool:
    """Whether a failed attempt is far enough from the one that counted before it."""
    rule = rules.profile.contact
    if text(event.data, "result") in (ContactResult.REACHED, ContactResult.TOLD):
        return False
    before = [attempt.at for attempt in order.contacts if attempt.counted]
    gap = timedelta(minutes=rule.retry_after_minutes or 0) if rule else timedelta(0)
    return not before or event.at - before[-1] >= gap


def promised(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    """Seed 000, article 11(2)2(2): the first answer within the limit, the last date promised once."""
    rule, due = rules.profile.promise, order.dues.get(Step.HANDLE.value)
    if rule is None:
        return Refusal("no-promise", f"《{rules.profile.title}》没有承诺件", rules.profile.name)
    where = place(rules.profile, rule.rule)
    if order.promise is not None:
        return Refusal("already-promised", "已承诺办结的最后时限，不得再改", where)
    if due is not None and event.at > due.due:
        return Refusal("promise-late", "应在限定时限内先行回复并承诺，时限已过", where)
    if moment(event.data, "until") <= (due.due if due else event.at):
        return Refusal("date-past", "承诺的最后时限须晚于原时限", where)
    return None


def extension_asked(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    if order.pending_extension is not None:
        return Refusal("extension-pending", "已有延期申请待审核")
    if order.promise is not None or Step.HANDLE.value not in order.dues:
        return Refusal("nothing-to-extend", "没有可以延长的办理时限", rules.profile.name)
    asked = Extension(count(event.data, "amount"), event.at)
    start = order.dues[Step.HANDLE.value].start
    found = ask(order, rules, Step.HANDLE, start, (*granted(order), asked))
    if isinstance(found, Refused):
        return Refusal("extension-refused", found.why, found.rule)
    return _extension_duties(order, event, rules)


def _extension_duties(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    rule = rules.profile.extension_rule(order.category)
    if rule is None:
        return None
    where = place(rules.profile, rule.article.rule)
    ever = sum(asked.verdict is Verdict.APPROVED for asked in order.extensions)
    if rule.max_times is not None and ever >= rule.max_times:
        return Refusal("extension-refused", f"延期以{rule.max_times}次为限，已延期{ever}次", where)
    must_tell = any(duty.id in ("explain", "reason_to_caller") and "必要时" not in duty.text for duty in rule.duties)
    if must_tell and not flag(event.data, "caller_told"):
        return Refusal("caller-not-told", "申请延期应先向诉求人说明理由", where)
    return None


def extension_there(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    asked = order.pending_extension
    if asked is None:
        return Refusal("nothing-asked", "没有待审核的延期申请")
    rule = rules.profile.extension_rule(order.category)
    stages = [entry.id for entry in rule.approvals] if rule else []
    stage = text(event.data, "stage")
    if event.kind is EventKind.EXTENSION_APPROVED and stage and stage not in stages:
        return Refusal("stage-unknown", "没有这一审批环节")
    lacking_stages = [name for name in stages if name not in asked.approvals]
    if event.kind is EventKind.EXTENSION_APPROVED and stage and lacking_stages and stage != lacking_stages[0]:
        return Refusal("stage-order", "请按审批顺序办理")
    return None


def paused(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    if rules.profile.pause is None:
        return Refusal("no-pause", f"《{rules.profile.title}》没有规定办理期限可以中止", rules.profile.name)
    if order.pauses and order.pauses[-1].end is None:
        return Refusal("already-paused", "期限已中止")
    return None


def resumed(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    if not order.pauses or order.pauses[-1].end is not None:
        return Refusal("not-paused", "期限没有中止")
    return None


def answered(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    """Whole report, a ground that holds, and every helping unit has reported to the lead (seed 002, article 11)."""
    if order.pauses and order.pauses[-1].end is None:
        return Refusal("paused", "期限中止中，请先恢复计时")
    report = record(event.data, "report")
    if gaps := lacking(report, rules.profile):
        return Refusal("report-incomplete", "；".join(gap.chinese for gap in gaps), gaps[0].rule)
    if strange := unknown(report, rules.profile):
        return Refusal("bad-data", f"办结报告没有这些项目：{'、'.join(strange)}")
    reported = {entry.unit for entry in order.co_answers}
    if silent := [unit for unit in order.co if unit not in reported]:
        return Refusal("co-units-silent", f"协办单位尚未报送办理情况：{'、'.join(silent)}")
    return _signed_off(order, event, rules) or _ground(order, text(event.data, "ground"), event.at, rules)


def _signed_off(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    """The unit's leader has examined it (seed 000, article 11(5)); the opinion is in writing where the caller wants it
    (seed 003, article 11)."""
    if refused := unapproved(event, rules.profile.answer, rules.profile):
        return refused
    opinion = rules.profile.written
    if opinion is not None and order.written and not text(event.data, "opinion").strip():
        return Refusal("opinion-missing", f"{opinion.text}，请写明文书名称或文号", place(rules.profile, opinion.rule))
    return None


def _ground(order: Order, name: str, at: datetime, rules: Rules) -> Refusal | None:
    ground = item(closing_grounds(rules.profile), name)
    if ground is None:
        return Refusal("ground-unknown", "办结情形须为办法所列", rules.profile.name)
    where = place(rules.profile, ground.rule)
    if name == "no_evidence" and (order.materials_until is None or at <= order.materials_until):
        return Refusal("materials-in-time", "没有要求补充材料，或补充期限未过", where)
    if name == "no_cooperation":
        since = order.uncooperative_since
        if since is None or at - since < timedelta(days=NO_COOPERATION_DAYS):
            return Refusal("thirty-days", f"须连续{NO_COOPERATION_DAYS}日不配合办理", where)
    return None


def closed(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    ground = text(event.data, "ground")
    if ground in ("solved", "explained"):
        return Refusal("needs-report", "以办结、解释答复方式结束的，须由承办单位提交办结报告或直接答复")
    return _ground(order, ground, event.at, rules)
