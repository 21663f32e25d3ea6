"""What a new version of a file changes: rows added, gone and altered, by the feed's key.

Belongs here: comparing two versions' rows. Does not: which versions are compared (`run`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.intake.contract import Column, Feed
from orchestration.intake.feed_rows import equal_to_previous
from orchestration.intake.values import shown_value

SHOWN = 20
_SIDE = "side"
_OLD, _NEW = 0, 1


@dataclass(frozen=True)
class Changes:
    """Row counts, and the first rows concerned in words (Chinese)."""

    added: int
    gone: int
    altered: int
    shown: list[str]


def compare(feed: Feed, old: pa.Table, new: pa.Table) -> Changes:
    """Compare the rows of two versions (contract columns, typed); a repeated row counts once."""
    names = list(feed.columns)
    sides = [
        table.select(names).append_column(_SIDE, pa.repeat(pa.scalar(side, pa.int8()), len(table)))
        for side, table in ((_OLD, old), (_NEW, new))
    ]
    rows = pa.concat_tables(sides)
    rows = rows.take(pc.sort_indices(rows, [(name, "ascending") for name in (*feed.key, _SIDE)]))
    rows = rows.filter(pa.array(~equal_to_previous(rows, [*feed.key, _SIDE])))
    same_key = equal_to_previous(rows, feed.key)  # of what is left: the old row, then the new one
    altered = np.flatnonzero(same_key & ~equal_to_previous(rows, names))
    single = ~same_key & ~np.append(same_key[1:], np.zeros(min(len(rows), 1), dtype=bool))
    side = rows[_SIDE].to_numpy()
    added, gone = np.flatnonzero(single & (side == _NEW)), np.flatnonzero(single & (side == _OLD))
    return Changes(
        added=len(added),
        gone=len(gone),
        altered=len(altered),
        shown=[f"增加：{_key(feed, row)}" for row in _first(rows, added)]
        + [f"删除：{_key(feed, row)}" for row in _first(rows, gone)]
        + [
            f"修改：{_key(feed, after)} {_differences(feed, before, after)}"
            for before, after in zip(_first(rows, altered - 1), _first(rows, altered), strict=True)
        ],
    )


def _first(rows: pa.Table, at: np.ndarray) -> Iterable[dict[str, Any]]:
    return rows.take(at[:SHOWN]).to_pylist()


def _key(feed: Feed, row: dict[str, Any]) -> str:
    return "/".join(shown_value(feed.columns[name], row[name]) for name in feed.key)


def _differences(feed: Feed, before: dict[str, Any], after: dict[str, Any]) -> str:
    return "，".join(
        f"「{column.label}」{_shown(column, before[name])}→{_shown(column, after[name])}"
        for name, column in feed.columns.items()
        if before[name] != after[name]
    )


def _shown(column: Column, value: object) -> str:
    return shown_value(column, value) or "（空）"
