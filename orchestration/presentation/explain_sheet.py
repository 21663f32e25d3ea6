"""The sheet of a unit (一企一单) as text: what `explain` tells in the terminal, from the data of every sheet.

Belongs here: the sections, line by line, in the words of the release. Does not: how a page draws the same
data (`site_files/card.js`), how a line of arithmetic comes out (`arithmetic`), how the terminal looks
(`explain_view`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from orchestration.presentation.arithmetic import (
    EVEN_PLACES,
    added_up,
    at_least,
    figure,
    number,
    operand,
    rounded,
    work_out,
)
from orchestration.presentation.explain import Explanation, amounts, day
from orchestration.presentation.wording import filled
from orchestration.rows import Row


@dataclass(frozen=True)
class Facts:
    """Labels and what stands behind them, in lines."""

    lines: Sequence[tuple[str, str]]
    title: str = ""


@dataclass(frozen=True)
class Table:
    """Rows under headings; the columns in `numbers` are figures. A `narrow` one can stand in halves, side by
    side; a `wide` one has long texts."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()
    title: str = ""
    narrow: bool = False
    wide: bool = False


Block = str | Facts | Table


@dataclass(frozen=True)
class Section:
    """A part of the sheet; `clause` is what of the policy it follows."""

    title: str
    clause: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Sheet:
    """What is said of one unit: `verdict` first, the reasons after it."""

    title: str
    stage: str
    basis: str
    identity: Facts
    verdict: Sequence[str]
    sections: Sequence[Section] = field(default_factory=tuple)


def make_sheet(explanation: Explanation) -> Sheet:
    """The sheet of the unit, or of the group's company, that is explained."""
    words = explanation.words
    told = _Told(explanation)
    sections = [section for section in told.sections() if any(section.blocks)]
    return Sheet(
        title=f"{words['year']}年度制造业亩均效益综合评价一企一单",
        stage=words["sentences"]["stage"][words["stage"]]["text"],
        basis=basis_of(words),
        identity=told.identity(),
        verdict=list(told.verdict()),
        sections=sections,
    )


def basis_of(words: Row) -> str:
    """The method, the day and the release that a sheet rests on."""
    release = f"{words['year']}/{words['release']}"
    return f"依据：{words['edition']}；统计截止日 {words['cut_off']}；发布编号 {release}"


def _or_none(value: float | None) -> str:
    return "—" if value is None else number(value)


def _signed(value: float) -> str:
    size = rounded(abs(Decimal(value)), 4)
    return number(size) if size == 0 else f"{'+' if value > 0 else '−'}{number(size)}"


def in_unit(unit: str) -> str:
    return unit if unit == "%" else f" {unit}"


def _day(text: str) -> str:
    return day(date.fromisoformat(text))


class _Told:
    """What is said of one unit, section by section."""

    def __init__(self, explanation: Explanation) -> None:
        self._explanation = explanation
        self._words, self._tables = explanation.words, explanation.tables
        self._unit: Row = next(iter(self._tables["enterprise_result"]), {})
        self._items = self._by_indicator("enterprise_item")
        self._diagnosis = self._by_indicator("enterprise_diagnosis")
        self._standards = self._by_indicator("standard")
        self._members = self._tables["enterprise_member"]
        self._county = explanation.unit.county_code
        self._county_name = self._words["counties"][self._county]["name"]

    def _by_indicator(self, table: str) -> dict[str, Row]:
        return {row["indicator"]: row for row in self._tables[table]}

    def _rows(self, table: str) -> list[Row]:
        return self._tables.get(table, [])  # an earlier version published fewer

    def _label(self, column: str, table: str = "enterprise_result") -> str:
        return str(self._words["labels"][table][column])

    def _unit_of(self, column: str) -> str:
        return str(self._words["units"]["enterprise_result"].get(column, ""))

    def _sentence(self, subject: str, code: str, figures: Mapping[str, Any] | None = None) -> str:
        return filled(self._words["sentences"][subject][code]["text"], figures or {})

    def _said(self, subject: str, code: str, figures: Mapping[str, Any] | None = None) -> str:
        """What is said of a code, with the clause it follows."""
        return (
            f"{self._sentence(subject, code, figures)}（{self._words['sentences'][subject][code]['clause']}）"
        )

    def sections(self) -> Iterator[Section]:
        """The sections in order; those without anything are left out by the caller."""
        if self._unit:
            yield Section("得分与等级", "办法 二(三)①、二(四)2、二(五)1、2", list(self._standing()))
            yield Section("上年得分与变动原因", "意见 三(一)2", list(self._moved()))
            yield Section("各项指标", "办法 二(二)、二(三)②，说明 二", list(self._indicators()))
            yield Section("用地面积", "说明 三", list(self._land()))
            yield Section("数据来源", "说明 二，办法 四(一)", list(self._sources()))
            yield Section(
                "加分减分事项", "办法 二(五)1、2", self._listed("enterprise_event", self._event, _EVENT)
            )
            yield Section("核对发现的问题", "办法 四(一)", self._listed("finding", self._finding, _FINDING))
            yield Section("异议", "意见 四(四)", self._listed("objection", self._objection, _OBJECTION))
            yield Section(
                "适用的措施", "意见 三(二)3、4", self._listed("measure_target", self._measure, _MEASURE)
            )
        for group in self._explanation.year["group_result"]:
            yield Section(
                f"集团总体评价结果（{group['application_no']}）", "说明 一.3", list(self._group(group))
            )

    def identity(self) -> Facts:
        """Who it is."""
        if not self._unit:
            group = self._explanation.year["group_result"][0]
            return Facts([("企业名称", group["group_name"]), ("统一社会信用代码", group["group_uscc"])])
        unit = self._unit
        division = (
            self._words["divisions"].get(unit["industry_code"][:2], "") if unit["industry_code"] else ""
        )
        lines = [
            ("企业名称", unit["enterprise_name"]),
            ("统一社会信用代码", unit["uscc"]),
            ("评价区县", f"{self._county_name}（{self._county}）"),
            ("行业", f"{unit['industry_code'] or '—'} {division}".strip()),
        ]
        if home := unit["home_county_code"]:
            lines.append(("属地区县", self._words["counties"].get(home, {"name": home})["name"]))
        if park := unit["park_code"]:
            lines.append(("园区", f"{self._words['parks'].get(park, park)}（{park}）"))
        for member in self._members[1:]:
            reason = self._words["merge_reasons"].get(member["merge_reason"])
            lines.append(
                (
                    "合并评价",
                    f"{member['enterprise_name']}（{member['uscc']}{f'，{reason}' if reason else ''}）",
                )
            )
        return Facts(lines)

    def verdict(self) -> Iterator[str]:
        """Class, score and place, what ends a veto, and whom a member was merged into."""
        unit, asked = self._unit, self._explanation.unit.asked
        if not unit:
            return
        if asked != unit["uscc"]:
            yield self._said("sheet", "merged", {"asked": asked, "enterprise_name": unit["enterprise_name"]})
        target = self._members[0]
        transition = self._words["transitions"].get(target["transition_type"])
        since = target["suspended_since"] and _day(target["suspended_since"])
        veto = unit["veto_reason"] and self._sentence(
            "veto_reason", unit["veto_reason"], {"suspended_since": since}
        )
        told = {**unit, **target, "transition": transition, "veto": veto, "county_name": self._county_name}
        told["total_score"] = _or_none(unit["total_score"])
        if unit["treatment"] == "vetoed":
            yield self._said("sheet", "vetoed", told)
            yield f"解除否决：{self._said('veto_ends', unit['veto_reason'])}"
        elif unit["treatment"] == "transition":
            yield self._said(
                "sheet", "transition", {**told, "transition_since": _day(target["transition_since"])}
            )
            if veto:
                yield self._said("sheet", "transition_veto", told)
        else:
            if transition:
                yield self._said("sheet", "transition_over", told)
            yield self._said("sheet", "classified", {**told, **self._counts()})

    def _counts(self) -> Row:
        (counts,) = self._explanation.year["class_count"]
        return counts

    def _standing(self) -> Iterator[Block]:
        """The total, and how far the classes above and below are."""
        unit = self._unit
        if unit["total_score"] is None:
            return
        base, bonus, deduction, total = (
            number(unit[name]) for name in ("base_score", "bonus", "deduction", "total_score")
        )
        scores = [self._items[code]["score"] for code in self._words["fractions"] if code in self._items]
        lines = [
            ("指标得分", added_up(scores, " 分")),
            ("综合得分", f"指标得分 {base} + 加分 {bonus} − 减分 {deduction} = {total} 分"),
        ]
        if found := self._rows("enterprise_border"):
            lines += self._borders(found[0])
        yield Facts(lines)
        if found:
            yield from self._lifts(found[0])

    def _borders(self, found: Row) -> Iterator[tuple[str, str]]:
        unit, counts = self._unit, self._counts()
        last = {"A": counts["last_a"], "B": counts["last_b"], "C": counts["last_c"]}
        first = max((rank for name, rank in last.items() if name < unit["class"]), default=0) + 1
        names = ("next_class_total", "points_missing", "lower_border_total")
        told = {**unit, **found, **{name: _or_none(found[name]) for name in names}}
        told |= {"first": first, "last": last.get(unit["class"])}
        yield "本等级名次", self._said("sheet", "ranks" if told["last"] else "ranks_from", told)
        if found["next_class_total"] is None:
            yield "升一等级", self._sentence("sheet", "best" if unit["class"] == "A" else "no_room")
        else:
            yield "升一等级", self._said("sheet", "lift", told)
        if found["lower_border_total"] is None:
            yield "保持等级", self._sentence("sheet", "lowest" if unit["class"] == "D" else "keep_none")
        else:
            spare = figure(unit["total_score"]) - figure(found["lower_border_total"])
            yield "保持等级", self._sentence("sheet", "keep", {**told, "spare": number(spare)})
        for firm in self._rows("enterprise_firmness"):
            codes = ("kept",) if firm["firmness"] == firm["scenarios"] else ("kept", "range")
            yield (
                "等级稳定性",
                "；".join(self._sentence("firmness", code, {**unit, **firm}) for code in codes),
            )

    def _lifts(self, found: Row) -> Iterator[Block]:
        """Which single indicators would reach the class above, the shortest way first."""
        if found["next_class_total"] is None:
            return
        reaching = [row for row in self._diagnosis.values() if row["lifting_value"] is not None]
        yield self._said("sheet", "lift_by" if reaching else "lift_none", found)
        if reaching:
            reaching.sort(key=lambda row: row["indicator"] != found["best_indicator"])
            rows = [
                (name, _or_none(self._unit[code]), number(at_least(row["lifting_value"])), unit)
                for row in reaching
                for code in [row["indicator"]]
                for name, unit in [self._words["indicators"][code]]
            ]
            yield Table(("单独提高一项", "现值", "至少达到", "单位"), rows, frozenset({1, 2}))

    def _moved(self) -> Iterator[Block]:
        """Why the total is another than last year's."""
        for move in self._rows("enterprise_move"):
            if move["reason"]:
                yield self._said("move_reason", move["reason"])
                return
            told = {"previous": number(move["previous_total_score"]), "total": number(move["total_score"])}
            told |= {"change": _signed(move["change"]), "own": _signed(move["own"])}
            yield self._said("sheet", "moved", {**told, "others": _signed(move["change"] - move["own"])})
            if move["members_changed"]:
                yield self._said("sheet", "members_changed")
            parts = self._words["move_parts"]
            whole = {**move, "previous_score": move["previous_total_score"], "score": move["total_score"]}
            items = self._by_indicator("enterprise_move_item")
            named = [
                (self._words["indicators"][code][0], items[code])
                for code in self._words["indicators"]
                if code in items
            ]
            yield Table(
                ("指标", "上年得分", "本年得分", "变动", *parts.values()),
                [
                    (
                        name,
                        _or_none(row["previous_score"]),
                        _or_none(row["score"]),
                        _signed(row["change"]),
                        *(_signed(row[part]) if part in row else "" for part in parts),
                    )
                    for name, row in [*named, ("综合得分", whole)]
                ],
                frozenset(range(1, 4 + len(parts))),
            )

    def _indicators(self) -> Iterator[Block]:
        """Every indicator: value, standards, tier, formula."""
        scored = self._unit["total_score"] is not None
        codes = [code for code in self._words["fractions"] if code in self._unit]
        if scored:
            yield Table(
                ("指标", "单位", "实际值", "档次", "权数", "得分", "失分", "单项名次"),
                [self._item_row(code) for code in codes if code in self._items],
                frozenset({2, 4, 5, 6, 7}),
            )
        else:
            yield self._said("sheet", "not_scored")
        for code in codes:
            yield Facts(list(self._indicator(code)), self._words["indicators"][code][0])

    def _item_row(self, code: str) -> tuple[str, ...]:
        item, diagnosis = self._items[code], self._diagnosis.get(code, {})
        return (
            *self._words["indicators"][code],
            _or_none(self._unit[code]),
            item["tier"],
            number(item["weight"]),
            number(item["score"]),
            number(item["points_lost"]),
            f"{diagnosis.get('item_rank')}/{diagnosis.get('ranked')}" if diagnosis else "—",
        )

    def _indicator(self, code: str) -> Iterator[tuple[str, str]]:
        unit = self._words["indicators"][code][1]
        value, item = self._unit[code], self._items.get(code)
        formula, places = item_formula(self._words, value, item) if item else ("", 4)
        yield "实际值", fraction(self._words, self._unit, code, value, places)
        standard = self._standards.get(code)
        if not standard or standard["mean"] is None:
            yield "标准值", "本组没有可比企业"
        else:
            largest, mean = (number(standard[which], places) for which in ("max", "mean"))
            smallest = standard["min"] and number(standard["min"], places)
            yield (
                "标准值",
                f"最大值 {largest}，平均值 {mean}，{f'最小正值 {smallest}' if smallest else '没有正值'}"
                f"（本组 {standard['n']} 户）",
            )
        if item:
            yield "档次", f"{item['tier']}（{self._words['because'][item['because']]}）"
            yield "得分", formula
        before = self._diagnosis.get(code, {})
        if before.get("previous_value") is not None:
            grown = (
                "" if before["change"] is None else f"，{growth(before['change'], self._growth_unit(code))}"
            )
            yield "上年", f"{number(before['previous_value'], places)}{in_unit(unit)}{grown}"

    def _growth_unit(self, code: str) -> str:
        return " 个百分点" if self._words["growth_units"].get(code) == "point" else "%"

    def _land(self) -> Iterator[Block]:
        """The land of the unit, parcel by parcel and contract by contract."""
        if self._unit["land_area_mu"] is None:
            yield self._said("sheet", "no_land")
        else:
            yield Facts(list(self._areas()))
        names = {member["uscc"]: member["enterprise_name"] for member in self._members}
        for uscc, name in names.items():
            who = f"{name}：" if len(names) > 1 else ""
            parcels = [row for row in self._rows("enterprise_parcel") if row["member_uscc"] == uscc]
            contracts = [row for row in self._rows("enterprise_contract") if row["member_uscc"] == uscc]
            if parcels:
                yield Table(
                    _PARCEL, [self._parcel(row) for row in parcels], frozenset({2}), f"{who}宗地", wide=True
                )
            if contracts:
                rows = [self._contract(row) for row in contracts]
                yield Table(_CONTRACT, rows, frozenset({3}), f"{who}合同", wide=True)
            folded = [(f"合同 {row['contract_id']}", text) for row in contracts if (text := _folded(row))]
            if folded:
                yield Facts(folded)

    def _areas(self) -> Iterator[tuple[str, str]]:
        (land,) = self._rows("enterprise_land")
        if land["computed_m2"] is not None:
            worked = work_out(
                figure(land["computed_m2"], EVEN_PLACES),
                [land[name] for name in ("registered_m2", "leased_in_m2", "leased_out_m2", "not_counted_m2")],
                lambda registered, leased_in, leased_out, left_out: (
                    registered + leased_in - leased_out - left_out
                ),
                places=EVEN_PLACES,
            )
            yield "按登记和合同", worked.text("已登记 {} + 承租 {} − 出租 {} − 未计入 {}", " 平方米")
        if land["confirmed_m2"] is not None:
            confirmed = number(land["confirmed_m2"], EVEN_PLACES)
            whose = "主体" if len(self._members) > 1 else ""
            yield "核定面积", f"{confirmed} 平方米，规划自然资源部门核定的{whose}以核定为准"
        factor = Decimal(self._words["mu_of_m2"])
        worked = work_out(
            figure(self._unit["land_area_mu"], EVEN_PLACES),
            [land["land_area_m2"]],
            lambda area: area * factor,
            places=EVEN_PLACES,
        )
        yield "用地面积", worked.text(f"{{}} 平方米 × {number(factor)}", " 亩")

    def _parcel(self, row: Row) -> tuple[str, ...]:
        return (
            row["parcel_id"],
            self._words["land_uses"].get(row["land_use"], row["land_use"]),
            number(row["area_m2"], EVEN_PLACES),
            _dates(签约=row["contract_date"], 登记=row["registered_on"], 终止=row["ended_on"]),
            self._said("parcel_reason", row["reason"]),
            place(row),
        )

    def _contract(self, row: Row) -> tuple[str, ...]:
        tenure = self._words["tenures"].get(row["tenure"], row["tenure"])
        kind = self._words["object_types"].get(row["object_type"], row["object_type"])
        return (
            row["contract_id"],
            "出租方" if row["role"] == "lessor" else "承租（购买）方",
            f"{tenure}，{kind}",
            number(row["land_m2"], EVEN_PLACES),
            _dates(起=row["starts_on"], 止=row["ends_on"]),
            self._said(f"{row['role']}_reason", row["reason"]),
            place(row),
        )

    def _sources(self) -> Iterator[Block]:
        """What the departments delivered, row by row of their files, and what it adds up to."""
        delivered = list(amounts(self._explanation))
        codes = [code for code in self._words["amounts"] if code in self._unit]
        yield Facts([(self._label(code), self._sum(code, delivered)) for code in codes])
        names = {member["uscc"]: member["enterprise_name"] for member in self._members}
        row_of = ("member_uscc", "department", "feed", "source_file", "source_sheet", "line")
        for key, found in groupby(delivered, key=lambda row: [row[name] for name in row_of]):
            member, department, _, file, sheet, line = key
            owner = f"{names.get(member, member)}：" if len(names) > 1 else ""
            said = self._words["departments"].get(department, department)
            where = f"{file}{f'，工作表“{sheet}”' if sheet else ''}，第 {line} 行"
            rows = [
                (
                    row["label_zh"]
                    + ("" if row["counted"] else f"（{self._sentence('sheet', 'left_out')}）"),
                    number(row["delivered"], EVEN_PLACES),
                    row["unit"],
                    row["cell"],
                )
                for row in found
            ]
            yield Table(
                ("数据项", "填报数", "单位", "单元格"),
                rows,
                frozenset({1}),
                f"{owner}{said}，文件 {where}",
                narrow=True,
            )

    def _sum(self, code: str, delivered: Sequence[Row]) -> str:
        """The delivered figures of an amount added up row by row, and what that is in the published unit."""
        value, unit = self._unit[code], self._unit_of(code)
        if value is None:
            return "没有数据"
        counted = [row for row in delivered if row["measure"] == code and row["counted"]]
        if code == "average_headcount":
            months = len({row["label_zh"] for row in counted})
            worked = work_out(
                figure(value, EVEN_PLACES),
                [sum(row["delivered"] for row in counted)],
                lambda persons: persons / months,
                places=EVEN_PLACES,
            )
            return worked.text(f"各月平均人数之和 {{}} ÷ {months}", f" {unit}")
        by_row: dict[tuple[str, ...], float] = {}
        for row in counted:
            key = (row["member_uscc"], row["source_file"], str(row["source_sheet"]), row["line"])
            by_row[key] = by_row.get(key, 0) + row["delivered"]
        given = counted[0]["unit"] if counted else unit
        added = added_up(list(by_row.values()) or [value], f" {given}")
        return added if given == unit else f"{added} = {number(value, EVEN_PLACES)} {unit}"

    def _listed(
        self, table: str, told: Callable[[Row], tuple[str, ...]], headings: Sequence[str]
    ) -> list[Block]:
        rows = [told(row) for row in self._rows(table)]
        return [Table(headings, rows, wide=True)] if rows else []

    def _event(self, row: Row) -> tuple[str, ...]:
        sign = {"honour": "+", "incident": "−"}[row["kind"]] if row["points"] else ""
        return (
            {"honour": "加分", "incident": "减分"}[row["kind"]],
            self._words["events"].get(row["type"], row["type"]),
            row["document"] or "—",
            row["happened_on"],
            f"{sign}{number(row['points'])}",
            self._said(f"{row['kind']}_reason", row["reason"]),
            place(row),
        )

    def _finding(self, row: Row) -> tuple[str, ...]:
        waived = f"已豁免：{row['waiver_reason']}" if row["waived"] else "—"
        return row["rule_id"], self._words["severities"][row["severity"]], row["message"], waived

    def _objection(self, row: Row) -> tuple[str, ...]:
        return (
            row["objection_no"],
            self._words["subjects"].get(row["subject"], row["subject"]),
            row["claim"],
            self._words["decisions"].get(row["decision"], "尚未处理"),
            row["reply"] or "—",
        )

    def _measure(self, row: Row) -> tuple[str, ...]:
        (measure,) = (
            one for one in self._explanation.year["measure"] if one["measure_no"] == row["measure_no"]
        )
        until = f"至 {measure['valid_to']}" if measure["valid_to"] else "起"
        return (
            measure["measure_no"],
            measure["measure"],
            measure["executed_by"],
            measure["basis"],
            f"{measure['valid_from']} {until}",
        )

    def _group(self, group: Row) -> Iterator[Block]:
        """The overall result of a group: to its company in full, to its other members what is public."""
        number_ = group["application_no"]
        in_full = group["group_uscc"] == (self._unit or {"uscc": self._explanation.unit.asked})["uscc"]
        county = self._words["counties"].get(group["evaluating_county_code"], {}).get("name", "")
        lines = [
            ("集团", f"{group['group_name']}（{group['group_uscc']}），按{county}企业的标准值评价"),
            ("批准", f"{group['approved_by']}，{day(group['approved_on'])}"),
        ]
        stands = "no_class" if group["class"] is None else "as_class" if in_full else "as_class_only"
        lines.append(("总体结果", self._said("sheet", stands, group)))
        year = self._explanation.year
        items = {row["indicator"]: row for row in year["group_item"] if row["application_no"] == number_}
        if in_full:
            base, bonus, deduction, total = (
                number(group[name]) for name in ("base_score", "bonus", "deduction", "total_score")
            )
            scores = [items[code]["score"] for code in self._words["fractions"] if code in items]
            lines += [
                ("指标得分", added_up(scores, " 分")),
                ("综合得分", f"指标得分 {base} + 加分 {bonus} − 减分 {deduction} = {total} 分"),
            ]
        yield Facts(lines)
        if not in_full:
            return
        yield Table(
            ("成员", "代码", "评价区县", "自身等级", "自身得分"),
            [
                (
                    row["enterprise_name"],
                    row["uscc"],
                    self._words["counties"].get(row["county_code"], {}).get("name", row["county_code"]),
                    row["class"] or "—",
                    _or_none(row["total_score"]),
                )
                for row in year["group_member"]
                if row["application_no"] == number_
            ],
            frozenset({4}),
        )
        yield Table(
            ("指标", "计算", "档次", "权数", "得分", "标准值（最大、平均、最小正值）"),
            [
                (
                    self._words["indicators"][code][0],
                    fraction(self._words, group, code, item["value"], 4),
                    item["tier"],
                    number(item["weight"]),
                    number(item["score"]),
                    "、".join(
                        _or_none(item[name]) for name in ("standard_max", "standard_mean", "standard_min")
                    ),
                )
                for code in self._words["fractions"]
                if (item := items.get(code))
            ],
            frozenset({3, 4}),
            wide=True,
        )


_PARCEL = ("不动产单元号", "用途", "面积（平方米）", "日期", "认定", "出处")
_CONTRACT = ("合同编号", "身份", "方式与标的", "折算用地（平方米）", "起止日期", "认定", "出处")
_EVENT = ("类别", "事项", "文号或编号", "日期", "分值", "认定", "出处")
_FINDING = ("规则", "级别", "问题", "豁免")
_OBJECTION = ("编号", "事项", "主张", "处理", "答复")
_MEASURE = ("编号", "措施", "执行单位", "依据", "有效期")


def growth(change: float, unit: str) -> str:
    grown = rounded(Decimal(change), 1)
    if grown == 0:
        return "本年基本持平"
    return f"本年{'增长' if grown > 0 else '下降'} {number(abs(grown))}{unit}"


def _dates(**days: str | None) -> str:
    return "\n".join(f"{label} {day_}" for label, day_ in days.items() if day_)


def place(row: Row) -> str:
    """File, sheet and cell, or the row."""
    where = row.get("source_cell") or f"第{row['source_row_key'].rpartition('!')[2]}行"
    return " ".join(filter(None, (row["source_file"], row["source_sheet"], where)))


def _folded(contract: Row) -> str | None:
    """How a multi-storey building is folded into land (说明 三.6); None for any other object."""
    if contract["object_type"] != "multi_storey":
        return None
    worked = work_out(
        figure(contract["land_m2"], EVEN_PLACES),
        [contract[name] for name in ("area_m2", "project_floor_area_m2", "project_land_area_m2")],
        lambda area, floor, land: area / floor * land,
        places=EVEN_PLACES,
    )
    return f"多层厂房折算用地：{worked.text('{} ÷ {} × {}', ' 平方米')}"


def item_formula(words: Row, value: float | None, item: Row) -> tuple[str, int]:
    """The formula of an item score with the numbers put in, and the decimals that they need."""
    said = words["sentences"]["because"][item["because"]]["text"]
    score, weight = figure(item["score"]), number(item["weight"])
    if item["coefficient_from"] is None:
        return said, 4
    own = number(item["coefficient_from"])
    if item["coefficient_to"] is None:
        return f"{filled(said, {'weight': weight, 'coefficient_from': own})} = {number(score)}", 4
    low, high = figure(item["coefficient_from"]), figure(item["coefficient_to"])
    assert value is not None  # whoever has none has no coefficients
    worked = work_out(
        score,
        [value, item["value_from"], item["value_to"]],
        lambda x, start, end: max(
            figure(item["weight"]) * (low + (x - start) / (end - start) * (high - low)), Decimal(0)
        ),
    )
    places = dict(zip(("value", "value_from", "value_to"), map(operand, worked.inputs), strict=True))
    places |= {"weight": weight, "coefficient_from": own, "coefficient_to": number(high)}
    # A zero value can fall below nothing (rulebook 5.4).
    result = "< 0，得 0 分" if item["share"] < 0 else f"{worked.sign} {number(score)}"
    return f"{filled(said, places)} {result}", worked.places


def fraction(
    words: Row, unit: Row, code: str, value: float | None, places: int, table: str = "enterprise_result"
) -> str:
    """An indicator as a fraction with the numbers put in, or why it cannot be computed (rulebook 3.5)."""
    upper, lower, factor = words["fractions"][code]
    labels, units = words["labels"][table], words["units"][table]
    if value is None:
        missing = next((name for name in (upper, lower) if unit[name] is None), None)
        return f"没有{labels[missing]}数据，无法计算" if missing else f"{labels[lower]}不大于零，无法计算"
    worked = work_out(
        figure(value, places),
        [unit[upper], unit[lower]],
        lambda numerator, denominator: numerator / denominator * factor,
        places=places,
    )
    percent = f" × {factor}" if factor != 1 else ""
    said = f"{labels[upper]} {{}} {units[upper]} ÷ {labels[lower]} {{}} {units[lower]}{percent}"
    return worked.text(said, in_unit(words["indicators"][code][1]))
