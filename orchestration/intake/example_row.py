"""The example row of a feed's template: what stands in it, and telling it from a delivered row.

Belongs here: that one row. Does not: the template around it (`templates`), other rows left out (`feed_rows`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from orchestration.intake.contract import Column, Feed
from orchestration.intake.values import Converted, convert

MARK = "示例"  # what the marked cell begins with
_USCC = "91500000MA0000000X"
_EXAMPLES = {"text": "示例企业", "number": "1234.56", "integer": "12", "date": "2024-03-01", "boolean": "是"}


def marked_column(feed: Feed) -> str:
    """The key column in whose cell the example row says that it is one."""
    return next(name for name in feed.key if feed.columns[name].type in ("code", "text"))


def example_cells(feed: Feed) -> dict[str, str]:
    """The example row: column → cell, numbers and dates as text."""
    cells = {name: column.example or _example(column) for name, column in feed.columns.items()}
    marked = marked_column(feed)
    return cells | {marked: MARK + cells[marked]}


def _example(column: Column) -> str:
    """A plausible value of a column."""
    if column.choices:
        return next(iter(column.choices))
    if column.type == "code":
        if column.name.endswith("uscc"):
            return _USCC
        if column.check == "industry":
            return "C3670"
        return "500101" if column.reference else "A0001"
    return _EXAMPLES[column.type]


def find_examples(
    feed: Feed,
    cells: Mapping[str, pa.Array],
    read: Mapping[str, Converted],
    references: Mapping[str, Collection[str]],
) -> tuple[pa.Array, pa.Array]:
    """Which rows are the template's example row, and which have its marked cell and something else beside it.

    `cells` as delivered, `read` the same as values: a spreadsheet program may write a number another way.
    """
    marked, example = marked_column(feed), example_cells(feed)
    has_mark = pc.equal(pc.utf8_trim_whitespace(cells[marked]), example[marked])
    untouched = has_mark
    if pc.any(has_mark).as_py():
        for name, column in feed.columns.items():
            if name != marked:
                expected = convert(column, pa.array([example[name]]), references).values[0]
                same = _equal(read[name].values, expected)
                absent = pc.and_(read[name].blank, pa.scalar(column.may_be_absent))
                untouched = pc.and_(untouched, pc.or_(same, absent))
    return untouched, pc.and_not(has_mark, untouched)


def _equal(values: pa.Array, expected: pa.Scalar) -> pa.Array:
    return pc.fill_null(pc.equal(values, expected), False) if expected.is_valid else pc.is_null(values)
