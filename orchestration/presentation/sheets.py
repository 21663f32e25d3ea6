"""Tables of a release as sheets: a query becomes a table under the labels and units of the dictionary.

Belongs here: what every sheet that is made of published tables goes by. Does not: which sheets there are
(`workbook`, `follow_up`, `measure_lists`), how a sheet looks (`orchestration.workbooks`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import duckdb

from orchestration.presentation.wording import LEVELS, Wording
from orchestration.sheet_rows import Values
from orchestration.workbooks import Blocks, Column, Table

DATE = "yyyy-mm-dd"
_BLOCK = 50_000  # rows
_BY_ROW = "按"  # 按指标, 按规则: the unit stands in a column of its own
_KEYS = {"enterprise": "county_code, uscc", "group": "application_no"}


def in_order(order: str, column: str) -> str:
    """SQL: the place of a code in one of the orders that `Sheets` sets."""
    return f"list_position(getvariable('{order}'), {column})"


BY_LEVEL = in_order("levels", "level")
BY_REGION = in_order("regions", "region")
BY_INDICATOR = in_order("indicators", "indicator")


@dataclass(frozen=True)
class Field:
    """A column of a sheet: the SQL that gives it, the published column (`table.column`) it is called after,
    or a heading of its own, how it looks."""

    sql: str
    called: str
    width: float = 10
    words: Mapping[Any, str] | None = None
    band: str = ""
    unit: str | None = None  # where the published column's depends on the row
    figure: str | None = None
    wrap: bool = False
    centred: bool = False


class Found(Blocks):
    """The rows that a query gives. Many are counted and, as often as they are gone through, fetched in
    blocks: nothing else may be asked of the connection meanwhile."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, query: str, parameters: Mapping[str, Any]
    ) -> None:
        self._ask = partial(connection.execute, query, parameters)
        result = self._ask()
        self.types = [str(column[1]) for column in result.description]
        self._first = next(iter(result.to_arrow_reader(_BLOCK)), None)
        self._count = len(self._first or ())
        if self._count == _BLOCK:
            self._first = None
            ((self._count,),) = connection.execute(f"select count(*) from ({query})", parameters).fetchall()

    def __len__(self) -> int:
        return self._count

    def blocks(self) -> Iterator[Sequence[Values]]:
        """The rows as columns, some thousand at a time."""
        if self._first is not None:
            yield self._first.columns
        elif self._count:
            for block in self._ask().to_arrow_reader(_BLOCK):
                yield block.columns


class Sheets:
    """The tables behind `release`, as sheets in the words of `wording`."""

    def __init__(self, release: duckdb.DuckDBPyConnection, wording: Wording) -> None:
        self.release = release
        self.wording = wording
        orders: Mapping[str, Mapping[str, Any]] = {
            "levels": LEVELS,
            "regions": wording.regions,
            "indicators": wording.indicators,
            "reasons": wording.codes["improvement_reason"],
        }
        for order, codes in orders.items():
            release.execute(f"set variable {order} = $codes", {"codes": list(codes)})

    def table(
        self,
        name: str,
        about: str,
        fields: Sequence[Field],
        source: str,
        parameters: Mapping[str, Any] | None = None,
        **look: Any,
    ) -> Table:
        """The sheet `name` with the rows that `source`, a FROM clause, gives with its `parameters`."""
        query = f"select {', '.join(field.sql for field in fields)} {source}"
        rows = Found(self.release, query, parameters or {})
        columns = [self._column(field, of_type) for field, of_type in zip(fields, rows.types, strict=True)]
        return Table(name, columns, rows, about=about, **look)

    def _column(self, field: Field, of_type: str) -> Column:
        table, _, column = field.called.partition(".")
        label = self.wording.labels[table, column] if column else field.called
        unit = field.unit or self.wording.units_of_measure.get((table, column))
        figure = field.figure
        if figure is None and of_type == "DATE":
            figure = DATE
        if figure is None and not field.words and of_type != "VARCHAR":
            whole = of_type.endswith("INT") or of_type == "INTEGER"
            figure = "#,##0" if whole else "0.0000" if unit == "分" else "#,##0.00"
        return Column(
            label=label.removesuffix("代码") if field.words else label,
            unit=None if unit and unit.startswith(_BY_ROW) else unit,
            figure=figure,
            width=field.width,
            words=field.words or {},
            band=field.band,
            wrap=field.wrap,
            centred=field.centred,
        )

    def scored(self, level: str) -> list[str]:
        """The indicators that a level is scored by, in the order of the method."""
        found = self.release.execute(f"select distinct indicator from {level}_item").fetchall()
        return [code for code in self.wording.indicators if (code,) in found]

    def indicators(self, level: str) -> list[Field]:
        """For each indicator its value and its score, under its name."""
        fields = []
        for code in self.scored(level):
            label, unit = self.wording.indicators[code]
            width = max(11, 2 * len(unit) + 3)
            fields.append(Field(code, f"{level}_item.value", width, band=label, unit=unit))
            fields.append(Field(f"{code}_score", f"{level}_item.score", 10, band=label))
        return fields

    def scores(self, level: str) -> str:
        """SQL: the item scores of a level side by side, one row per unit."""
        key = _KEYS.get(level, f"{level}_code")
        scored = self.scored(level)
        scores = "".join(f", max(score) filter (indicator = '{code}') as {code}_score" for code in scored)
        # An indicator that an edition adds has no column beside the others.
        columns = self.release.table(f"{level}_result").columns
        values = "".join(
            f", max(value) filter (indicator = '{code}') as {code}" for code in scored if code not in columns
        )
        return f"select {key}{scores}{values} from {level}_item group by {key}"
