"""A city that has worked for weeks: orders from filing to the archive, knowledge, feeds, roster, the table in force.

In: a folder with the house's store, how many orders, the moment that is now. Out: the same store, filled; each list and
chart of the pages has something to show. Never: chance that differs from run to run.
"""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.crypt import Keyring
from gateway.orders import demo
from gateway.orders.directory import Subject, Unit, put_catalogue, put_units
from gateway.orders.errors import RefusedError
from gateway.orders.rulebook import Rulebook
from gateway.people.demo import demo_people
from gateway.people.parts import Actor as PeopleActor
from gateway.people.parts import parts_of, save_part
from gateway.store import Category, Store, open_store
from gateway.store.kinds import FeedRole, TargetState
from gateway.store.knowledge import Content, publish_article, report_wrong, write_article
from gateway.store.targets import add_target
from gateway.tables import versions
from gateway.tables.files import first_table
from tests.console.house import DIRECTORY, config_for
from tests.orders.scene import OFFICE, K, Scene
from workorder.events import Actor, ActorRole
from workorder.suggest import Entry

# subject: unit, category, title, matter
MATTERS = (
    ("水务/供水/停水", "water", Category.COMPLAINT, "学府路小区停水两天", "家中停水两天，没有通知，请尽快恢复供水。"),
    ("交通/道路/坑洼", "roads", Category.HELP, "滨河路路面坑洼", "滨河路中段雨后积水，路面坑洼，夜间看不清。"),
    ("环境/噪声", "environment", Category.COMPLAINT, "工地夜间施工噪声扰民", "东环路工地 23:00 后仍在浇筑，无法入睡。"),
    (
        "市场监管/价格",
        "market",
        Category.REPORT,
        "超市结算价高于标签价",
        "标价 12.80 元，结算 15.80 元。",
    ),
    ("人社/社会保险", "hrss", Category.INQUIRY, "灵活就业人员社保缴费基数", "咨询今年缴费基数调整后何时补缴。"),
    (
        "住房/物业管理",
        "housing",
        Category.COMPLAINT,
        "电梯多次困人未维修",
        "3 号楼电梯本月困人三次，仍未修好。",
    ),
)
AREAS = ("东区", "西区", "", "东区", "新城区")
HOTLINES = (
    ("12345", "12345 政务服务便民热线", "市政务服务局"),
    ("12315", "市场监管投诉举报热线", "市市场监管局"),
    ("12328", "交通运输服务监督热线", "市交通运输局"),
)
REPORT = {"result": "已到现场核实并处理", "answer": "已电话答复诉求人"}
ARTICLES = (
    ("社保卡丢了怎么补办", "本人持身份证到任一社保服务大厅补办，当场领卡。\n\n也可在小程序申请，5 个工作日内寄到。",
     "市人社局《社会保障卡管理办法》人社规〔2025〕3号", "人社/社会保险"),
    ("停水怎样查询", "停水信息在市水务局网站“停水公告”查询；抢修停水由水务热线 24 小时答复。",
     "市水务局《供水服务规范》水务〔2024〕18号", "水务/供水/停水"),
    ("公积金提取需要哪些材料", "租房提取：身份证、无房证明。购房提取：购房合同、付款凭证。",
     "市住房公积金管理中心 公积金〔2026〕2号", "住房/公积金"),
)  # fmt: skip


@dataclass
class Life:
    """One order's way, step by step, at hours of the scene's clock; steps that its document refuses are left out."""

    scene: Scene
    order_id: str
    chance: random.Random
    unit: str
    now: datetime
    refused: list[str] = field(default_factory=list)

    async def go(self, ends: str) -> None:
        """`ends`: intake sign handling review follow_up archived return extension."""
        handler = Actor(f"{self.unit}1", ActorRole.UNIT, self.unit)
        if ends == "intake":
            return
        await self.act(K.ACCEPTED, hours=1)
        if ends == "dispatch":
            return
        await self.act(K.DISPATCHED, hours=1, units=[self.unit])
        if ends == "sign":
            return
        await self.act(K.SIGNED, handler, hours=3)
        await self.act(K.CONTACTED, handler, hours=2, result="reached", channel="call")
        if ends == "return":
            await self.act(K.RETURN_ASKED, handler, "不属本单位职责", ground="not_ours", suggestion="市交通局")
        if ends == "extension":
            await self.act(K.EXTENSION_ASKED, handler, "须更换管段", amount=10, caller_told=True)
        if ends in ("handling", "return", "extension"):
            return
        slow = self.scene.now < self.now - timedelta(days=14) and self.chance.random() < 0.15
        await self.act(K.ANSWERED, handler, hours=240 if slow else 20, ground="solved", report=REPORT)
        if ends == "review":
            return
        await self.act(K.REVIEW_PASSED, hours=4)
        if ends == "follow_up":
            return
        happy = self.chance.random() < 0.82
        result = "satisfied" if happy else "unsatisfied"
        await self.act(
            K.FOLLOWED_UP, hours=16, channel="call", result=result, solved=happy or self.chance.random() < 0.4
        )
        if happy:  # the others are looked at again
            await self.act(K.ARCHIVED, hours=1)

    async def act(self, kind: K, by: Actor = OFFICE, why: str = "", *, hours: float = 0.0, **data: Any) -> None:
        self.scene.wait(hours=hours)
        try:
            await self.scene.do(self.order_id, kind, by, why, **data)
        except RefusedError as error:
            self.refused.append(f"{kind}: {error}")


async def fill_weeks(folder: Path, now: datetime, orders: int, days: int = 40) -> tuple[str, list[str]]:
    """Returns an order that unit `water` handles, and what the documents refused."""
    config = config_for(folder)
    store = await open_store(config.database, keys=Keyring(config.keys_file))
    try:
        await _house(store, folder, now)
        found = await _orders(Scene(store, Rulebook(config), config, now), now, orders, days)
        await _knowledge(store, now)
        await _feeds(store, now)
    finally:
        await store.close()
    return found


async def _house(store: Store, folder: Path, now: datetime) -> None:
    config = config_for(folder)
    document = tomllib.loads(demo.FILE.read_text("utf-8"))
    units = {unit.id: unit for unit in DIRECTORY} | {
        unit: Unit(unit, name, document["parents"].get(unit, "")) for unit, name in document["units"].items()
    }
    subjects = {entry["path"]: entry for entry in document["subject"]} | {
        "交通/道路/坑洼": {"path": "交通/道路/坑洼", "unit": "roads"},
    }
    async with store.session() as session:
        await versions.take_in(session, lambda: first_table(config), versions.Actor("system", now))
        for key, value in parts_of(demo_people({"901", "902"})).items():
            await save_part(session, PeopleActor("system", now), key, value, revision=0)
        await put_units(session, list(units.values()), number=1, why="机构调整", by="admin", at=now)
        await put_catalogue(
            session,
            [Subject(path, entry.get("public", False)) for path, entry in subjects.items()],
            [Entry(path, entry["unit"]) for path, entry in subjects.items()],
            number=1,
            why="事项梳理",
            by="admin",
            at=now,
        )


async def _orders(scene: Scene, now: datetime, orders: int, days: int) -> tuple[str, list[str]]:
    chance, refused, reached = random.Random(12345), list[str](), ""
    begun = ("intake", "dispatch", "sign", "handling", "review", "follow_up", "return", "extension")
    for n in range(orders):
        young = n % 4 == 0
        ends = begun[n // 4 % len(begun)] if young else "archived"
        handling = ends in ("handling", "extension")
        subject, unit, category, title, matter = MATTERS[0 if handling else chance.choice((0, 0, 1, 2, 3, 4, 5))]
        age = chance.uniform(0.1, 3) if young else chance.uniform(3, days)
        scene.now = now - timedelta(days=age)
        order = await scene.file(
            channel=chance.choice(("web", "app", "web", "open311")), title=title, matter=matter, category=category,
            subject=subject, area=chance.choice(AREAS), hotline=chance.choice(HOTLINES), urgent=chance.random() < 0.1,
            address="解放路 88 号", caller_name="欧阳明月",
        )  # fmt: skip
        life = Life(scene, order, chance, unit, now)
        await life.go(ends)
        refused += life.refused
        if handling:
            reached = order
    scene.now = now
    await scene.tick()
    return reached, refused


async def _knowledge(store: Store, now: datetime) -> None:
    for n, (title, body, source, subject) in enumerate(ARTICLES):
        async with store.session() as session:
            content = Content(title, body, source, subject=subject, review_due=date(2026, 12, 1 + n))
            article = await write_article(session, content, by="expert901", at=now)
            if n < 2:
                await publish_article(session, article.id, revision=1, by="banzhang", at=now, two_people=True)
                await report_wrong(session, article.id, "办理时限已改为 3 个工作日", by="seat801", at=now)


async def _feeds(store: Store, now: datetime) -> None:
    for target, name, role, unit in (
        ("province", "省政务服务热线平台", FeedRole.PROVINCE, ""),
        ("tourism", "文旅投诉系统", FeedRole.PEER, "tourism"),
    ):
        async with store.session() as session:
            values = {
                "name": name, "url": "http://127.0.0.1:9/events", "state": TargetState.PAUSED,
                "filter": {"hotlines": ["12345", "12315"]} if unit else {}, "role": role, "identity": False,
                "unit": unit,
            }  # fmt: skip
            await add_target(session, target, values, by="admin", at=now)
