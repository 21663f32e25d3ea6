"""How two releases differ: who moved, and by which input, standard or rule; which rows came, went or changed.

Belongs here: comparing. Does not: saying it to a person (`changes`). Everything is compared in DuckDB over the
tables of the two releases; a figure has changed if it differs by more than 1e-9 of the larger (as the method
compares figures).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.policy import load_policy
from orchestration.release.schema import published_tables
from orchestration.release.wording import read_manifest

Row = dict[str, Any]

LISTED = 500  # rows of a table that are listed; all of them are counted

# What a unit brings itself; its indicators follow from these.
OWN = (
    "members",
    "enterprises",
    "land_area_mu",
    "value_added",
    "tax",
    "average_headcount",
    "energy",
    "emissions",
    "revenue",
    "rd_expenditure",
)

_SETUP = """
    create macro differs(x, y) as
        x is distinct from y and not coalesce(abs(x - y) <= 1e-9 * greatest(abs(x), abs(y)), false)
"""

# Units and items of all levels in one shape. Codes are unique within a place: the county that evaluates.
_SIDE = """
    create table {side}_unit as
    select
        'enterprise' as level, county_code as place, uscc as code, enterprise_name as name,
        county_code as ranked_in, * exclude (rank), rank::integer as rank
    from {side}.enterprise_result
    union all by name
    select 'county' as level, '' as place, county_code as code, region as ranked_in, * exclude (county_code)
    from {side}.county_result
    union all by name
    select 'park' as level, '' as place, park_code as code, region as ranked_in, * exclude (park_code)
    from {side}.park_result;

    create table {side}_item as
    select 'enterprise' as level, county_code as place, uscc as code, * from {side}.enterprise_item
    union all by name
    select 'county' as level, '' as place, county_code as code, * exclude (county_code) from {side}.county_item
    union all by name
    select 'park' as level, '' as place, park_code as code, * from {side}.park_item;
"""

# Who is the same unit: by place and code, else by code where one of that code is left on each side.
_PAIRS = """
    create table pair as
    with here as (
        select level, code, a.place as place_a, b.place as place_b
        from a_unit as a inner join b_unit as b using (level, place, code)
    ),
    left_a as (select level, code, place from a_unit as a anti join here on (a.level, a.place, a.code) = (here.level, here.place_a, here.code)),
    left_b as (select level, code, place from b_unit as b anti join here on (b.level, b.place, b.code) = (here.level, here.place_b, here.code)),
    elsewhere as (
        select level, code, a.place as place_a, b.place as place_b
        from left_a as a inner join left_b as b using (level, code)
        qualify count(*) over (partition by level, code) = 1
    )
    from here
    union all from elsewhere
    union all
    select level, code, place, null from left_a anti join elsewhere using (level, code)
    union all
    select level, code, null, place from left_b anti join elsewhere using (level, code)
"""
