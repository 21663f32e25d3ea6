"""The counties' filing forms (备案表): the results as computed, to be confirmed and filed (办法 四(二)).

The first sheet fits the feed county_filings: with the number of the county's document it can be dropped back.
Belongs here: what stands in a form. Does not: what is filed against what is computed (FIL, `follow_up`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestration.intake.contract import Feed
from orchestration.presentation.sheets import Field, Sheets
from orchestration.presentation.wording import INTERNAL, contract_of, draft_mark, read_wording
from orchestration.release.reading import open_release, read_manifest
from orchestration.workbooks import Book, Column, Table

NAME = "备案表.xlsx"
_FEED = "county_filings"
_ASKED = "#FFE699"  # ground of the header of a column to fill in
_TEXT, _SCORE = "@", "0.0000"


def write_filing_forms(folder: Path) -> None:
    """Write `packages/counties/<code>/备案表.xlsx` for each county that evaluates enterprises in the release
    in `folder`."""
    manifest, wording = read_manifest(folder), read_wording(folder)
    feed = contract_of(folder).for_year(manifest["year"]).feeds[_FEED]
    with open_release(folder) as release:
        sheets = _Forms(release, wording)
        for code, name in wording.counties.items():
            table = sheets.of(feed, code)
            if table.rows:
                package = folder / "packages" / "counties" / code
                package.mkdir(parents=True, exist_ok=True)
                _write(package / NAME, manifest, feed, name, table)


class _Forms(Sheets):
    """The forms of the counties."""

    def of(self, feed: Feed, county: str) -> Table:
        """The form of one county: its units in the order of the list, those in transition not classified."""
        columns = feed.columns
        of_release = self.table(
            feed.label,
            "",
            [
                Field("uscc", columns["uscc"].label, 21, figure=_TEXT),
                Field("county_code", columns["county_code"].label, 9, figure=_TEXT, centred=True),
                Field("enterprise_name", "enterprise_result.enterprise_name", 36, wrap=True),
                Field(
                    "treatment",
                    "enterprise_result.treatment",
                    10,
                    self.wording.codes["treatment"],
                    centred=True,
                ),
                Field(
                    "case when treatment = 'transition' then 'none' else class end", columns["class"].label, 9
                ),
                Field("total_score", columns["total_score"].label, 12, figure=_SCORE),
                Field("null::varchar", columns["document_no"].label, 24, figure=_TEXT, wrap=True),
            ],
            """
            from enterprise_result where county_code = $county
            order by class nulls last, rank nulls last, uscc
            """,
            {"county": county},
            frozen=3,
            protected=True,
        )
        choices = columns["class"].choices
        fixed = len(of_release.columns) - 3
        asked = [replace(column, editable=True, colour=_ASKED) for column in of_release.columns[fixed:]]
        words = {code: label for label, code in choices.items()}
        asked[0] = replace(asked[0], choices=list(choices), words=words, centred=True)
        return replace(of_release, columns=[*of_release.columns[:fixed], *asked])


def _write(path: Path, manifest: Mapping[str, Any], feed: Feed, county: str, table: Table) -> None:
    title = f"{manifest['year']}年度{feed.label}表　{county}"
    book = Book(
        path,
        title=title,
        created=datetime.fromisoformat(manifest["made_at"]).replace(tzinfo=None),
        mark=draft_mark(manifest),
        handling=INTERNAL,
    )
    book.add(replace(table, above=title))
    book.add(_help(manifest, feed, county))
    book.close()


def _help(manifest: Mapping[str, Any], feed: Feed, county: str) -> Table:
    """What to do with the form."""
    class_, total, document = (feed.columns[name].label for name in ("class", "total_score", "document_no"))
    lines = [
        ("依据", f"评价结果 {manifest['year']}/{manifest['release']}；办法 四(二)"),
        (class_, "已按评价结果填好：A、B、C、D，过渡期企业为不分类。备案等级不同的，请改正。"),
        (total, "已按评价结果填好；否决企业没有得分，留空。"),
        (document, "填写备案文件的文号，每户都要填写；没有填写的行视为尚未备案，不予受理。"),
        ("提交", f"以“{feed.label}_{county}.xlsx”为文件名交市亩均办，放入收件夹。"),
    ]
    columns = [Column("事项", width=18, centred=True), Column("填写说明", width=90, wrap=True)]
    return Table("填写说明", columns, lines, landscape=False)
