"""Who may see what of an order: the one function that API, pages, exports and feeds ask.

In: a viewer, what privacy looks at of an order, a field. Out: shown, masked or hidden, with the reason, and whether a
look must be logged. Never: an order's values; a way around: a field that no rule opens is hidden.

A report (举报) does not exist for the unit it is about (seed 000, article 13). A caller's identity is hidden from the
units for reports, where the unit itself is the subject, and when the caller asked for secrecy (seeds 000 article 13,
001 article 5, 004 part 3(4)). Numbers and names are masked for everybody; who needs them reveals them one at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from .model import Category
from .numbers import APART, PLAIN
from .order import Order


class ViewerRole(StrEnum):
    """Who looks: people of the house, units, the caller, the public, and the systems that get feeds.

    `PEER`: another body's system (12315, 12348, 12317, tourism) that handles the order like a unit.
    """

    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    OFFICE = "office"
    SEAT = "seat"
    EXPERT = "expert"
    UNIT = "unit"
    AUDITOR = "auditor"
    CALLER = "caller"
    PUBLIC = "public"
    PROVINCE = "province"
    DISCIPLINE = "discipline"
    PEER = "peer"


class Field(StrEnum):
    """What is shown or not. `ORDER`: that it exists, its number, state, category, subject, area and deadlines.

    `MATTER`: title, text, and what the caller added. `ANSWER`: reports and answers. `INTERNAL`: notes, nuisance marks,
    whom the matter is about, follow-up talk. `RECORDING`: the voice is an identity too.
    """

    ORDER = "order"
    MATTER = "matter"
    ANSWER = "answer"
    EVIDENCE = "evidence"
    RATING = "rating"
    INTERNAL = "internal"
    RECORDING = "recording"
    NAME = "name"
    CONTACT = "contact"
    CALLER_NUMBER = "caller_number"
    EMPLOYER = "employer"
    ADDRESS = "address"
    IP = "ip"


IDENTITY = frozenset({Field.NAME, Field.CONTACT, Field.CALLER_NUMBER, Field.EMPLOYER, Field.ADDRESS, Field.IP})
PROTECTED = IDENTITY | {Field.RECORDING}  # each look in full is logged
CONTENT = frozenset({Field.ORDER, Field.MATTER, Field.ANSWER, Field.EVIDENCE, Field.RATING})
HOUSE = frozenset({ViewerRole.ADMIN, ViewerRole.SUPERVISOR, ViewerRole.OFFICE})


class Sight(StrEnum):
    FULL = "full"
    MASKED = "masked"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Viewer:
    """`unit` of a user of role unit, or the body behind a peer system. `serving`: the order's caller is on this seat's
    line now and asks how it stands."""

    role: ViewerRole
    id: str = ""
    unit: str | None = None
    serving: bool = False


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What privacy looks at. `accused` must hold the units above and below the one complained of, if the directory
    counts them as one. `caller` is the id of the caller's own page session."""

    category: Category | None
    units: frozenset[str] = frozenset()
    accused: frozenset[str] = frozenset()
    secrecy: bool = False
    public: bool = False
    seat: str | None = None
    caller: str = ""
    hands: frozenset[str] = frozenset()  # seats that talked with the caller after the first one


@dataclass(frozen=True, slots=True)
class Visibility:
    """`reveal`: masked, but the viewer may ask for the whole of it. `logged`: the look (or the reveal) must be logged.
    `reasoned`: the viewer says what for first, and that is logged too. `why` in Chinese, for the page to say what is
    missing."""

    sight: Sight
    why: str = ""
    reveal: bool = False
    logged: bool = False
    reasoned: bool = False


FULL = Visibility(Sight.FULL)
HEARD = Visibility(Sight.FULL, logged=True)
NOT_YOURS = Visibility(Sight.HIDDEN, "与您办理的事项无关")
ACCUSED = Visibility(Sight.HIDDEN, "举报材料不向被举报单位透露")


def facts_of(order: Order, caller: str = "") -> OrderFacts:
    """What privacy looks at, of an order."""
    return OrderFacts(
        order.category,
        frozenset(order.units),
        order.accused,
        order.secrecy,
        order.public,
        order.seat,
        caller,
    )


def visible(viewer: Viewer, order: OrderFacts, field: Field) -> Visibility:
    """How this viewer sees this field of this order."""
    match viewer.role:
        case ViewerRole.UNIT | ViewerRole.PEER:
            return _unit(viewer, order, field)
        case ViewerRole.SEAT | ViewerRole.EXPERT:
            return _seat(viewer, order, field)
        case ViewerRole.ADMIN | ViewerRole.SUPERVISOR | ViewerRole.OFFICE:
            return _house(viewer, field)
        case ViewerRole.CALLER:
            return _caller(viewer, order, field)
        case ViewerRole.PUBLIC:
            return _public(order, field)
        case ViewerRole.PROVINCE:
            return _province(field)
        case ViewerRole.DISCIPLINE:
            return _discipline(order, field)
        case ViewerRole.AUDITOR:
            return _auditor(field)


def may_see(viewer: Viewer, order: OrderFacts) -> bool:
    """Whether the order exists for this viewer: lists, searches, counts and feeds leave it out otherwise."""
    return visible(viewer, order, Field.ORDER).sight is not Sight.HIDDEN


def recording(viewer: Viewer, order: OrderFacts, *, took_part: bool = False, follow_up: bool = False) -> Visibility:
    """How this viewer hears one recording of this order: in full or not at all, a voice has no mask.

    `took_part`: the viewer's own voice is in it, which is what counts at a seat (an expert who was brought in has no
    part in the order, and still has heard it). `follow_up`: the house asked what the caller thinks of the unit.
    """
    if viewer.role in (ViewerRole.SEAT, ViewerRole.EXPERT):
        return HEARD if took_part else Visibility(Sight.HIDDEN, "只有参与此次通话的坐席可以收听")
    seen = visible(viewer, order, Field.RECORDING)
    if seen.sight is Sight.FULL and follow_up and visible(viewer, order, Field.INTERNAL).sight is Sight.HIDDEN:
        return Visibility(Sight.HIDDEN, "回访通话是热线办的内部信息")
    return seen


def hides_identity(unit: str | None, order: OrderFacts) -> str:
    """Why the caller's identity is hidden from a handling unit, "" when it is not."""
    if order.category is Category.REPORT:
        return "举报人信息对承办单位保密"
    if unit in order.accused:
        return "诉求涉及本单位，诉求人信息保密"
    if order.secrecy:
        return "诉求人要求保密"
    return ""


def _unit(viewer: Viewer, order: OrderFacts, field: Field) -> Visibility:
    if order.category is Category.REPORT and viewer.unit in order.accused:
        return ACCUSED
    if viewer.unit is None or viewer.unit not in order.units:
        return NOT_YOURS
    if field is Field.INTERNAL or field is Field.IP:
        return Visibility(Sight.HIDDEN, "内部信息")
    hidden = hides_identity(viewer.unit, order)
    if field in PROTECTED:
        return Visibility(Sight.HIDDEN, hidden) if hidden else _masked(field)
    if hidden and field in (Field.MATTER, Field.EVIDENCE):
        # Names and numbers inside the text are the identity too; attachments are let through one by one by the office.
        return Visibility(Sight.MASKED, hidden)
    return FULL


def _masked(field: Field) -> Visibility:
    """Protected, but needed for the work: masked, revealed one at a time, logged."""
    if field is Field.RECORDING:
        return HEARD
    return Visibility(Sight.MASKED, "点击查看完整信息将留下记录", reveal=True, logged=True)


def _seat(viewer: Viewer, order: OrderFacts, field: Field) -> Visibility:
    own = bool(viewer.id) and (viewer.id == order.seat or viewer.id in order.hands)
    if not own and not viewer.serving:
        return NOT_YOURS
    if field is Field.IP:
        return Visibility(Sight.HIDDEN, "内部信息")
    if own:
        return _masked(field) if field in PROTECTED else FULL
    told = field in (Field.ORDER, Field.ANSWER) or (field is Field.MATTER and order.category is not Category.REPORT)
    return FULL if told else Visibility(Sight.HIDDEN, "只可告知办理进展和结果")


def _house(viewer: Viewer, field: Field) -> Visibility:
    if field is Field.IP and viewer.role is ViewerRole.OFFICE:
        return Visibility(Sight.HIDDEN, "内部信息")
    if field is Field.RECORDING and viewer.role is ViewerRole.OFFICE:
        return Visibility(Sight.FULL, "收听前请填写原因，原因与收听记录一并留存", logged=True, reasoned=True)
    return _masked(field) if field in PROTECTED else FULL


def _caller(viewer: Viewer, order: OrderFacts, field: Field) -> Visibility:
    """The caller's own page: an order's code may be in other hands, so identity stays masked there."""
    if not viewer.id or viewer.id != order.caller:
        return NOT_YOURS
    if field in CONTENT:
        return FULL
    if field in (Field.NAME, Field.CONTACT):
        return Visibility(Sight.MASKED, "为保护您的信息，部分内容已隐去")
    return Visibility(Sight.HIDDEN, "内部信息")


def _public(order: OrderFacts, field: Field) -> Visibility:
    """Seed 000, article 14: what is not fit for the public is answered to the caller alone."""
    if not order.public or order.secrecy or order.category in (Category.REPORT, None) or order.accused:
        return Visibility(Sight.HIDDEN, "未公开")
    if field is Field.ORDER:
        return FULL
    if field in (Field.MATTER, Field.ANSWER):
        return Visibility(Sight.MASKED, "个人信息已隐去")
    return Visibility(Sight.HIDDEN, "未公开")


def _province(field: Field) -> Visibility:
    """Orders, recordings and ratings in real time (seed 003, article 16)."""
    if field in (Field.INTERNAL, Field.IP):
        return Visibility(Sight.HIDDEN, "不在对接标准内")
    return Visibility(Sight.FULL, logged=field in PROTECTED)


def _discipline(order: OrderFacts, field: Field) -> Visibility:
    """Seed 002, article 16: how units handle, not who complained."""
    if field in PROTECTED:
        return Visibility(Sight.HIDDEN, "移送内容不含诉求人信息")
    hidden = order.category is Category.REPORT and field in (Field.MATTER, Field.EVIDENCE)
    return Visibility(Sight.MASKED, "举报人信息保密") if hidden else FULL


def _auditor(field: Field) -> Visibility:
    """Who looked and changed, not what the caller said."""
    if field in (Field.ORDER, Field.INTERNAL, Field.RATING, Field.ANSWER):
        return FULL
    if field is Field.MATTER:
        return Visibility(Sight.MASKED, "审计只看办理过程")
    return Visibility(Sight.HIDDEN, "审计只看办理过程")


_DIGITS = re.compile(rf"(?<![0-9])\+?[0-9](?:[{APART}]{{0,3}}[0-9]){{5,19}}(?:[0-9Xx])?")
_MAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")
BLOT = "＊＊"


def scrub(text: str, identity: Iterable[str] = ()) -> str:
    """A text to be shown masked: the caller's known particulars, and whatever looks like a number or mail address, are
    blotted out. A name that the text gives and the order does not know stays: no rule can find it.

    Where somebody's identity is at stake six digits are enough; `numbers` is for texts that are to stay useful."""
    for value in sorted({entry.strip() for entry in identity}, key=len, reverse=True):
        if len(value) >= 2:
            text = text.replace(value, BLOT)
    for match in reversed([*_DIGITS.finditer(text.translate(PLAIN))]):
        text = text[: match.start()] + BLOT + text[match.end() :]
    return _MAIL.sub(BLOT, text)
