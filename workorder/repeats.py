"""The same matter again, and callers who disturb.

In: a new matter, earlier orders, a profile; marks of a caller. Out: what to do with the repeat and what to say, in
Chinese; how the caller stands. Never: blocks a number (no document allows it); decides alone: a person confirms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from .grounds import place
from .model import OrderState
from .profile import Profile, RepeatAnswer

NEAR = 0.5  # share of common character pairs from which two texts are put before the seat as the same matter
LOOKS_BACK = timedelta(days=365)
NATIONAL = "国家2025年有关要求：重复诉求合并办理"


@dataclass(frozen=True, slots=True)
class Earlier:
    """An order that might be the same matter. `caller` is an index of the number, not the number."""

    order_id: str
    caller: str
    subject: str
    area: str
    text: str
    state: OrderState
    opened_at: datetime
    repeats: int = 0
    progress: str = ""  # what a caller may be told
    answer: str = ""


class RepeatAction(StrEnum):
    """`LINK`: taken in as an order of its own that names the first one."""

    NEW = "new"
    REJECT = "reject"
    TELL_PROGRESS = "tell_progress"
    TELL_RESULT = "tell_result"
    MERGE = "merge"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class RepeatAdvice:
    """What the profile wants done with a repeat of `order_id`. `hard_case`: with this one it becomes a hard case."""

    action: RepeatAction
    order_id: str
    words: str
    rule: str
    hard_case: bool = False


def likeness(one: str, other: str) -> float:
    """0 to 1: the share of character pairs that two texts have in common (Jaccard). Pairs need no word borders, which
    Chinese does not write."""
    first, second = _pairs(one), _pairs(other)
    if not first or not second:
        return float(bool(one) and one.split() == other.split())
    return len(first & second) / len(first | second)


def _pairs(text: str) -> frozenset[str]:
    plain = "".join(char for char in text if char.isalnum())
    return frozenset(plain[at : at + 2] for at in range(len(plain) - 1))


def candidates(new: Earlier, earlier: Iterable[Earlier]) -> tuple[Earlier, ...]:
    """Earlier orders that look like the same matter, likest first: of the same caller with the same subject or a like
    text, or of others about the same subject in the same place with a like text."""
    found = []
    for other in earlier:
        if other.order_id == new.order_id or new.opened_at - other.opened_at > LOOKS_BACK:
            continue
        like = likeness(new.text, other.text)
        same_subject = bool(new.subject) and new.subject == other.subject
        same_caller = bool(new.caller) and new.caller == other.caller
        same_place = bool(new.area) and new.area == other.area
        if (same_caller and (same_subject or like >= NEAR)) or (same_subject and same_place and like >= NEAR):
            found.append((same_caller, like, other))
    found.sort(key=lambda entry: (entry[0], entry[1], entry[2].opened_at), reverse=True)
    return tuple(other for _same, _like, other in found)


def advise(first: Earlier, profile: Profile, *, same_caller: bool, new_facts: bool) -> RepeatAdvice:
    """What to do with a repeat of `first`. New facts or reasons always make a matter to be handled."""
    rule = profile.repeats
    often = rule.hard_case_from if rule else None
    hard = often is not None and first.repeats + 1 >= often
    where = place(profile, rule.article.rule) if rule else NATIONAL
    done = first.state in (OrderState.CLOSED, OrderState.FOLLOWED_UP, OrderState.ARCHIVED, OrderState.REEXAMINING)
    if new_facts:
        return RepeatAdvice(RepeatAction.LINK, first.order_id, "有新情况、新理由，另行受理并关联首次工单", where, hard)
    if rule is not None and rule.answer is RepeatAnswer.REJECT:
        return RepeatAdvice(RepeatAction.REJECT, first.order_id, f"{rule.article.text}；告知诉求人", where, hard)
    if rule is not None and rule.answer is RepeatAnswer.TELL and same_caller:
        if done:
            words = f"已办理完毕，告知办理结果：{first.answer or '见办结报告'}"
            return RepeatAdvice(RepeatAction.TELL_RESULT, first.order_id, words, where, hard)
        words = f"正在办理，告知办理进展：{first.progress or '正在办理'}"
        return RepeatAdvice(RepeatAction.TELL_PROGRESS, first.order_id, words, where, hard)
    if done:
        return RepeatAdvice(RepeatAction.LINK, first.order_id, "首次工单已办结，另行受理并关联", where, hard)
    if rule is not None and rule.answer is None:  # the document counts repeats and does not turn them away
        return RepeatAdvice(RepeatAction.LINK, first.order_id, f"重复诉求：{rule.article.text}", where, hard)
    return RepeatAdvice(RepeatAction.MERGE, first.order_id, "首次工单正在办理，合并办理并告知进展", NATIONAL, hard)


class NuisanceGround(StrEnum):
    """Seed 002, article 20: 反复使用、长时间占用、骚扰、侮辱、威胁; seed 000, article 16: 诽谤、恶意攻击."""

    REPEATED = "repeated"
    LONG = "long"
    HARASSING = "harassing"
    INSULT = "insult"
    THREAT = "threat"
    SLANDER = "slander"


@dataclass(frozen=True, slots=True)
class NuisanceMark:
    """One mark against a caller, with what proves it."""

    at: datetime
    by: str
    ground: NuisanceGround
    evidence: tuple[str, ...]
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How a caller stands: `count` marks in force; `hand_over` when the office should look at handing over with
    `evidence`. A call of theirs is answered like any other."""

    count: int
    grounds: tuple[NuisanceGround, ...]
    hand_over: bool
    evidence: tuple[str, ...]
    words: str


def standing(
    marks: Sequence[NuisanceMark], now: datetime, *, hand_over_from: int = 3, lasting: timedelta = LOOKS_BACK
) -> Standing:
    """The marks that count now. `hand_over_from` and `lasting` are the city's settings: no document gives a number; a
    threat is looked at from the first."""
    valid = [mark for mark in marks if not mark.withdrawn and mark.evidence and now - mark.at <= lasting]
    grounds = tuple(dict.fromkeys(mark.ground for mark in valid))
    hand_over = len(valid) >= hand_over_from or NuisanceGround.THREAT in grounds
    evidence = tuple(item for mark in valid for item in mark.evidence)
    words = f"近期有{len(valid)}次扰乱热线秩序标记，请照常接听并注意留存录音" if valid else ""
    return Standing(len(valid), grounds, hand_over, evidence, words)
