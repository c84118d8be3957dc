"""The closing report: is it whole?

In: the report's fields as the unit wrote them, the profile. Out: what is missing, in Chinese. Never: judges what is
written (the office's review does).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .grounds import place, report_fields
from .profile import Item, Profile


@dataclass(frozen=True, slots=True)
class Lack:
    """A field that must be filled and is not."""

    field: str
    chinese: str
    rule: str


def lacking(report: Mapping[str, str], profile: Profile) -> tuple[Lack, ...]:
    """The fields that are still to be filled, in the document's order. A field without anything to say says `无`."""
    return tuple(
        Lack(entry.id, f"缺少“{entry.text}”", place(profile, entry.rule))
        for entry in report_fields(profile)
        if not report.get(entry.id, "").strip()
    )


def unknown(report: Mapping[str, str], profile: Profile) -> tuple[str, ...]:
    """Fields that the form of this profile does not have: text there would be read by nobody."""
    known = {entry.id for entry in (*report_fields(profile), *MORE)}
    return tuple(sorted(set(report) - known))


MORE = (
    Item("first_contact", "先行联系情况"),
    Item("site_visit", "现场查看情况"),
    Item("facts", "事实认定情况"),
    Item("claim", "诉求认定情况"),
    Item("handling", "办理情况及相关规定、政策依据"),
    Item("result", "办理结果"),
    Item("answer", "答复诉求人情况"),
    Item("satisfaction", "满意度情况"),
    Item("other", "需要说明的其他情况"),
    Item("people", "经办人、负责人信息"),
    Item("basis", "依据"),
)
