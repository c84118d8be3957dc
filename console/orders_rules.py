"""A profile in the shape that pages choose from.

In: a profile. Out: its lists with Chinese words and the place of each in the document. Never: a choice that the
document does not have.
"""

from __future__ import annotations

from collections.abc import Iterable

from console.orders_shapes import ExtensionRuleOut, ItemOut, KindOut, ReadingOut, RulesOut
from console.orders_view import BY_PATCH
from console.orders_words import CONTACTS, FOLLOW_UPS, KINDS, LEVELS, QUEUES, STEPS
from console.shapes import NamedField, RealNameOut
from gateway.orders.driver import IDENTITY
from workorder.allowed import WHO
from workorder.checks import REASONED
from workorder.events import ActorRole, EventKind
from workorder.grounds import closing_grounds, not_accepted_grounds, place, report_fields
from workorder.life import PROGRESS
from workorder.profile import Article, ExtensionRule, Item, Profile
from workorder.readings import readings_of
from workorder.shapes import SHAPES
from workorder.words import CATEGORY_WORDS, DIFFICULTY_WORDS

_COLUMNS = {word: column for column, word in IDENTITY.items()} | {"unit": "employer"}
_BY_PEOPLE = frozenset(kind for kind in EventKind if WHO[kind] - {ActorRole.SYSTEM}) - BY_PATCH


def rules_out(profile: Profile) -> RulesOut:
    returns, contact, repeats = profile.returns, profile.contact, profile.repeats
    categories = profile.categories or frozenset(CATEGORY_WORDS)
    return RulesOut(
        name=profile.name,
        title=profile.title,
        version=profile.version,
        categories={kind.value: word for kind, word in CATEGORY_WORDS.items() if kind in categories},
        difficulties={kind.value: word for kind, word in DIFFICULTY_WORDS.items()},
        sources=sorted(profile.sources),
        kinds=[
            KindOut(kind=kind, word=KINDS[kind], data=list(SHAPES[kind]), reasoned=kind in REASONED)
            for kind in EventKind
            if kind in _BY_PEOPLE
        ],
        queues={queue.value: word for queue, word in QUEUES.items()},
        states={state.value: word for state, word in PROGRESS.items()},
        steps=dict(STEPS),
        levels={level.value: word for level, word in LEVELS.items()},
        contact_results={result.value: word for result, word in CONTACTS.items()},
        follow_up_results={result.value: word for result, word in FOLLOW_UPS.items()},
        closing_grounds=_items(closing_grounds(profile)),
        report_fields=_items(report_fields(profile)),
        not_accepted=_items(not_accepted_grounds(profile)),
        return_grounds=_items(returns.grounds if returns else ()),
        return_evidence=_items(returns.evidence if returns else ()),
        return_approvals=_items(returns.approvals if returns else ()),
        return_forbidden=_items(returns.forbidden if returns else ()),
        return_late_is_accepted=bool(returns and returns.late_is_accepted),
        contact_causes=_items(contact.causes if contact else ()),
        contact_retry_minutes=contact.retry_after_minutes if contact else None,
        contact_then_sms=bool(contact and contact.then_sms),
        extensions=[_extension(rule) for rule in profile.extensions],
        supervision=_items(profile.supervision),
        supervised_matters=_items(profile.supervised_matters),
        hard_cases=_items(profile.hard_cases),
        hard_case_from=repeats.hard_case_from if repeats else None,
        not_ranked=_items(profile.not_ranked),
        real_name=real_name_out(profile),
        promise=_text(profile.promise),
        pause=_text(profile.pause),
        override=_text(profile.override),
        lead=_text(profile.lead.article) if profile.lead else "",
        answer_approvals=_items(profile.answer.approvals if profile.answer else ()),
        supervision_approvals=_items(profile.supervision_answer.approvals if profile.supervision_answer else ()),
        urgent_leaders=_items(profile.urgent_leaders),
        written=_text(profile.written),
        dossier=_text(profile.dossier),
        readings=[ReadingOut(rule=rule, text=text, value=value) for rule, text, value in readings_of(profile)],
    )


def real_name_out(profile: Profile) -> RealNameOut | None:
    """Which of the caller's particulars a category needs; None where the document asks for none."""
    rule = profile.real_name
    if rule is None:
        return None
    return RealNameOut(
        categories=sorted(rule.categories),
        fields=[NamedField(field=_COLUMNS.get(item.id, item.id), text=item.text) for item in rule.fields],
        rule=place(profile, rule.article.rule),
        text=rule.article.text,
    )


def _items(items: Iterable[Item]) -> list[ItemOut]:
    return [ItemOut(id=item.id, text=item.text, rule=item.rule, channel=item.channel) for item in items]


def _extension(rule: ExtensionRule) -> ExtensionRuleOut:
    return ExtensionRuleOut(
        categories=sorted(category.value for category in rule.categories),
        allowed=rule.allowed,
        lengths=sorted(rule.lengths),
        max_times=rule.max_times,
        max_total=rule.max_total,
        closed_last=rule.closed_last,
        approvals=_items(rule.approvals),
        duties=_items(rule.duties),
        rule=rule.article.rule,
        text=rule.article.text,
    )


def _text(article: Article | None) -> str:
    return f"{article.rule}：{article.text}" if article else ""
