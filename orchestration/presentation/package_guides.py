"""What every package holds beside its tables: the same tables as CSV, their dictionary, and a README.

Belongs here: what makes a folder complete in itself. Does not: what is in the tables and who may see it
(`release.packages`, `release.measures`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from orchestration.archives import Archive
from orchestration.presentation.pages import render
from orchestration.presentation.wording import STAGES, Wording, draft_mark, read_wording
from orchestration.release.measures import MEASURES
from orchestration.release.reading import PUBLIC, open_release, read_manifest
from orchestration.terminal import shown

README, DICTIONARY, TABLES = "README.txt", "数据字典.csv", "表格.zip"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # without it Excel takes UTF-8 for the local code page
_UNSEEN = "\\p{C}"
_RUNS = "^[=+\\-@]"  # what a spreadsheet takes for a formula
_HEADINGS = ("表", "表名", "列", "中文名", "计量单位", "定义", "依据")

# What the lists of measures have beside the columns of their targets, and a measure's own.
_OF_LISTS = {
    "body": ("执行单位", None, "收到这份清单的执行单位；几个单位共同执行的措施，每个单位一行", None),
    "change": ("与上次清单相比", None, "new 新增，kept 保留，gone 退出；此前没有清单的，空白", None),
}
# What `source_column` says of a figure, as the dictionary does of a column.
_OF_FIGURE = ["column_name", "label_zh", "unit"]

# Column by column: table, column, label, unit, definition, clause.
Described = Mapping[str, Sequence[Sequence[str | None]]]
Tables = Mapping[Path, pq.FileMetaData]  # of a package, each with what its file says of itself


def write_package_tables(folder: Path) -> None:
    """Write into each package of the release in `folder` its tables as CSV, and their dictionary."""
    wording = read_wording(folder)
    with open_release(folder) as release:
        rows = release.execute(
            "select table_name, column_name, label_zh, unit, definition, clause from column_dictionary"
        ).fetchall()
    described: dict[str, list[Sequence[str | None]]] = {}
    for row in rows:
        described.setdefault(row[0], []).append(row)
    for kind, package in _packages(folder):
        if tables := {path: pq.read_metadata(path) for path in sorted(package.glob("*.parquet"))}:
            _write_csv(tables, _dictionary(tables, described, wording), package, zipped=kind == "county")


def write_package_guides(folder: Path) -> None:
    """Write into each package of the release in `folder`, which is whole but for it, the README."""
    manifest, wording = read_manifest(folder), read_wording(folder)
    said = {
        "year": manifest["year"],
        "release": f"{manifest['year']}/{manifest['release']}",
        "stage": STAGES[manifest["stage"]],
        "edition": wording.edition,
        "mark": draft_mark(manifest),
    }
    for kind, package in _packages(folder):
        text = render(
            "package.txt.j2",
            **said,
            kind=kind,
            whose=wording.counties.get(package.name) or wording.departments.get(package.name, ""),
            tables=[
                (path.stem, wording.tables.get(path.stem, "")) for path in sorted(package.glob("*.parquet"))
            ],
            files={path.name for path in package.iterdir()},
        )
        # With a mark and the line ends that every editor knows.
        (package / README).write_bytes(_BYTE_ORDER_MARK + text.replace("\n", "\r\n").encode())


def _packages(folder: Path) -> Iterator[tuple[str, Path]]:
    """The packages that there are so far, each with its kind."""
    for kind, package in (("public", folder / PUBLIC), ("measures", folder / MEASURES)):
        if package.is_dir():
            yield kind, package
    for kind, where in (("county", "counties"), ("department", "departments")):
        for package in sorted((folder / "packages").glob(f"{where}/*")):
            yield kind, package


def _write_csv(tables: Tables, dictionary: bytes, package: Path, *, zipped: bool) -> None:
    """The tables as CSV and their dictionary, beside them or in one archive: a county's sources, row by row,
    are large."""
    if not zipped:
        (package / DICTIONARY).write_bytes(dictionary)
        for path, about in tables.items():
            path.with_suffix(".csv").write_bytes(_as_csv(path, about))
        return
    with Archive(package / TABLES, "w") as archive:
        archive.add(DICTIONARY, dictionary)
        for path, about in tables.items():
            archive.add(f"{path.stem}.csv", _as_csv(path, about))


def _as_csv(path: Path, about: pq.FileMetaData) -> bytes:
    schema = about.schema.to_arrow_schema()
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    # A text that stands in many rows is looked at once.
    rows = pq.ParquetFile(path, metadata=about, read_dictionary=texts).read(use_threads=False)
    for name in (field.name for field in schema if pa.types.is_map(field.type)):
        rows = _spread(rows, name)
    coded = {name: rows[name].combine_chunks() for name in texts}
    every_text = pa.chunked_array([one.dictionary for one in coded.values()], pa.string())
    as_they_are = not pc.any(pc.match_substring_regex(every_text, f"{_UNSEEN}|{_RUNS}")).as_py()
    for name, one in coded.items():
        shown_as = one if as_they_are else one.from_arrays(one.indices, _as_text(one.dictionary))
        rows = rows.set_column(rows.schema.get_field_index(name), name, shown_as.cast(pa.string()))
    out = io.BytesIO(_BYTE_ORDER_MARK)
    out.seek(0, io.SEEK_END)
    pa_csv.write_csv(rows, out)
    return out.getvalue()


def _spread(rows: pa.Table, name: str) -> pa.Table:
    """The rows with a column for each key of the map in the column `name`, in its place."""
    place, maps = rows.schema.get_field_index(name), rows[name].combine_chunks()
    keys, found = maps.keys.dictionary_encode(), maps.items
    cells = keys.indices.to_numpy(), np.repeat(np.arange(len(maps)), np.diff(maps.offsets.to_numpy()))
    figures = np.zeros((len(keys.dictionary), len(maps)))
    missing = np.ones(figures.shape, bool)
    figures[cells], missing[cells] = found.fill_null(0).to_numpy(), found.is_null().to_numpy(False)
    spread = rows.remove_column(place)
    for number, key in reversed([*enumerate(keys.dictionary.to_pylist())]):
        spread = spread.add_column(place, key, pa.array(figures[number], mask=missing[number]))
    return spread


def _as_text(texts: pa.StringArray) -> pa.StringArray:
    """Texts without anything that cannot be seen, an apostrophe before those that a spreadsheet would take
    for a formula."""
    seen = pa.array([text and shown(text) for text in texts.to_pylist()], pa.string())
    marked = pc.binary_join_element_wise("'", seen, "")
    return pc.if_else(pc.fill_null(pc.match_substring_regex(seen, _RUNS), False), marked, seen)


def _dictionary(tables: Tables, described: Described, wording: Wording) -> bytes:
    """Every column that the tables have, as CSV: label, unit, definition, clause."""
    text = io.StringIO(newline="")
    out = csv.writer(text)
    out.writerow(_HEADINGS)
    measures = {column: said for _, column, *said in described["measure"]}
    for table, about in tables.items():
        named = (table.stem, wording.tables.get(table.stem, ""))
        own = {column: said for _, column, *said in described[table.stem]}
        for field in about.schema.to_arrow_schema():
            said = own.get(field.name) or _OF_LISTS.get(field.name) or measures[field.name]
            out.writerow([*named, field.name, *said])
            if pa.types.is_map(field.type):
                figures = pq.read_table(table.with_stem("source_column")).sort_by("position")
                for figure in figures.group_by(_OF_FIGURE, use_threads=False).aggregate([]).to_pylist():
                    out.writerow([*named, *figure.values(), *said[2:]])
    return _BYTE_ORDER_MARK + text.getvalue().encode()
