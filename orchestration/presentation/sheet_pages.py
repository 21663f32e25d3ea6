"""The sheet of an enterprise as a file of its own, for `explain --html` and `explain --all`.

Belongs here: putting a unit's data beside the scripts and styles that draw it, in one file that asks for
nothing else. Does not: which data (`cards`), how it looks (`site_files/card.js`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.presentation.cards import Cards
from orchestration.presentation.explain import Concerned, Unit
from orchestration.presentation.pages import alone, safe, safe_json
from orchestration.presentation.site import Rows, shared_data
from orchestration.presentation.wording import Wording, contract_of, read_wording
from orchestration.release.reading import open_release

_SCRIPTS = ("common.js", "charts.js", "card.js", "calc.js", "sheet.js")
_STYLES = ("site.css", "card.css")
# The tables whose labels and units a sheet uses.
_LABELLED = ("enterprise_result", "enterprise_member", "county_result")


@dataclass(frozen=True)
class Page:
    """The sheet of a unit: whose it is, and the page."""

    uscc: str
    name: str
    html: str

    @property
    def file_name(self) -> str:
        """A name that is one on every file system, each unit's its own."""
        return "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}_" for c in self.uscc) + ".html"


def write_sheets(folder: Path, county: str, into: Path) -> int:
    """Write the sheet of every unit that the county of that code evaluates by the release in `folder`;
    returns how many."""
    into.mkdir(parents=True, exist_ok=True)
    count = 0
    wording = read_wording(folder)
    with open_release(folder, threads=1) as release:
        for page in _Sheets(folder, release, wording, county).all():
            (into / page.file_name).write_text(page.html, encoding="utf-8")
            count += 1
    return count


def sheet(folder: Path, unit: Unit) -> Page:
    """The sheet of a unit, or of a group's company, by the release in `folder`."""
    wording = read_wording(folder)
    with open_release(folder, threads=1) as release:
        return _Sheets(folder, release, wording, unit.county_code).one(unit)


class _Sheets:
    """Sheets of units of a county: what they all say is put together once."""

    def __init__(
        self, folder: Path, release: duckdb.DuckDBPyConnection, wording: Wording, county: str
    ) -> None:
        rows = Rows(release)
        self._county = county
        self._cards = Cards(release, wording, contract_of(folder))
        words = shared_data(folder, rows, wording, self._cards)
        for labels in ("labels", "units"):
            words[labels] = {table: words[labels][table] for table in _LABELLED}
        self._words = safe_json(words)
        self._concerned = Concerned(rows, county)
        self._in_groups = self._concerned.with_groups()
        self._of_anybody = safe_json(self._concerned.of(""))
        self._said = {
            "title": f"{words['year']}年度制造业亩均效益综合评价一企一单",
            "county": county,
        }

    def all(self) -> Iterator[Page]:
        """The sheets of all units of the county."""
        for uscc, name, rows in self._cards.units(self._county):
            yield self._page(uscc, name, rows, uscc)

    def one(self, unit: Unit) -> Page:
        """The sheet of one unit, told to whom it was asked of."""
        for uscc, name, rows in self._cards.units(unit.county_code, unit.uscc):
            return self._page(uscc, name, rows, unit.asked)
        group = self._concerned.of(unit.uscc)["group_result"][0]
        return self._page(unit.uscc, group["group_name"], "{}", unit.asked)

    def _page(self, uscc: str, name: str, rows: str, asked: str) -> Page:
        in_group = uscc in self._in_groups
        year = safe_json(self._concerned.of(uscc)) if in_group else self._of_anybody
        data = {"SHARED": self._words, "YEAR": year, "COUNTY": safe(rows)}
        page = alone("sheet.html.j2", _SCRIPTS, data, _STYLES, **self._said, name=name, asked=asked)
        return Page(uscc, name, page)
