"""What makes a package complete in itself: its tables as CSV too, a dictionary, and what to read first.

Belongs here: the forms in which the tables of a package are handed on. Does not: which tables it holds
(`release.packages`), the workbooks and pages beside them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.presentation.public_list import NAME as PUBLIC_LIST
from orchestration.presentation.public_page import NAME as PUBLIC_PAGE
from orchestration.presentation.wording import STAGES, read_wording
from orchestration.release.reading import PUBLIC, open_release, read_manifest
from orchestration.terminal import shown

DICTIONARY = "数据字典.csv"
README = "README.txt"
_HEADINGS = ("数据表", "内容", "列", "名称", "计量单位", "含义", "依据")


def complete_public(folder: Path) -> None:
    """Complete the public package of the release in `folder`, where it has one."""
    manifest = read_manifest(folder)
    if not manifest["for_publication"]:
        return
    complete(
        folder,
        folder / PUBLIC,
        f"{manifest['year']}年度制造业亩均效益综合评价结果（{STAGES[manifest['stage']]}）",
        [
            (
                PUBLIC_PAGE,
                "网页：分档、排名、名单查询、异议办法、评价办法；用浏览器打开，不需要联网",
            ),
            (PUBLIC_LIST, "名单和排名，可打印"),
        ],
        "本文件夹内容均可公开。",
    )


def complete(
    folder: Path, package: Path, title: str, files: Iterable[tuple[str, str]], handling: str
) -> None:
    """Put beside every Parquet file of `package` the same rows as CSV, for all of them a dictionary, and a
    README that says what `files` (name, what it is) are beside these, and who may see them.

    CSV is UTF-8 with a mark, as spreadsheets want it; a missing value is an empty cell.
    """
    names = sorted(path.stem for path in package.glob("*.parquet"))
    for name in names:
        _write_csv(package / f"{name}.csv", *_rows(package / f"{name}.parquet"))
    wording = read_wording(folder)
    with open_release(folder) as release:
        dictionary = [row for name in names for row in _described(release, package, name, wording.tables)]
    _write_csv(package / DICTIONARY, _HEADINGS, dictionary)
    manifest = read_manifest(folder)
    lines = [
        title,
        "",
        f"依据：{wording.edition}",
        f"发布编号：{manifest['year']}/{manifest['release']}",
        handling,
        "",
        *(f"{name}  {about}" for name, about in files),
        f"{DICTIONARY}  各数据表各列的名称、计量单位和含义",
        "",
        "数据表，每张有 CSV（UTF-8 编码，可用表格软件打开）和 Parquet（供数据分析）两种格式，内容一致：",
        *(f"{name}.csv  {name}.parquet  {wording.tables.get(name, name)}" for name in names),
        "",
        "空白为没有数值或者不公开，不是零。代码列（如统一社会信用代码）是文本，不是数字。",
    ]
    # With a mark and the line ends that every editor knows.
    (package / README).write_bytes(("\ufeff" + "\r\n".join(lines) + "\r\n").encode())


def _rows(path: Path) -> tuple[list[str], Iterable[Sequence[Any]]]:
    table = pq.read_table(path)
    texts = [pc.cast(column, "string") if str(column.type) == "bool" else column for column in table.columns]
    return table.column_names, zip(*(column.to_pylist() for column in texts), strict=True)


def _described(
    release: duckdb.DuckDBPyConnection, package: Path, name: str, tables: Any
) -> Iterable[tuple[Any, ...]]:
    """The columns that a table of a package has, as the dictionary of the release tells of them."""
    said = {
        row[0]: row[1:]
        for row in release.execute(
            "select column_name, label_zh, unit, definition, clause from column_dictionary "
            "where table_name = ?",
            [name],
        ).fetchall()
    }
    for column in pq.read_schema(package / f"{name}.parquet").names:
        yield name, tables.get(name, name), column, *said[column]


def _write_csv(path: Path, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: Any) -> Any:
    """A value as a cell: no text of a file is a formula to a spreadsheet or an order to a terminal."""
    if not isinstance(value, str):
        return value
    text = shown(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
