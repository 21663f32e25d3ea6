"""What becomes of each file of a feed, once the feed is judged: counts, verdict, and what its receipt says.

Belongs here: from the feed's rows to its files. Does not: judging rows (`feed_rows`), the looks of a receipt
(`receipts`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.intake import feed_rows, furniture
from orchestration.intake.contract import Contract, Feed
from orchestration.intake.faults import Context, shown_name
from orchestration.intake.feed_rows import FILE, LISTED, STATE, Duplicate, FeedRows
from orchestration.intake.outcome import PARTLY_ACCEPTED, REJECTED, REPLACED, CellFault, FileOutcome
from orchestration.intake.raw import ROW, column_letters, rows_named
from orchestration.intake.receipts import Amount, Receipt
from orchestration.intake.tables import PLACES_NAMED, ReadFile, cell_faults, places_named
from orchestration.intake.values import shown_value

_REPEATED_NAMED = 20
_FURNITURE = {
    furniture.TOTAL: "是合计行",
    furniture.HEADER: "是重复的表头或续表的标题",
    furniture.COLUMNS: "是各列的编号",
    furniture.UNITS: "是单位说明",
    furniture.NOTES: "是表下的说明或签名",
}


def settle(
    rows: FeedRows,
    parts: Sequence[ReadFile],
    outcomes: Sequence[FileOutcome],
    contract: Contract,
    context: Context,
    year: int,
) -> list[Receipt | None]:
    """Write counts and verdict into the outcome of every file of a feed, and draw up its receipt.

    `parts` are what was read: of a workbook each sheet, of any other file one. A file that was rejected only
    gets the counts of its version in force, and no receipt here.
    """
    feed = rows.feed
    amounts = _amounts(rows, parts, context)
    conflicts, remarks = _about_rows(rows, parts)
    counted = rows.counts(len(parts))
    fault_files = rows.faults[FILE].to_numpy()
    drawn: list[Receipt | None] = []
    for number, outcome in enumerate(outcomes):
        places = [place for place, part in enumerate(parts) if part.number == number]
        own = [parts[place] for place in places]
        counts = counted[places].sum(axis=0)
        outcome.encoding = own[0].raw.encoding if own else None
        outcome.sheet = "、".join(part.raw.sheet for part in own if part.raw.sheet) or None
        outcome.rows_read = int(counts.sum())
        outcome.rows_accepted = int(counts[feed_rows.ACCEPTED])
        outcome.rows_quarantined = int(counts[list(feed_rows.QUARANTINED)].sum())
        outcome.rows_left_out = int(counts[list(feed_rows.LEFT_OUT)].sum())
        if outcome.status in (REJECTED, REPLACED):
            drawn.append(None)
            continue
        first, last = map(int, np.searchsorted(fault_files, [places[0], places[-1] + 1]))
        found = rows.faults.slice(first, min(last - first, LISTED))
        faults = list(cell_faults(rows, found, parts, context))
        faults += [fault for place in places for fault in conflicts.get(place, [])]
        order = {part.raw.sheet: place for place, part in enumerate(own)}
        outcome.faults = sorted(faults, key=lambda fault: (order[fault.sheet], fault.row))[:LISTED]
        if outcome.rows_quarantined:
            outcome.status = PARTLY_ACCEPTED
            outcome.message = f"{outcome.rows_quarantined}行未受理；首处：{outcome.faults[0].reason}"
        receipt = Receipt(
            outcome=outcome,
            department_zh=contract.departments[outcome.department],
            feed_zh=feed.label,
            year=year,
            header_row=own[0].raw.header_row,
            left_out={
                "total_lines": int(counts[feed_rows.TOTAL]),
                "furniture_rows": int(counts[feed_rows.FURNITURE]),
                "example_rows": int(counts[feed_rows.EXAMPLE_ROW]),
                "unfilled_rows": int(counts[feed_rows.UNFILLED]),
                "repeated_rows": int(counts[feed_rows.REPEATED]),
            },
            amounts=amounts.get(number, ()),
            ignored=list(dict.fromkeys(label for part in own for label in part.raw.ignored)),
            remarks=_sheets_read(own, [int(counted[place].sum()) for place in places])
            + [remark for place in places for remark in (*parts[place].raw.remarks, *remarks.get(place, []))],
            asks=list(dict.fromkeys(ask for part in own for ask in part.raw.asks)),
            fault_cells=last - first,
            conflicts=int(counts[feed_rows.CONFLICT]),
            labels=[column.label for column in feed.columns.values()],
            lacks_rows=not (outcome.rows_accepted or feed.may_be_empty or feed.required_for is None),
            faulty_rows=_faulty_rows(rows, parts, places) if outcome.rows_quarantined else (),
        )
        drawn.append(receipt)
    return drawn


def _sheets_read(parts: Sequence[ReadFile], rows: Sequence[int]) -> list[str]:
    """A remark on the sheets of a workbook that were read together."""
    if len(parts) < 2:
        return []
    named = "、".join(
        f"“{shown_name(part.raw.sheet or '')}”{count}行" for part, count in zip(parts, rows, strict=True)
    )
    return [f"{len(parts)}个工作表一并读取：{named}。"]


def _amounts(rows: FeedRows, parts: Sequence[ReadFile], context: Context) -> dict[int, list[Amount]]:
    """The control totals of every file: the sum of each number column, by what became of its rows."""
    sums: dict[int, list[dict[str, Any]]] = {}
    for found in rows.amounts().to_pylist():
        sums.setdefault(parts[found[FILE]].number, []).append(found)

    def total(number: int, column: str, states: Collection[int]) -> float:
        return sum((found[f"{column}_sum"] or 0 for found in sums[number] if found[STATE] in states), 0.0)

    return {
        number: [
            Amount(
                column=column.name,
                label=column.label,
                unit=context.unit_zh.get(column.unit or ""),
                accepted=total(number, column.name, [feed_rows.ACCEPTED]),
                quarantined=total(number, column.name, feed_rows.QUARANTINED),
                left_out=total(number, column.name, feed_rows.LEFT_OUT),
            )
            for column in rows.feed.columns.values()
            if column.type in ("number", "integer")
        ]
        for number in sums
    }


def _about_rows(
    rows: FeedRows, files: Sequence[ReadFile]
) -> tuple[dict[int, list[CellFault]], dict[int, list[str]]]:
    """By file (or sheet): its rows in conflict with others, and remarks on rows that were left out."""
    conflicts: dict[int, list[CellFault]] = {}
    remarks: dict[int, list[str]] = {}
    repeated: dict[int, list[int]] = {}
    unfilled = rows.feed.columns[rows.feed.unfilled_without].label if rows.feed.unfilled_without else ""
    for file, part in enumerate(files):
        for kind, words in _FURNITURE.items():
            if at := [row for row, found in part.raw.left_out if found == kind]:
                remarks.setdefault(file, []).append(f"{part.sheet_named}{rows_named(at)}{words}，不计入。")
    for state, words in (
        (feed_rows.EXAMPLE_ROW, "是模板示例行"),
        (feed_rows.UNFILLED, f"没有填写「{unfilled}」"),
    ):
        found = rows.rows.select([FILE, ROW]).filter(pc.equal(rows.rows[STATE], state))
        numbers: dict[int, list[int]] = {}
        for file, row in zip(found[FILE].to_pylist(), found[ROW].to_pylist(), strict=True):
            numbers.setdefault(file, []).append(row)
        for file, at in numbers.items():
            remarks.setdefault(file, []).append(f"{files[file].sheet_named}{rows_named(at)}{words}，不计入。")
    labels = "、".join(f"「{rows.feed.columns[name].label}」" for name in rows.feed.key)
    for duplicate in rows.duplicates:
        key = (
            shown_value(rows.feed.columns[name], value)
            for name, value in zip(rows.feed.key, duplicate.key, strict=True)
        )
        said = f"{labels}（{'/'.join(key)}）"
        for file, row in duplicate.places:
            if duplicate.kind == "conflict":
                if len(conflicts.setdefault(file, [])) < LISTED:
                    conflicts[file].append(_conflict(rows.feed, duplicate, files, file, row, said))
            elif (file, row) != duplicate.places[0]:
                repeated.setdefault(file, []).append(row)
                if len(repeated[file]) <= _REPEATED_NAMED:
                    first = places_named(duplicate.places[:1], files)
                    remarks.setdefault(file, []).append(
                        f"{files[file].sheet_named}第{row}行与{first}完全相同，只计一次：{said}。"
                    )
    for file, at in repeated.items():
        if len(at) > _REPEATED_NAMED:
            remarks[file].append(f"与其他行完全相同、只计一次的共{len(at)}行，以上为前{_REPEATED_NAMED}行。")
    return conflicts, remarks


def _conflict(
    feed: Feed, duplicate: Duplicate, files: Sequence[ReadFile], file: int, row: int, said: str
) -> CellFault:
    """A row that shares its key with others and differs from them, as a fault of its first key cell."""
    key, raw = feed.columns[feed.key[0]], files[file].raw
    differs = "、".join(f"「{feed.columns[name].label}」" for name in duplicate.differs)
    others = [place for place in duplicate.places[:PLACES_NAMED] if place != (file, row)]
    place = raw.place_of.get(key.name)
    return CellFault(
        row=row,
        row_key=f"{files[file].row_prefix}{row}",
        column=key.name,
        label=key.label,
        sheet=raw.sheet,
        cell=None if place is None else f"{column_letters(place)}{row}",
        value=shown_value(key, duplicate.key[0]),
        fault="conflict",
        reason=f"{files[file].sheet_named}第{row}行与 {places_named(others, files)} 的{said}相同"
        f"而内容不同（{differs}），各行均未受理。",
        remedy="请核对以哪一行为准，只保留一行；其余各行从文件中删除。",
    )


def _faulty_rows(
    rows: FeedRows, parts: Sequence[ReadFile], places: Sequence[int]
) -> list[tuple[str | None, int, list[str]]]:
    """The first quarantined rows of one file by sheet and row: as delivered; those in conflict as read."""
    own = pa.array(places, pa.int32())
    faulty = rows.faulty_cells.filter(pc.is_in(rows.faulty_cells[FILE], own)).slice(0, LISTED)
    in_conflict = pc.and_(pc.is_in(rows.rows[FILE], own), pc.equal(rows.rows[STATE], feed_rows.CONFLICT))
    conflict = rows.rows.filter(in_conflict).slice(0, LISTED)
    as_delivered = [faulty[name].to_pylist() for name in rows.feed.columns]
    as_read = [
        [shown_value(column, value) for value in conflict[name].to_pylist()]
        for name, column in rows.feed.columns.items()
    ]
    found = [
        (place, row, list(cells))
        for table, columns in ((faulty, as_delivered), (conflict, as_read))
        for place, row, cells in zip(
            table[FILE].to_pylist(), table[ROW].to_pylist(), zip(*columns, strict=True), strict=True
        )
    ]
    return [(parts[place].raw.sheet, row, cells) for place, row, cells in sorted(found)[:LISTED]]
