"""Where the figures of findings came from: department, file, sheet, and cell or row.

Belongs here: looking up the delivered rows behind a figure. Does not: which rows those are (the catalogue,
and `dbt_project/models/checks/int_sources__subjects.sql`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from expectations.verdicts import Finding

_BETWEEN = " / "
_NAMED = 50  # rows of one file that are named one by one

# One row per figure and file; a feed without a row behind the figure has a row without a file.
_PLACES = f"""
    with looked_up as (
        select
            origins.*,
            feeds.department,
            feeds.label_zh,
            subjects.source_file,
            subjects.source_sheet,
            subjects.source_row,
            letters.letter
        from origins
        inner join stg_run__feeds as feeds on origins.feed = feeds.feed
        left join int_sources__subjects as subjects
            on origins.level = subjects.level
            and origins.subject = subjects.subject
            and origins.feed = subjects.feed
        left join landing.intake_column as letters
            on origins.feed = letters.feed
            and origins.column_name = letters.column_name
            and subjects.source_file = letters.file_name
    )
    select finding, figure, position, level, department, label_zh, source_file, source_sheet, letter,
        count(distinct source_row) as rows,
        list_slice(list_sort(list_distinct(list(source_row))), 1, {_NAMED}) as first_rows
    from looked_up
    group by all
    order by all
"""

SourceTexts = Mapping[tuple[int, int], str]


def source_texts(
    connection: duckdb.DuckDBPyConnection, findings: Sequence[Finding], departments: Mapping[str, str]
) -> SourceTexts:
    """Where each figure came from, by the position of its finding and its number, in the Chinese names of
    `departments`: 部门 / 文件 / 工作表 / 单元格."""
    texts = {
        (number, 1): _BETWEEN.join([departments[finding.departments[0]], finding.source])
        for number, finding in enumerate(findings)
        if finding.source
    }
    origins = [
        (number, origin.figure, position, origin.feed, origin.column, origin.level, origin.subject)
        for number, finding in enumerate(findings)
        for position, origin in enumerate(finding.origins)
    ]
    if not origins:
        return texts
    names = ["finding", "figure", "position", "feed", "column_name", "level", "subject"]
    connection.register("origins", pa.table(dict(zip(names, zip(*origins, strict=True), strict=True))))
    found = connection.execute(_PLACES).to_arrow_table().to_pylist()
    connection.unregister("origins")
    by_figure: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for place in found:
        by_figure.setdefault((place["finding"], place["figure"]), []).append(place)
    return {figure: _text(places, departments) for figure, places in by_figure.items()} | texts


def _text(places: Sequence[Mapping[str, Any]], departments: Mapping[str, str]) -> str:
    """Every place of a figure; the feeds that have none only where there is no place at all."""
    there = [place for place in places if place["source_file"]]
    if there:
        return "；".join(_BETWEEN.join([departments[place["department"]], *_place(place)]) for place in there)
    labels: dict[str, list[str]] = {}
    for place in places:
        labels.setdefault(departments[place["department"]], []).append(place["label_zh"])
    return "；".join(f"{name}{_BETWEEN}{'、'.join(named)}：无对应行" for name, named in labels.items())


def _place(place: Mapping[str, Any]) -> list[str]:
    sheet = [place["source_sheet"]] if place["source_sheet"] else []
    return [place["source_file"], *sheet, _rows(place)]


def _rows(place: Mapping[str, Any]) -> str:
    count, first, letter = place["rows"], place["first_rows"], place["letter"]
    if place["level"] == "county" and count > 1:
        return f"{count}行"
    cells = "、".join(f"{letter}{row}" if letter else str(row) for row in first)
    named = cells if letter else f"第{cells}行"
    return named if count <= len(first) else f"{named}等{count}行"
