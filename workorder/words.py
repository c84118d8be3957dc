"""The words people use for categories, difficulties and steps, in Chinese and English.

In: a word as typed. Out: the value, or None. Never: a guess at a word that is not known.
"""

from __future__ import annotations

from .model import Category
from .profile import Difficulty, Step

CATEGORY_WORDS = {
    Category.INQUIRY: "咨询",
    Category.HELP: "求助",
    Category.COMPLAINT: "投诉",
    Category.REPORT: "举报",
    Category.SUGGESTION: "建议",
    Category.PRAISE: "表扬",
    Category.OTHER: "其他",
}
DIFFICULTY_WORDS = {
    Difficulty.SIMPLE: "简单",
    Difficulty.URGENT: "紧急",
    Difficulty.COMPLEX: "复杂",
    Difficulty.HARD: "疑难",
}
STEP_WORDS = {
    Step.HANDLE: "办理",
    Step.DISPATCH: "派单",
    Step.SIGN_FOR: "签收",
    Step.FIRST_CONTACT: "先行联系",
    Step.RETURN: "退单",
}
_CATEGORIES = {
    **{word: category for category, word in CATEGORY_WORDS.items()},
    **{category.value: category for category in Category},
    "意见": Category.SUGGESTION,
    "建议意见": Category.SUGGESTION,
    "意见建议": Category.SUGGESTION,
    "其它": Category.OTHER,
}
_DIFFICULTIES = {
    **{word: difficulty for difficulty, word in DIFFICULTY_WORDS.items()},
    **{difficulty.value: difficulty for difficulty in Difficulty},
    "较为紧急": Difficulty.URGENT,
}


def read_category(word: str) -> Category | None:
    """`投诉`, `投诉类`, `complaint`."""
    return _CATEGORIES.get(_plain(word))


def read_difficulty(word: str) -> Difficulty | None:
    """`疑难`, `疑难事项`, `hard`."""
    return _DIFFICULTIES.get(_plain(word).removesuffix("事项"))


def read_step(word: str) -> Step | None:
    """`sign_for`, `sign-for`, `签收`."""
    plain = word.strip().lower().replace("-", "_")
    return next((step for step, chinese in STEP_WORDS.items() if plain in (step.value, chinese)), None)


def _plain(word: str) -> str:
    return word.strip().lower().removesuffix("类")
