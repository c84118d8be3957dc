"""An order's life: total over state × event.

In: an order, something that is said to have happened, rules. Out: the order after it with all events to append, or a
refusal that changes nothing. Never: raises; a deadline that moves without a rule: each comes as a `deadline_set` event
with the lines of its reckoning, made here from the clock, and is refused from anybody else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from .allowed import AT_UNIT, OPEN, RUNNING, may, state_allows
from .check_unit import counts
from .checks import check
from .discipline import to_discipline
from .events import SYSTEM, ActorRole, EventKind, Json, OrderEvent
from .evolve import evolve
from .grounds import item, not_accepted_grounds, place
from .model import Category, OrderState
from .order import PROMISE, FollowUpResult, Level, Order
from .profile import Step
from .promise import reckon
from .readings import say
from .reckon import AT_DISPATCH, MATERIALS, is_near, reckoned, set_by_hand, set_deadlines
from .rules import Outcome, Refusal, Rules, Taken
from .shapes import count, flag, moment, problems, text

AT_ONCE = "at once"
NOT_JUDGES = (ActorRole.CALLER, ActorRole.SYSTEM)  # they say what the caller thinks, not whose fault it is


def next(order: Order, event: OrderEvent, rules: Rules) -> Outcome:
    """What becomes of the order. Append `Taken.events`, all of them: the event first, then what follows from it."""
    try:
        return _next(order, event, rules)
    except OverflowError:  # the last days of the calendar
        return Refusal("out-of-calendar", "日期超出可计算的范围")


def _next(order: Order, event: OrderEvent, rules: Rules) -> Outcome:
    if order.updated_at is not None and event.at < order.updated_at:
        if order.updated_at - event.at > rules.settings.clock_skew:
            return Refusal("out-of-order", "工单在此时间之后已有变化")
        event = replace(event, at=order.updated_at)
    refused = _refused(order, event, rules)
    if refused is not None:
        return refused
    done = replace(event, data={**event.data, **_decided(order, event, rules)})
    after, events = evolve(order, done), [done]
    for follower in _FOLLOW.get(event.kind, ()):
        for derived in follower(after, done, rules):
            after = evolve(after, derived)
            events.append(derived)
    return Taken(after, tuple(events))


def _refused(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    if wrong := problems(event):
        return Refusal("bad-data", f"内容不完整或不正确：{'；'.join(wrong)}")
    if not state_allows(order, event.kind):
        return Refusal("not-now", "工单当前状态下不能这样办理")
    if not may(order, event.by, event.kind):
        return Refusal("not-yours", "您无权对此工单这样办理")
    if order.profile and order.profile != rules.profile.name:
        return Refusal("wrong-profile", f"工单适用的办法是{order.profile}，不是{rules.profile.name}")
    return check(order, event, rules)


# What the profile decides is written into the event, so that a replay needs no profile.


def _decided(order: Order, event: OrderEvent, rules: Rules) -> Mapping[str, Json]:
    match event.kind:
        case EventKind.OPENED:
            return {
                "profile": rules.profile.name,
                "profile_version": rules.profile.version,
                "source": text(event.data, "source") or _source(event, rules),
            }
        case EventKind.NOT_ACCEPTED:
            return {"channel": text(event.data, "channel") or _right_channel(event, rules)}
        case EventKind.CONTACTED:
            return {"counted": counts(order, event, rules)}
        case EventKind.CALLER_PROMISED:
            return _promised_until(order, event, rules)
        case EventKind.EXTENSION_APPROVED:
            return _approval(order, rules)
        case EventKind.FOLLOWED_UP:
            fault = flag(event.data, "unit_fault") and event.by.role not in NOT_JUDGES
            return {"unit_fault": fault, "outcome": _after_follow_up(order, event, rules, fault=fault)}
        case EventKind.RATED:
            return {"outcome": _after_rating(order, event, rules)}
        case _:
            return {}


def _source(event: OrderEvent, rules: Rules) -> str:
    """The hotline dialled where the document tells sources apart (12319 under seed 001), else 12345."""
    hotline = text(event.data, "hotline")
    return hotline if hotline in rules.profile.sources else "12345"


def _right_channel(event: OrderEvent, rules: Rules) -> str:
    ground = item(not_accepted_grounds(rules.profile), text(event.data, "ground"))
    return ground.channel if ground else ""


def _promised_until(order: Order, event: OrderEvent, rules: Rules) -> Mapping[str, Json]:
    """Until when: the profile's limit, from when nobody answered. What the caller has been told stands."""
    before = order.caller_promise
    since = (
        before.since if before else min(moment(event.data, "since") if "since" in event.data else event.at, event.at)
    )
    if before is not None and before.told:
        until = before.until.isoformat() if before.until else None
        return {"since": since.isoformat(), "until": until, "step": before.step, "rule": before.rule}
    found = reckon(order, rules, since)
    step, until, rule = (found[0].value, found[1].due.isoformat(), found[1].rule) if found else ("", None, "")
    return {"since": since.isoformat(), "until": until, "step": step, "rule": rule}


def _approval(order: Order, rules: Rules) -> Mapping[str, Json]:
    rule, asked = rules.profile.extension_rule(order.category), order.pending_extension
    given = asked.approvals if asked else ()
    lacking = [entry.id for entry in (rule.approvals if rule else ()) if entry.id not in given]
    return {"stage": lacking[0] if lacking else "", "final": len(lacking) <= 1}


def _after_follow_up(order: Order, event: OrderEvent, rules: Rules, *, fault: bool) -> str:
    """`done`, `reexamine` (the office decides or follows up again), `again` (to the same unit), "" (not reached)."""
    result, rule = text(event.data, "result"), rules.profile.follow_up
    if result == FollowUpResult.NOT_REACHED:
        return ""
    if result == FollowUpResult.SATISFIED:
        return "done"
    if rule is not None and rule.only_units_fault and order.lead is not None and event.by.role not in NOT_JUDGES:
        return "again" if fault else "done"
    return "reexamine"


def _after_rating(order: Order, event: OrderEvent, rules: Rules) -> str:
    """差评核实整改: a bad rating is looked into, a good one changes nothing."""
    bad = count(event.data, "stars") <= rules.settings.bad_rating or not flag(event.data, "solved")
    return "reexamine" if bad and order.state in (OrderState.CLOSED, OrderState.FOLLOWED_UP) else ""


# What follows from an event: deadlines, approvals that nobody has to give, urgings.

Follower = Callable[[Order, OrderEvent, Rules], tuple[OrderEvent, ...]]


def _sets(why: str, *steps: Step) -> Follower:
    def follower(order: Order, event: OrderEvent, rules: Rules) -> tuple[OrderEvent, ...]:
        return set_deadlines(order, rules, steps, event.at, f"{why}：{event.why}" if event.why else why)

    return follower


def _to_be_dispatched(order: Order, event: OrderEvent, rules: Rules) -> tuple[OrderEvent, ...]:
    if order.state is not OrderState.ACCEPTED:
        return ()
    return set_deadlines(order, rules, (Step.DISPATCH,), event.at, "待派单")


def _handled_again(order: Order, event: OrderEvent, rules: Rules) -> tuple[OrderEvent, ...]:
    if order.state is not OrderState.HANDLING:
        return ()
    return set_deadlines(order, rules, (Step.HANDLE,), event.at, "回访不满意，重新办理，按同类时限重新起算")


def _materials(order: Order, event: OrderEvent, rules: Rules) -> tuple[OrderEvent, ...]:
    until, rule = moment(event.data, "until"), place(rules.profile, "通知补齐材料的期限")
    return (set_by_hand(order, rules, MATERIALS, until, rule, event.at, "通知诉求人在规定期限内补齐材料"),)


def _promise(order: Order, event: OrderEvent, rules: Rules) -> tuple[OrderEvent, ...]:
    article = rules.profile.promise
    if article is None:
        return ()
    until, rule = moment(event.data, "until"), place(rules.profile, article.rule)
    return (set_by_hand(order, rules, Step.HANDLE.value, until, rule, event.at, article.text),)


def _caller_promise(order: Order, event: OrderEvent, rules: Rules) -> tuple[OrderEvent, ...]:
    """The promise has a deadline of its own, where it names a time; a notice does not move what a caller was told."""
    promise, former = order.caller_promise, order.dues.get(PROMISE)
    found = reckon(order, rules, promise.since) if promise and promise.until else None
    if promise is None or found is None or found[1].due != promise.until or (former and former.due == promise.until):
        return ()
    why = "专家未接听，承诺回复来电人"
    return (reckoned(PROMISE, found[1], promise.since, event.at, why, provisional=False),)


def _accused_handles_it(order: Order, event: OrderEvent, rules: Rules) -> tuple[OrderEvent, ...]:
    """It turns out that the unit is the one reported: the order is taken from it at once (seed 000, article 13)."""
    if order.category is not Category.REPORT or not order.accused & set(order.units) or order.state not in AT_UNIT:
        return ()
    taken = OrderEvent(EventKind.RECALLED, event.at, SYSTEM, "举报不得由被举报的单位办理，自动收回")
    return (taken, *set_deadlines(evolve(order, taken), rules, (Step.DISPATCH,), event.at, "待派单"))


def _needs_no_approval(order: Order, event: OrderEvent, rules: Rules) -> tuple[OrderEvent, ...]:
    """An extension that the document only wants told (seed 002, article 12(2))."""
    rule = rules.profile.extension_rule(order.category)
    if rule is None or rule.approvals:
        return ()
    granted = OrderEvent(
        EventKind.EXTENSION_APPROVED, event.at, SYSTEM, "无须审批，已通报", {"stage": "", "final": True}
    )
    moved = set_deadlines(evolve(order, granted), rules, (Step.HANDLE,), event.at, "延期")
    return (granted, *moved)


def _hard_case(order: Order, event: OrderEvent, rules: Rules) -> tuple[OrderEvent, ...]:
    """Complained of so often that it becomes a hard case (seed 001, article 13)."""
    rule = rules.profile.repeats
    often = rule is not None and rule.hard_case_from is not None and order.repeats >= rule.hard_case_from
    if not often or rule is None or order.hard_case or order.state not in RUNNING:
        return ()
    return (OrderEvent(EventKind.HARD_CASE_RAISED, event.at, SYSTEM, f"{rule.article.rule}：{rule.article.text}"),)


def _urge(order: Order, event: OrderEvent, rules: Rules) -> tuple[OrderEvent, ...]:  # noqa: ARG001 - a Follower
    step = text(event.data, "step")
    if step == MATERIALS or order.lead is None:
        return ()
    return (OrderEvent(EventKind.URGED, event.at, SYSTEM, "逾期催办", {"step": step}),)


def _discipline(order: Order, event: OrderEvent, rules: Rules) -> tuple[OrderEvent, ...]:
    return to_discipline(order, event.at, rules)


_EVERY_STEP = tuple(Step)
_FOLLOW: Mapping[EventKind, tuple[Follower, ...]] = {
    EventKind.ACCEPTED: (_to_be_dispatched,),
    EventKind.MATERIALS_ASKED: (_materials,),
    EventKind.DISPATCHED: (_sets("派单", *AT_DISPATCH),),
    EventKind.SIGNED: (_sets("签收", Step.RETURN),),
    EventKind.RETURN_APPROVED: (_to_be_dispatched,),
    EventKind.RECALLED: (_to_be_dispatched,),
    EventKind.PROMISED: (_promise,),
    EventKind.CALLER_PROMISED: (_caller_promise,),
    EventKind.EXTENSION_ASKED: (_needs_no_approval,),
    EventKind.EXTENSION_APPROVED: (_sets("延期", Step.HANDLE),),
    EventKind.RESUMED: (_sets("恢复计时", Step.HANDLE),),
    EventKind.EDITED: (_accused_handles_it,),
    EventKind.RECLASSIFIED: (_sets("重新分类", *_EVERY_STEP), _accused_handles_it),
    EventKind.LEADER_DECIDED: (_sets("领导批示", Step.SIGN_FOR, Step.RETURN),),
    EventKind.OVERRIDDEN: (_sets("适用其他规定的时限", Step.HANDLE),),
    EventKind.CALENDAR_CHANGED: (_sets("放假安排有新通知，重新计算", *_EVERY_STEP),),
    EventKind.FOLLOWED_UP: (_handled_again, _discipline),
    EventKind.REEXAMINED: (_to_be_dispatched, _discipline),
    EventKind.REPEAT_NOTED: (_hard_case,),
    EventKind.MERGED: (_hard_case,),
    EventKind.OVERDUE: (_urge,),
    EventKind.SUPERVISED: (_discipline,),
    EventKind.RETURN_REFUSED: (_discipline,),
    EventKind.RATED: (_discipline,),
}


def tick(order: Order, now: datetime, rules: Rules) -> tuple[OrderEvent, ...]:
    """What the clock makes happen by `now`, each to be put through `next` in this order: deadlines near or past, a
    return that came too late, a rung of the ladder to propose. Empty when all has been said."""
    if order.state not in OPEN or (order.updated_at is not None and now < order.updated_at):
        return ()
    found: list[OrderEvent] = []
    for due in sorted(order.dues.values(), key=lambda due: (due.due, due.step)):
        if due.met_at is None and not (due.step == Step.HANDLE and order.pauses and order.pauses[-1].end is None):
            found += _lapse(order, now, rules) if due.step == Step.RETURN else _said(order, due.step, now, rules)
    return (*found, *_proposals(order, now, rules), *to_discipline(order, now, rules))


def _lapse(order: Order, now: datetime, rules: Rules) -> list[OrderEvent]:
    """逾期不退，视作接单 (seed 001, article 9(2)3)."""
    rule, due = rules.profile.returns, order.dues[Step.RETURN.value]
    waiting = order.state in (OrderState.DISPATCHED, OrderState.HANDLING) and order.lead not in order.return_closed
    if rule is None or not rule.late_is_accepted or not waiting or now <= due.due or order.lead is None:
        return []
    return [OrderEvent(EventKind.RETURN_LAPSED, now, SYSTEM, "逾期不退，视作接单", {"unit": order.lead})]


def _said(order: Order, step: str, now: datetime, rules: Rules) -> list[OrderEvent]:
    due, settings = order.dues[step], rules.settings
    data: dict[str, Json] = {"step": step, "due": due.due.isoformat()}
    late_from = due.due + settings.at_once_grace if due.limit == AT_ONCE else due.due
    if now > late_from:
        reading = say(rules.profile.readings, "at_once_grace_minutes") if due.limit == AT_ONCE else ""
        return [] if due.overdue else [OrderEvent(EventKind.OVERDUE, now, SYSTEM, f"时限已过{reading}", data)]
    if due.warned or due.limit == AT_ONCE or not is_near(due, now, settings.warn_before):
        return []
    return [OrderEvent(EventKind.DUE_SOON, now, SYSTEM, "时限将到", data)]


def _proposals(order: Order, now: datetime, rules: Rules) -> list[OrderEvent]:
    due = order.dues.get(Step.HANDLE.value)
    if due is None or due.met_at is not None:
        return []
    known = order.proposed | {entry.level for entry in order.supervisions}
    ladder = {entry.id for entry in rules.profile.supervision} or {level.value for level in Level}
    return [
        OrderEvent(EventKind.SUPERVISION_PROPOSED, now, SYSTEM, _proposal(level, after, rules), {"level": level.value})
        for level, after in rules.settings.propose_after.items()
        if level.value in ladder and level not in known and now - due.due >= after
    ]


def _proposal(level: Level, after: timedelta, rules: Rules) -> str:
    reading = say(rules.profile.readings, f"propose_{level.value}_days") or "（天数由本市设定，文件未作规定）"
    return f"办理逾期满{after.days}日，建议督办{reading}"


def told_to_caller(order: Order) -> str:
    """What a caller who asks for the progress hears: state and promised or due day; no unit's internals."""
    words = PROGRESS[order.state]
    due = order.dues.get(Step.HANDLE.value)
    if due is None or due.met_at is not None or order.state not in RUNNING:
        return words
    return f"{words}，办理时限为{due.due.year}年{due.due.month}月{due.due.day}日"


PROGRESS: Mapping[OrderState, str] = {
    OrderState.DRAFT: "已登记，待受理",
    OrderState.ACCEPTED: "已受理，待派单",
    OrderState.MATERIALS: "请补充材料",
    OrderState.WITH_LEADER: "已受理，正在确定承办单位",
    OrderState.DISPATCHED: "已派单，待签收",
    OrderState.HANDLING: "正在办理",
    OrderState.RETURN_ASKED: "正在核定承办单位",
    OrderState.IN_REVIEW: "已办理，正在审核",
    OrderState.CLOSED: "已办结，待回访",
    OrderState.REEXAMINING: "正在复查",
    OrderState.FOLLOWED_UP: "已办结",
    OrderState.NOT_ACCEPTED: "不予受理",
    OrderState.MERGED: "已并入此前的工单",
    OrderState.ARCHIVED: "已办结归档",
}
