"""The fast lane for large .csv files: Arrow's parser, where it and a strict reader cannot differ.

Arrow reads a million rows in a third of the time, and forgives quotes that a strict reader refuses. So it
gets only files whose quotes are plain: each one opens a cell or closes it, in turn, and none stands inside.

Belongs here: telling such files, and reading them. Does not: anything that a receipt says about a row
(`csv_file` reads again, strictly, whatever is not regular here).
"""

from __future__ import annotations

import csv
import io
import mmap
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from orchestration.intake.furniture import Furniture
from orchestration.intake.header import Header
from orchestration.intake.raw import RawFile, Sink, ignored_columns, to_table
from orchestration.intake.refusal import RefusalError

MOST_ROWS = 1 << 20  # what a sheet of Excel has; more, all of them faulty, would not stay within 1 GiB
WORTHWHILE_BYTES = 4 << 20
_BLOCK = 1 << 23
_SCANNED = 1 << 24
_BOM = b"\xef\xbb\xbf"
_QUOTE = ord('"')


def read_plain_csv(
    path: Path,
    encoding: str,
    delimiter: str,
    header: Header,
    raw: RawFile,
    sink: Sink,
    furniture: Furniture,
) -> bool:
    """Read a large, plain file into `sink`; False where it is small, not plain, or of uneven width."""
    if path.stat().st_size < WORTHWHILE_BYTES or not _is_plain(path, delimiter):
        return False
    from pyarrow import csv as arrow_csv

    names = [str(place) for place in range(len(header.cells))]
    first, unlabelled = header.row + 1, set[int]()
    try:
        reader = arrow_csv.open_csv(
            path,
            read_options=arrow_csv.ReadOptions(
                encoding="utf8" if encoding.startswith("utf") else encoding,
                column_names=names,
                skip_rows=_lines_of_head(path, encoding, delimiter, header.row),
                block_size=_BLOCK,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
        for batch in reader:
            check_row(first + len(batch) - 1)
            furniture.look(batch.columns, len(batch), first)
            sink.add(to_table(batch.columns, len(batch), first, header, unlabelled), [])
            first += len(batch)
    except pa.ArrowInvalid:
        return False
    furniture.finish()
    raw.ignored = ignored_columns(header, unlabelled)
    return True


def check_row(number: int) -> None:
    """Raise RefusalError where a file has more rows than memory is meant to hold."""
    if number > MOST_ROWS:
        raise RefusalError(
            f"文件超过{MOST_ROWS:,}行，不予读取。",
            "请删除空行后重新提交；数据量很大时请按区县拆分成几个文件。",
        )


def _lines_of_head(path: Path, encoding: str, delimiter: str, records: int) -> int:
    """How many lines of the file its first `records` records take."""
    with io.TextIOWrapper(path.open("rb"), encoding=encoding, newline="") as lines:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        for _ in islice(reader, records):
            pass
        return reader.line_num


def _is_plain(path: Path, delimiter: str) -> bool:
    """Whether every quote is an opening or a closing one, in turn, and lines end with a line feed.

    Looks at bytes: in UTF-8 and GB18030 alike, no part of a longer character is a quote, a delimiter or a
    line end.
    """
    ends_cell = np.zeros(256, dtype=bool)
    ends_cell[[ord(delimiter), ord("\n"), ord("\r")]] = True
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        start = len(_BOM) if content[:3] == _BOM else 0
        quotes = 0
        for offset in range(start, len(content), _SCANNED):
            # one byte more on either side, so that every quote has its neighbours; beyond the file, lines end
            before = content[offset - 1 : offset] if offset > start else b"\n"
            after = content[offset + _SCANNED : offset + _SCANNED + 1] or b"\n"
            part = content[offset : offset + _SCANNED]
            if part.count(b"\r") != (part + after).count(b"\r\n"):
                return False
            around = np.frombuffer(before + part + after, np.uint8)
            at = np.flatnonzero(around[1:-1] == _QUOTE)
            opens, closes = ends_cell[around[at]], ends_cell[around[at + 2]]
            turn = (np.arange(quotes, quotes + len(at)) % 2).astype(bool)
            if (opens == closes).any() or (closes != turn).any():
                return False
            quotes += len(at)
    return quotes % 2 == 0
