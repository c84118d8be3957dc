"""What entities, fields and values are called on pages and in sheets, and back.

In: names of the model. Out: Chinese words. Never: a sentence (see `reasons`, `difference`, `proof.words`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping

ENTITIES: Mapping[str, str] = {
    "city": "城市",
    "row": "热线",
    "unit_line": "单位线路",
    "trunk": "中继",
    "emergency": "紧急号码",
    "never_opened": "不开通号码",
    "calendar": "日历",
    "notice": "放假安排",
    "menu": "菜单",
}
FIELDS: Mapping[str, str] = {
    "number": "号码",
    "name": "热线名称",
    "unit": "责任单位",
    "merge_mode": "归并方式",
    "number_kept": "保留号码",
    "seats": "话务座席",
    "transfer_mechanism": "电话转接机制",
    "expert_seat_allowed": "可设专家座席",
    "valid_from": "生效日期",
    "valid_until": "失效日期",
    "transition_from": "过渡提示开始日期",
    "cut_over": "取消号码日期",
    "rolled_back": "撤回归并日期",
    "aliases": "绑定号码",
    "greeting": "问候语",
    "skills": "技能",
    "priority": "优先级",
    "expert_direct": "专家优先",
    "after_announcement": "播报后",
    "menu_open": "开放时菜单",
    "menu_closed": "非开放时菜单",
    "menu_calendar": "菜单日历",
    "chain": "接续顺序",
    "shared_percent": "割接比例",
    "shared_calendar": "割接日历",
    "note": "备注",
    "area_code": "区号",
    "main": "主号码",
    "ref": "线路",
    "hotline": "所属热线",
    "calendar": "日历",
    "believe_diversion": "信任前转信息",
    "default": "默认号码",
    "policy": "联动方式",
    "weekly": "每周时间",
    "mon": "周一",
    "tue": "周二",
    "wed": "周三",
    "thu": "周四",
    "fri": "周五",
    "sat": "周六",
    "sun": "周日",
    "makeup": "调休上班日",
    "holiday": "节假日",
    "exceptions": "例外日",
    "overrides": "人工设定",
    "year": "年份",
    "off": "放假日",
    "worked": "调休上班日",
    "source": "依据",
    "order": "先后顺序",
    "id": "编号",
    "prompt": "提示音",
    "options": "按键",
    "label": "名称",
    "key": "按键",
    "wait_s": "等待按键秒数",
    "total_s": "总时长秒数",
    "barge_in": "播放时可按键",
}
FLAGS: Mapping[str, str] = {"yes": "是", "no": "否"}
LABELS: Mapping[str, Mapping[str, str]] = {
    "merge_mode": {
        "main": "主号码",
        "absorbed": "整体并入",
        "parallel": "双号并行",
        "subcentre": "设分中心",
        "emergency": "紧急号码",
    },
    "seats": {"merged": "并入12345", "kept_by_unit": "单位保留"},
    "after_announcement": {"hangup": "挂机", "shared_seats": "转共享坐席"},
    "policy": {"hand_over": "立即移交", "three_way": "三方通话", "tell": "提示拨打"},
    "number_kept": FLAGS,
    "transfer_mechanism": FLAGS,
    "expert_seat_allowed": FLAGS,
    "expert_direct": FLAGS,
    "believe_diversion": FLAGS,
    "barge_in": FLAGS,
}
LINKS: Mapping[str, str] = {
    "shared_seats": "共享坐席",
    "expert_seats": "专家座席",
    "unit_line": "单位线路",
    "hotline": "热线",
    "announcement": "播报",
    "message": "留言",
    "emergency": "紧急号码",
}


def say_field(name: str) -> str:
    """'overrides.2026-11-20T08:00:00+08:00' → '人工设定（2026-11-20T08:00:00+08:00）'."""
    first, _, rest = name.partition(".")
    said = FIELDS.get(first, first)
    if first == "options":
        return f"{said}{rest}"
    return f"{said}（{rest}）" if rest else said


def say_value(name: str, text: str) -> str:
    """A value as the difference writes it, for people."""
    if name == "chain":
        return say_chain(text)
    if name.startswith("options"):
        return _say_option(text)
    if name in ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "makeup", "holiday"):
        return {"all": "全天", "": "不开放"}.get(text, text)
    return LABELS.get(name, {}).get(text, text)


def _say_option(text: str) -> str:
    """'{"id": "business", "label": "企业服务", …}' → '企业服务，提示音menu-business，技能business'."""
    try:
        option = json.loads(text)
    except ValueError:
        return text
    if not isinstance(option, dict):
        return text
    said = [str(option.get("label") or option.get("id", "")), f"提示音{option.get('prompt', '')}"]
    if option.get("label"):
        said.append(f"编号{option.get('id', '')}")
    if option.get("skills"):
        said.append("技能" + "、".join(map(str, option["skills"])))
    if option.get("priority"):
        said.append(f"优先级{option['priority']}")
    return "，".join(said)


def say_chain(text: str) -> str:
    """'unit_line:unit-12348 shared_seats' → '单位线路:unit-12348 共享坐席'."""
    return " ".join(_say_link(link) for link in text.split())


def read_chain_words(text: str) -> str:
    """The reverse; a word that is not known stays as it is."""
    back = {said: kind for kind, said in LINKS.items()}
    parts = [word.replace("：", ":").partition(":") for word in text.replace("→", " ").split()]
    return " ".join(f"{back.get(kind, kind)}{mark}{ref}" for kind, mark, ref in parts)


def _say_link(link: str) -> str:
    kind, mark, ref = link.partition(":")
    return f"{LINKS.get(kind, kind)}{mark}{ref}"
