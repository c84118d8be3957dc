"""Who is told what, and how it is signed: pure."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.feeds import Event, Facts, Filter, Reader, cloud_event, headers, is_genuine, shaped, wanted
from tests.feeds.scene import AT
from workorder.privacy import ViewerRole

FACTS = Facts(hotline="12315", subject="tourism/hotel", category="complaint", units=("市文旅局",))
EVENT = Event("a:1", "order.dispatched", "a", AT, FACTS, {"title": "退费", "caller_name": "张三"})


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ({}, True),
        ({"kinds": ["order.*"]}, True),
        ({"kinds": ["order.dispatched"]}, True),
        ({"kinds": ["rating.*"]}, False),
        ({"kinds": ["order"]}, False),
        ({"subjects": ["tourism"]}, True),
        ({"subjects": ["tour"]}, False),
        ({"subjects": ["tourism/hotel/room"]}, False),
        ({"hotlines": ["12315", "12301"]}, True),
        ({"hotlines": ["12301"]}, False),
        ({"units": ["市文旅局"]}, True),
        ({"units": ["市公安局"]}, False),
        ({"categories": ["report"]}, False),
        ({"hotlines": ["12315"], "subjects": ["food"]}, False),
    ],
)
def test_a_filter_takes_what_it_names_whatever_number_was_dialled(raw: dict[str, Any], told: bool) -> None:
    assert wanted(Filter.from_json(raw), Reader(), EVENT) is told
    assert Filter.from_json(Filter.from_json(raw).to_json()) == Filter.from_json(raw)


def unit(name: str, *, identity: bool = True) -> Reader:
    return Reader(ViewerRole.UNIT, name, identity)


def test_a_unit_s_own_system_is_told_of_its_own_orders_only() -> None:
    assert wanted(Filter(), unit("市文旅局"), EVENT)
    assert not wanted(Filter(), unit("市公安局"), EVENT)


def test_a_report_never_reaches_the_accused_unit_even_when_it_handles_it() -> None:
    facts = Facts(category="report", units=("市文旅局", "市纪委监委"), accused=("市文旅局",))
    event = Event("a:1", "order.dispatched", "a", AT, facts)
    assert not wanted(Filter(), unit("市文旅局"), event)
    assert not wanted(Filter(), Reader(ViewerRole.PEER, "市文旅局"), event)
    assert wanted(Filter(), unit("市纪委监委"), event)


def test_the_tourism_system_is_told_by_subject_before_its_unit_is_named() -> None:
    event = Event(
        "a:1", "order.accepted", "a", AT, Facts(hotline="12345", subject="tourism/hotel", category="complaint")
    )
    tourism = Reader(ViewerRole.PEER, "市文旅局")
    assert wanted(Filter(subjects=("tourism",)), tourism, event)
    assert not wanted(Filter(), tourism, event)


DATA = {
    "order_id": "a",
    "title": "张三反映退费，电话 13800000000",
    "caller_name": "张三",
    "order": {"contact": "13800000000", "area": "东城", "list": [{"address": "解放路 1 号"}]},
    "note": "内部",
    "recording": {"sha256": "ab"},
}


@pytest.mark.parametrize(
    ("facts", "reader", "named"),
    [
        (FACTS, Reader(identity=True), True),
        (FACTS, Reader(), False),
        (FACTS, unit("市文旅局"), True),
        (FACTS, unit("市文旅局", identity=False), False),
        (Facts(category="report", units=("市纪委监委",)), unit("市纪委监委"), False),
        (Facts(category="report"), Reader(identity=True), True),
        (Facts(category="complaint", units=("市文旅局",), secret=True), unit("市文旅局"), False),
        (Facts(category="complaint", units=("市文旅局",), accused=("市文旅局",)), unit("市文旅局"), False),
        (FACTS, Reader(ViewerRole.DISCIPLINE, identity=True), False),
    ],
)
def test_identity_goes_along_only_where_the_policy_and_the_target_allow_it(
    facts: Facts, reader: Reader, named: bool
) -> None:
    found = shaped(Event("a:1", "order.x", "a", AT, facts, DATA), Filter(), reader)
    assert ("caller_name" in found) is named
    assert found["order_id"] == "a"
    hidden = facts.category == "report" or facts.secret or facts.accused
    if reader.role is ViewerRole.UNIT and hidden:
        assert "张三" not in str(found) and "13800000000" not in str(found)
    if not named:
        assert "解放路" not in str(found)


def test_what_the_policy_does_not_know_is_internal() -> None:
    event = Event("a:1", "order.x", "a", AT, FACTS, DATA)
    assert "note" not in shaped(event, Filter(), Reader(identity=True))
    assert shaped(event, Filter(), Reader(ViewerRole.DISCIPLINE))["note"] == "内部"
    assert "recording" not in shaped(event, Filter(), Reader(ViewerRole.DISCIPLINE))


def test_the_body_is_a_cloud_event() -> None:
    body = json.loads(cloud_event(EVENT, "urn:hotline12345:0872", 42, {"title": "退费"}))
    assert body["specversion"] == "1.0" and body["id"] == "a:1" and body["subject"] == "a"
    assert body["time"] == "2026-11-21T08:00:00+00:00" and body["data"] == {"title": "退费"}
    assert int(body["sequence"]) == 42


# The example of the Standard Webhooks specification's own libraries.
def test_signatures_are_those_of_standard_webhooks() -> None:
    from datetime import UTC, datetime

    given_ = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                     datetime.fromtimestamp(1614265330, UTC))  # fmt: skip
    assert given_["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(body=st.binary(max_size=200), secret=st.text(min_size=1, max_size=40), flip=st.integers(0, 10_000))
def test_a_changed_body_an_old_stamp_or_another_secret_is_not_genuine(body: bytes, secret: str, flip: int) -> None:
    secret = secret.encode("utf-8", "replace").decode()
    given_ = headers("a:1", body, secret, AT)
    assert is_genuine(given_, body, secret, AT + timedelta(seconds=200))
    assert not is_genuine(given_, body, secret, AT + timedelta(seconds=400))
    assert not is_genuine(given_, body, secret + "x", AT)
    assert not is_genuine(given_, body + b"x", secret, AT)
    assert not is_genuine({**given_, "webhook-id": f"a:{flip}x"}, body, secret, AT)
    assert not is_genuine({}, body, secret, AT)
