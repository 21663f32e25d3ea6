"""What follows from a year's result: measures by class and rank, plans for C and D, what counties file.

Belongs here: who gets what, given the classes that the pipeline itself computed; no class is worked out here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from city import POLICY


class Result(NamedTuple):
    """What a year came to for one unit."""

    county_code: str
    uscc: str
    treatment: str
    veto_reason: str | None
    letter: str | None
    total_score: float | None


class Measure(NamedTuple):
    """A measure for a class, or for counties or parks by rank."""

    target: str | tuple[str, int, int]  # a class, or level and ranks
    field: str
    measure: str
    executed_by: str
    basis: str
    county_code: str | None = None
    years: str = "every"  # or first, later, expired


MEASURES = (
    Measure("A", "energy", "有序用电时优先保障，增容申请优先办理", "市发展改革委", "渝样发改〔{0}〕11号"),
    Measure("C", "energy", "用电价格每千瓦时加价0.05元", "市发展改革委", "渝样发改〔{0}〕12号"),
    Measure("D", "energy", "用电价格每千瓦时加价0.1元", "市发展改革委", "渝样发改〔{0}〕12号", years="first"),
    Measure("D", "energy", "用电价格每千瓦时加价0.2元", "市发展改革委", "渝样发改〔{0}〕12号", years="later"),
    Measure("A", "land", "新增用地优先安排计划指标", "市规划自然资源局", "渝样规资〔{0}〕7号"),
    Measure("D", "land", "原则上不安排新增工业用地", "市规划自然资源局", "渝样规资〔{0}〕7号"),
    Measure("A", "finance", "列入产业金融白名单，技改贷款贴息1个百分点", "市金融监管局", "渝样金〔{0}〕5号"),
    Measure("B", "finance", "技改贷款贴息0.5个百分点", "市金融监管局", "渝样金〔{0}〕5号", years="later"),
    Measure("A", "innovation", "优先推荐国家级、市级技术创新项目", "市科技局", "渝样科〔{0}〕9号"),
    Measure("A", "funds", "技术改造专项资金按上限支持", "市经济信息委", "渝样经信〔{0}〕21号"),
    Measure("D", "funds", "不推荐申报市级工业和信息化专项资金", "市经济信息委", "渝样经信〔{0}〕21号"),
    Measure("C", "assistance", "派驻服务专员，一企一策诊断", "市经济信息委", "渝样经信〔{0}〕22号"),
    Measure("A", "emission_rights", "排污权指标优先受让", "市生态环境局", "渝样环〔{0}〕3号"),
    Measure("D", "emission_rights", "不参与排污权指标受让", "市生态环境局", "渝样环〔{0}〕3号"),
    Measure("B", "assistance", "数字化改造免费诊断", "市经济信息委", "渝样经信〔{0}〕8号", years="expired"),
    Measure("D", "other", "自来水价格每立方米加价0.5元", "江津区水利局", "津样水〔{0}〕2号", "500116"),
    Measure("A", "assistance", "项目审批全程代办", "万州区经济信息委", "万样经信〔{0}〕6号", "500101"),
    Measure(("county", 1, 1), "funds", "亩均效益绩效奖补500万元", "市财政局", "渝样财〔{0}〕15号"),
    Measure(("county", 2, 3), "funds", "亩均效益绩效奖补200万元", "市财政局", "渝样财〔{0}〕15号"),
    Measure(("county", 1, 2), "land", "奖励新增建设用地计划指标", "市规划自然资源局", "渝样规资〔{0}〕8号"),
    Measure(("park", 1, 3), "innovation", "优先布局市级创新平台", "市科技局", "渝样科〔{0}〕10号"),
    Measure(("park", 1, 1), "funds", "重大项目基金优先配套", "市财政局", "渝样财〔{0}〕16号", years="later"),
)
OVERDUE = 4  # the place of the plan that is not done in time
PLANS = {
    "support": ("诊断后实施技术改造，更新低效设备", "引入检测服务，开发新产品，扩大订单"),
    "merge": ("与同行业企业重组，盘活闲置厂房", "引入投资方，整合两处厂区"),
    "regulate": ("补办手续，清退违规转租，规范纳税", "限期整改能耗和用地，纳入重点监管"),
    "relocate": ("产能转移至外地合作园区，原地块转型", "与协作企业合作外迁，腾出厂房"),
    "close": ("停产已满一年，依法注销，收回用地", "清算资产，关停生产线"),
}


def results_of(year: int, inbox: Path) -> list[Result]:
    """What a run of the pipeline itself makes of an inbox, by county and credit code."""
    with tempfile.TemporaryDirectory() as home:
        subprocess.run(
            [Path(sys.executable).with_name("mujun"), "run", "--year", str(year), "--inbox", inbox],
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "MUJUN_HOME": home, "MUJUN_POLICY": str(POLICY)},
        )
        database = Path(home) / "releases" / str(year) / "current" / "release.duckdb"
        with duckdb.connect(str(database), read_only=True) as connection:
            rows = connection.execute(
                "select county_code, uscc, treatment, veto_reason, class, total_score from enterprise_result "
                "order by county_code, uscc"
            ).fetchall()
    return [Result(*row) for row in rows]


def measures(year: int, first_year: int, counties: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The measures by the results of `year`, in force from the next July on for a year."""
    kept = {"every", "expired", "first" if year == first_year else "later"}
    for number, measure in enumerate(MEASURES, 1):
        if measure.years not in kept or (measure.county_code and measure.county_code not in counties):
            continue
        level, letter, first, last = "enterprise", None, None, None
        if isinstance(measure.target, str):
            letter = measure.target
        else:
            level, first, last = measure.target
        old = measure.years == "expired"
        yield {
            "measure_no": f"CS{year}-{number:02d}",
            "applies_to": level,
            "county_code": measure.county_code,
            "class": letter,
            "rank_from": first,
            "rank_to": last,
            "field": measure.field,
            "measure": measure.measure,
            "executed_by": measure.executed_by,
            "basis": measure.basis.format(year + 1 - 2 * old),
            "valid_from": date(year - 1, 7, 1) if old else date(year + 1, 7, 1),
            "valid_to": date(year, 6, 30) if old else date(year + 2, 6, 30),
        }


def improvement_plans(
    year: int, previous: Sequence[Result], counties: Mapping[str, Mapping[str, str]]
) -> Iterator[dict[str, Any]]:
    """A plan for every unit of class C or D in the year before, all but the last; one is overdue."""
    followed = [result for result in previous if result.letter in ("C", "D")][:-1]
    nth = dict.fromkeys(PLANS, 0)
    for number, result in enumerate(followed):
        if result.veto_reason == "suspended":
            batch = "close"
        elif result.veto_reason:
            batch = "regulate"
        elif result.letter == "D":
            batch = ("regulate", "relocate", "merge")[number % 3]
        else:
            batch = "merge" if number % 8 == 3 else "support"
        nth[batch] += 1
        overdue = number == OVERDUE
        progress = ("done", "under_way", "under_way", "done", "not_started")[nth[batch] % 5]
        status = "under_way" if overdue else progress
        yield {
            "uscc": result.uscc,
            "county_code": result.county_code,
            "batch": batch,
            "plan": PLANS[batch][nth[batch] % 2],
            "responsible": f"{counties[result.county_code]['county_name']}经济信息委",
            "started_on": date(year, 7, 1 + number % 28),
            "due_on": date(year + 1, 3, 31) if overdue else date(year + 1, 12, 31),
            "status": status,
            "completed_on": date(year, 12, 1 + number % 28) if status == "done" else None,
        }


def county_filings(
    year: int, results: Sequence[Result], counties: Mapping[str, Mapping[str, str]]
) -> Iterator[dict[str, Any]]:
    """Every county files what it got, but for one that lifts its first enterprise of class B into A."""
    lifted = next(result for result in results if result.letter == "B")
    names = {code: county["county_name"] for code, county in counties.items()}
    numbers = {code: number for number, code in enumerate(sorted({row.county_code for row in results}), 1)}
    for result in results:
        code = result.county_code
        yield {
            "uscc": result.uscc,
            "county_code": code,
            "class": "A" if result is lifted else result.letter or "none",
            "total_score": result.total_score,
            "document_no": f"{names[code][:2]}样亩均办〔{year + 1}〕{numbers[code]}号",
        }
