"""Sums and joined texts of groups are those of DuckDB's aggregates with an order, which take far longer."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import duckdb
import jinja2
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.settings import DBT_PROJECT

MACROS = (
    jinja2.Environment()
    .from_string((DBT_PROJECT / "macros" / "figures.sql").read_text(encoding="utf-8"))
    .module
)
DUCKDB = duckdb.connect()
TEXTS = st.none() | st.sampled_from(["甲", "乙", "丙", ""])
FIGURES = {
    pa.float64(): st.floats(allow_nan=False, allow_infinity=False, width=64),
    pa.int32(): st.integers(-(2**31), 2**31 - 1),
    pa.decimal128(12, 2): st.integers(-(10**9), 10**9).map(lambda cents: Decimal(cents) / 100),
}


def macro(name: str, *arguments: object) -> str:
    """What a macro says on DuckDB."""
    return str(getattr(MACROS, f"default__{name}")(*arguments))


def asked(
    expression: str, groups: Sequence[Sequence[object]], of_type: pa.DataType
) -> list[tuple[object, ...]]:
    """What the expression is for the column x of each group, with its type."""
    rows = pa.table(
        {
            "place": [place for place, group in enumerate(groups) for _ in group],
            "x": pa.array([x for group in groups for x in group], of_type),
        }
    )
    with DUCKDB.cursor() as cursor:
        cursor.register("given", rows)
        return cursor.execute(
            f"select place, {expression}, typeof({expression}) from given group by place order by place"
        ).fetchall()


@pytest.mark.parametrize("of_type", FIGURES, ids=str)
@settings(deadline=None)
@given(data=st.data())
def test_a_total_is_the_sum_in_order(of_type: pa.DataType, data: st.DataObject) -> None:
    figures = st.lists(st.lists(st.none() | FIGURES[of_type], min_size=1, max_size=6), min_size=1, max_size=4)
    groups = data.draw(figures)
    assert asked(macro("total", "x"), groups, of_type) == asked("sum(x order by x)", groups, of_type)


@pytest.mark.parametrize("distinct", [False, True])
@settings(deadline=None)
@given(groups=st.lists(st.lists(TEXTS, min_size=1, max_size=5), min_size=1, max_size=4))
def test_texts_are_joined_in_order(distinct: bool, groups: list[list[str | None]]) -> None:
    ordered = f"string_agg({'distinct ' if distinct else ''}x, '、' order by x)"
    joined = macro("joined", "x", "、", distinct)
    assert asked(joined, groups, pa.string()) == asked(ordered, groups, pa.string())


def test_of_no_rows_there_is_no_total() -> None:
    total, joined = macro("total", "x"), macro("joined", "y", "、")
    nothing = "(select 1.0 as x, '' as y where false)"
    assert duckdb.sql(f"select {total}, {joined} from {nothing}").fetchall() == [(None, None)]
