"""The documents' rules on taking a matter in and giving it to units.

In: an order, an event, rules. Out: None or a refusal that names the rule. Never: changes anything.
"""

from __future__ import annotations

from .asking import Refused
from .events import ActorRole, OrderEvent
from .grounds import item, not_accepted_grounds, place
from .model import Category, OrderState
from .order import Order
from .profile import Lead, RepeatAnswer, Step
from .reckon import ask
from .rules import Refusal, Rules
from .shapes import maybe, moment, text, texts

CLOCK_FACTS = ("category", "difficulty", "urgent", "source", "enforcement")  # they decide which limit holds


def opened(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    named = text(event.data, "profile", rules.profile.name)
    if named != rules.profile.name:
        return Refusal("wrong-profile", f"工单适用的办法是{named}，不是{rules.profile.name}")
    return _category(event, rules)


def _category(event: OrderEvent, rules: Rules) -> Refusal | None:
    category = maybe(event.data, "category")
    if category and rules.profile.categories and Category(category) not in rules.profile.categories:
        return Refusal("category-unknown", f"《{rules.profile.title}》没有此诉求类别", rules.profile.name)
    return None


def edited(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    if order.state is not OrderState.DRAFT and any(name in event.data for name in CLOCK_FACTS):
        return Refusal("reclassify", "受理后改变类别、来源或难易程度会影响时限，须作重新分类并说明理由")
    return _category(event, rules)


def accepted(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    if order.category is None:
        return Refusal("category-missing", "请先选择诉求类别")
    if order.category not in rules.profile.categories and rules.profile.categories:
        return Refusal("category-unknown", f"《{rules.profile.title}》没有此诉求类别", rules.profile.name)
    return _mere_repeat(order, rules) or _real_name(order, rules)


def _mere_repeat(order: Order, rules: Rules) -> Refusal | None:
    """Seed 000 article 8 turns it away; seed 002 article 9(4) tells the caller progress or result instead."""
    rule = rules.profile.repeats
    if not order.repeat_of or order.new_facts or rule is None or rule.answer is None:
        return None
    if rule.answer is RepeatAnswer.MERGE:
        return Refusal("merge-instead", f"{rule.article.text}；请并入{order.repeat_of}", rules.profile.name)
    slug = "repeated" if rule.answer is RepeatAnswer.REJECT else "tell-instead"
    return Refusal(slug, rule.article.text, place(rules.profile, rule.article.rule))


IDENTITY_NAMES = {"unit": "employer"}  # the profile's word → the order's


def _real_name(order: Order, rules: Rules) -> Refusal | None:
    """Seed 000, article 15."""
    rule = rules.profile.real_name
    if rule is None or order.category not in rule.categories:
        return None
    missing = [field.text for field in rule.fields if IDENTITY_NAMES.get(field.id, field.id) not in order.identity]
    if not missing:
        return None
    return Refusal(
        "real-name-missing", f"{rule.article.text}；缺{'、'.join(missing)}", place(rules.profile, rule.article.rule)
    )


def not_accepted(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    if item(not_accepted_grounds(rules.profile), text(event.data, "ground")) is None:
        return Refusal("ground-unknown", f"《{rules.profile.title}》没有这项不予受理情形", rules.profile.name)
    return None


def materials_asked(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    if moment(event.data, "until") <= event.at:
        return Refusal("date-past", "补充材料的期限须在将来")
    return None


def materials_given(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    if order.materials_until is None:
        return Refusal("nothing-asked", "没有要求补充材料；可直接添加材料")
    return None


def repeat_noted(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    if text(event.data, "of") == order.order_id and order.order_id:
        return Refusal("own-repeat", "工单不能是自己的重复件")
    return None


def merged(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    into, source = maybe(event.data, "into"), maybe(event.data, "from")
    if (into is None) == (source is None):
        return Refusal("bad-data", "合并须写明并入的工单或并来的工单之一")
    if order.order_id and order.order_id in (into, source):
        return Refusal("own-repeat", "工单不能与自己合并")
    if into and order.state not in (OrderState.DRAFT, OrderState.ACCEPTED):
        return Refusal("merge-late", "已派单的工单不能并入其他工单")
    return None


def leader_decided(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    asked = order.leader_asks[-1] if order.leader_asks else None
    if asked is None or asked.decided_at is not None:
        return Refusal("nothing-asked", "没有待领导批示的事项")
    return _accused(order, (text(event.data, "lead"), *texts(event.data, "units")), rules)


def _accused(order: Order, units: tuple[str, ...], rules: Rules) -> Refusal | None:
    """A report never goes to the unit it is about (seed 000, article 13)."""
    if order.category is Category.REPORT and order.accused & set(units):
        rule = item(rules.profile.privacy, "report_not_to_accused")
        where = place(rules.profile, rule.rule) if rule else "参照克拉玛依办法第十三条"
        return Refusal("accused-unit", "举报不得转交被举报的单位办理", where)
    return None


def dispatched(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    units = tuple(dict.fromkeys(texts(event.data, "units")))
    lead = maybe(event.data, "lead") or units[0]
    if lead not in units:
        return Refusal("lead-not-among", "牵头单位须在承办单位之中")
    return _accused(order, units, rules) or _lead_named(order, units, lead, rules) or _limit_known(order, event, rules)


def _lead_named(order: Order, units: tuple[str, ...], lead: str, rules: Rules) -> Refusal | None:
    """Several units: who leads is decided as the document says; what a leader has decided holds."""
    decided = order.leader_asks[-1] if order.leader_asks and order.leader_asks[-1].decided_at else None
    if decided is not None and decided.lead != lead:
        return Refusal("leader-decided", f"领导已批示由{decided.lead}承办或牵头")
    rule = rules.profile.lead
    if len(units) < 2 or rule is None or rule.lead is Lead.OFFICE_NAMES:
        return None
    where = place(rules.profile, rule.article.rule)
    if rule.lead is Lead.FIRST_RECEIVER:
        return None if lead == units[0] else Refusal("first-receiver-leads", rule.article.text, where)
    if decided is None:
        return Refusal("leader-names-lead", f"{rule.article.text}；请先呈报", where)
    extra = [unit for unit in units if unit not in decided.units]
    return Refusal("leader-decided", f"领导批示的承办单位不含{'、'.join(extra)}", where) if extra else None


def _limit_known(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    """What the limit depends on must be known before the clock starts."""
    found = ask(order, rules, Step.HANDLE, event.at)
    if isinstance(found, Refused) and found.missing:
        return Refusal(f"{found.missing}-missing", found.why, found.rule)
    return None


def unit_added(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    unit = text(event.data, "unit")
    if unit in order.units:
        return Refusal("unit-there", "该单位已在承办")
    refused = _accused(order, (unit,), rules)
    return refused or _lead_named(order, (*order.units, unit), order.lead or unit, rules)


def reclassified(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    if not event.data:
        return Refusal("bad-data", "没有要改变的分类")
    if event.by.role in (ActorRole.SEAT, ActorRole.EXPERT) and order.state is not OrderState.ACCEPTED:
        return Refusal("not-yours", "派单后由热线办重新分类")
    return _category(event, rules)


def overridden(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    rule = rules.profile.override
    if rule is None:
        return Refusal("no-override", f"《{rules.profile.title}》没有“另有规定的从其规定”的条款", rules.profile.name)
    return None
