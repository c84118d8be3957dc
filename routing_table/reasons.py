"""Why a call went where it went: one short coded reason per decision, spoken in English or Chinese.

In: a code and its arguments (numbers, dates, ids; ASCII, so that a journal line stays short). Out: the coded form
`code/arg/arg` for the journal, and its sentence. Never: decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass

# code -> (English for operators, Chinese for the pages); {0}, {1} … are the arguments
SENTENCES: dict[str, tuple[str, str]] = {
    "dialled": ("dialled number {0} is in the table", "拨打号码{0}在路由表中"),
    "alias": ("dialled number {0} is bound to {1}", "拨打号码{0}绑定到{1}"),
    "main": ("the main number {0} itself was dialled", "拨打的就是主号码{0}"),
    "trunk-number": ("trunk {0} is set to {1}", "中继{0}固定对应{1}"),
    "diversion-original": ("original (last) Diversion names {0}", "原始（最后一条）前转号码为{0}"),
    "diversion-first": ("first Diversion names {0}", "第一条前转号码为{0}"),
    "diversion-main": ("main number was dialled, a believed Diversion names {0}", "经前转到主号码，前转号码为{0}"),
    "diversion-distrusted": ("Diversion ignored: trunk {0} is not trusted with it", "忽略前转信息：中继{0}不受信任"),
    "diversion-emergency": (
        "Diversion {0} ignored: an emergency call is never sent back",
        "忽略前转号码{0}：紧急号码转来的不再转回",
    ),
    "diversion-never-opened": ("Diversion {0} ignored: never opened in this city", "忽略前转号码{0}：本市从未开通"),
    "diversion-cancelled": ("Diversion {0} is cancelled; {1} itself answers", "前转号码{0}已取消，由{1}直接受理"),
    "diversion-unreadable": ("{0} Diversion header(s) unreadable, ignored", "{0}条前转信息无法识别，已忽略"),
    "default": ("nothing better known: default of trunk {0} is {1}", "无更可靠信息：中继{0}默认{1}"),
    "unknown": ("number {0} is not in the table", "号码{0}不在路由表中"),
    "unreadable": ("the dialled number is unreadable", "拨打号码无法识别"),
    "not-valid": ("{0} has no row valid on {1}", "{0}在{1}没有有效的路由"),
    "not-routed": ("no believed number and no default: not routed", "没有可信号码也没有默认号码：不接入"),
    "never-opened": ("{0} was never answered in this city and must not be opened", "{0}在本市从未开通，不得开通"),
    "row": ("row of {0}, valid without limit", "采用{0}的路由，长期有效"),
    "row-since": ("row of {0}, valid since {1}", "采用{0}的路由，{1}起有效"),
    "row-until": ("row of {0}, valid until {2} (that day not included)", "采用{0}的路由，{2}前有效"),
    "row-within": ("row of {0}, valid from {1} until {2} (not included)", "采用{0}的路由，{1}起、{2}前有效"),
    "transition": ("mode A: until {0} the transition prompt is due", "A：{0}前播放过渡期提示"),
    "planned": ("mode A: the transition prompt starts on {0}", "A：过渡期提示自{0}开始"),
    "cancelled": ("mode B: number cancelled since {0}", "B：号码自{0}起取消"),
    "cancelled-undated": ("mode B: number cancelled", "B：号码已取消"),
    "cancelled-goes-on": ("after the announcement a person answers (setting)", "播报后仍由人工接听（设置）"),
    "merged": ("mode C: seats are merged, shared seats answer", "C：座席已并入，由共享坐席接听"),
    "unit": ("mode D: the unit keeps its seats", "D：承办单位保留话务座席"),
    "expert": ("mode E: the unit has no seats, experts are allowed", "E：单位无座席，设专家座席"),
    "expert-direct": ("expert seat first (setting)", "专家座席优先（设置）"),
    "no-expert": ("no unit line and no expert allowed: shared seats only", "无单位线路且不设专家座席：仅共享坐席"),
    "no-transfer": ("the unit has a line but no transfer mechanism", "单位有线路但未建立转接机制"),
    "no-line": ("no line is configured for the unit of {0}", "未配置{0}的单位线路"),
    "line-open": ("unit line {0} is open: {1}", "单位线路{0}开放：{1}"),
    "line-closed": ("unit line {0} is closed: {1}; shared seats answer", "单位线路{0}未开放：{1}；由共享坐席接听"),
    "line-came-back": ("the call was forwarded from unit line {0}: not sent back", "来电由单位线路{0}转来，不再转回"),
    "emergency": ("mode G: emergency {0}, policy {1}", "G：紧急号码{0}，联动方式{1}"),
    "subcentre": ("mode H: sub-centre with phone transfer", "H：设分中心，电话转接"),
    "menu": ("menu {0}: {1}", "菜单{0}：{1}"),
    "chain": ("the row has its own chain of {0} link(s)", "采用该号码自定的{0}级接续顺序"),
    "chain-hotline": ("on to the people of {0}", "转由{0}的人员接听"),
    "chain-gone": ("link to {0} skipped: not answered on that day", "跳过转至{0}：当日无人受理"),
    "chain-loop": ("link to {0} skipped: the call has been there", "跳过转至{0}：来电已经过该处"),
    "chain-long": ("link to {0} skipped: too many hotlines in a row", "跳过转至{0}：连续转接的热线过多"),
    "chain-no-expert": ("expert seats skipped: {0} may have none", "跳过专家座席：{0}不设专家座席"),
    "chain-rescued": ("the chain leads nowhere now: shared seats answer", "接续顺序此时无人接听：由共享坐席接听"),
    "share-shared": ("of {0} % that go to shared seats already, this is one", "按{0}%比例割接：本次由共享坐席接听"),
    "share-unit": ("{0} % go to shared seats already, this one does not", "按{0}%比例割接：本次仍由单位接听"),
    "share-hours": ("the share of {0} % applies only while {1} is open", "{0}%割接比例仅在日历{1}开放时适用"),
    "rolled-back": ("the merge is taken back since {0}", "自{0}起撤回归并"),
    "shared-last": ("shared seats are the last resort, day and night", "最后由共享坐席7×24小时接听"),
    "priority": ("priority {0}", "优先级{0}"),
}

# words that appear as arguments of the reasons above: why a calendar is open or closed, linkage policies
WORDS: dict[str, str] = {
    "always": "全天",
    "hours": "工作时间",
    "off-hours": "非工作时间",
    "weekend": "周末",
    "day-off": "当日不办公",
    "holiday": "节假日",
    "make-up-day": "调休上班日",
    "exception": "例外日",
    "override": "人工设定",
    "provisional": "暂定日历",
    "hand_over": "立即移交",
    "three_way": "三方通话",
    "tell": "提示拨打",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One decision. `str(reason)` is the English sentence."""

    code: str
    args: tuple[str, ...] = ()

    @property
    def coded(self) -> str:
        """`code/arg/arg`, ASCII where the arguments are: what a journal keeps."""
        return "/".join((self.code, *(arg.replace("/", "-") for arg in self.args)))

    def __str__(self) -> str:
        return self._say(0, self.args)

    @property
    def chinese(self) -> str:
        return self._say(1, tuple(_words(arg) for arg in self.args))

    def _say(self, language: int, args: tuple[str, ...]) -> str:
        pair = SENTENCES.get(self.code)
        if pair is None:
            return self.coded
        try:
            return pair[language].format(*args)
        except IndexError:  # a journal line cut short
            return self.coded


def read_reason(coded: str) -> Reason:
    """The reason that `Reason.coded` wrote; an unknown code speaks as itself. Never raises."""
    code, *args = coded.split("/")
    return Reason(code, tuple(args))


def _words(arg: str) -> str:
    words = arg.split(" ")
    return "、".join(WORDS[word] for word in words) if all(word in WORDS for word in words) else arg
