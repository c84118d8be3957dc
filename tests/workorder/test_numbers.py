"""Numbers of people in a text: found by their own rules, whatever stands around them; other numbers stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workorder.numbers import NumberKind, is_card_number, is_identity_number, numbers_in, without_numbers
from workorder.privacy import BLOT, scrub

# GB 11643-1999's own examples
IDENTITY = ("11010519491231002X", "440524188001010014")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def test_gb_11643_example_has_the_right_check_character() -> None:
    assert is_identity_number(IDENTITY[0]) and is_identity_number(IDENTITY[0].lower())
    assert not is_identity_number(IDENTITY[1])  # of 1880: nobody calls who was born then
    for wrong in ("110105194912310021", "11010519491331002X", "1101051949123100", "", "X" * 18):
        assert not is_identity_number(wrong)


def test_luhn_knows_a_card_number() -> None:
    assert is_card_number("6222021234567890128") == _luhn("6222021234567890128")
    assert is_card_number("4111111111111111") and not is_card_number("4111111111111112")
    assert not is_card_number("0000000000000000") and not is_card_number("1234567812345670")


def _luhn(number: str) -> bool:
    """As ISO/IEC 7812-1 annex B says it, the other way round."""
    total = 0
    for place, digit in enumerate(number):
        value = int(digit) * (2 if (len(number) - place) % 2 == 0 else 1)
        total += value // 10 + value % 10
    return total % 10 == 0


@pytest.mark.parametrize(
    ("text", "kind", "held"),
    [
        ("本人身份证11010519491231002X请核", NumberKind.IDENTITY_CARD, "11010519491231002X"),
        ("证号 110105 19491231 002x。", NumberKind.IDENTITY_CARD, "110105 19491231 002x"),
        ("１１０１０５１９４９１２３１００２Ｘ", NumberKind.IDENTITY_CARD, "１１０１０５１９４９１２３１００２Ｘ"),
        ("请打13800138000找我", NumberKind.TELEPHONE, "13800138000"),
        ("138-0013-8000", NumberKind.TELEPHONE, "138-0013-8000"),
        ("138.0013.8000", NumberKind.TELEPHONE, "138.0013.8000"),
        ("１３８００１３８０００", NumberKind.TELEPHONE, "１３８００１３８０００"),
        ("+86 13800138000", NumberKind.TELEPHONE, "+86 13800138000"),
        ("单位0872-2123456无人接", NumberKind.TELEPHONE, "0872-2123456"),
        ("座机：2123456，", NumberKind.TELEPHONE, "2123456"),
        ("退到卡4111 1111 1111 1111上", NumberKind.BANK_CARD, "4111 1111 1111 1111"),
        ("3 号楼 13800138000", NumberKind.TELEPHONE, "13800138000"),
        ("12 13800138000", NumberKind.TELEPHONE, "13800138000"),
    ],
)
def test_a_number_of_a_person_is_found(text: str, kind: NumberKind, held: str) -> None:
    (found,) = numbers_in(text)
    assert (found.kind, text[found.start : found.end]) == (kind, held)
    assert without_numbers(text, BLOT) == text.replace(held, BLOT)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21停水至2026-11-23",
        "20261121起停水",
        "工单20261121-000001没有人办",
        "欠费 12345.60 元",
        "拨打12345、110、4008123123",
        "路灯杆号 2123456",
        "营业执照编号 91530000123456789X",
        "解放路 12 号 3 幢 1204",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert numbers_in(text) == () and without_numbers(text, BLOT) == text


@given(
    st.text("路灯不亮，。abcXx\n", max_size=12),
    st.text("0123456789", min_size=3, max_size=3),
    st.text("路灯不亮，。\n", max_size=12),
)
def test_every_right_identity_number_is_found_wherever_it_stands(before: str, serial: str, after: str) -> None:
    begin = f"53290119850607{serial}"
    check = "10X98765432"[sum(weight * int(digit) for weight, digit in zip(WEIGHTS, begin, strict=True)) % 11]
    left = without_numbers(f"{before}{begin}{check}{after}", BLOT)
    assert begin not in left and left == f"{before}{BLOT}{after}"
    other = "0" if check != "0" else "1"
    assert not is_identity_number(begin + other)


@given(st.text(max_size=60))
def test_any_text_is_read_and_read_again_has_nothing_left(text: str) -> None:
    left = without_numbers(text, BLOT)
    assert numbers_in(left) == ()


@pytest.mark.parametrize(
    "number", ["１３８００１３８０００", "138·0013·8000", "138 — 0013 — 8000", "138.0013.8000", IDENTITY[0]]
)
def test_what_is_shown_masked_holds_no_number_in_any_writing(number: str) -> None:
    assert scrub(f"请回电{number}，谢谢") == f"请回电{BLOT}，谢谢"
