"""How two releases differ: who moved, and by which input, standard or rule.

Belongs here: comparing. Does not: rows that mean nothing further (`row_changes`), saying it to a person
(`changes`). Everything is compared in DuckDB over the tables of the two releases. A figure has changed if it
differs by more than 1e-9 of the larger, as the method compares figures.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from expectations.equality import EQUAL_WITHIN
from orchestration.intake.contract import STAGES
from orchestration.policy import LAND, load_policy
from orchestration.release.reading import DATABASE, MEMBERS, open_releases, read_manifest
from orchestration.release.register import Release, releases
from orchestration.release.row_changes import changed_tables
from orchestration.rows import Row, fetch
from orchestration.settings import Home

_FILE = "changes.json"
_BIGGEST = 3  # of the units that moved a standard, how many are named

# What of a unit on either side is said.
_STANDING = ("county_code", "class", "rank", "total_score", "treatment", "veto_reason")

_DIFFERS = f"""
    create macro differs(x, y) as x is distinct from y;
    create macro figures_differ(x, y) as
        x is distinct from y and not coalesce(abs(x - y) <= {EQUAL_WITHIN} * greatest(abs(x), abs(y)), false);
"""

# The units and items of one side, all levels in one shape. A code is unique within its place: the county that
# evaluates, nothing for counties and parks themselves.
_SIDE = """
    create table unit_{side} as
    select
        'enterprise' as level, county_code as place, uscc as code, county_code as ranked_in,
        enterprise_name as name, *
    from {side}.enterprise_result
    union all by name
    select 'county' as level, '' as place, county_code as code, region as ranked_in, * exclude (county_code)
    from {side}.county_result
    union all by name
    select 'park' as level, '' as place, park_code as code, region as ranked_in, * exclude (park_code)
    from {side}.park_result;

    create table item_{side} as
    select 'enterprise' as level, county_code as place, uscc as code, * from {side}.enterprise_item
    union all by name
    select 'county' as level, '' as place, county_code as code, * exclude (county_code)
    from {side}.county_item
    union all by name
    select 'park' as level, '' as place, park_code as code, * exclude (park_code)
    from {side}.park_item;
"""

# Which unit of the one is which of the other: the same code in the same place, else the only one of that code
# that each side has left, evaluated elsewhere now.
_PAIRS = """
    create table pair as
    with same_place as (
        select level, code, a.place as place_a, b.place as place_b
        from unit_a as a full join unit_b as b using (level, code, place)
    ),
    elsewhere as (
        select level, code, max(place_a) as place_a, max(place_b) as place_b
        from same_place
        where place_a is null or place_b is null
        group by level, code
        having count(place_a) <= 1 and count(place_b) <= 1
    )
    from same_place where place_a is not null and place_b is not null
    union all
    from elsewhere
    union all
    select same_place.* from same_place anti join elsewhere using (level, code)
    where place_a is null or place_b is null
"""

# Who moved: came, went, or has another class, rank, treatment or place. With the items whose score changed,
# and the rank that the old total would have among the others of today.
_MOVED = """
    with moved as (
        select pair.*, a, b
        from pair
        left join unit_a as a on a.level = pair.level and a.place = pair.place_a and a.code = pair.code
        left join unit_b as b on b.level = pair.level and b.place = pair.place_b and b.code = pair.code
        where
            differs(pair.place_a, pair.place_b)
            or differs(a.class, b.class) or differs(a.rank, b.rank) or differs(a.treatment, b.treatment)
    ),

    items as (
        select
            pair.level,
            pair.code,
            pair.place_a,
            list(
                struct_pack(
                    indicator := a.indicator,
                    before := a.score,
                    after := b.score,
                    value := figures_differ(a.value, b.value),
                    standard := figures_differ(a.standard_max, b.standard_max)
                    or figures_differ(a.standard_mean, b.standard_mean)
                    or figures_differ(a.standard_min, b.standard_min),
                    weight := figures_differ(a.weight, b.weight)
                )
                order by abs(b.score - a.score) desc, a.indicator
            ) as items
        from pair
        inner join item_a as a on a.level = pair.level and a.place = pair.place_a and a.code = pair.code
        inner join item_b as b
            on b.level = pair.level and b.place = pair.place_b and b.code = pair.code
            and b.indicator = a.indicator
        where figures_differ(a.score, b.score)
        group by all
    ),

    others as (
        select moved.level, moved.code, moved.place_a, 1 + count(other.code) as rank_among_others
        from moved
        left join unit_b as other
            on other.level = moved.level and other.ranked_in = moved.b.ranked_in and other.code <> moved.code
            and other.rank is not null and other.total_score > moved.a.total_score
        where moved.a.rank is not null and moved.b.rank is not null and moved.a.ranked_in = moved.b.ranked_in
        group by all
    )

    select
        moved.*,
        items.items,
        others.rank_among_others,
        list_filter(
            [{inputs}], lambda input: figures_differ(input.before, input.after)
        ) as inputs
    from moved
    left join items using (level, code, place_a)
    left join others using (level, code, place_a)
    order by
        list_position(['county', 'park', 'enterprise'], level),
        coalesce(b.ranked_in, a.ranked_in), not differs(a.class, b.class), b.rank nulls last, a.rank, code
"""

# Rows of the list of enterprises that were, or are, evaluated as part of another unit.
_PARTS = """
    select member.uscc, member.county_code, unit.uscc as unit, unit.enterprise_name as name
    from {members} as member
    inner join {side}.enterprise_result as unit
        on member.unit_uscc = unit.uscc and member.unit_county_code = unit.county_code
    where (member.county_code, member.uscc) <> (member.unit_county_code, member.unit_uscc)
"""

# Counties whose classes hold other numbers of classified units.
_BORDERS = """
    select
        county_code,
        struct_pack(classified := a.classified, a := a.a, b := a.b, c := a.c, d := a.d) as before,
        struct_pack(classified := b.classified, a := b.a, b := b.b, c := b.c, d := b.d) as after
    from a.class_count as a
    inner join b.class_count as b using (county_code)
    where (a.a, a.b, a.c, a.d) is distinct from (b.a, b.b, b.c, b.d)
"""

# Whether the counties' own rules are other files.
_COUNTY_RULES = """
    select
        (select list(sha256 order by sha256) from a.source_file where feed = 'county_rules')
        is distinct from
        (select list(sha256 order by sha256) from b.source_file where feed = 'county_rules')
"""

# Which standards moved, and whose values moved them: the largest changes of those measured in the group.
_STANDARDS = """
    with moved as (
        select
            level,
            group_code,
            indicator,
            struct_pack(n := a.n, max := a.max, mean := a.mean, min := a.min) as before,
            struct_pack(n := b.n, max := b.max, mean := b.mean, min := b.min) as after
        from a.standard as a
        full join b.standard as b using (level, group_code, indicator)
        where
            differs(a.n, b.n) or figures_differ(a.max, b.max)
            or figures_differ(a.mean, b.mean) or figures_differ(a.min, b.min)
    ),

    measured_a as (from unit_a inner join item_a using (level, place, code)),

    measured_b as (from unit_b inner join item_b using (level, place, code)),

    changed as (
        select
            level,
            unnest(
                list_distinct([coalesce(b.ranked_in, a.ranked_in), coalesce(b.region, a.region)])
            ) as group_code,
            indicator,
            code,
            coalesce(b.name, a.name) as name,
            a.value as before,
            b.value as after
        from measured_a as a
        full join measured_b as b using (level, place, code, indicator)
        where figures_differ(a.value, b.value)
    ),

    causes as (
        select
            level,
            group_code,
            indicator,
            list(
                struct_pack(code := code, name := name, before := before, after := after)
                order by abs(coalesce(after, 0) - coalesce(before, 0)) desc, code
            ) as moved_by
        from changed
        group by all
    )

    select moved.*, coalesce(len(moved_by), 0) as units,
        coalesce(moved_by[1:{biggest}], []) as moved_by
    from moved
    left join causes using (level, group_code, indicator)
    order by list_position(['county', 'park', 'enterprise'], level), group_code, indicator
"""


@dataclass(frozen=True)
class Changes:
    """What changed from one release (`before`) to another (`after`), as plain data.

    - `before`, `after`: year, release, stage, edition, code_version.
    - `rules`: rows of the method that only one side has: table, change (gone, new), row.
    - `moved`: units of all levels that came, went, or changed class, rank, treatment or county: level, code,
      name, group (where it is ranked), before and after (county_code, class, rank, total_score, treatment,
      veto_reason; null on the side where it is not), and its causes, as `_causes` gives them.
    - `standards`: level, group_code, indicator, before and after (n, max, mean, min), units (how many values
      in the group changed) and moved_by (the largest of these: code, name, before, after).
    - `tables`: what became of the rows of each, as `changed_tables` gives it.
    """

    before: Row
    after: Row
    rules: list[Row]
    moved: list[Row]
    standards: list[Row]
    tables: list[Row]

    def __bool__(self) -> bool:
        """Whether anything changed."""
        altered = any(table["new"] or table["gone"] or table["altered"] for table in self.tables)
        return bool(self.rules or self.moved or self.standards or altered)


def diff(a: Path, b: Path) -> Changes:
    """Compare the release in folder `a` with the later one in folder `b`, of whatever years and stages."""
    before, after = read_manifest(a), read_manifest(b)
    with open_releases(a=a, b=b) as connection:
        for side in ("a", "b"):
            connection.execute(_SIDE.format(side=side))
        connection.execute(_DIFFERS)
        connection.execute(_PAIRS)
        rules = list(_rules(_method(a, before), _method(b, after)))
        return Changes(
            before=_head(before),
            after=_head(after),
            rules=rules,
            moved=list(_moved(connection, rules, _inputs(a, before, b, after))),
            standards=fetch(connection, _STANDARDS.format(biggest=_BIGGEST)),
            tables=list(changed_tables(connection)),
        )


def compare_with_former(folder: Path) -> None:
    """Write `<folder>/changes.json`: how the release in `folder` (`releases/<year>/<id>`) differs from the
    newest one of the stage before in the same year. Nothing is written where there is none."""
    former = _former(folder, read_manifest(folder))
    if former is not None:
        former.check(DATABASE)
        (folder / _FILE).write_text(to_json(diff(former.path, folder)), encoding="utf-8")


def read_changes(folder: Path) -> Changes | None:
    """What `compare_with_former` wrote; None if nothing."""
    path = folder / _FILE
    return Changes(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def to_json(changes: Changes) -> str:
    """`changes` as JSON; days of the method as ISO text."""
    return json.dumps(vars(changes), ensure_ascii=False, default=str)


def _former(folder: Path, manifest: Mapping[str, Any]) -> Release | None:
    earlier = STAGES[: STAGES.index(manifest["stage"])]
    return max(
        (found for found in releases(Home(folder.parents[2]), manifest["year"]) if found.stage in earlier),
        key=lambda found: (STAGES.index(found.stage), found.number),
        default=None,
    )


def _head(manifest: Mapping[str, Any]) -> Row:
    return {name: manifest[name] for name in ("year", "release", "stage", "edition", "code_version")}


_Rules = dict[str, Counter[tuple[tuple[str, Any], ...]]]


def _method(folder: Path, manifest: Mapping[str, Any]) -> _Rules:
    """The rows in force of each table of a release's method, without what only cites or explains."""
    policy = load_policy(folder / "policy")
    passed_over = ("edition", "clause", "note")
    return {
        table: Counter(
            tuple((name, value) for name, value in row.items() if name not in passed_over)
            for row in policy.rows(table)
            if row.get("edition", manifest["edition"]) == manifest["edition"]
        )
        for table in policy.tables
    }


def _rules(before: _Rules, after: _Rules) -> Iterator[Row]:
    for table in sorted(before.keys() | after.keys()):
        a, b = before.get(table, Counter()), after.get(table, Counter())
        for change, rows in (("gone", a - b), ("new", b - a)):
            for row in rows:
                yield {"table": table, "change": change, "row": dict(row)}


def _inputs(a: Path, before: Mapping[str, Any], b: Path, after: Mapping[str, Any]) -> list[str]:
    """What goes into the indicators and the total of a unit by both methods, beside its group."""
    earlier = load_policy(a / "policy").amounts(before["edition"])
    amounts = [name for name in load_policy(b / "policy").amounts(after["edition"]) if name in earlier]
    return ["members", "enterprises", LAND, *amounts, "bonus", "deduction"]


def _moved(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Row], names: Sequence[str]
) -> Iterator[Row]:
    shown = set(connection.table("unit_a").columns) & set(connection.table("unit_b").columns)
    inputs = ", ".join(
        f"struct_pack(what := '{name}', before := a.{name}, after := b.{name})"
        for name in names
        if name in shown
    )
    borders = {row.pop("county_code"): row for row in fetch(connection, _BORDERS)}
    parts = {side: _parts(connection, side) for side in ("a", "b")}
    ((county_rules,),) = connection.execute(_COUNTY_RULES).fetchall()
    quotas = any(rule["table"] == "quotas" for rule in rules)
    for row in borders.values():
        row["by"] = ["quotas"] if quotas else []
        if county_rules and row["before"]["classified"] == row["after"]["classified"]:
            row["by"].append("county_rules")
    for row in fetch(connection, _MOVED.format(inputs=inputs)):
        before, after = row["a"], row["b"]
        latest = after if row["place_b"] is not None else before
        yield {
            "level": row["level"],
            "code": row["code"],
            "name": latest["name"],
            "group": latest["ranked_in"],
            "before": {name: before[name] for name in _STANDING} if row["place_a"] is not None else None,
            "after": {name: after[name] for name in _STANDING} if row["place_b"] is not None else None,
            "causes": list(_causes(row, borders, parts)) or [{"cause": "method"}],
        }


_Parts = Mapping[tuple[str, str], Row]


def _parts(connection: duckdb.DuckDBPyConnection, side: str) -> _Parts:
    """By county and code, those evaluated as part of another unit on one side, with that unit."""
    return {
        (row["county_code"], row["uscc"]): row
        for row in fetch(
            connection,
            _PARTS.format(
                side=side, members=MEMBERS.replace("enterprise_member", f"{side}.enterprise_member")
            ),
        )
    }


def _causes(row: Row, borders: Mapping[str, Row], parts: Mapping[str, _Parts]) -> Iterator[Row]:
    """Why a unit moved. Each cause has `cause`, `what` it happened to, and its figures `before` and `after`:

    - `new`, `gone`: evaluated on one side only; `county`: evaluated by another one.
    - `merged`, `separated`: on the other side it is evaluated as part of the unit `what`, called `name`.
    - `treatment`: classified, in transition or vetoed (and why).
    - `input`: `what` column of its own: an amount, its land, its members, bonus, deduction.
    - `score`: of the item `what`, `by` what of it: its own value, the group's standard, the weight; by the
      formula where none of these changed.
    - `others`: `before` its rank, `after` the rank that its former total would have today.
    - `borders`: the county `what` has other numbers of classified units in its classes, `by` other quotas of
      the method, or, of as many units, under another file of the counties' own rules.
    - `method`: nothing of all this, so that only the computation itself can be another.
    """
    before, after = row["a"], row["b"]
    if row["place_a"] is None or row["place_b"] is None:
        new = row["place_a"] is None
        other = parts["a" if new else "b"].get((row["place_b"] if new else row["place_a"], row["code"]))
        if row["level"] == "enterprise" and other is not None:
            cause = "separated" if new else "merged"
            yield {"cause": cause, "what": other["unit"], "name": other["name"]}
        else:
            yield {"cause": "new" if new else "gone"}
        return
    if row["place_a"] != row["place_b"]:
        yield {"cause": "county", "before": row["place_a"], "after": row["place_b"]}
    for name in ("treatment", "veto_reason"):
        if before[name] != after[name]:
            yield {"cause": name, "before": before[name], "after": after[name]}
    for changed in row["inputs"]:
        yield {"cause": "input", **changed}
    for item in row["items"] or ():
        by = [reason for reason in ("value", "standard", "weight") if item[reason]] or ["formula"]
        yield {
            "cause": "score",
            "what": item["indicator"],
            "before": item["before"],
            "after": item["after"],
            "by": by,
        }
    if row["rank_among_others"] not in (None, before["rank"]):
        yield {"cause": "others", "before": before["rank"], "after": row["rank_among_others"]}
    if before["class"] != after["class"] and row["place_a"] == row["place_b"] and row["place_a"] in borders:
        yield {"cause": "borders", "what": row["place_a"], **borders[row["place_a"]]}
