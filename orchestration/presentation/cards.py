"""The data of the sheets of enterprises (一企一单), put together once of the published tables of a release.

Belongs here: which columns a sheet shows, and the rows of a county or of its units as JSON: each row an
array, the names of whose columns stand once beside them. The pages of a county, its print file and `explain`
hold these rows, and `site_files/card.js` draws them. Does not: what things are called (`wording`), how a
sheet looks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.intake.contract import Contract
from orchestration.policy import LAND
from orchestration.presentation.wording import Wording
from orchestration.release.reading import FINDINGS, MEMBERS
from orchestration.rows import Row, fetch

# Digits after the point: what a page shows is rounded further, and shorter figures load faster; of what a
# line of arithmetic starts from, as many as it takes to come out.
_DIGITS, _MORE_DIGITS = 6, 10

# What the list of a county shows of each enterprise, and its card besides; before the indicators that it has
# and the amounts that these are made of.
_RESULT = (
    "uscc, enterprise_name, industry_code, park_code, home_county_code, members, treatment, veto_reason, "
    "class, previous_class, previous_total_score, rank, total_score, base_score, bonus, deduction, "
    "land_area_mu"
)

# What stands behind a result, by table: the columns that a card shows.
_BEHIND = {
    "enterprise_item": "indicator, tier, weight, because, value_from, value_to, coefficient_from, "
    "coefficient_to, share, score, points_lost",
    "enterprise_diagnosis": "indicator, item_rank, ranked, previous_value, change, lifting_value",
    "enterprise_move": "previous_total_score, total_score, change, reason, members_changed, own_figures, "
    "land, standards, weights, bonus, deduction, own",
    "enterprise_move_item": "indicator, previous_score, score, change, own_figures, land, standards, weights",
    "enterprise_border": "next_class, next_class_total, points_missing, lower_border_total, best_indicator",
    "enterprise_firmness": "scenarios, firmness, best_class, worst_class",
    "enterprise_land": "registered_m2, leased_in_m2, leased_out_m2, not_counted_m2, computed_m2, "
    "confirmed_m2, land_area_m2",
    "enterprise_member": "uscc, enterprise_name, merge_reason, suspended_since, transition_type, "
    "transition_since, transition_year, transition_years, land_area_mu",
    "enterprise_parcel": "member_uscc, parcel_id, land_use, area_m2, contract_date, registered_on, ended_on, "
    "counted, reason, source_file, source_sheet, source_cell, source_row_key",
    "enterprise_contract": "member_uscc, role, contract_id, tenure, object_type, area_m2, "
    "project_floor_area_m2, project_land_area_m2, land_m2, parcel_id, starts_on, ends_on, counted, reason, "
    "source_file, source_sheet, source_cell, source_row_key",
    "enterprise_event": "member_uscc, kind, document, type, happened_on, points, counted, reason, "
    "source_file, source_sheet, source_row_key",
    "finding": "rule_id, severity, message, waived, waiver_reason",
    "objection": "objection_no, received_on, subject, claim, decision, decided_on, reply",
    "measure_target": "measure_no",
    "standard": "indicator, n, max, mean, min",
    "improvement_progress": "uscc, enterprise_name, previous_class, batch, plan, responsible, due_on, "
    "status, completed_on, overdue, unit_uscc, unit_county_code, treatment, class, moved, gone",
}

# What departments delivered: one row of a file, whose amounts are of the figures that its `source` lists by
# their places in `Cards.figures`, with the column of the file that each stands in.
_DELIVERY = ("member_uscc", "source", "line", "left_out", "amounts")
_SOURCE = ("source", "department", "source_file", "source_sheet", "figures", "letters")
_FIGURE = pa.schema({"figure": pa.int64(), "feed": pa.string(), "column_name": pa.string()})

# Which numbered source a delivered row is of.
_IS_OF = """(
    delivery.feed = numbered.feed and delivery.source_file = numbered.source_file
    and delivery.source_sheet is not distinct from numbered.source_sheet
    and map_keys(delivery.delivered) = numbered.column_names
)"""

# Where the rows of a table come from that does not call the unit by its own county_code and uscc: with the
# unit as `county_code` and `unit`.
_WITH_UNIT = {
    "enterprise_result": """(
        select *, uscc as unit from enterprise_result left join further_value using (county_code, uscc)
    )""",
    "enterprise_member": f"""(
        select * exclude (county_code), unit_county_code as county_code, unit_uscc as unit from {MEMBERS}
        order by (uscc <> unit_uscc)
    )""",
    "finding": f"""(
        select distinct
            member.unit_county_code as county_code, member.unit_uscc as unit, rule_id, finding_key, severity,
            message, waived, waiver_reason
        from {FINDINGS} as finding
        inner join {MEMBERS} as member
            on finding.uscc = member.uscc and coalesce(finding.county_code = member.county_code, true)
        order by waived, severity, rule_id, finding_key
    )""",
    "objection": f"""(
        select objection.* exclude (county_code),
            member.unit_county_code as county_code, member.unit_uscc as unit
        from objection inner join {MEMBERS} as member using (county_code, uscc)
        order by objection_no
    )""",
    "measure_target": """(
        select county_code, split_part(code, '/', 1) as unit, measure_no
        from measure_target where level = 'enterprise' order by code, measure_no
    )""",
    "delivery": f"""(
        select county_code, uscc as unit, nullif(member_uscc, uscc) as member_uscc, source,
            coalesce(source_row::varchar, source_row_key) as line, nullif(not counted, false) as left_out,
            to_json(map_values(delivered)) as amounts
        from enterprise_source as delivery inner join numbered_source as numbered on {_IS_OF}
        order by county_code, unit, member_uscc, source, line
    )""",
    "source": f"""(
        select delivery.county_code, delivery.unit, lettered_source.*
        from (
            select distinct county_code, uscc as unit, source
            from enterprise_source as delivery inner join numbered_source as numbered on {_IS_OF}
        ) as delivery
        inner join lettered_source using (source)
    )""",
    # By what the unit is measured: its county's standards, or its region's where the method says so.
    "standard": """(
        select diagnosis.county_code, diagnosis.uscc as unit, standard.*
        from enterprise_diagnosis as diagnosis
        inner join standard on standard.level = 'enterprise'
            and diagnosis.group_code = standard.group_code and diagnosis.indicator = standard.indicator
    )""",
    # How a unit of another county was treated is that county's.
    "improvement_progress": """(
        select * replace (case when unit_county_code = county_code then treatment end as treatment),
            uscc as unit
        from improvement_progress
    )""",
}
# Indicators that an edition has beyond the columns of enterprise_result, a column each.
_FURTHER = """
    create or replace temp table further_value as
    pivot (
        select county_code, uscc, indicator, value from enterprise_diagnosis
        where indicator not in (
            select column_name from duckdb_columns() where table_name = 'enterprise_result' and not internal
        )
    )
    on indicator using first(value) group by county_code, uscc
"""
_NUMBERED = """
    create or replace temp table numbered_source as
    select row_number() over (order by feed, source_file, source_sheet, column_names) - 1 as source, *
    from (
        select distinct feed, source_file, source_sheet, map_keys(delivered) as column_names
        from enterprise_source
    )
"""
_LETTERED = """
    create or replace temp table lettered_source as
    select source, department, source_file, source_sheet, to_json(list(figure order by place)) as figures,
        json_group_object(figure, letter) as letters
    from (
        select *, unnest(column_names) as column_name, generate_subscripts(column_names, 1) as place
        from numbered_source
    )
    inner join source_column using (feed, source_file, column_name)
    inner join numbered_figure using (feed, column_name)
    group by all
"""
# What a county's data holds as one list, and its order; the rest is by unit.
_LISTS = {
    "enterprise_result": "rank nulls last, treatment, uscc",
    "improvement_progress": "previous_class desc nulls last, uscc",
}
_AT_ONCE = 10_000  # enterprises whose data is held at once
# What its units share stands once.
_SHARED = ("standard", "source")


def as_json(value: Any) -> str:
    """A value as JSON in the fewest characters, days as YYYY-MM-DD."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


class Cards:
    """What the sheets of a release show. Rows come in the order in which they are stored, that of the keys,
    where `connection` has one thread; to sort them into it again would take longer than all the rest. Figures
    are rounded to what a page needs, unless `exact`."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        wording: Wording,
        contract: Contract,
        *,
        exact: bool = False,
    ) -> None:
        self._connection = connection
        connection.execute(_FURTHER)
        self._types: dict[str, dict[str, str]] = {}
        for table, column, kind in connection.execute(
            "select table_name, column_name, data_type from duckdb_columns() where not internal"
        ).fetchall():
            self._types.setdefault(table, {})[column] = kind
        self._exact = exact
        # What a what-if computes from.
        amounts = {LAND, *wording.amounts(wording.fractions)}
        self._whole = {"enterprise_result": amounts, "standard": {"max", "mean", "min"}}
        self._finer = {*wording.fractions, "value_from", "value_to", "max", "mean", "min", "land_m2"}
        self.columns = self._columns(wording)
        self.figures = self._number(contract)

    def _columns(self, wording: Wording) -> dict[str, list[str]]:
        """The columns by table, of the tables that the release has; a table of an earlier version has
        fewer."""
        result = self._types["enterprise_result"]
        result |= self._types["further_value"]
        indicators = [code for code in wording.fractions if code in result]
        amounts = wording.amounts(indicators)
        columns = {
            table: [column for column in listed.split(", ") if column in self._types[table]]
            for table, listed in {"enterprise_result": _RESULT, **_BEHIND}.items()
            if table in self._types
        }
        columns["enterprise_result"] += [*amounts, *indicators]
        columns["enterprise_member"] += amounts
        return {**columns, "delivery": list(_DELIVERY), "source": list(_SOURCE)}

    def _number(self, contract: Contract) -> list[Row]:
        """The labels that amounts point at, in the order of the contract; they and the files get numbers."""
        places = {
            column: place
            for place, column in enumerate(
                (feed.name, column) for feed in contract.feeds.values() for column in feed.columns
            )
        }
        figures = fetch(
            self._connection,
            "select distinct feed, column_name, label_zh, measure, unit from source_column order by all",
        )
        figures.sort(key=lambda row: places.get((row["feed"], row["column_name"]), len(places)))
        numbered = [
            {"figure": number, "feed": row["feed"], "column_name": row["column_name"]}
            for number, row in enumerate(figures)
        ]
        self._connection.register("numbered_figure", pa.Table.from_pylist(numbered, _FIGURE))
        self._connection.execute(_NUMBERED)
        self._connection.execute(_LETTERED)
        return figures

    def counties(self, codes: Iterable[str]) -> Iterator[tuple[str, str]]:
        """For each county its enterprises, by their rank, and by unit what stands behind their results: a few
        counties at a time, so that a city of any size fits the memory."""
        for some in self._few(codes):
            parts: dict[str, dict[str, str]] = {code: {} for code in some}
            for table in self.columns:
                found = self._connection.execute(self._by_county(table), {"codes": some}).fetchall()
                for code, rows in found:
                    parts[code][table] = rows
            for code in some:
                yield code, _object(parts.pop(code))

    def _few(self, codes: Iterable[str]) -> Iterator[list[str]]:
        """The counties in lots of some thousand enterprises, one at least."""
        counted = self._connection.execute(
            "select county_code, count(*) from enterprise_result group by county_code"
        )
        sizes = dict(counted.fetchall())
        lot: list[str] = []
        for code in codes:
            if lot and sum(sizes.get(one, 0) for one in (*lot, code)) > _AT_ONCE:
                yield lot
                lot = []
            lot.append(code)
        if lot:
            yield lot

    def units(self, county: str, uscc: str | None = None) -> Iterator[tuple[str, str, str]]:
        """Code, name and data of each unit of a county, or of one: in the shape of a county's that has no
        other."""
        asked = {"county": county, "uscc": uscc}
        parts: dict[str, dict[str, str]] = {}
        for table in self.columns:
            if table == "improvement_progress":
                continue  # the county's register
            for unit, found in self._connection.execute(self._by_unit(table), asked).fetchall():
                parts.setdefault(unit, {})[table] = found
        for unit, name in self._connection.execute(
            "select uscc, enterprise_name from enterprise_result "
            "where county_code = $county and uscc = coalesce($uscc, uscc) order by uscc",
            asked,
        ).fetchall():
            yield unit, name, _object(parts[unit])

    def _row(self, table: str) -> str:
        """SQL for a row as a JSON array."""
        types = self._types.get(table, {})
        whole = self._whole.get(table, ())
        shown = (
            self._shown(column)
            if types.get(column) == "DOUBLE" and not self._exact and column not in whole
            else column
            for column in self.columns[table]
        )
        return f"json_array({', '.join(shown)})::varchar"

    def _shown(self, column: str) -> str:
        """SQL for a figure as a page needs it; of what has to be reached not a trace less."""
        if column == "lifting_value":
            return f"ceil({column} * 1e{_DIGITS}) / 1e{_DIGITS}"
        return f"round({column}, {_MORE_DIGITS if column in self._finer else _DIGITS})"

    def _by_county(self, table: str) -> str:
        """SQL for the rows of each county: a list, or an object of lists by unit."""
        source, row = _source(table), self._row(table)
        if table in _SHARED:
            listed = f"string_agg(distinct {row}, ',\n' order by {row})"
        elif table in _LISTS:
            listed = f"string_agg({row}, ',\n' order by {_LISTS[table]})"
        else:
            return f"""
                with units as (
                    select county_code, unit, string_agg({row}, ',') as found from {source}
                    where list_contains($codes, county_code) group by all
                )
                select county_code,
                    '{{' || string_agg(to_json(unit)::varchar || ':[' || found || ']', ',\n') || '}}'
                from units group by county_code
            """
        return f"""
            select county_code, '[' || {listed} || ']' from {source}
            where list_contains($codes, county_code) group by county_code
        """

    def _by_unit(self, table: str) -> str:
        """SQL for the rows of each unit of $county, or of $uscc, in the same shape."""
        source, rows = _source(table), f"'[' || string_agg({self._row(table)}, ',') || ']'"
        if table not in (*_SHARED, *_LISTS):
            rows = f"'{{' || to_json(unit)::varchar || ':' || {rows} || '}}'"
        return f"""
            select unit, {rows} from {source}
            where county_code = $county and unit = coalesce($uscc, unit) group by unit
        """


def _source(table: str) -> str:
    """SQL for the rows of a table, with the unit as `county_code` and `unit`."""
    return _WITH_UNIT.get(table, f"(select *, uscc as unit from {table})")


def _object(parts: Mapping[str, str]) -> str:
    return "{" + ",\n".join(f"{as_json(table)}:{rows}" for table, rows in parts.items()) + "}"
