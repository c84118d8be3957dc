"""What is written is read as people read it on the telephone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.prompts.phonemes import syllable_phonemes
from gateway.prompts.reading import cut_words, read_text, spell_numbers

READINGS = {
    "幺": "yao1",
    "二": "er4",
    "三": "san1",
    "您": "nin2",
    "好": "hao3",
    "行": "xing2",
    "银": "yin2",
    "十": "shi2",
}


class SmallDictionary:
    def words(self, hanzi: str) -> Sequence[str]:
        return cut_words(hanzi, {"您好"})

    def syllables(self, hanzi: str) -> Sequence[str]:
        return [READINGS[sign] for sign in hanzi]


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("12345热线", "幺二三 四五热线"), ("110、119", "幺幺零、幺幺九"), ("96301", "九六三 零幺"), ("请按1", "请按一"),
        ("10", "十"), ("15分", "十五分"), ("20", "二十"), ("25", "二十五"), ("05", "零五"), ("0", "零"),
    ],
)  # fmt: skip
def test_long_digit_runs_are_read_digit_by_digit_and_short_ones_as_numbers(written: str, spelled: str) -> None:
    assert spell_numbers(written) == spelled


@pytest.mark.parametrize(
    ("syllable", "phonemes"),
    [
        ("zhong1", "ꭧʊ→ŋ"), ("yi1", "i→"), ("er4", "ɚ↘"), ("jiu3", "ʨjou↓"), ("shi2", "ʂɨ↗"), ("si4", "sɨ↘"),
        ("nv3", "ny↓"), ("nü3", "ny↓"), ("quan2", "ʨʰɥɛ↗n"), ("yuan2", "ɥɛ↗n"), ("xue2", "ɕɥe↗"), ("yong4", "jʊ↘ŋ"),
        ("wei4", "wei↘"), ("gui4", "kwei↘"), ("bo1", "pwo→"), ("de5", "tɤ"), ("lun2", "lwə↗n"),
        ("jun1", "ʨy→n"), ("liang3", "lja↓ŋ"),
    ],
)  # fmt: skip
def test_pinyin_becomes_the_models_phonemes(syllable: str, phonemes: str) -> None:
    assert syllable_phonemes(syllable) == phonemes


@pytest.mark.parametrize("syllable", ["", "1", "hao", "hao6", "xyz1", "bang 1", "qq2", "wiu1", "好"])
def test_what_is_no_syllable_is_refused(syllable: str) -> None:
    with pytest.raises(ValueError, match="pinyin"):
        syllable_phonemes(syllable)


def test_words_stay_together_and_pauses_follow_them() -> None:
    assert read_text("您好，123。", SmallDictionary()) == "ni↗nxau↓, jau→ ɚ↘ sa→n.".replace(
        "jau→ ɚ↘ sa→n", "jau→ɚ↘sa→n"
    )


def test_braces_give_a_character_another_reading() -> None:
    assert read_text("银行{hang2}", SmallDictionary()) == "i↗nxa↗ŋ"
    assert read_text("银行", SmallDictionary()) == "i↗nɕi↗ŋ"


@pytest.mark.parametrize("text", ["VIP", "您好!", "￥", "行{hang}", "行{hang9}"])
def test_what_cannot_be_read_aloud_is_refused_with_the_place(text: str) -> None:
    with pytest.raises(ValueError, match="read aloud"):
        read_text(text, SmallDictionary())


def test_the_longest_known_word_is_cut_off_first() -> None:
    assert cut_words("请拨打公积金热线", {"公积", "公积金", "热线"}) == ["请拨打", "公积金", "热线"]
    assert cut_words("", {"公"}) == []
    assert cut_words("好", set()) == ["好"]
