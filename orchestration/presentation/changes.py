"""How the differences between two releases are said: the reasons in Chinese, the sheets, the terminal.

Belongs here: wording and lay-out. Does not: finding the differences (`diff`, `row_changes`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.errors import UserError
from orchestration.presentation.wording import (
    INTERNAL,
    LEVELS,
    STAGES,
    Wording,
    read_wording,
)
from orchestration.release.diff import Changes
from orchestration.release.reading import read_manifest
from orchestration.rows import Row
from orchestration.terminal import shown
from orchestration.workbooks import Book, Column, Table

if TYPE_CHECKING:
    from rich.console import Console

_SHOWN = 20  # units that the terminal lists; workbook and data have all of them
_KINDS = {"new": "新增", "gone": "删除", "altered": "修改"}
_BECAME = {
    "new": "新列入评价",
    "gone": "不再评价",
    "merged": "并入其他企业评价",
    "separated": "不再并入其他企业，单独评价",
    "county": "评价区县",
    "treatment": "评价方式",
    "veto_reason": "否决原因",
    "method": "计算方法不同",
}
_COUNTED = ("户", "分")  # units of figures too small to be told in %
_BORDERS_BY = {"quotas": "分档比例有变化", "county_rules": "区县细则文件不同"}
_SCORED_BY = {"value": "自身数据", "standard": "标准值", "weight": "权数", "formula": "计分方法"}


def why(moved: Row, wording: Wording) -> str:
    """Why a unit moved, in Chinese, in one line: what became of it, its item scores and what moved them, its
    own figures, the others it is ranked among, the borders of its classes."""
    causes: Sequence[Row] = moved["causes"]
    parts = [_became(cause, wording) for cause in causes if cause["cause"] in _BECAME]
    scores: dict[tuple[str, ...], list[str]] = {}
    for cause in causes:
        if cause["cause"] == "score":
            label, _ = wording.indicators[cause["what"]]
            points = cause["after"] - cause["before"]
            scores.setdefault(tuple(cause["by"]), []).append(f"{label} {points:+.4f}")
    parts += [
        f"{'、'.join(said)} 分（{'、'.join(_SCORED_BY[part] for part in by)}变化）"
        for by, said in scores.items()
    ]
    inputs = [_input(cause, wording) for cause in causes if cause["cause"] == "input"]
    parts += ["、".join(inputs)] if inputs else []
    for cause in causes:
        if cause["cause"] == "others":
            parts.append(f"其他单位得分变化使排名 {cause['before']}→{cause['after']}")
        if cause["cause"] == "borders":
            counts = f"{_counted(cause['before'])}→{_counted(cause['after'])}"
            parts.append(
                "，".join([f"本区县参与分档户数 {counts}", *(_BORDERS_BY[by] for by in cause["by"])])
            )
    return "；".join(parts)


def _became(cause: Row, wording: Wording) -> str:
    words: Mapping[Any, str] = {
        "county": wording.counties,
        "treatment": wording.codes["treatment"],
        "veto_reason": {"": "无", **wording.codes["veto_reason"]},
    }.get(cause["cause"], {})
    said = _BECAME[cause["cause"]]
    if "name" in cause:
        return f"{said}（{cause['name']} {cause['what']}）"
    return f"{said} {words[cause['before'] or '']}→{words[cause['after'] or '']}" if words else said


def _input(cause: Row, wording: Wording) -> str:
    """A column that a unit brings itself and how it changed: in %, or from what to what."""
    column, before, after = cause["what"], cause["before"], cause["after"]
    # Only territories have some of these columns.
    table = "enterprise_result" if ("enterprise_result", column) in wording.labels else "county_result"
    label = wording.labels[table, column]
    # A column without a unit counts something, like one in 户.
    if before and after and wording.units_of_measure.get((table, column)) not in (None, *_COUNTED):
        return f"{label} {(after - before) / abs(before) * 100:+.1f}%"
    return f"{label} {_figure(before)}→{_figure(after)}"


def _figure(value: float | None) -> str:
    return "无" if value is None else f"{value:,.2f}".removesuffix(".00")


def _counted(classes: Row) -> str:
    """The classified units of a county: 26（A5 B15 C5 D1）."""
    each = " ".join(f"{name.upper()}{classes[name]}" for name in "abcd")
    return f"{classes['classified']}（{each}）"


def release_name(head: Row) -> str:
    """A side of the comparison as it is named: `2024/r001-draft`."""
    return f"{head['year']}/{head['release']}"


def change_sheets(changes: Changes, wording: Wording) -> list[Table]:
    """The sheets that tell of `changes`."""
    return [
        _moved(changes, wording),
        _standards(changes, wording),
        _rules(changes),
        _counts(changes, wording),
        _rows(changes, wording),
    ]


def write_changes(path: Path, changes: Changes, later: Path) -> None:
    """Write `changes` as a workbook; `later` is the folder of the later release, whose words are used.
    UserError where `path` cannot be written."""
    from xlsxwriter.exceptions import FileCreateError

    title = f"{release_name(changes.before)} 与 {release_name(changes.after)} 对比"
    made_at = datetime.fromisoformat(read_manifest(later)["made_at"])
    book = Book(path, title=title, created=made_at.replace(tzinfo=None), handling=INTERNAL)
    for table in change_sheets(changes, read_wording(later)):
        book.add(table)
    try:
        book.close()
    except FileCreateError as error:
        raise UserError(f"{path} cannot be written: {error}") from error


def _table(
    name: str, about: str, changes: Changes, columns: list[Column], rows: list[Any], **look: Any
) -> Table:
    former = f"{release_name(changes.before)}（{STAGES[changes.before['stage']]}）"
    about = f"与 {former} 相比，{about}"
    return Table(f"变化·{name}", columns, rows, about=about, colour="#7030A0", **look)


def _moved(changes: Changes, wording: Wording) -> Table:
    columns = [
        Column("层级", width=7, words=LEVELS, centred=True),
        Column("区域或区县", width=20, words=wording.groups),
        Column("名称", width=36),
        Column("代码", width=22),
        Column("原", width=7, band="等级", centred=True),
        Column("现", width=7, band="等级", centred=True),
        Column("原", figure="#,##0", width=7, band="排名", centred=True),
        Column("现", figure="#,##0", width=7, band="排名", centred=True),
        Column("原", figure="0.0000", band="综合得分（分）"),
        Column("现", figure="0.0000", band="综合得分（分）"),
        Column("原", width=10, words=wording.codes["treatment"], band="评价方式", centred=True),
        Column("现", width=10, words=wording.codes["treatment"], band="评价方式", centred=True),
        Column("原因", width=90, wrap=True),
    ]
    rows = [
        (
            moved["level"],
            moved["group"],
            moved["name"],
            moved["code"],
            *(
                (moved[side] or {}).get(name)
                for name in ("class", "rank", "total_score", "treatment")
                for side in ("before", "after")
            ),
            why(moved, wording),
        )
        for moved in changes.moved
    ]
    return _table(
        "排名等级", "等级、排名或评价方式有变化的单位及原因", changes, columns, rows, frozen=3, parted_by=1
    )


def _standards(changes: Changes, wording: Wording) -> Table:
    labels = {"n": "参与数（户）", "max": "最大值", "mean": "平均值", "min": "最小正值"}
    columns = [
        Column("层级", width=7, words=LEVELS, centred=True),
        Column("分组", width=20, words=wording.groups),
        Column("指标", width=18, words={code: label for code, (label, _) in wording.indicators.items()}),
        Column("计量单位", width=14, words={code: unit for code, (_, unit) in wording.indicators.items()}),
        *(
            Column(side, figure="#,##0" if name == "n" else "#,##0.00", band=label)
            for name, label in labels.items()
            for side in ("原", "现")
        ),
        Column("指标值有变化的单位", unit="户", figure="#,##0"),
        Column("变化最大的单位", width=70, wrap=True),
    ]
    rows = [
        (
            moved["level"],
            moved["group_code"],
            moved["indicator"],
            moved["indicator"],
            *(moved[side][name] for name in labels for side in ("before", "after")),
            moved["units"],
            "；".join(
                f"{unit['name']} {_figure(unit['before'])}→{_figure(unit['after'])}"
                for unit in moved["moved_by"]
            ),
        )
        for moved in changes.standards
    ]
    return _table("标准值", "有变化的标准值及变化最大的单位", changes, columns, rows, frozen=3, parted_by=1)


def _rules(changes: Changes) -> Table:
    columns = [
        Column("方法表", width=20),
        Column("变化", width=8, words=_KINDS, centred=True),
        Column("内容", width=110, wrap=True),
    ]
    rows = [
        (rule["table"], rule["change"], "，".join(f"{name}={value}" for name, value in rule["row"].items()))
        for rule in changes.rules
    ]
    return _table("评价办法", "有变化的规定", changes, columns, rows)


def _counts(changes: Changes, wording: Wording) -> Table:
    columns = [
        Column("数据表", width=24),
        *(Column(label, unit="行", figure="#,##0") for label in ("原", "现", "增加", "删除", "修改")),
        Column("修改的列", width=90, wrap=True),
    ]
    rows = [
        (
            wording.tables.get(table["table"], table["table"]),
            *(table[name] for name in ("before", "after", "new", "gone", "altered")),
            "，".join(
                f"{wording.labels.get((table['table'], column), column)} {count:,}"
                for column, count in table["columns"].items()
            ),
        )
        for table in changes.tables
    ]
    return _table("数据表", "各数据表增加、删除、修改的行数", changes, columns, rows)


def _rows(changes: Changes, wording: Wording) -> Table:
    columns = [
        Column("数据表", width=20),
        Column("变化", width=8, words=_KINDS, centred=True),
        Column("行", width=50, wrap=True),
        Column("列", width=24),
        Column("原", figure="General", width=24),
        Column("现", figure="General", width=24),
    ]

    def cells() -> Iterator[tuple[Any, ...]]:
        for table in changes.tables:
            name = wording.tables.get(table["table"], table["table"])
            for row in table["rows"]:
                said = (name, row["change"], "/".join(row["key"]))
                if not row["cells"]:
                    yield *said, None, None, None
                for cell in row["cells"]:
                    column = wording.labels.get((table["table"], cell["what"]), cell["what"])
                    yield *said, column, cell["before"], cell["after"]

    return _table(
        "数据行", "增加、删除、修改的行（每表只列前若干行）", changes, columns, list(cells()), parted_by=0
    )


def show_changes(console: Console, changes: Changes, later: Path) -> None:
    """Print what changed, in the words of the release in folder `later`: rules, classes, the units that moved
    most and why, standards, rows."""
    from rich import table as rich
    from rich.padding import Padding
    from rich.text import Text

    wording = read_wording(later)
    console.print(f"{release_name(changes.before)} → {release_name(changes.after)}", highlight=False)
    for name in ("edition", "code_version"):
        if changes.before[name] != changes.after[name]:
            console.print(f"{name}: {changes.before[name]} → {changes.after[name]}", highlight=False)
    if not changes:
        console.print("Every row of every table is the same.")
        return
    for rule in changes.rules:
        fields = ", ".join(f"{name} {value}" for name, value in rule["row"].items() if value is not None)
        console.print(Text(shown(f"rule {rule['change']}: {rule['table']}: {fields}")))
    classes = Counter(
        (_class(moved["before"]), _class(moved["after"]))
        for moved in changes.moved
        if moved["level"] == "enterprise" and _class(moved["before"]) != _class(moved["after"])
    )
    if classes:
        said = ", ".join(f"{a}→{b} {count:,}" for (a, b), count in sorted(classes.items()))
        console.print(f"classes: {said}", highlight=False)
    for moved in sorted(changes.moved, key=_weight)[:_SHOWN]:
        where = wording.groups.get(moved["group"], moved["group"] or "")
        standing = "  ".join(_both(moved, name) for name in ("class", "rank", "total_score"))
        called = Text(shown(moved["name"]), "bold")
        console.print()
        console.print(Text.assemble(shown(where), "  ", called, f"  {standing}"))
        console.print(Padding(Text(shown(why(moved, wording))), (0, 0, 0, 4)))
    if len(changes.moved) > _SHOWN:
        console.print(f"\n{len(changes.moved):,} units moved; --xlsx or --json tells of all of them.")
    if changes.standards:
        console.print(f"{len(changes.standards):,} standards moved")
    tables = rich.Table(title="Rows", title_justify="left")
    for name in ("table", "before", "after", "new", "gone", "altered"):
        tables.add_column(name, justify="left" if name == "table" else "right")
    for table in changes.tables:
        if table["new"] or table["gone"] or table["altered"]:
            counts = ("before", "after", "new", "gone", "altered")
            tables.add_row(table["table"], *(_count(table[name]) for name in counts))
    console.print(tables)


def _weight(moved: Row) -> int:
    """Counties and parks first, then enterprises of another class, then of another rank."""
    if moved["level"] != "enterprise":
        return 0
    return 1 if _class(moved["before"]) != _class(moved["after"]) else 2


def _class(standing: Row | None) -> str:
    return "out" if standing is None else standing["class"] or "none"


def _both(moved: Row, name: str) -> str:
    before, after = (_said((moved[side] or {}).get(name)) for side in ("before", "after"))
    return before if before == after else f"{before}→{after}"


def _said(value: str | float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"
