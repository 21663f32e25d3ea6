"""The measures that follow from a final (rulebook 11.1), beside the list before: `packages/measures/`.

The list before is that of the final which this one replaces; where the year has none yet, that of the newest
final of the year before. A measure is the same where the same body carries out the same content, whatever
its number. Belongs here: whom a list names, newly or no longer. Does not: the lists for people
(`presentation.measure_lists`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from orchestration.release.reading import open_nothing, open_release, read_manifest
from orchestration.release.register import find
from orchestration.settings import Home

MEASURES = Path("packages", "measures")
JOINED = "、"  # between bodies that carry out a measure together: each has it in its list
_TABLES = ("measure", "measure_target")

# One row per body. Of an enterprise the class is public, the rank is not.
_TARGETS = """
    with now as (
        select
            target.*, measure.executed_by, measure.measure,
            unnest(string_split(measure.executed_by, $joined)) as body
        from measure_target as target inner join measure using (measure_no)
    ),

    before as (
        select
            target.*, measure.executed_by, measure.measure,
            unnest(string_split(measure.executed_by, $joined)) as body
        from former_measure_target as target inner join former_measure as measure using (measure_no)
    ),

    final as (
        select
            now.*,
            case
                when $compared then
                    case
                        when exists (
                            select 1 from before
                            where before.body = now.body and before.measure = now.measure
                                and before.level = now.level and before.code = now.code
                        ) then 'kept'
                        else 'new'
                    end
            end as change
        from now
        union all
        select before.*, 'gone' as change
        from before
        where not exists (
            select 1 from now
            where before.body = now.body and before.measure = now.measure
                and before.level = now.level and before.code = now.code
        )
    )

    select
        year, measure_no, measure, executed_by, body, level, county_code, code, name, class,
        case when level <> 'enterprise' then rank end as rank,
        change
    from final
    order by body, change = 'gone', measure_no, level, county_code, class, code
"""


def write_measure_tables(folder: Path) -> None:
    """Write the measures of the final in `folder` and whom they apply to, with what changed since the list
    before; nothing where there is no measure, then or now. UserError where the former final is no longer
    what was released."""
    manifest = read_manifest(folder)
    if manifest["stage"] != "final":
        return
    with open_nothing() as connection:
        with open_release(folder) as release:
            for name in _TABLES:
                connection.register(name, release.execute(f"from {name}").to_arrow_table())
        compared = _register_former(connection, Home(folder.parents[2]), manifest)
        targets = connection.execute(_TARGETS, {"compared": compared, "joined": JOINED}).to_arrow_table()
        measures = connection.execute("from measure order by measure_no").to_arrow_table()
    if measures.num_rows or targets.num_rows:
        (folder / MEASURES).mkdir(parents=True)
        pq.write_table(measures, folder / MEASURES / "measure.parquet")
        pq.write_table(targets, folder / MEASURES / "measure_target.parquet")


def _register_former(connection: duckdb.DuckDBPyConnection, home: Home, manifest: dict[str, Any]) -> bool:
    """Let `former_<table>` hold the measures of the final before; returns whether it has any tables of them,
    which one of an earlier version has not."""
    if name := manifest["former_final"]:
        with find(home, name).database() as former:
            found = former.execute("select table_name from duckdb_tables()").fetchall()
            if all((table,) in found for table in _TABLES):
                for table in _TABLES:
                    rows = former.execute(f"from {table}").to_arrow_table()
                    connection.register(f"former_{table}", rows)
                return True
    for table in _TABLES:
        connection.execute(f"create view former_{table} as from {table} where false")
    return False
