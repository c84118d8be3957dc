"""schemathesis over the operations of orders, office, units and citizens; and every kind of act, with data of its own
shape, by people of every role on orders in every state: no server error, no answer that the document does not describe.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import requests
import schemathesis
from schemathesis import GenerationMode

from console.orders_view import BY_PATCH
from tests.console.fuzzing import CHECKS, Running, hold, operations
from workorder.events import EventKind
from workorder.shapes import SHAPES

pytestmark = pytest.mark.system
OPERATIONS = operations("orders", "citizen", "directory", "figures")
ACTS = next(one for one in OPERATIONS if one.label == "POST /api/v1/orders/{order_id}/acts")
PDF = b"%PDF-1.4\n%%EOF"
K = EventKind
STATES = ("draft", "accepted", "dispatched", "handling", "review", "closed")
_keys = count()


@schemathesis.serializer("application/pdf", "application/octet-stream")
def a_file(ctx: Any, value: Any) -> bytes:  # a serializer
    """A body that is a file: what schemathesis made up, or a real beginning of one."""
    return value if isinstance(value, bytes) else PDF + str(value).encode()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("orders-fuzz")).start()
    yield running
    running.end()


@pytest.fixture(scope="module")
def people(running: Running) -> dict[str, dict[str, str]]:
    return {user: running.log_in(user) for user in ("admin", "office1", "seat801", "unit1", "auditor1")}


class Cases:
    """Orders in the states that matter, made over the API by the office and a unit."""

    def __init__(self, running: Running, people: dict[str, dict[str, str]]) -> None:
        self.running, self.people = running, people
        self.ids = {
            name: self._made(name) for name in ("draft", "accepted", "dispatched", "handling", "review", "closed")
        }

    def post(self, user: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {**self.people[user], "Idempotency-Key": f"k{next(_keys)}"}
        with requests.post(f"{self.running.url}/api/v1{path}", json=body, headers=headers, timeout=10) as answer:
            found: dict[str, Any] = answer.json()
            assert answer.ok, found
            return found

    def act(self, user: str, order: str, kind: EventKind, **data: Any) -> None:
        self.post(user, f"/orders/{order}/acts", {"kind": kind.value, "data": data})

    def _made(self, state: str) -> str:
        body = {"title": "停水", "matter": "停水两天", "category": "help", "subject": "水务/供水/停水"}
        order = str(self.post("office1", "/orders", body)["order_id"])
        report = {"result": "已修", "answer": "已答复"}
        steps: list[tuple[str, str, EventKind, dict[str, Any]]] = [
            ("accepted", "office1", K.ACCEPTED, {}),
            ("dispatched", "office1", K.DISPATCHED, {"units": ["water"]}),
            ("handling", "unit1", K.SIGNED, {}),
            ("review", "unit1", K.ANSWERED, {"ground": "solved", "report": report}),
            ("closed", "office1", K.REVIEW_PASSED, {}),
        ]
        for name, user, kind, data in steps if state != "draft" else []:
            self.act(user, order, kind, **data)
            if name == state:
                break
        return order


@pytest.fixture(scope="module")
def cases(running: Running, people: dict[str, dict[str, str]]) -> Cases:
    return Cases(running, people)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_the_api_of_orders_keeps_to_its_document(
    operation: Any, running: Running, people: dict[str, dict[str, str]], cases: Cases
) -> None:
    paths = {"order_id": cases.ids["handling"]} if "{order_id}" in operation.path else {}
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        try:
            hold(operation, mode, running, people["office1"], examples=3, paths=paths)
        except pytest.skip.Exception:
            assert mode is GenerationMode.NEGATIVE, "nothing can be wrong with a request that takes nothing"


SOME: dict[str, Any] = {
    "until": "2030-01-01T00:00:00+08:00", "due": "2030-01-01T00:00:00+08:00", "start": "2026-01-01T00:00:00+08:00",
    "units": ["water"], "unit": "roads", "lead": "water", "materials": ["照片"], "evidence": ["site"],
    "leaders": ["甲"], "reasons": ["overdue"], "accused": ["roads"], "identity": ["name"], "explained": [],
    "report": {"result": "已修"}, "ground": "solved", "result": "satisfied", "category": "help", "level": "sheet",
    "limit": "5 WD", "stars": 3, "amount": 10, "final": True, "profile": "yunnan-2021",
    "again_at": "2030-01-01T00:00:00+08:00", "mark": 1,
}  # fmt: skip
FLAGS = frozenset(
    name.rstrip("?") for shape in SHAPES.values() for name, check in shape.items() if check(True) and not check("文")
)


def shaped(kind: EventKind, *, whole: bool) -> dict[str, Any]:
    """Data of the kind's shape; `whole`: with what may be left out."""
    found: dict[str, Any] = {}
    for name, check in SHAPES[kind].items():
        key, optional = name.rstrip("?"), name.endswith("?")
        if optional and not whole:
            continue
        value = SOME.get(key, True if key in FLAGS else "文")
        found[key] = "reached" if (kind, key) == (K.CONTACTED, "result") else value
        assert check(found[key]), (kind, key)
    return found


ENDING = (K.NOT_ACCEPTED, K.MERGED, K.CLOSED, K.WITHDRAWN, K.RECALLED, K.RETURN_APPROVED, K.ARCHIVED)
KINDS = sorted((kind for kind in EventKind if kind not in BY_PATCH), key=lambda kind: kind in ENDING)


@pytest.mark.parametrize("kind", KINDS)  # what ends an order comes last
def test_every_kind_of_act_is_answered_as_the_document_says(
    kind: EventKind, running: Running, people: dict[str, dict[str, str]], cases: Cases
) -> None:
    """Taken (200), refused by a rule or a state (409), not this person's (403), or gone from the unit (404)."""
    for n, (state, order) in enumerate(cases.ids.items()):
        user = ("office1", "unit1", "office1", "admin")[(n + KINDS.index(kind)) % 4]
        body = {"kind": kind.value, "why": "因故", "data": shaped(kind, whole=n % 2 == 0), "version": None}
        case = ACTS.Case(path_parameters={"order_id": order}, body=body, media_type="application/json")
        headers = {**people[user], "Idempotency-Key": f"k{next(_keys)}"}
        answer = case.call(base_url=running.url, headers=headers, timeout=30)
        case.validate_response(answer, checks=CHECKS)
        assert answer.status_code in (200, 403, 404, 409), (state, answer.text)
        if answer.status_code == 409:
            assert answer.json()["type"] in ("/problems/refused", "/problems/conflict")


def test_an_auditor_can_do_nothing(running: Running, people: dict[str, dict[str, str]], cases: Cases) -> None:
    for kind in (K.NOTED, K.ACCEPTED, K.CLOSED):
        body: dict[str, Any] = {"kind": kind.value, "data": shaped(kind, whole=False)}
        path = f"{running.url}/api/v1/orders/{cases.ids['accepted']}/acts"
        headers = {**people["auditor1"], "Idempotency-Key": f"k{next(_keys)}"}
        with requests.post(path, json=body, headers=headers, timeout=10) as answer:
            assert answer.status_code == 403
