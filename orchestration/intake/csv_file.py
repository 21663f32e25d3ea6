"""Reading a .csv: its encoding, its delimiter, its rows.

Belongs here: bytes → text columns, strictly. Does not: what a cell means (`values`).
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

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
)
from orchestration.intake.refusal import RefusalError

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
    "文件内容不是文本，或编码不是 UTF-8、GB18030（GBK）。",
    "请用 Excel 或 WPS 打开后另存为“CSV UTF-8（逗号分隔）”或 .xlsx，再重新提交。",
)
_LINE_TOO_LONG = (
    "有一行过长，不予读取。",
    "请核对导出是否正确；数据量很大时请按区县拆分成几个文件。",
)
_MIXED = (
    "文件是 UTF-8 文本，但其中有读不出的字节：混有另一种编码（如 GB18030），或文件不完整。",
    "请重新导出；或用 Excel、WPS 打开核对有无乱码后另存为 .xlsx，再重新提交。",
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
        with gc_paused():
            if not read_plain_csv(path, encoding, delimiter, header, raw, sink):
                sink.clear()
                with _text(path, encoding) as lines:
                    _read_rows(_records(lines, delimiter), header, raw, sink)
    except UnicodeDecodeError:
        raise RefusalError(*_NOT_TEXT) from None
    return raw


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
    return io.TextIOWrapper(stream, encoding=encoding, errors="strict", newline="")


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
            "请用 Excel 或 WPS 打开检查该处后另存为 CSV UTF-8 或 .xlsx，再重新提交。",
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
                header = find_header(list(islice(_records(lines, delimiter), HEAD_ROWS + 1)), labels)
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


def _read_rows(records: Iterator[list[str]], header: Header, raw: RawFile, sink: Sink) -> None:
    """Hand on the rows below the header, and complete what is known of the file."""
    width = len(header.cells)
    unlabelled: set[int] = set()
    short: list[int] = []
    for _ in islice(records, header.row):
        pass
    first = header.row + 1
    for batch in _batches(records):
        check_row(first + len(batch) - 1)
        flaws = []
        widths = list(map(len, batch))
        if max(widths) > width:
            for number, cells in enumerate(batch, start=first):
                if any(cell.strip() for cell in cells[width:]):
                    name = next(iter(header.labels.feed.key))
                    flaws.append(Flaw(number, name, "too_many_cells"))
        if min(widths) < width:
            short += [number for number, cells in enumerate(widths, start=first) if 0 < cells < width]
        sink.add(to_table(to_columns(batch), len(batch), first, header, unlabelled), flaws)
        first += len(batch)
    raw.ignored = ignored_columns(header, (place for place in unlabelled if place < width))
    if short:
        raw.remarks.append(f"{rows_named(short)}的单元格比表头少，所缺的按空白读取。")
