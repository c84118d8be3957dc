"""The life of an order in the words of its pages.

In: values of the life cycle. Out: Chinese. Never: fails on a value of another release.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.orders.view import Queue
from workorder.events import EventKind
from workorder.order import ContactResult, FollowUpResult, Level
from workorder.repeats import NuisanceGround

K = EventKind
KINDS: Mapping[EventKind, str] = {
    K.OPENED: "登记建单",
    K.EDITED: "修改登记内容",
    K.ACCEPTED: "受理",
    K.NOT_ACCEPTED: "不予受理",
    K.MATERIALS_ASKED: "通知补充材料",
    K.MATERIALS_GIVEN: "材料已补齐",
    K.REPEAT_NOTED: "标记重复诉求",
    K.MERGED: "合并工单",
    K.ANSWERED_DIRECTLY: "直接答复",
    K.LEADER_ASKED: "呈报领导",
    K.LEADER_DECIDED: "领导批示",
    K.DISPATCHED: "派单",
    K.UNIT_ADDED: "增加协办单位",
    K.RECALLED: "收回工单",
    K.SIGNED: "签收",
    K.RETURN_ASKED: "申请退单",
    K.RETURN_APPROVED: "同意退单",
    K.RETURN_REFUSED: "不同意退单",
    K.RETURN_LAPSED: "逾期未退，视作接单",
    K.CONTACTED: "联系诉求人",
    K.MATERIAL_ADDED: "添加材料",
    K.PROGRESS_TOLD: "告知进展",
    K.CO_ANSWERED: "协办单位报送",
    K.PROMISED: "承诺办结期限",
    K.CALLER_PROMISED: "承诺回复来电人",
    K.EXTENSION_ASKED: "申请延期",
    K.EXTENSION_APPROVED: "同意延期",
    K.EXTENSION_REFUSED: "不同意延期",
    K.PAUSED: "中止计时",
    K.RESUMED: "恢复计时",
    K.COOPERATION_LOST: "诉求人不配合",
    K.COOPERATION_BACK: "诉求人恢复配合",
    K.ANSWERED: "提交办结报告",
    K.REVIEW_PASSED: "审核通过",
    K.REVIEW_SENT_BACK: "审核退回",
    K.CLOSED: "办结",
    K.WITHDRAWN: "诉求人撤回",
    K.FOLLOWED_UP: "回访",
    K.REEXAMINED: "复查",
    K.EXCLUDED: "不纳入测评",
    K.RATED: "诉求人评价",
    K.EVALUATED: "考核评估",
    K.ARCHIVED: "归档",
    K.DEADLINE_SET: "确定时限",
    K.RECLASSIFIED: "重新分类",
    K.OVERRIDDEN: "适用其他规定的时限",
    K.CALENDAR_CHANGED: "放假安排变化",
    K.DUE_SOON: "时限将到",
    K.OVERDUE: "已逾期",
    K.URGED: "催办",
    K.SUPERVISED: "督办",
    K.SUPERVISION_PROPOSED: "建议督办",
    K.SUPERVISION_ANSWERED: "督办反馈",
    K.HARD_CASE_RAISED: "列为复杂疑难事项",
    K.URGENT_REPORTED: "紧急报送",
    K.NUISANCE_MARKED: "标记扰乱秩序",
    K.NUISANCE_LIFTED: "撤销扰乱秩序标记",
    K.HANDED_OVER: "移交",
    K.DISCIPLINE_TOLD: "移送纪检监察",
    K.SECRECY_SET: "保密设置",
    K.NOTED: "备注",
}
QUEUES: Mapping[Queue, str] = {
    Queue.INTAKE: "待登记",
    Queue.DISPATCH: "待派单",
    Queue.LEADER: "待领导批示",
    Queue.MATERIALS: "待补充材料",
    Queue.SIGN: "待签收",
    Queue.HANDLE: "办理中",
    Queue.RETURN: "退单待审",
    Queue.EXTENSION: "延期待审",
    Queue.REVIEW: "办结待审",
    Queue.FOLLOW_UP: "待回访",
    Queue.REEXAMINE: "待复查",
    Queue.ARCHIVE: "待归档",
    Queue.DONE: "已了结",
}
LEVELS: Mapping[Level, str] = {
    Level.SHEET: "督办单",
    Level.JOINT_MEETING: "专题协调",
    Level.INTERVIEW: "约谈提醒",
    Level.BULLETIN: "通报",
}
CONTACTS: Mapping[ContactResult, str] = {
    ContactResult.REACHED: "已联系上",
    ContactResult.NO_ANSWER: "无人接听",
    ContactResult.BUSY: "忙音",
    ContactResult.SWITCHED_OFF: "关机",
    ContactResult.UNREACHABLE: "暂时无法接通",
    ContactResult.SUSPENDED: "停机",
    ContactResult.WRONG_PERSON: "非本人",
    ContactResult.TOLD: "已发短信告知",
}
FOLLOW_UPS: Mapping[FollowUpResult, str] = {
    FollowUpResult.SATISFIED: "满意",
    FollowUpResult.UNSATISFIED: "不满意",
    FollowUpResult.NOT_REACHED: "未联系上",
}
STEPS: Mapping[str, str] = {
    "dispatch": "派单",
    "sign_for": "签收",
    "first_contact": "先行联系",
    "handle": "办理",
    "return": "退单",
    "materials": "补充材料",
    "promise": "承诺回复",
}
GROUNDS: Mapping[NuisanceGround, str] = {
    NuisanceGround.REPEATED: "反复使用",
    NuisanceGround.LONG: "长时间占用",
    NuisanceGround.HARASSING: "骚扰",
    NuisanceGround.INSULT: "侮辱",
    NuisanceGround.THREAT: "威胁",
    NuisanceGround.SLANDER: "诽谤、恶意攻击",
}


def kind_word(kind: str) -> str:
    return KINDS[EventKind(kind)] if kind in set(EventKind) else kind
