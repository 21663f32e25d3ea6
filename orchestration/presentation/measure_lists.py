"""The lists of measures, one for each body that carries them out: `packages/measures/`, of a final.

What a body is called is text of a file: it stands in the workbook and in the contents, never in a name.
Belongs here: what a list tells. Does not: whom it names (`release.measures`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from orchestration.presentation.sheets import BY_LEVEL, Field, Sheets
from orchestration.presentation.wording import INTERNAL, LEVELS, Wording, read_wording
from orchestration.release.measures import JOINED, MEASURES
from orchestration.release.reading import open_nothing, read_manifest
from orchestration.terminal import shown
from orchestration.workbooks import Book, Table

CONTENTS = "目录.xlsx"
_BODIES = f"""
    create macro carried_out_by(executed_by, body) as
        list_contains(string_split(executed_by, '{JOINED}'), body);
    create view body as
    select row_number() over (order by name) as number, name
    from (
        select distinct unnest(string_split(executed_by, '{JOINED}')) as name
        from (select executed_by from measure union select executed_by from measure_target)
    )
    where trim(name) <> '';
"""
_LONGEST = 40  # characters of a body's name in a title, which stands on every printed page


@dataclass(frozen=True)
class _Release:
    """What every list says of the release; whether it is `compared` with a list before."""

    manifest: Mapping[str, Any]
    wording: Wording
    compared: bool

    @property
    def name(self) -> str:
        return f"{self.manifest['year']}/{self.manifest['release']}"

    def book(self, path: Path, title: str) -> Book:
        made_at = datetime.fromisoformat(self.manifest["made_at"]).replace(tzinfo=None)
        return Book(path, title=title, created=made_at, handling=INTERNAL)


def write_measure_lists(folder: Path) -> None:
    """Write `措施清单_<number>.xlsx` for each body into `packages/measures` of the release in `folder`, where
    it has that, and `目录.xlsx`: which is whose."""
    package = folder / MEASURES
    if not package.is_dir():
        return
    with open_nothing() as connection:
        for path in package.glob("*.parquet"):
            connection.register(path.stem, pq.read_table(path))
        ((compared,),) = connection.execute("select count(change) > 0 from measure_target").fetchall()
        release = _Release(read_manifest(folder), read_wording(folder), compared)
        connection.execute(_BODIES)
        lists = _Lists(connection, release.wording)
        for number, body in connection.execute("select number, name from body order by number").fetchall():
            _write_list(package / f"措施清单_{number:02d}.xlsx", release, lists, body)
        title = f"{release.manifest['year']}年度差别化措施清单目录"
        book = release.book(package / CONTENTS, title)
        contents = lists.contents()
        facts = [("评价结果", release.name), ("上次清单", _before(release))]
        book.cover(facts, [("执行单位", len(contents.rows))], [contents], "清单")
        book.add(contents)
        book.close()


def _before(release: _Release) -> str:
    """With which list this one is compared."""
    if not release.compared:
        return "此前没有清单"
    return f"{release.manifest['former_final']}；同一执行单位、同一措施内容即为同一措施，编号不同也在此列"


def _write_list(path: Path, release: _Release, lists: _Lists, body: str) -> None:
    name = shown(body)
    short = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
    book = release.book(path, f"{release.manifest['year']}年度差别化措施清单　{short}")
    tables = lists.of(body)
    facts = [("执行单位", name), ("评价结果", release.name), ("上次清单", _before(release))]
    book.cover(facts, [(table.name, len(table.rows)) for table in tables], tables, "措施和对象")
    for table in tables:
        book.add(table)
    book.close()


def measure_fields(wording: Wording) -> list[Field]:
    """The columns of a sheet of measures."""
    return [
        Field("measure_no", "measure.measure_no", 13),
        Field("field", "measure.field", 11, wording.codes.get("field")),
        Field("measure", "measure.measure", 44, wrap=True),
        Field("applies_to", "measure.applies_to", 9, LEVELS, centred=True),
        Field("coalesce(county_code, '')", "measure.county_code", 14, {**wording.counties, "": "全市"}),
        Field("class", "measure.class", 8, centred=True),
        Field("rank_from", "measure.rank_from", 7, centred=True),
        Field("rank_to", "measure.rank_to", 7, centred=True),
        Field("executed_by", "measure.executed_by", 24, wrap=True),
        Field("basis", "measure.basis", 22, wrap=True),
        Field("valid_from", "measure.valid_from", 12, centred=True),
        Field("valid_to", "measure.valid_to", 12, centred=True),
        Field("applied", "measure.applied", 9),
    ]


class _Lists(Sheets):
    """The measures and whom they apply to, body by body."""

    def of(self, body: str) -> list[Table]:
        """The sheets of one body's list; of whom it no longer names where there are any."""
        listed = self._targets("名单", "措施现在的对象", body, "change is distinct from 'gone'")
        gone = self._targets("退出", "上次清单中有、现在不再适用的对象", body, "change = 'gone'")
        return [self._measures(body), listed, *([gone] if gone.rows else [])]

    def contents(self) -> Table:
        """Which list is whose, and how many it names."""
        fields = [
            Field("printf('措施清单_%02d.xlsx', number)", "文件", 22),
            Field("name", "measure.executed_by", 44, wrap=True),
            Field("(select count(*) from measure where carried_out_by(executed_by, name))", "措施", 10),
            Field(
                """(
                    select count(*) from measure_target
                    where change is distinct from 'gone' and measure_target.body = body.name
                )""",
                "对象",
                10,
            ),
        ]
        source = "from body order by number"
        return self.table("清单", "各执行单位的清单", fields, source, landscape=False)

    def _measures(self, body: str) -> Table:
        fields = measure_fields(self.wording)
        source = "from measure where carried_out_by(executed_by, $body) order by measure_no"
        about = "各项措施的依据和有效期；户数为 0 的，下一年度不在有效期内，或没有适用对象"
        return self.table("措施", about, fields, source, {"body": body}, frozen=1)

    def _targets(self, name: str, about: str, body: str, which: str) -> Table:
        target = "measure_target"
        fields = [
            Field("target.measure_no", f"{target}.measure_no", 13),
            Field("target.measure", "measure.measure", 36, wrap=True),
            Field("level", f"{target}.level", 8, LEVELS, centred=True),
            Field("target.county_code", f"{target}.county_code", 16, self.wording.counties),
            Field("name", f"{target}.name", 36, wrap=True),
            Field("split_part(code, '/', 1)", f"{target}.code", 22),
            Field("target.class", f"{target}.class", 7, centred=True),
            Field("rank", f"{target}.rank", 7, centred=True),
            Field("basis", "measure.basis", 20, wrap=True),
            Field("valid_from", "measure.valid_from", 12, centred=True),
            Field("valid_to", "measure.valid_to", 12, centred=True),
            Field("change", "与上次相比", 9, self.wording.codes["target_change"], centred=True),
        ]
        source = f"""
            from measure_target as target
            left join measure
                on target.measure_no = measure.measure_no and target.change is distinct from 'gone'
            where target.body = $body and {which}
            order by target.measure_no, {BY_LEVEL}, target.county_code, target.class, code
        """
        return self.table(name, about, fields, source, {"body": body}, frozen=1, parted_by=0, classes=6)
