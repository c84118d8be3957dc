"""Who is told what, and how it is signed: pure."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.feeds import Event, Facts, Filter, cloud_event, headers, is_genuine, shaped, wanted
from tests.feeds.scene import AT

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
    assert wanted(Filter.from_json(raw), "", EVENT) is told
    assert Filter.from_json(Filter.from_json(raw).to_json()) == Filter.from_json(raw)


def test_a_unit_s_own_system_is_told_of_its_own_orders_only() -> None:
    assert wanted(Filter(), "市文旅局", EVENT)
    assert not wanted(Filter(), "市公安局", EVENT)


def test_a_report_never_reaches_the_accused_unit_even_when_it_handles_it() -> None:
    facts = Facts(category="report", units=("市文旅局", "市纪委监委"), accused=("市文旅局",))
    event = Event("a:1", "order.dispatched", "a", AT, facts)
    assert not wanted(Filter(), "市文旅局", event)
    assert wanted(Filter(), "市纪委监委", event)


@pytest.mark.parametrize(
    ("facts", "unit", "shown"),
    [
        (FACTS, "", True),
        (FACTS, "市文旅局", True),
        (Facts(category="report"), "市纪委监委", False),
        (Facts(category="report"), "", True),
        (Facts(category="complaint", secret=True), "市文旅局", False),
        (Facts(category="complaint", accused=("市文旅局",)), "市文旅局", False),
    ],
)
def test_identity_is_hidden_from_a_unit_in_reports_secrecy_and_when_it_is_the_subject(
    facts: Facts, unit: str, shown: bool
) -> None:
    data = {
        "title": "x",
        "caller": {"name": "张三"},
        "order": {"contact": "138", "area": "东城"},
        "list": [{"address": "138"}],
    }
    found = shaped(data, facts, identity=True, unit=unit)
    assert ("张三" in str(found)) is shown and ("138" in str(found)) is shown
    assert found["order"]["area"] == "东城"
    assert "张三" not in str(shaped(data, facts, identity=False, unit=unit))


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
