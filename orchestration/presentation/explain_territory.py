"""How the result of a county or park came about, as text: `explain --county` and `explain --park`.

Belongs here: finding the territory, and its sections line by line in the words of the release. Does not:
which rows these are (`territory`), how a page draws them (`site_files/territory.js`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestration.errors import UserError
from orchestration.presentation.arithmetic import EVEN_PLACES, added_up, figure, number
from orchestration.presentation.cards import Cards
from orchestration.presentation.explain_sheet import (
    Block,
    Facts,
    Section,
    Sheet,
    Table,
    basis_of,
    fraction,
    growth,
    in_unit,
    item_formula,
    place,
)
from orchestration.presentation.site import Rows, shared_data
from orchestration.presentation.territory import result_of, standing_of
from orchestration.presentation.wording import LEVELS, contract_of, filled, read_wording
from orchestration.release.reading import open_release
from orchestration.release.register import Release
from orchestration.rows import Row, fetch

_INCIDENT = ("事项", "类型", "发生日期", "计入途径", "企业", "减分", "认定", "出处")
_ENTERPRISE = ("归属", "评价区县", "企业", "代码", "等级", "综合得分")


@dataclass(frozen=True)
class Territory:
    """The data behind the result of a county or park: `words` as all pages have them, `tables` its rows,
    `now` and `previous` its rank and total, the latter null where last year has none. Money in 万元, land in
    mu, energy in tce, emissions in tonnes."""

    level: str
    code: str
    words: Row
    tables: Mapping[str, list[Row]]
    now: Row
    previous: Row | None


def explain_territory(release: Release, level: str, named: str, previous: Release | None) -> Territory:
    """The data behind the result of the county or park (`level`) that `named`, its code or name, says.

    UserError where the release evaluates none of that name.
    """
    folder = release.path
    wording = read_wording(folder)
    with open_release(folder) as connection:
        code = _find(fetch(connection, _NAMES[level]), level, named, release.year)
        rows = Rows(connection)
        if not rows.has("territory_enterprise"):
            raise UserError(
                f"The release {release.name} was made before mujun 0.4.0 and does not tell what a {level} "
                f"counts. Run {release.year} again."
            )
        words = shared_data(folder, rows, wording, Cards(connection, wording, contract_of(folder)))
        words["deduction_cap"] = rows.code("parameter", "deduction_cap_territory")
        tables = result_of(connection, level, code)
        now = standing_of(connection, level, code)
    assert now is not None  # it was found among the results
    before = None
    if previous:
        with previous.database() as connection:
            before = standing_of(connection, level, code)
    return Territory(level, code, words, tables, now, before)


_NAMES = {
    "county": "select county_code as code, name from county_result order by 1",
    "park": "select park_code as code, name from park_result order by 1",
}


def _find(there: list[Row], level: str, named: str, year: int) -> str:
    for row in there:
        if named.strip() in (row["name"], row["code"]) or named.strip().upper() == row["code"]:
            return str(row["code"])
    listed = ", ".join(f"{row['code']} {row['name']}" for row in there)
    raise UserError(f"No {level} “{named}” was evaluated for {year}. There are {listed}.")


def as_data(territory: Territory) -> str:
    """The explanation as JSON: its rows by table."""
    words = territory.words
    told = {name: words[name] for name in ("year", "stage", "release", "edition", "cut_off")}
    told |= {"level": territory.level, "code": territory.code}
    told |= {"rank": territory.now, "previous": territory.previous}
    return json.dumps({**told, **territory.tables}, ensure_ascii=False, indent=1, default=str)


def make_territory_sheet(territory: Territory) -> Sheet:
    """The sheet of the county or park that is explained."""
    words, told = territory.words, _Told(territory)
    return Sheet(
        title=f"{words['year']}年度制造业亩均效益综合评价{LEVELS[territory.level]}结果",
        stage=words["sentences"]["stage"][words["stage"]]["text"],
        basis=basis_of(words),
        identity=told.identity(),
        verdict=list(told.verdict()),
        sections=[section for section in told.sections() if any(section.blocks)],
    )


class _Told:
    """What is said of one county or park, section by section."""

    def __init__(self, territory: Territory) -> None:
        self._territory = territory
        self._words, self._tables = territory.words, territory.tables
        (self._result,) = self._tables["result"]
        self._items = {row["indicator"]: row for row in self._tables["items"]}
        self._standards = {row["indicator"]: row for row in self._tables["standards"]}
        self._table = f"{territory.level}_result"
        self._labels = {**self._words["labels"]["enterprise_result"], **self._words["labels"][self._table]}
        self._units = {**self._words["units"]["enterprise_result"], **self._words["units"][self._table]}

    def _said(self, code: str, figures: Mapping[str, Any] | None = None) -> str:
        one = self._words["sentences"]["territory_sheet"][code]
        return f"{filled(one['text'], figures or {})}（{one['clause']}）"

    def _county(self, code: str | None) -> str:
        return self._words["counties"].get(code, {}).get("name", code or "—")

    def identity(self) -> Facts:
        """Which county or park it is."""
        lines = [
            (LEVELS[self._territory.level], f"{self._result['name']}（{self._territory.code}）"),
            ("区域", self._words["regions"][self._result["region"]]),
        ]
        if self._territory.level == "park":
            lines.append(("所在区县", self._county(self._result["county_code"])))
        return Facts(lines)

    def verdict(self) -> Iterator[str]:
        """Its place in its region, and last year's."""
        now, before = self._territory.now, self._territory.previous
        yield self._said(
            "standing",
            {
                "region": self._words["regions"][self._result["region"]],
                "level": LEVELS[self._territory.level],
                "ranked": now["ranked"],
                "rank": now["rank"],
                "total_score": number(now["total_score"]),
            },
        )
        if before:
            figures = {"rank": before["rank"], "total_score": number(before["total_score"])}
            yield self._said("previous", figures)
        else:
            yield self._said("no_previous")

    def sections(self) -> Iterator[Section]:
        """The sections in order; those without anything are left out by the caller."""
        yield Section("得分", "办法 二(三)①、二(五)2", [Facts(list(self._total()))])
        yield Section("减分事项", "办法 二(五)2", list(self._incidents()))
        yield Section("各项指标", "办法 二(二)、二(三)②，说明 二", list(self._indicators()))
        yield Section("数据构成", "说明 一、二、三", list(self._amounts()))
        yield Section("由其他区县评价的企业", "说明 一.1, 一.5", list(self._enterprises()))

    def _in_order(self) -> list[str]:
        return [code for code in self._words["indicators"] if code in self._items]

    def _total(self) -> Iterator[tuple[str, str]]:
        scores = [self._items[code]["score"] for code in self._in_order()]
        base, deduction, total = (
            number(self._result[name]) for name in ("base_score", "deduction", "total_score")
        )
        yield "指标得分", f"{added_up(scores)} 分"
        yield "减分", self._deduction()
        yield "综合得分", f"{base} − {deduction} = {total} 分"

    def _deduction(self) -> str:
        counted = [row["points"] for row in self._tables["territory_incident"] if row["points"]]
        if not counted:
            return self._said("no_incidents")
        points = added_up(counted, " 分")
        if figure(sum(counted)) > figure(self._result["deduction"]):
            cap = number(float(self._words["deduction_cap"]))
            return f"{points}；{self._said('capped', {'points': number(sum(counted)), 'cap': cap})}"
        return points

    def _incidents(self) -> Iterator[Block]:
        rows = [
            (
                row["incident_id"],
                self._words["events"].get(row["incident_type"], row["incident_type"]),
                str(row["occurred_on"]),
                self._words["charges"][row["charged_by"]],
                row["enterprise_name"] or row["uscc"] or "—",
                number(row["points"]),
                self._words["sentences"]["incident_reason"][row["reason"]]["text"],
                place(row),
            )
            for row in self._tables["territory_incident"]
        ]
        if rows:
            yield Table(_INCIDENT, rows, frozenset({5}), wide=True)

    def _indicators(self) -> Iterator[Block]:
        yield Table(
            ("指标", "单位", "实际值", "档次", "权数", "得分", "失分", "单项名次"),
            [self._item_row(code) for code in self._in_order()],
            frozenset({2, 4, 5, 6, 7}),
        )
        for code in self._in_order():
            yield Facts(list(self._indicator(code)), self._words["indicators"][code][0])

    def _item_row(self, code: str) -> tuple[str, ...]:
        item = self._items[code]
        return (
            *self._words["indicators"][code],
            "—" if item["value"] is None else number(item["value"]),
            item["tier"],
            number(item["weight"]),
            number(item["score"]),
            number(item["points_lost"]),
            f"{item['item_rank']}/{item['ranked']}",
        )

    def _indicator(self, code: str) -> Iterator[tuple[str, str]]:
        item, unit = self._items[code], self._words["indicators"][code][1]
        formula, places = item_formula(self._words, item["value"], item)
        yield "实际值", fraction(self._words, self._result, code, item["value"], places, self._table)
        standard = self._standards.get(code)
        if standard and standard["mean"] is not None:
            largest, mean = (number(standard[which], places) for which in ("max", "mean"))
            least = standard["min"]
            smallest = "没有正值" if least is None else f"最小正值 {number(least, places)}"
            yield "标准值", f"最大值 {largest}，平均值 {mean}，{smallest}（本组 {standard['n']} 个）"
        yield "档次", f"{item['tier']}（{self._words['because'][item['because']]}）"
        yield "得分", formula
        if item["previous_value"] is not None:
            point = self._words["growth_units"].get(code) == "point"
            change = (
                "" if item["change"] is None else f"，{growth(item['change'], ' 个百分点' if point else '%')}"
            )
            yield "上年", f"{number(item['previous_value'], places)}{in_unit(unit)}{change}"

    def _amounts(self) -> Iterator[Block]:
        """Every sum with the parts that it is made of."""
        counted = self._tables["counted"]
        heads = [f"{self._words['belongings'][row['belonging']]} {row['enterprises']} 户" for row in counted]
        lines = [("评价企业", f"{' + '.join(heads)} = {self._result['enterprises']} 户")]
        for code in self._words["amounts"]:
            parts = [row[code] for row in counted if row[code] is not None]
            if code in self._result and parts:
                unit = self._units[code]
                text = added_up(parts, f" {unit}")
                lines.append((self._labels[code], text))
        land = self._result["land_area_mu"]
        lines.append(
            (
                self._labels["land_area_mu"],
                "没有数据" if land is None else f"{number(land, EVEN_PLACES)} 亩；{self._said('survey')}",
            )
        )
        yield Facts(lines)

    def _enterprises(self) -> Iterator[Block]:
        rows = self._tables["elsewhere"]
        if not rows:
            return
        yield self._said("elsewhere" if self._territory.level == "county" else "in_park_only")
        yield Table(
            _ENTERPRISE,
            [
                (
                    self._words["belongings"][row["belonging"]],
                    self._county(row["unit_county_code"]),
                    row["enterprise_name"],
                    row["member_uscc"],
                    row["class"] or self._words["treatments"][row["treatment"]],
                    "—" if row["total_score"] is None else number(row["total_score"]),
                )
                for row in rows
            ],
            frozenset({5}),
        )
