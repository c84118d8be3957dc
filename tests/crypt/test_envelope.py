"""Sealed texts: what opens, what does not, and what a rotation costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.crypt import (
    KeyMissingError,
    Keyring,
    SealBrokenError,
    blind,
    ensure_keys,
    forget_key,
    is_sealed,
    key_of,
    reseal,
    rotate_keys,
    seal,
    unseal,
)
from gateway.errors import CallerFaultError

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
PLACE = ("work_orders", "20261121-000001", "caller_name")


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    return ensure_keys(tmp_path_factory.mktemp("keys") / "keys.json", AT)


@given(text=st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_what_is_sealed_opens_in_its_own_place_and_shows_nothing(ring: Keyring, text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    token = seal(ring, text, PLACE)
    assert unseal(ring, token, PLACE) == text
    assert len(text) < 6 or text not in token
    assert text == "" or is_sealed(token)


@given(place=st.tuples(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8)))
@settings(max_examples=60, deadline=None)
def test_a_token_moved_to_another_place_does_not_open(ring: Keyring, place: tuple[str, str, str]) -> None:
    token = seal(ring, "张三", ("a", "b", "c"))
    if place != ("a", "b", "c"):
        with pytest.raises(SealBrokenError):
            unseal(ring, token, place)


@pytest.mark.parametrize("at", [13, 40, 90, 110, 120])
def test_a_changed_token_does_not_open(ring: Keyring, at: int) -> None:
    token = seal(ring, "13800000000", PLACE)
    letter = "A" if token[at] != "A" else "B"
    with pytest.raises(SealBrokenError):
        unseal(ring, token[:at] + letter + token[at + 1 :], PLACE)


@pytest.mark.parametrize("token", ["", "张三", "hl1:", "hl1:00000000:", "hl1:00000000:" + "A" * 60, "hl2:x:y"])
def test_what_is_no_token_does_not_open(ring: Keyring, token: str) -> None:
    assert not is_sealed(token)
    with pytest.raises(SealBrokenError):
        unseal(ring, token, PLACE)


def test_the_same_text_is_never_sealed_alike_but_always_found_alike(ring: Keyring) -> None:
    assert seal(ring, "张三", PLACE) != seal(ring, "张三", PLACE)
    assert blind(ring, "138 0000 0000") == blind(ring, "138-0000-0000") != blind(ring, "13800000001")


def test_after_a_rotation_old_texts_open_and_are_wrapped_anew_without_touching_the_text(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    ring = ensure_keys(path, AT)
    first, old = ring.current().id, seal(ring, "李四", PLACE)
    rotate_keys(path, AT)
    assert ring.current().id != first  # the other process's rotation is seen at once
    assert unseal(ring, old, PLACE) == "李四"
    fresh = reseal(ring, old, PLACE)
    assert key_of(fresh) == ring.current().id
    assert unseal(ring, fresh, PLACE) == "李四"
    assert fresh[-30:] == old[-30:]
    assert reseal(ring, fresh, PLACE) == fresh


def test_a_key_is_forgotten_only_when_nobody_can_still_be_writing_with_it(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    ring = ensure_keys(path, AT)
    first = ring.current().id
    with pytest.raises(CallerFaultError):
        forget_key(path, first, AT)
    old = seal(ring, "李四", PLACE)
    rotate_keys(path, AT)
    with pytest.raises(CallerFaultError):
        forget_key(path, first, AT + timedelta(minutes=59))
    forget_key(path, first, AT + timedelta(minutes=61))
    with pytest.raises(KeyMissingError, match="backup"):
        unseal(ring, old, PLACE)


def test_the_key_file_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "a" / "keys.json"
    first = ensure_keys(path, AT).current()
    assert path.stat().st_mode & 0o777 == 0o600
    assert ensure_keys(path, AT).current() == first
    assert first.secret.hex() not in repr(first)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"current": "x", "keys": {}, "blind": ""}', '{"keys": 3}'])
def test_a_spoilt_key_file_is_told_and_never_overwritten(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeyMissingError, match="backup"):
        ensure_keys(path, AT)
    assert path.read_text() == content


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    ensure_keys(path, AT)
    path.chmod(0o644)
    with pytest.raises(KeyMissingError, match="0644"):
        Keyring(path).current()


def test_no_key_file_says_who_makes_it(tmp_path: Path) -> None:
    with pytest.raises(KeyMissingError, match="hotline up"):
        Keyring(tmp_path / "none.json").current()
