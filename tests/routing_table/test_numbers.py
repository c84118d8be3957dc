"""Numbers in every form that carriers write them."""

from __future__ import annotations

import pytest

from routing_table import Diversion, normalise_caller, normalise_dialled, parse_diversions

AREA = "0872"


@pytest.mark.parametrize(
    "written",
    [
        "12345",
        "087212345",
        "0872-12345",
        "(0872) 12345",
        "0872 1 23 45",
        "8687212345",
        "86087212345",
        "+8687212345",
        "+86087212345",
        "+86 872 12345",
        "+86-0872-12345",
        "+8612345",
        "008612345",
        "008687212345",
        "0086087212345",
        "0086 872 12345",
        "１２３４５",
        "０８７２－１２３４５",
        "＋８６８７２１２３４５",
        "\u200b12345\u202c",
        "  12345\t",
        "tel:12345",
        "tel:+8687212345;phone-context=+86",
        "sip:12345@10.0.0.1:5060;user=phone",
        "SIP:12345@host",
        "sips:%2B8687212345@host",
        "<sip:12345@host>",
        '"张三" <sip:087212345@host;user=phone>;tag=1',
        "12345;npdi",
        "12345@host",
    ],
)
def test_every_form_of_12345_is_12345(written: str) -> None:
    assert normalise_dialled(written, AREA) == "12345"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("96301", "96301"),
        ("087296119", "96119"),
        ("8687296119", "96119"),
        ("110", "110"),
        ("0872110", "110"),
        ("86872110", "110"),
        ("+86872120", "120"),
        ("2312345", "08722312345"),  # an ordinary local number gets its area code
        ("0872-2312345", "08722312345"),
        ("+868722312345", "08722312345"),
        ("8722312345", "08722312345"),
        ("8612345", "08728612345"),  # seven digits: a local number that begins with 86, not +86
        ("087112345", "087112345"),  # another city's 12345 is not ours
        ("+8687112345", "087112345"),
        ("8687112345", "8687112345"),  # too short to be anything but ours or unknown
        ("01012345", "01012345"),
        ("+16505551212", "+16505551212"),
        ("0016505551212", "+16505551212"),
        ("4001234567", "4001234567"),
        ("+864001234567", "4001234567"),
        ("13800000000", "13800000000"),
    ],
)
def test_other_numbers_have_one_form_too(written: str, number: str) -> None:
    assert normalise_dialled(written, AREA) == number


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        " ",
        "s",
        "12345abc",
        "12345'; DROP TABLE calls;--",
        "12345\r\nContent-Length: 0",
        "${SHELL(id)}",
        "++8612345",
        "+",
        "+86",
        "0086",
        "1" * 33,
        "1" * 100_000,
        "<sip:12345@host",
        '"<sip:12345@host>',
        "١٢٣٤٥",  # Arabic digits are not digits here
        "\udcff12345",
        "\x0012345",
        "%",
        "%zz12345",
        "<" * 200,
    ],
)
def test_what_is_not_a_number_is_empty(hostile: str) -> None:
    assert normalise_dialled(hostile, AREA) == ""


@pytest.mark.parametrize("area", ["010", "021", "0872"])
@pytest.mark.parametrize("form", ["{a}12345", "86{b}12345", "+86{b}12345", "0086{b}12345", "12345"])
def test_forms_work_for_short_and_long_area_codes(area: str, form: str) -> None:
    assert normalise_dialled(form.format(a=area, b=area[1:]), area) == "12345"


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("013800000000", "13800000000"),
        ("8613800000000", "13800000000"),
        ("+8613800000000", "13800000000"),
        ("008613800000000", "13800000000"),
        ("086013800000000", "13800000000"),
        ("13800000000", "13800000000"),
        ("138 0000 0000", "13800000000"),
        ("１３８００００００００", "13800000000"),
        ('"李四" <sip:+8613800000000@host>', "13800000000"),
        ("2123456", "08722123456"),
        ("0872-2123456", "08722123456"),
        ("08722123456", "08722123456"),
        ("+868722123456", "08722123456"),
        ("868722123456", "08722123456"),
        ("8722123456", "08722123456"),
        ("01065551234", "01065551234"),
        ("861065551234", "01065551234"),
        ("+861065551234", "01065551234"),
        ("+85223456789", "+85223456789"),
        ("0085223456789", "+85223456789"),
        ("10086", "10086"),
    ],
)
def test_a_caller_is_compared_in_one_form_and_kept_raw(raw: str, number: str) -> None:
    caller = normalise_caller(raw, AREA)
    assert (caller.raw, caller.number, caller.withheld) == (raw, number, False)


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        "  ",
        "anonymous",
        "Anonymous",
        "unknown",
        "restricted",
        "unavailable",
        '"Anonymous" <sip:anonymous@anonymous.invalid>',
        "sip:restricted@host",
        "匿名",
    ],
)
def test_a_hidden_caller_is_withheld_and_has_no_number(raw: str | None) -> None:
    caller = normalise_caller(raw, AREA)
    assert (caller.number, caller.withheld) == (None, True)


@pytest.mark.parametrize("raw", ["Robert'); DROP TABLE", "12345\n999", "x" * 10_000, '"110" <sip:bob@host>'])
def test_an_unreadable_caller_has_no_number_and_is_not_called_withheld(raw: str) -> None:
    caller = normalise_caller(raw, AREA)
    assert (caller.number, caller.withheld) == (None, False)
    assert len(caller.raw) <= 256


def test_a_display_name_never_passes_for_the_number() -> None:
    assert normalise_caller('"<sip:110@police>" <sip:13800000000@host>', AREA).number == "13800000000"
    assert normalise_dialled('"\\"<sip:110@x>" <sip:12315@host>', AREA) == "12315"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("12315", Diversion("12315")),
        ("<sip:087212315@host;user=phone>;reason=unconditional", Diversion("087212315", "unconditional")),
        ("<tel:+8687212315>;reason=User-Busy;counter=1", Diversion("+8687212315", "user-busy")),
        ('"王五, \\"所长\\"" <sip:12315@host>;reason="no-answer"', Diversion("12315", "no-answer")),
        ("Diversion: <sip:12315@host> ; reason = unavailable", Diversion("12315", "unavailable")),
        ("sip:12315@host;reason=deflection", Diversion("12315", "deflection")),
        ('"x;reason=no-answer" <sip:12315@host>', Diversion("12315")),
    ],
)
def test_a_diversion_header_is_read(header: str, expected: Diversion) -> None:
    assert parse_diversions((header,)) == ((expected,), 0)


def test_several_diversions_in_one_header_keep_their_order() -> None:
    header = '"a,b" <sip:12315@h,x>;reason=unconditional, <sip:12333@h>;reason=no-answer'
    found, unreadable = parse_diversions((header, "12348"))
    assert [diversion.user for diversion in found] == ["12315", "12333", "12348"]
    assert unreadable == 0


@pytest.mark.parametrize("hostile", ["x" * 1_000_000, "<sip:12315@h", '"' * 999, "<>" * 500, "\x00", ",,,a,", "\\"])
def test_a_hostile_diversion_is_counted_and_left_out(hostile: str) -> None:
    found, unreadable = parse_diversions((hostile, "12315"))
    assert [diversion.user for diversion in found] == ["12315"]
    assert unreadable >= 1


def test_the_number_of_diversions_is_bounded() -> None:
    found, unreadable = parse_diversions(("12315",) * 1000)
    assert len(found) == 16
    assert unreadable == 984
