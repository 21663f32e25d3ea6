"""How the effect of a simulation is shown: a workbook, a page, the terminal; all of it marked 模拟.

Belongs here: lay-out and words. Does not: computing or comparing (`orchestration.simulation`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.policy import load_policy
from orchestration.presentation.changes import change_sheets
from orchestration.presentation.pages import alone
from orchestration.presentation.wording import INTERNAL, LEVELS, STAGES, read_wording
from orchestration.release.reading import read_manifest
from orchestration.rows import Row
from orchestration.terminal import shown
from orchestration.workbooks import Book, Column, Table

if TYPE_CHECKING:
    from rich.console import Console

    from orchestration.effects import Effect

COMPARISON, PAGE = "comparison.xlsx", "index.html"
MARK = "模拟结果，仅供研究比较，不是评价结果，不得公布"
_KINDS = {"county": "区县", "park": "园区", "industry": "行业大类", "size": "企业规模"}
_STANDINGS = {"A": "A类", "B": "B类", "C": "C类", "D": "D类", "none": "不分类", "out": "未列入"}
_MOVES = {"up": "升级", "down": "降级", "other": "有无等级变化"}
_NAMED = 10  # units of a county that the terminal names
_SHOWN = 200  # units that the page lists; the workbook has all
_COLOUR = "#BF8F00"


def write_effect(folder: Path, effect: Effect) -> None:
    """Write comparison.xlsx and index.html into the folder of a simulation, in its own words."""
    manifest, said = read_manifest(folder), _Said(folder)
    made_at = datetime.fromisoformat(manifest["made_at"]).replace(tzinfo=None)
    name = manifest["of_release"]["name"]
    title = f"{manifest['year']}年度模拟：与 {name} 对比"
    book = Book(folder / COMPARISON, title=title, created=made_at, mark=MARK, handling=INTERNAL)
    tables = [*said.sheets(effect), *change_sheets(effect.changes, said.wording)]
    moves = [(label, sum(row["moved"] == move for row in effect.moved)) for move, label in _MOVES.items()]
    book.cover(said.facts(manifest), moves, tables, counted="等级变动（户）")
    for table in tables:
        book.add(table)
    book.close()
    page = alone(
        "simulation.html.j2",
        scripts=(),
        data={},
        styles=("site.css", "simulation.css"),
        title=title,
        internal=INTERNAL,
        mark=MARK,
        facts=said.facts(manifest),
        moves=moves,
        rules=[(rule["table"], rule["change"], _said(rule["row"])) for rule in effect.changes.rules],
        changes=said.changed_figures(manifest),
        standings=said.standings(effect),
        standing_names=_STANDINGS,
        matrix={(row["class_before"], row["class_after"]): row["units"] for row in effect.matrix},
        kinds=[(_KINDS[kind], said.counts(effect, kind)) for kind in _KINDS],
        moved=[said.unit(row) for row in effect.moved[:_SHOWN]],
        more=max(len(effect.moved) - _SHOWN, 0),
        standards=[said.standard(row) for row in effect.standards if _differs(row)],
        tables=[
            (said.wording.tables.get(table["table"], table["table"]), table)
            for table in effect.changes.tables
            if table["new"] or table["gone"] or table["altered"]
        ],
        compared=len(effect.changes.tables),
    )
    (folder / PAGE).write_text(page, encoding="utf-8")


def show_effect(console: Console, effect: Effect, released: Path) -> None:
    """Print who changes class, per county and in all, in the words of the release in folder `released`."""
    from rich.table import Table as Grid

    if not effect.changes:
        console.print("Every row of every table is that of the release.")
        return
    wording = read_wording(released)
    grid = Grid(title="模拟: who changes class", title_justify="left")
    for heading in ("county", "enterprises", "up", "down", "other", "who"):
        left = heading in ("county", "who")
        grid.add_column(heading, justify="left" if left else "right", overflow="fold")
    counted = [row for row in effect.counts if row["kind"] == "county"]
    for row in counted:
        who = [moved for moved in effect.moved if moved["county_code"] == row["code"]]
        if who:
            named = [f"{_arrow(moved)} {moved['enterprise_name']}" for moved in who[:_NAMED]]
            more = [f"… {len(who) - _NAMED}"] if len(who) > _NAMED else []
            figures = (f"{row[name]:,}" for name in ("units", "up", "down", "other"))
            county = wording.counties.get(row["code"], row["code"])
            grid.add_row(county, *figures, "\n".join(map(shown, (*named, *more))))
    total = (f"{sum(row[name] for row in counted):,}" for name in ("units", "up", "down", "other"))
    grid.add_row("all", *total, "", style="bold")
    console.print(grid)


def _said(rule: Row) -> str:
    return "，".join(f"{name} {value}" for name, value in rule.items() if value is not None)


def _arrow(row: Row) -> str:
    return f"{row['class_before'] or '–'}→{row['class_after'] or '–'}"


def _differs(row: Row) -> bool:
    return any(row[f"{name}_before"] != row[f"{name}_after"] for name in ("n", "max", "mean", "min"))


class _Said:
    """The effect in the words of the simulated year."""

    def __init__(self, folder: Path) -> None:
        self.wording = read_wording(folder)
        divisions = load_policy(folder / "policy").rows("industry_divisions")
        self._divisions = {row["division"]: row["division_zh"] for row in divisions}

    def facts(self, manifest: Row) -> list[tuple[str, str]]:
        """What the simulation is made of."""
        return [
            ("对比的发布", f"{manifest['of_release']['name']}（{STAGES[manifest['stage']]}）"),
            ("评价办法", f"{self.wording.edition}，版本 {manifest['edition']}"),
            ("变动数据", f"{len(manifest['changes'])} 项" if manifest["changes"] else "无"),
            ("核对日期", manifest["as_of"]),
            ("模拟时间", manifest["made_at"].replace("T", " ")[:16] + " UTC"),
            ("程序版本", manifest["code_version"]),
        ]

    def changed_figures(self, manifest: Row) -> list[tuple[str, str, str, Any]]:
        """The changed figures: unit, county, figure with its unit of measure, value."""
        return [
            (
                change["uscc"],
                self.wording.counties.get(change["county_code"], change["county_code"]),
                self._figure(change["figure"]),
                change["value"],
            )
            for change in manifest["changes"]
        ]

    def _figure(self, name: str) -> str:
        unit = self.wording.units_of_measure.get(("enterprise_result", name))
        label = self.wording.labels["enterprise_result", name]
        return f"{label}（{unit}）" if unit else label

    def name(self, kind: str, code: str, sizes: Mapping[str, str]) -> str:
        """What a county, park, division or size is called."""
        if kind == "industry" and code:
            return f"{code} {self._divisions.get(code, '')}".strip()
        names = {"county": self.wording.counties, "park": self.wording.parks, "size": sizes}.get(kind, {})
        absent = {"park": "不在园区", "size": "规模未知（缺从业人员或营业收入）"}.get(kind, "未知")
        return names.get(code, code) if code else absent

    def counts(self, effect: Effect, kind: str) -> list[Row]:
        """The counts of a kind, named."""
        return [
            {**row, "name": self.name(kind, row["code"], effect.sizes)}
            for row in effect.counts
            if row["kind"] == kind
        ]

    def standings(self, effect: Effect) -> list[str]:
        """The standings that somebody has on one side, in order."""
        found = {row[side] for row in effect.matrix for side in ("class_before", "class_after")}
        return [standing for standing in _STANDINGS if standing in found]

    def unit(self, row: Row) -> Row:
        """A unit that has another class, with the names of its county and treatments."""
        treatments = self.wording.codes["treatment"]
        return {
            **row,
            "county": self.wording.counties.get(row["county_code"], row["county_code"]),
            "treatments": [treatments.get(row[f"treatment_{side}"], "") for side in ("before", "after")],
        }

    def standard(self, row: Row) -> Row:
        """A standard with the names of its group and indicator."""
        label, unit = self.wording.indicators[row["indicator"]]
        return {
            **row,
            "level": LEVELS[row["level"]],
            "group": self.wording.groups.get(row["group_code"], row["group_code"]),
            "indicator": f"{label}（{unit}）",
        }

    def sheets(self, effect: Effect) -> list[Table]:
        """The sheets before those that compare any two releases."""
        return [self._matrix(effect), self._counts(effect), self._moved(effect), self._standards(effect)]

    def _matrix(self, effect: Effect) -> Table:
        names = self.standings(effect)
        units = {(row["class_before"], row["class_after"]): row["units"] for row in effect.matrix}
        columns = [Column("发布结果", width=12, centred=True)]
        columns += [Column(_STANDINGS[name], figure="#,##0", band="模拟结果（户）") for name in names]
        rows = [(_STANDINGS[name], *(units.get((name, other), 0) for other in names)) for name in names]
        return Table("模拟·等级矩阵", columns, rows, about="各等级企业在模拟中的等级", colour=_COLOUR)

    def _counts(self, effect: Effect) -> Table:
        columns = [
            Column("分组", width=10, centred=True),
            Column("名称", width=34),
            Column("企业", unit="户", figure="#,##0"),
            *(Column(label, unit="户", figure="#,##0", width=12) for label in _MOVES.values()),
            Column("得分平均变化", unit="分", figure="0.0000", width=14),
        ]
        rows: list[Sequence[Any]] = []
        for kind, label in _KINDS.items():
            for row in self.counts(effect, kind):
                figures = (row[name] for name in ("units", "up", "down", "other", "mean_change"))
                rows.append((label, row["name"], *figures))
        about = "按区县、园区、行业大类、企业规模统计升级和降级的户数"
        return Table("模拟·升降户数", columns, rows, about=about, colour=_COLOUR, parted_by=0, frozen=2)

    def _moved(self, effect: Effect) -> Table:
        treatments = self.wording.codes["treatment"]
        columns = [
            Column("区县", width=18, words=self.wording.counties),
            Column("统一社会信用代码", width=22),
            Column("企业名称", width=40),
            Column("变动", width=14, words=_MOVES, centred=True),
            *(Column(side, width=7, band="等级", centred=True) for side in ("原", "现")),
            *(Column(side, figure="#,##0", width=7, band="排名", centred=True) for side in ("原", "现")),
            *(Column(side, figure="0.0000", band="综合得分（分）") for side in ("原", "现")),
            *(
                Column(side, width=10, words=treatments, band="评价方式", centred=True)
                for side in ("原", "现")
            ),
        ]
        both = [
            f"{name}_{side}"
            for name in ("class", "rank", "total", "treatment")
            for side in ("before", "after")
        ]
        names = ["county_code", "uscc", "enterprise_name", "moved", *both]
        rows = [[row[name] for name in names] for row in effect.moved]
        about = "等级与发布结果不同的企业"
        return Table("模拟·等级变动企业", columns, rows, about=about, colour=_COLOUR, parted_by=0, frozen=3)

    def _standards(self, effect: Effect) -> Table:
        labels = {"n": "参与数（户）", "max": "最大值", "mean": "平均值", "min": "最小正值"}
        columns = [Column("层级", width=7, centred=True), Column("分组", width=20), Column("指标", width=34)]
        for name, label in labels.items():
            figure = "#,##0" if name == "n" else "#,##0.0000"
            columns += [Column(side, figure=figure, width=12, band=label) for side in ("原", "现")]
        columns.append(Column("变化", width=7, centred=True))
        figures = [f"{name}_{side}" for name in labels for side in ("before", "after")]
        rows = [
            [
                *(said[name] for name in ("level", "group", "indicator")),
                *(row[name] for name in figures),
                _differs(row),
            ]
            for row in effect.standards
            for said in (self.standard(row),)
        ]
        about = "每组每项指标的标准值，模拟前后"
        return Table("模拟·标准值", columns, rows, about=about, colour=_COLOUR, parted_by=1, frozen=3)
