"""Reading a .csv: its encoding, its delimiter, its rows.

Belongs here: bytes → text columns, strictly. Does not: what a cell means (`values`).
"""

from __future__ import annotations

import codecs
import csv
import io
from array import array
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from orchestration.intake.furniture import Furniture
from orchestration.intake.gb18030 import NAME as GB18030
from orchestration.intake.header import HEAD_ROWS, Header, Labels, find_header, no_header
from orchestration.intake.plain_csv import check_row, read_plain_csv
from orchestration.intake.raw import (
    BATCH_ROWS,
    Flaw,
    RawFile,
    Sink,
    gc_paused,
    ignored_columns,
    rows_named,
    to_columns,
    to_table,
    units_to_check,
)
from orchestration.intake.refusal import RefusalError

_NEAR_HEAD = 3
DELIMITERS = ",\t;"
LONGEST_CELL = 1 << 17
LONGEST_LINE = 1 << 22
MOST_CELLS = 1 << 14  # in one line: what a sheet of Excel has
BATCH_CELLS = 2_000_000
_CHUNK = 1 << 20
_GB18030_BOM = b"\x84\x31\x95\x33"
_UTF8_WORDS = tuple(word.encode() for word in ("公司", "重庆"))  # in GB18030, these bytes are no words

_WORKBOOK = (
    "扩展名是 .csv，内容却是 Excel 工作簿。",
    "请把扩展名改为 .xlsx（或用 Excel 另存为 CSV）后重新提交。",
)
_NOT_TEXT = (
    "文件内容不是文本，或其中的文字读不出来。",
    "请用 Excel 或 WPS 打开，确认没有乱码后另存为 .xlsx，再重新提交。",
)
_LINE_TOO_LONG = (
    "有一行过长，不予读取。",
    "请核对导出是否正确；数据量很大时请按区县拆分成几个文件。",
)
_MIXED = (
    "文件中有一部分文字读不出来：内容由两处拼成，或文件不完整。",
    "请重新导出；或用 Excel、WPS 打开核对有无乱码后另存为 .xlsx，再重新提交。",
)
_CUT = (
    "文件不完整：最后一行（第{}行）没有写完就断了。",
    "请从系统重新导出，确认最后一家企业的数据完整后重新提交；或用 Excel、WPS 打开核对后另存为 .xlsx。",
)
_EMPTY = ("文件是空的。", "请检查导出是否成功后重新提交。")


def read_csv(path: Path, labels: Labels, sink: Sink) -> RawFile:
    """Read the file at `path` into `sink`, batch by batch; raises RefusalError."""
    try:
        encoding = _encoding(path)
        delimiter, header = _dialect(path, encoding, labels)
        if refused := header.refusal():
            raise refused
        raw = RawFile(place_of=header.place_of, header_row=header.row, encoding=encoding)
        raw.asks = units_to_check(header)
        raw.above = header.texts_above
        with gc_paused():
            furniture = Furniture(header)
            if not read_plain_csv(path, _codec(encoding), delimiter, header, raw, sink, furniture):
                furniture = _read_unevenly(path, encoding, delimiter, header, raw, sink)
        if furniture.wrong_unit:
            raise furniture.wrong_unit
        raw.left_out, raw.rows = sorted(furniture.left_out.items()), furniture.data_rows
        sink.leave_out(raw.left_out)
    except UnicodeDecodeError:
        raise RefusalError(*_NOT_TEXT) from None
    return raw


def _codec(encoding: str) -> str:
    return GB18030 if encoding == "gb18030" else encoding


def _encoding(path: Path) -> str:
    """`utf-8-sig`, `utf-8` or `gb18030`: the first that decodes strictly, told by trying, not by guessing."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="strict")
    encoding = "utf-8"
    line, reads_as_utf8 = 0, False
    with path.open("rb") as stream:
        start = stream.read(8)
        if not start:
            raise RefusalError(*_EMPTY)
        if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
            raise RefusalError(*_WORKBOOK)
        if start.startswith(codecs.BOM_UTF8):
            encoding = "utf-8-sig"
        stream.seek(0)
        while chunk := stream.read(_CHUNK):
            if b"\0" in chunk:
                raise RefusalError(*_NOT_TEXT)
            line = line + len(chunk) if b"\n" not in chunk and b"\r" not in chunk else 0
            if line > LONGEST_LINE:
                raise RefusalError(*_LINE_TOO_LONG)
            reads_as_utf8 = reads_as_utf8 or any(word in chunk for word in _UTF8_WORDS)
            if encoding == "gb18030":
                continue
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                if encoding == "utf-8-sig":
                    raise
                encoding = "gb18030"
    if encoding == "utf-8":
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            encoding = "gb18030"
    if encoding == "gb18030" and reads_as_utf8:
        raise RefusalError(*_MIXED)
    return encoding


def _text(path: Path, encoding: str) -> io.TextIOWrapper:
    stream = path.open("rb")
    if stream.read(len(_GB18030_BOM)) != _GB18030_BOM:
        stream.seek(0)
    return io.TextIOWrapper(stream, encoding=_codec(encoding), errors="strict", newline="")


def _records(lines: io.TextIOWrapper, delimiter: str) -> Iterator[list[str]]:
    """The records of a file; a quote that does not close or is followed by text refuses it."""
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for record in reader:
            if len(record) > MOST_CELLS:
                raise RefusalError(
                    f"第{reader.line_num}行有{len(record)}格，列数过多。",
                    "请检查分隔符是否正确，删除数据区域以外的列后重新提交。",
                )
            yield record
    except csv.Error:
        raise RefusalError(
            f"第{reader.line_num}行附近的引号不成对，或单元格过长。",
            "请用 Excel 或 WPS 打开检查该处后另存为 .xlsx，再重新提交。",
        ) from None


def _dialect(path: Path, encoding: str, labels: Labels) -> tuple[str, Header]:
    """The delimiter with which the head of the file names most columns, and the header."""
    with _text(path, encoding) as lines:
        head = lines.read(_CHUNK)
    likeliest, *others = sorted(DELIMITERS, key=head.count, reverse=True)
    best: tuple[str, Header] | None = None
    broken: RefusalError | None = None
    for delimiter in (likeliest, *others):
        with _text(path, encoding) as lines:
            try:
                header = find_header(list(islice(_records(lines, delimiter), HEAD_ROWS + _NEAR_HEAD)), labels)
            except RefusalError as error:
                broken = error if delimiter == likeliest else broken
                continue
        if header and (best is None or header.found > best[1].found):
            best = delimiter, header
    if best is None:
        raise broken or no_header()
    return best


def _batches(records: Iterator[list[str]]) -> Iterator[list[list[str]]]:
    """The records in portions that memory holds, however wide they are."""
    batch: list[list[str]] = []
    cells = 0
    for record in records:
        batch.append(record)
        cells += len(record)
        if len(batch) >= BATCH_ROWS or cells >= BATCH_CELLS:
            yield batch
            batch, cells = [], 0
    if batch:
        yield batch


def _read_unevenly(
    path: Path, encoding: str, delimiter: str, header: Header, raw: RawFile, sink: Sink
) -> Furniture:
    """Read rows of whatever width: again, where only the end of the file shows which of them do not fit."""
    misfits: Collection[int] = ()
    while True:
        sink.clear()
        furniture = Furniture(header)
        with _text(path, encoding) as lines:
            rows = _Rows(header, furniture, misfits)
            rows.read(_records(lines, delimiter), raw, sink)
        if (cut := rows.cut_row()) and not _ends_with_a_line_end(path):
            raise RefusalError(_CUT[0].format(cut), _CUT[1])
        if misfits or not (misfits := rows.misfits()):
            return furniture


def _ends_with_a_line_end(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(-1, io.SEEK_END)
        return stream.read() in (b"\n", b"\r")


class _Rows:
    """The rows below a header, as wide as they are. `misfits` are those known to have cells too many."""

    def __init__(self, header: Header, furniture: Furniture, misfits: Collection[int]) -> None:
        self._header = header
        self._furniture = furniture
        self._known = misfits
        self._width = len(header.cells)
        self._places = set(header.place_of.values())
        self._count_if_blank = {
            place: name
            for name, place in header.place_of.items()
            if header.labels.feed.columns[name].blank_is is not None
        }
        self._widths = array("i")  # of every row; 0 where it holds nothing
        self._surplus: list[int] = []
        self._filled_surplus = False

    def read(self, records: Iterator[list[str]], raw: RawFile, sink: Sink) -> None:
        """Hand on the rows, and complete what is known of the file."""
        unlabelled: set[int] = set()
        short: list[int] = []
        for _ in islice(records, self._header.row):
            pass
        first = self._header.row + 1
        for batch in _batches(records):
            check_row(first + len(batch) - 1)
            flaws = self._uneven(batch, first, short)
            columns = to_columns(batch)
            self._furniture.look(columns, len(batch), first)
            sink.add(to_table(columns, len(batch), first, self._header, unlabelled), flaws)
            first += len(batch)
        self._furniture.finish()
        raw.ignored = ignored_columns(self._header, (place for place in unlabelled if place < self._width))
        short = [row for row in short if row not in self._furniture.left_out]
        raw.remarks = [f"{rows_named(short)}的单元格比表头少，所缺的按空白读取。"] if short else []

    def misfits(self) -> Collection[int]:
        """The rows with more cells than the header, unless all rows have the same number more, all blank."""
        if not self._surplus:
            return ()
        widths = np.array(self._widths)
        widths[[row - self._header.row - 1 for row in self._furniture.left_out]] = 0
        if len(set(widths.tolist()) - {0}) == 1 and not self._filled_surplus:
            return ()
        return frozenset(self._surplus) - self._furniture.left_out.keys()

    def cut_row(self) -> int | None:
        """The last row, if it is data and has fewer cells than the header."""
        last = self._header.row + len(self._widths)
        short = self._widths and 0 < self._widths[-1] < self._width
        return last if short and last not in self._furniture.left_out else None

    def _uneven(self, batch: list[list[str]], first: int, short: list[int]) -> list[Flaw]:
        """Note the rows of another width than the header's; returns what is wrong with them."""
        widths = set(map(len, batch))
        flaws: list[Flaw] = []
        if widths == {self._width}:
            self._widths.extend([self._width] * len(batch))
            return flaws
        for number, cells in enumerate(batch, start=first):
            if not any(map(str.strip, cells)):
                self._widths.append(0)
                continue
            self._widths.append(len(cells))
            if len(cells) > self._width:
                self._surplus.append(number)
                self._filled_surplus |= any(map(str.strip, cells[self._width :]))
                if number in self._known:
                    flaws.append(Flaw(number, next(iter(self._header.labels.feed.key)), "too_many_cells"))
            elif len(cells) < self._width:
                lost = [name for place, name in self._count_if_blank.items() if place >= len(cells)]
                if lost and any(cells[place].strip() for place in self._places if place < len(cells)):
                    flaws.append(Flaw(number, lost[0], "too_few_cells"))
                else:
                    short.append(number)
        return flaws
