"""The list for the public (公示名单): classes and rankings as a workbook, made from the public package alone.

Belongs here: which sheet shows which public table. Does not: what is public (`packages`, `disclosure`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from orchestration.presentation.wording import LEVELS, STAGES, Wording, read_wording
from orchestration.release.reading import PUBLIC, open_nothing, read_manifest
from orchestration.terminal import shown
from orchestration.workbooks import Book, Column, Table

NAME = "公示名单.xlsx"
_LONGEST = 500  # characters of a text; nobody's name is longer


def write_public_list(folder: Path) -> None:
    """Write `公示名单.xlsx` into the public package of the release in `folder`, where it has one."""
    manifest, package = read_manifest(folder), folder / PUBLIC
    if not manifest["for_publication"]:
        return
    wording = read_wording(folder)
    made_at = datetime.fromisoformat(manifest["made_at"])
    tables = [
        _enterprises(package, wording),
        _ranking(package, wording, "county"),
        _ranking(package, wording, "park"),
        _demonstration(package, wording),
    ]
    book = Book(
        package / NAME,
        title=f"{manifest['year']}年度制造业亩均效益综合评价结果（{STAGES[manifest['stage']]}）",
        created=made_at.replace(tzinfo=None),
        handling="",
    )
    facts = [("评价办法", wording.edition), ("发布编号", f"{manifest['year']}/{manifest['release']}")]
    book.cover(facts, [(table.name, len(table.rows)) for table in tables], tables)
    for table in tables:
        book.add(table)
    book.close()


def _enterprises(package: Path, wording: Wording) -> Table:
    columns = [
        _column(wording, "enterprise_result", "county_name", 22),
        _column(wording, "enterprise_result", "enterprise_name", 44),
        _column(wording, "enterprise_result", "uscc", 24),
        _column(wording, "enterprise_result", "class", 8, centred=True),
    ]
    rows = _rows(
        package,
        "select county_name, enterprise_name, uscc, class from enterprise_result "
        "order by county_code, class nulls last, uscc",
    )
    about = "各区县参评企业及等级；过渡期企业只评价、不分类，等级为空"
    return Table(
        "企业等级", columns, rows, about=about, frozen=2, landscape=False, parted_by=0, page_each=True,
        classes=3, colour="#548235",
    )  # fmt: skip


def _ranking(package: Path, wording: Wording, level: str) -> Table:
    table = f"{level}_result"
    columns = [
        _column(wording, table, "region", 14, words=wording.regions),
        _column(wording, table, "rank", 8, centred=True),
        _column(wording, table, "name", 36),
    ]
    rows = _rows(
        package,
        f"select region, rank, name from {table} order by list_position($order, region), rank, {level}_code",
        order=list(wording.regions),
    )
    zh = LEVELS[level]
    return Table(f"{zh}排名", columns, rows, about=f"各{zh}按区域排名", landscape=False, parted_by=0)


def _demonstration(package: Path, wording: Wording) -> Table:
    columns = [
        _column(wording, "demonstration", "level", 10, words=LEVELS, centred=True),
        _column(wording, "demonstration", "rank", 8, centred=True),
        _column(wording, "demonstration", "name", 46),
    ]
    rows = _rows(
        package,
        "select level, rank, name from demonstration order by list_position($order, level), rank, code",
        order=list(LEVELS),
    )
    about = "全市综合得分居前的区县、园区和企业"
    return Table("示范榜单", columns, rows, about=about, landscape=False, parted_by=0)


def _column(wording: Wording, table: str, name: str, width: float, **look: Any) -> Column:
    label = wording.labels[table, name]
    words: Mapping[Any, str] = look.get("words", {})
    return Column(
        label.removesuffix("代码") if words else label,
        wording.units_of_measure.get((table, name)),
        width=width,
        **look,
    )


def _rows(package: Path, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
    """The rows that `sql` gives over the tables of the package, by their names."""
    with open_nothing() as connection:
        for path in package.glob("*.parquet"):
            connection.register(path.stem, pq.read_table(path))
        rows = connection.execute(sql, parameters).fetchall()
    return [tuple(_cut(shown(cell)) if isinstance(cell, str) else cell for cell in row) for row in rows]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
