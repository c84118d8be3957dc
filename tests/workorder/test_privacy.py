"""Who sees what: the documents' rules, and what must hold whatever the order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workorder.lives import life
from workorder.model import Category
from workorder.privacy import (
    IDENTITY,
    PROTECTED,
    Field,
    OrderFacts,
    Sight,
    Viewer,
    ViewerRole,
    facts_of,
    may_see,
    recording,
    scrub,
    visible,
)

UNITS = (ViewerRole.UNIT, ViewerRole.PEER)
WATER = Viewer(ViewerRole.UNIT, "w1", "water")
ORDER = OrderFacts(Category.COMPLAINT, frozenset({"water"}), seat="801", caller="c1")


def sees(viewer: Viewer, order: OrderFacts, field: Field) -> Sight:
    return visible(viewer, order, field).sight


def test_000_article_13_a_report_does_not_exist_for_the_unit_it_is_about() -> None:
    report = replace(ORDER, category=Category.REPORT, accused=frozenset({"water"}))
    assert not may_see(WATER, report)
    assert all(sees(WATER, report, field) is Sight.HIDDEN for field in Field)


@pytest.mark.parametrize("field", sorted(PROTECTED))
def test_000_article_13_a_reporters_identity_is_hidden_from_the_unit_that_handles_it(field: Field) -> None:
    report = replace(ORDER, category=Category.REPORT)
    assert sees(WATER, report, field) is Sight.HIDDEN and not visible(WATER, report, field).reveal
    assert may_see(WATER, report) and sees(WATER, report, Field.MATTER) is Sight.MASKED


@pytest.mark.parametrize("field", sorted(IDENTITY))
def test_identity_is_hidden_where_the_unit_is_the_subject(field: Field) -> None:
    about_it = replace(ORDER, accused=frozenset({"water"}))
    assert sees(WATER, about_it, field) is Sight.HIDDEN
    assert may_see(WATER, about_it), "a complaint may be handled by the unit, a report may not"


def test_001_article_5_secrecy_on_request_hides_the_caller_from_units() -> None:
    secret = replace(ORDER, secrecy=True)
    assert visible(WATER, secret, Field.NAME).why == "诉求人要求保密"
    assert sees(WATER, secret, Field.RECORDING) is Sight.HIDDEN, "a voice is an identity"
    assert sees(WATER, ORDER, Field.RECORDING) is Sight.FULL and visible(WATER, ORDER, Field.RECORDING).logged


def test_001_article_5_nothing_for_a_unit_that_has_nothing_to_do_with_it() -> None:
    assert not may_see(Viewer(ViewerRole.UNIT, "r1", "roads"), ORDER)
    assert not may_see(Viewer(ViewerRole.UNIT, "r1", None), replace(ORDER, units=frozenset()))


def test_a_unit_reveals_the_contact_it_needs_and_the_look_is_logged() -> None:
    contact = visible(WATER, ORDER, Field.CONTACT)
    assert (contact.sight, contact.reveal, contact.logged) == (Sight.MASKED, True, True)
    assert sees(WATER, ORDER, Field.INTERNAL) is Sight.HIDDEN


def test_000_article_14_only_public_matters_reach_the_public_and_masked() -> None:
    anyone = Viewer(ViewerRole.PUBLIC)
    assert not may_see(anyone, ORDER)
    public = replace(ORDER, public=True)
    assert may_see(anyone, public) and sees(anyone, public, Field.MATTER) is Sight.MASKED
    for secret in (
        replace(public, secrecy=True),
        replace(public, category=Category.REPORT),
        replace(public, accused=frozenset({"water"})),
    ):
        assert not may_see(anyone, secret)


ROLES_THAT_HEAR = {  # role → (a call of the order, its follow-up), of somebody who did not talk in it
    ViewerRole.ADMIN: (True, True),
    ViewerRole.SUPERVISOR: (True, True),
    ViewerRole.OFFICE: (True, True),
    ViewerRole.SEAT: (False, False),
    ViewerRole.EXPERT: (False, False),
    ViewerRole.UNIT: (True, False),
    ViewerRole.PEER: (True, False),
    ViewerRole.AUDITOR: (False, False),
    ViewerRole.CALLER: (False, False),
    ViewerRole.PUBLIC: (False, False),
    ViewerRole.PROVINCE: (True, False),
    ViewerRole.DISCIPLINE: (False, False),
}


@pytest.mark.parametrize("role", list(ViewerRole))
def test_a_recording_is_heard_in_full_or_not_at_all_and_each_time_is_logged(role: ViewerRole) -> None:
    viewer = Viewer(role, "801" if role is ViewerRole.SEAT else "c1", "water" if role in UNITS else None)
    heard = [recording(viewer, ORDER, follow_up=follow_up) for follow_up in (False, True)]
    assert tuple(one.sight is Sight.FULL for one in heard) == ROLES_THAT_HEAR[role]
    assert all(one.logged if one.sight is Sight.FULL else one.why for one in heard)
    assert [one.reasoned for one in heard] == [role is ViewerRole.OFFICE] * 2, "the office says what for"


@pytest.mark.parametrize("role", [ViewerRole.SEAT, ViewerRole.EXPERT])
def test_who_talked_in_a_call_hears_it_whatever_the_order(role: ViewerRole) -> None:
    secret = replace(ORDER, category=Category.REPORT, secrecy=True, accused=frozenset({"water"}))
    assert recording(Viewer(role, "901"), secret, took_part=True).sight is Sight.FULL


@pytest.mark.parametrize(
    "changed", [{"category": Category.REPORT}, {"secrecy": True}, {"accused": frozenset({"water"})}]
)
def test_a_unit_hears_no_voice_that_is_kept_from_it(changed: dict[str, object]) -> None:
    heard = recording(WATER, replace(ORDER, **changed))  # type: ignore[arg-type]
    assert heard.sight is Sight.HIDDEN and heard.why


def test_003_article_16_the_province_gets_orders_recordings_and_ratings() -> None:
    province = Viewer(ViewerRole.PROVINCE)
    for field in (Field.ORDER, Field.RECORDING, Field.RATING, Field.MATTER):
        assert sees(province, ORDER, field) is Sight.FULL


def test_002_article_16_the_discipline_body_learns_of_units_not_of_callers() -> None:
    body = Viewer(ViewerRole.DISCIPLINE)
    assert sees(body, ORDER, Field.INTERNAL) is Sight.FULL and sees(body, ORDER, Field.NAME) is Sight.HIDDEN


def test_a_caller_sees_the_own_order_only() -> None:
    assert may_see(Viewer(ViewerRole.CALLER, "c1"), ORDER)
    assert not may_see(Viewer(ViewerRole.CALLER, "c2"), ORDER)
    assert not may_see(Viewer(ViewerRole.CALLER, ""), replace(ORDER, caller=""))


def test_a_seat_sees_its_own_and_how_the_order_of_the_caller_on_the_line_stands() -> None:
    assert visible(Viewer(ViewerRole.SEAT, "801"), ORDER, Field.CONTACT).reveal
    other = Viewer(ViewerRole.SEAT, "802")
    assert not may_see(other, ORDER)
    serving = replace(other, serving=True)
    assert may_see(serving, ORDER) and sees(serving, ORDER, Field.NAME) is Sight.HIDDEN


def test_the_auditor_sees_the_handling_not_the_caller() -> None:
    auditor = Viewer(ViewerRole.AUDITOR, "a")
    assert sees(auditor, ORDER, Field.INTERNAL) is Sight.FULL
    assert all(sees(auditor, ORDER, field) is Sight.HIDDEN for field in PROTECTED)


NAMES = st.sampled_from(["water", "roads", "police", "801", "c1", ""])
FACTS = st.builds(
    OrderFacts,
    st.sampled_from([None, *Category]),
    st.frozensets(NAMES, max_size=2),
    st.frozensets(NAMES, max_size=2),
    st.booleans(),
    st.booleans(),
    NAMES | st.none(),
    NAMES,
)
VIEWERS = st.builds(Viewer, st.sampled_from(list(ViewerRole)), NAMES, NAMES | st.none(), st.booleans())


@given(VIEWERS, FACTS, st.sampled_from(list(Field)))
def test_what_must_hold_for_everybody(viewer: Viewer, order: OrderFacts, field: Field) -> None:
    seen = visible(viewer, order, field)
    if field in PROTECTED and (seen.sight is Sight.FULL or seen.reveal):
        assert seen.logged, "a look at a protected field is always logged"
    if seen.sight is not Sight.HIDDEN:
        assert may_see(viewer, order), "no field of an order that does not exist for the viewer"
    if seen.sight is Sight.HIDDEN:
        assert seen.why and not seen.reveal
    if viewer.role in (ViewerRole.UNIT, ViewerRole.PEER) and field in IDENTITY and seen.sight is not Sight.HIDDEN:
        assert viewer.unit in order.units and viewer.unit not in order.accused
        assert not order.secrecy and order.category is not Category.REPORT
    if viewer.role in (ViewerRole.PUBLIC, ViewerRole.DISCIPLINE, ViewerRole.AUDITOR):
        assert field not in IDENTITY or seen.sight is Sight.HIDDEN


@pytest.mark.parametrize(
    "text, clean",
    [
        ("我叫张三丰，电话13800000000", "我叫＊＊，电话＊＊"),
        ("请打 138 0000 0000 或 0872-1234567", "请打 ＊＊ 或 ＊＊"),
        ("身份证11010519491231002X，邮箱a.b@c.cn", "身份证＊＊，邮箱＊＊"),
        ("门牌12号，3天没水，2026年11月", "门牌12号，3天没水，2026年11月"),
        ("住幸福路8号院", "住＊＊院"),
    ],
)
def test_texts_shown_masked_lose_names_numbers_and_addresses(text: str, clean: str) -> None:
    assert scrub(text, ["张三丰", "张", "幸福路8号"]) == clean


def test_facts_are_taken_from_the_order() -> None:
    order = life("karamay").dispatched(accused=["roads"], category="complaint").order
    assert facts_of(order, "c").units == {"water"} and facts_of(order).accused == {"roads"}


F, M, H = Sight.FULL, Sight.MASKED, Sight.HIDDEN
TABLE = [  # viewer, facts, then ORDER MATTER ANSWER EVIDENCE RATING INTERNAL RECORDING NAME CONTACT … IP
    (WATER, ORDER, (F, F, F, F, F, H, F, M, M, M, M, M, H)),
    (WATER, replace(ORDER, secrecy=True), (F, M, F, M, F, H, H, H, H, H, H, H, H)),
    (Viewer(ViewerRole.OFFICE, "o"), ORDER, (F, F, F, F, F, F, F, M, M, M, M, M, H)),
    (Viewer(ViewerRole.SUPERVISOR, "s"), ORDER, (F, F, F, F, F, F, F, M, M, M, M, M, M)),
    (Viewer(ViewerRole.SEAT, "801"), ORDER, (F, F, F, F, F, F, F, M, M, M, M, M, H)),
    (Viewer(ViewerRole.CALLER, "c1"), ORDER, (F, F, F, F, F, H, H, M, M, H, H, H, H)),
    (Viewer(ViewerRole.PUBLIC), replace(ORDER, public=True), (F, M, M, H, H, H, H, H, H, H, H, H, H)),
    (Viewer(ViewerRole.PROVINCE), ORDER, (F, F, F, F, F, H, F, F, F, F, F, F, H)),
    (Viewer(ViewerRole.DISCIPLINE), ORDER, (F, F, F, F, F, F, H, H, H, H, H, H, H)),
    (
        Viewer(ViewerRole.DISCIPLINE),
        replace(ORDER, category=Category.REPORT),
        (F, M, F, M, F, F, H, H, H, H, H, H, H),
    ),
    (Viewer(ViewerRole.AUDITOR), ORDER, (F, M, F, H, F, F, H, H, H, H, H, H, H)),
]


@pytest.mark.parametrize("viewer, order, seen", TABLE, ids=lambda value: getattr(value, "role", None))
def test_the_whole_of_what_each_sees(viewer: Viewer, order: OrderFacts, seen: tuple[Sight, ...]) -> None:
    assert tuple(sees(viewer, order, field) for field in Field) == seen


def test_names_of_two_characters_are_blotted_single_ones_are_not() -> None:
    assert scrub("王五说五点", ["王五", "五"]) == "＊＊说五点"
