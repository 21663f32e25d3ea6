"""The tables of the packages of a release: for the public, and for each county.

`packages/public/` (of a notice or final) holds the public columns of the public tables, without the sums that
would tell of single enterprises (`disclosure`). `packages/counties/<code>/` holds what a county evaluated, in
full, and of others what the public may see. What is made from these tables for people is `presentation`'s.
DuckDB has no rights inside a file, so who may see what is a matter of separate files.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.policy import load_policy
from orchestration.release.disclosure import (
    SHOWING,
    Base,
    Cells,
    Limits,
    Parts,
    all_cells,
    hidden_cells,
    read_base,
)
from orchestration.release.reading import MEMBERS, PUBLIC, open_release, read_manifest
from orchestration.release.register import Release, find, releases
from orchestration.release.schema import PublishedTable, published_tables
from orchestration.settings import Home

# What `city_target` says of an indicator, and what of that tells of the year before and of the base year.
_OF_THE_CITY = ("value", "previous_value", "growth", "mean_growth", "needed_growth", "met")
_OF_EARLIER = {"previous_release": ("previous_value", "growth"), "base_release": ("mean_growth", "met")}
_NOT_PUBLISHED = "draft"
_TERRITORIES = ("county", "park")
_GROUPS = ("group_result", "group_item")
# What the columns are that the figures of a county's enterprises stand in.
_COLUMNS = """
    select *
    from source_column
    semi join (select distinct feed, source_file from enterprise_source where county_code = ?)
        using (feed, source_file)
    order by year, feed, source_file, column_name
"""
# What another county's unit, which the enterprise is part of, scored and how it was treated.
_OF_ANOTHER_UNIT = ("treatment", "total_score")
# The figure of the unit that an objection is about.
_OF_ITS_UNIT = ("decided_value", "figure_before", "figure_after")
# By objector, the counties that evaluate the unit which it is part of.
_UNITS_OF_OBJECTORS = f"""
    select objection.objection_no, member.unit_county_code
    from objection
    inner join {MEMBERS} as member using (uscc, county_code)
"""
_UNITS_AT_THE_NOTICE = f"""
    select objector.objection_no, member.unit_county_code
    from objector
    inner join {MEMBERS} as member using (uscc, county_code)
"""
# Tables of which a county has rows that say another county, too (`_of_county`).
_ALSO_ELSEWHERE = {"objection", "enterprise_member", "measure"}
_AT_ONCE = 100_000  # rows of a table that are held at once
# What of an incident tells of its enterprise.
_OF_ITS_ENTERPRISE = ("uscc", "enterprise_name", "unit_county_code", "unit_uscc")


def write_packages(folder: Path) -> None:
    """Write `<folder>/packages` from the tables and the method in `folder`, the release in the making."""
    manifest, policy = read_manifest(folder), load_policy(folder / "policy")
    values = {
        row["parameter"]: row["value"]
        for row in policy.rows("parameters")
        if row["edition"] == manifest["edition"]
    }
    limits = Limits(int(values["public_minimum_enterprises"]), float(values["public_dominance"]))
    made_of = policy.made_of(manifest["edition"])
    home = Home(folder.parents[2])
    with open_release(folder) as release:
        if manifest["for_publication"]:
            bases = [*_published_before(home, manifest["year"], folder, made_of), read_base(release, made_of)]
            hidden = hidden_cells(bases, limits, made_of)
            package = folder / PUBLIC
            _write_public(release, package, hidden, _hidden_earlier(home, manifest, limits, made_of))
        else:
            hidden = all_cells(release, made_of)
        objectors = _counties_of_objections(home, release, manifest["notice_release"])
        _write_counties(release, folder / "packages" / "counties", list(policy.counties), hidden, objectors)


def _published_before(home: Home, year: int, folder: Path, made_of: Parts) -> Iterator[Base]:
    """The notices and finals of the year that were published before the release in `folder`. UserError where
    one is no longer what was released: what it showed is then not known."""
    for former in releases(home, year):
        if former.path != folder and former.stage != _NOT_PUBLISHED:
            for table in SHOWING:
                former.check(str(PUBLIC / f"{table}.parquet"))
            with former.database() as release:
                yield read_base(release, made_of, former.path / PUBLIC)


def _hidden_earlier(home: Home, manifest: Mapping[str, Any], limits: Limits, made_of: Parts) -> Cells:
    """What of `city_target` would tell of an indicator that an earlier year's public package hides."""
    return {
        (indicator, column)
        for compared, columns in _OF_EARLIER.items()
        if (name := manifest[compared])
        for indicator in _hidden_by(find(home, name), limits, made_of)
        for column in columns
    }


def _hidden_by(previous: Release, limits: Limits, made_of: Parts) -> set[str]:
    """The indicators of the city that the public package of a release hides; without such a package, those
    that it would hide."""
    if previous.stage != _NOT_PUBLISHED:
        previous.check(package := str(PUBLIC / "city_target.parquet"))
        rows = pq.read_table(previous.path / package, columns=["indicator", "value"]).to_pylist()
        return {row["indicator"] for row in rows if row["value"] is None}
    with previous.database() as release:
        return {figure for _, figure in hidden_cells([read_base(release, made_of)], limits, made_of)["city"]}


def _write_public(
    release: duckdb.DuckDBPyConnection,
    folder: Path,
    hidden: Mapping[str, Cells],
    of_earlier_years: Cells,
) -> None:
    folder.mkdir(parents=True)
    cells = {
        "county_result": hidden["county"],
        "park_result": hidden["park"],
        "city_target": {(indicator, column) for _, indicator in hidden["city"] for column in _OF_THE_CITY}
        | of_earlier_years,
    }
    for table in published_tables():
        if table.public:
            rows = _all_of(release, table).select(_columns(table, "public"))
            pq.write_table(
                _without(rows, table.key[-1], cells.get(table.name, set())), folder / f"{table.name}.parquet"
            )


def _columns(table: PublishedTable, sensitivity: str) -> list[str]:
    return [column.name for column in table.columns if column.sensitivity == sensitivity]


def _all_of(release: duckdb.DuckDBPyConnection, table: PublishedTable, county: str | None = None) -> pa.Table:
    """All rows of a published table, or those that say `county`, in the order of its key, in which they are
    stored."""
    which = "where county_code = $county" if county else ""
    query = f"select * from {table.name} {which}"
    return release.execute(query, {"county": county} if county else None).to_arrow_table()


def _without(rows: pa.Table, key: str, cells: Cells) -> pa.Table:
    """The rows, null in the cells (value of the column `key`, column)."""
    for place, column in enumerate(rows.schema):
        values = sorted({value for value, name in cells if name == column.name})
        if values:
            blank = pc.fill_null(pc.is_in(rows[key], pa.array(values, rows.schema.field(key).type)), False)
            shown = pc.if_else(blank, pa.scalar(None, column.type), rows[column.name])
            rows = rows.set_column(place, column, shown)
    return rows


def _counties_of_objections(
    home: Home, release: duckdb.DuckDBPyConnection, notice_release: str | None
) -> dict[str, set[str]]:
    """By the number of an objection, the counties that evaluate the unit of its objector, now or in the
    notice: whose figure it is about."""
    found = release.execute(_UNITS_OF_OBJECTORS).fetchall()
    if notice_release:
        objectors = release.execute("select objection_no, uscc, county_code from objection").to_arrow_table()
        with find(home, notice_release).database() as notice:
            notice.register("objector", objectors)
            found += notice.execute(_UNITS_AT_THE_NOTICE).fetchall()
    counties: dict[str, set[str]] = {}
    for number, county in found:
        counties.setdefault(number, set()).add(county)
    return counties


def _write_counties(
    release: duckdb.DuckDBPyConnection,
    folder: Path,
    codes: Iterable[str],
    hidden: Mapping[str, Cells],
    objectors: Mapping[str, set[str]],
) -> None:
    """A folder for each county of the method that has rows, with those of every table that says a county.
    `objectors` says by objection whose figure it is about."""
    members = _members_of_groups(release)
    standards = _Standards(release, hidden)
    sizes = dict(release.execute("select table_name, estimated_size from duckdb_tables()").fetchall())
    for table in published_tables():
        names = {column.name for column in table.columns}
        if "county_code" not in names and table.name not in (*_GROUPS, "source_column"):
            continue
        # A large table is read county by county: a city's would take gigabytes.
        is_large = "county_code" in names and sizes[table.name] > _AT_ONCE
        one_by_one = is_large and table.name not in _ALSO_ELSEWHERE
        whole = None if one_by_one else _all_of(release, table)
        for code in codes:
            rows = _all_of(release, table, code) if whole is None else whole
            if "county_code" in names:
                own = _of_county(release, table, rows, code, objectors)
                part = _for_county(table, own, code, standards, hidden, objectors) if own.num_rows else own
            elif table.name == "source_column":
                part = release.execute(_COLUMNS, [code]).to_arrow_table()
            else:
                part = _groups_for(table, rows, code, members)
            if part.num_rows:
                (folder / code).mkdir(parents=True, exist_ok=True)
                pq.write_table(part, folder / code / f"{table.name}.parquet")


def _of_county(
    release: duckdb.DuckDBPyConnection,
    table: PublishedTable,
    rows: pa.Table,
    county: str,
    objectors: Mapping[str, set[str]],
) -> pa.Table:
    """The rows that are about a county: those that say it, those of its units' members elsewhere, their
    objections too, and the measures that somebody in it is given. Of whom a park counts, not those that the
    county has nothing to do with."""
    own = pc.fill_null(pc.equal(rows["county_code"], county), False)
    if table.name == "territory_enterprise":
        own = pc.and_(own, pc.not_equal(rows["belonging"], "other"))
    if table.name == "objection":
        about = [number for number, counties in objectors.items() if county in counties]
        own = pc.or_(own, pc.is_in(rows["objection_no"], pa.array(about, pa.string())))
    if table.name == "enterprise_member":
        own = pc.or_(own, pc.equal(rows["unit_county_code"], county))
    if table.name == "measure":
        given = release.execute(
            "select distinct measure_no from measure_target where county_code = ?", [county]
        ).to_arrow_table()["measure_no"]
        own = pc.or_(own, pc.is_in(rows["measure_no"], given))
    return rows.filter(own)


def _members_of_groups(release: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, set[str]]]:
    """By the number of an application: the county at whose standards the group is scored, and the counties
    of its members."""
    found = release.execute(
        """
        select application_no, evaluating_county_code, list(distinct member.county_code)
        from group_result inner join group_member as member using (application_no)
        group by all
        """
    ).fetchall()
    return {number: (county, set(counties)) for number, county, counties in found}


def _groups_for(
    table: PublishedTable, rows: pa.Table, county: str, members: Mapping[str, tuple[str, set[str]]]
) -> pa.Table:
    """The groups that a county scores or has a member of: in full where all members are its own, since the
    sums of the others, less its own members, are another county's figures; else what is public."""
    concerned = [
        number for number, (scored_by, counties) in members.items() if county in {scored_by, *counties}
    ]
    shared = {number for number in concerned if members[number] != (county, {county})}
    rows = rows.filter(pc.is_in(rows["application_no"], pa.array(concerned, pa.string())))
    restricted = _columns(table, "restricted")
    return _without(rows, "application_no", {(number, column) for number in shared for column in restricted})


def _for_county(
    table: PublishedTable,
    rows: pa.Table,
    county: str,
    standards: _Standards,
    hidden: Mapping[str, Cells],
    objectors: Mapping[str, set[str]],
) -> pa.Table:
    """What of its rows a county may see: of others, a standard or a park's sum, what is public."""
    level = table.name.partition("_")[0]
    if "park_code" in table.key:
        others = [
            park for park in rows["park_code"].to_pylist() if park not in standards.parks.get(county, ())
        ]
        restricted = set(_columns(table, "restricted"))
        if {"indicator", "value"} <= set(rows.column_names):
            rows = _public_values(rows, others, hidden["park"])
            restricted.remove("value")
        rows = _without(rows, "park_code", {(park, column) for park in others for column in restricted})
        rows = _without(rows, "park_code", {cell for cell in hidden["park"] if cell[0] in others})
    if table.name == "improvement_progress":
        rows = _without_another_unit(rows, county)
    if table.name == "objection":
        rows = _without_units_of_others(rows, county, objectors)
    if table.name == "territory_incident":
        others = pc.fill_null(pc.equal(rows["belonging"], "other"), False)
        rows = _blank(rows, others, _OF_ITS_ENTERPRISE)
    key = "best_indicator" if table.name == "enterprise_border" else "indicator"
    if level in _TERRITORIES:
        rows = standards.without_scores(rows, county, level)
    if key in rows.column_names:
        rows = _without(rows, key, standards.withheld(county, level))
    return rows


def _without_another_unit(rows: pa.Table, county: str) -> pa.Table:
    """The register, without the restricted figures of units that another county evaluates."""
    elsewhere = pc.fill_null(pc.not_equal(rows["unit_county_code"], county), False)
    return _blank(rows, elsewhere, _OF_ANOTHER_UNIT)


def _without_units_of_others(rows: pa.Table, county: str, objectors: Mapping[str, set[str]]) -> pa.Table:
    """The objections, without the figures of a unit that another county evaluates, now or in the notice: less
    what lies in the county, they tell of what lies there."""
    others = [not objectors.get(number, {county}) <= {county} for number in rows["objection_no"].to_pylist()]
    return _blank(rows, pa.array(others, pa.bool_()), _OF_ITS_UNIT)


def _blank(rows: pa.Table, where: pa.Array, columns: Iterable[str]) -> pa.Table:
    """The rows, null in the columns where it says so."""
    for name in columns:
        place = rows.schema.get_field_index(name)
        shown = pc.if_else(where, pa.scalar(None, rows.schema.field(place).type), rows[name])
        rows = rows.set_column(place, rows.schema.field(place), shown)
    return rows


def _public_values(rows: pa.Table, others: Iterable[str], hidden: Cells) -> pa.Table:
    """The rows, the value null where it is one of `others` and hidden from the public."""
    secret = {cell for cell in hidden if cell[0] in set(others)}
    pairs = zip(rows["park_code"].to_pylist(), rows["indicator"].to_pylist(), strict=True)
    blank = pa.array([pair in secret for pair in pairs])
    place = rows.schema.get_field_index("value")
    shown = pc.if_else(blank, pa.scalar(None, pa.float64()), rows["value"])
    return rows.set_column(place, rows.schema.field(place), shown)


@dataclass(frozen=True)
class _Participant:
    """A unit, county or park that a standard may be made of."""

    county: str
    code: str
    value: float


class _Standards:
    """Which standards a county may see: its own figure, or one made of its own and public figures alone.

    That a public figure is the largest tells of those that are not public; so it is no public standard.
    A score tells of its standards: of itself and its parks a county is told those whose standards it may see.
    """

    # What is told of a standard, also by arithmetic, by the columns of every table that has an indicator.
    _TOLD: Mapping[str, frozenset[str]] = {
        "max": frozenset({"standard_max", "to_max"}),
        "mean": frozenset({"standard_mean", "to_mean"}),
        "min": frozenset({"standard_min"}),
    }
    # The standards that a value lies between, and what tells of one by the formula of the score.
    _BY_ALL = frozenset({"value_from", "value_to", "share", "lifting_value", "best_value"})
    # What is told of a score, `share` being among those above.
    _SCORE: Sequence[str] = (
        *("tier", "because", "coefficient_from", "coefficient_to", "score", "points_lost"),
        "item_rank",  # the places of two figures of its own say what lies between
    )
    _TOTAL: Sequence[str] = ("base_score", "total_score")

    def __init__(self, release: duckdb.DuckDBPyConnection, hidden: Mapping[str, Cells]) -> None:
        self.parks = own_parks(release)
        self._hidden = hidden
        self._groups: dict[tuple[str, str, str], list[_Participant]] = {}
        self._of_county: dict[tuple[str, str], set[tuple[str, str]]] = {}
        for level, county, code, group, indicator, value in release.execute(_PARTICIPANTS).fetchall():
            participants = self._groups.setdefault((level, group, indicator), [])
            if value is not None:
                participants.append(_Participant(county, code, value))
            self._of_county.setdefault((level, county), set()).add((group, indicator))
        self._by_standards: dict[tuple[str, str], set[tuple[str, str]]] = {}
        for scored, in_county, *item in release.execute(_SCORED_BY_STANDARDS).fetchall():
            self._by_standards.setdefault((scored, in_county), set()).add((item[0], item[1]))

    def withheld(self, county: str, level: str) -> Cells:
        """The (indicator, column) that `county` may not see of its rows of a level."""
        return {
            (indicator, column)
            for group, indicator in self._of_county.get((level, county), ())
            for column in self._columns(county, level, indicator, self._groups[level, group, indicator])
        }

    def without_scores(self, rows: pa.Table, county: str, level: str) -> pa.Table:
        """Rows about counties or parks, without the scores that lead to standards which `county` may not see,
        and without the totals that lead to these scores."""
        known = {indicator for indicator, column in self.withheld(county, level) if column == "share"}
        secret = {pair for pair in self._by_standards.get((level, county), ()) if pair[1] in known}
        codes = rows[f"{level}_code"].to_pylist()
        if "indicator" in rows.column_names:
            pairs = zip(codes, rows["indicator"].to_pylist(), strict=True)
            blank, told = [pair in secret for pair in pairs], self._SCORE
        else:
            totals = {code for code, _ in secret}
            blank, told = [code in totals for code in codes], self._TOTAL
        columns = [name for name in told if name in rows.column_names]
        return _blank(rows, pa.array(blank, pa.bool_()), columns)

    def _columns(
        self, county: str, level: str, indicator: str, participants: Iterable[_Participant]
    ) -> Iterator[str]:
        counted = [one for one in participants if one.value >= 0]
        own = [one.value for one in counted if self._is_own(county, level, one)]
        if all(self._is_own(county, level, one) or self._is_public(level, indicator, one) for one in counted):
            return
        positive = [one.value for one in counted if one.value > 0]
        attained = {
            "max": any(math.isclose(value, max(one.value for one in counted)) for value in own),
            "mean": False,
            "min": any(math.isclose(value, min(positive)) for value in own) if positive else False,
        }
        for standard, is_own in attained.items():
            if not is_own:
                yield from self._TOLD[standard]
        if not all(attained.values()):
            yield from self._BY_ALL

    def _is_own(self, county: str, level: str, one: _Participant) -> bool:
        return one.code in self.parks.get(county, ()) if level == "park" else one.county == county

    def _is_public(self, level: str, indicator: str, one: _Participant) -> bool:
        return level in _TERRITORIES and (one.code, indicator) not in self._hidden[level]


# Everyone who is measured, with the value that a standard may be made of; of a county's enterprises the
# largest and the smallest positive one, by which alone it is known whose a standard is.
_PARTICIPANTS = """
    select 'enterprise', county_code, county_code, group_code, indicator,
        unnest([max(value), min(value) filter (where value > 0)])
    from enterprise_diagnosis
    group by county_code, group_code, indicator
    union all
    select 'county', county_code, county_code, group_code, indicator, value
    from county_diagnosis
    union all
    select 'park', county_code, park_code, group_code, indicator, value
    from park_diagnosis
"""

# The items of counties and parks whose score tells more than their own value and place do.
_SCORED_BY_STANDARDS = """
    select 'county', county_code, county_code, indicator
    from county_item
    where tier not in ('优', '负值') and (tier <> '缺' or score > 0)
    union all
    select 'park', county_code, park_code, indicator
    from park_item
    where tier not in ('优', '负值') and (tier <> '缺' or score > 0)
"""


def own_parks(release: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """The parks of each county whose sums tell of its own enterprises alone."""
    own: dict[str, set[str]] = {}
    for county, park in release.execute(
        """
        select county_code, park_code
        from park_result
        where park_code not in (
            select code from territory_enterprise where level = 'park' and belonging = 'other'
        )
        """
    ).fetchall():
        own.setdefault(county, set()).add(park)
    return own
