"""What an .xls (BIFF8, in a compound file) says about its cells beyond their values.

Belongs here: one pass over the records of a sheet ([MS-XLS], [MS-CFB]). Does not: cell values
(python-calamine reads them, in `workbook`).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from orchestration.intake.number_format import PERCENT_IDS, is_percent, is_scaled
from orchestration.intake.refusal import RefusalError
from orchestration.intake.sheet_facts import SheetFacts

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_FREE = 0xFFFFFFFA  # sector numbers from here on are marks, not sectors
_BOF, _EOF, _BOUNDSHEET, _FORMAT, _XF, _FILEPASS = 0x0809, 0x000A, 0x0085, 0x041E, 0x00E0, 0x002F
_ROW, _COLINFO, _FORMULA, _BOOLERR, _NUMBER, _RK, _MULRK = (
    0x0208,
    0x007D,
    0x0006,
    0x0205,
    0x0203,
    0x027E,
    0x00BD,
)
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}


def is_encrypted_package(content: bytes) -> bool:
    """Whether a compound file holds a password-protected .xlsx."""
    return _ENCRYPTED_PACKAGE in content


def is_encrypted(content: bytes) -> bool:
    """Whether the workbook in a compound file is password-protected."""
    stream = _workbook_stream(content)
    return any(kind == _FILEPASS for kind, _ in _records(stream, 0))


def read_facts(content: bytes, sheet: str) -> SheetFacts:
    """The facts of the sheet named `sheet` of the .xls that is `content`."""
    stream = _workbook_stream(content)
    formats: dict[int, str] = {}
    format_of: list[int] = []
    offset = None
    for kind, data in _records(stream, 0):
        if kind == _FORMAT:
            formats[struct.unpack_from("<H", data)[0]] = _text(data, 2, "<H")
        elif kind == _XF:
            format_of.append(struct.unpack_from("<H", data, 2)[0])
        elif kind == _BOUNDSHEET and _text(data, 6, "<B") == sheet:
            offset = struct.unpack_from("<I", data)[0]
    if offset is None:
        raise KeyError(sheet)
    percent_ids = PERCENT_IDS | {number for number, code in formats.items() if is_percent(code)}
    scaled_ids = {number for number, code in formats.items() if is_scaled(code)} - percent_ids
    facts = SheetFacts()
    shown = [
        facts.percent if number in percent_ids else facts.scaled if number in scaled_ids else None
        for number in format_of
    ]
    _find_facts(stream, offset, shown, facts)
    return facts


def _find_facts(
    stream: bytes, offset: int, shown: Sequence[set[tuple[int, int]] | None], facts: SheetFacts
) -> None:
    """One pass over a sheet's records; `shown` is, by style, where a number of that style is noted."""

    def note(row: int, column: int, style: int) -> None:
        cells = shown[style] if style < len(shown) else None
        if cells is not None:
            cells.add((row + 1, column + 1))

    for kind, data in _records(stream, offset):
        if kind == _ROW:
            row, options = struct.unpack_from("<H10xI", data)
            if options & 0x20:
                facts.hidden_rows.append(row + 1)
        elif kind == _COLINFO:
            first, last, _, _, options = struct.unpack_from("<5H", data)
            if options & 1:
                facts.hidden_columns.append((first + 1, last + 1))
        elif kind == _BOOLERR:
            row, column, _, value, is_error = struct.unpack_from("<3H2B", data)
            if is_error:
                facts.errors[row + 1, column + 1] = _ERRORS.get(value, "#N/A")
        elif kind == _FORMULA:
            row, column, style = struct.unpack_from("<3H", data)
            if data[12:14] != b"\xff\xff":
                note(row, column, style)
            elif data[6] == 2:
                facts.errors[row + 1, column + 1] = _ERRORS.get(data[8], "#N/A")
            elif data[6] == 3:  # an empty text: what writers that do not calculate store, too
                facts.without_value.add((row + 1, column + 1))
        elif kind in (_NUMBER, _RK):
            row, column, style = struct.unpack_from("<3H", data)
            note(row, column, style)
        elif kind == _MULRK:
            row, column = struct.unpack_from("<2H", data)
            for place in range((len(data) - 6) // 6):
                note(row, column + place, struct.unpack_from("<H", data, 4 + 6 * place)[0])


def _records(stream: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    """The records of one substream: kind and content."""
    depth = 0
    while offset + 4 <= len(stream):
        kind, size = struct.unpack_from("<2H", stream, offset)
        yield kind, stream[offset + 4 : offset + 4 + size]
        offset += 4 + size
        depth += (kind == _BOF) - (kind == _EOF)
        if depth == 0:
            return


def _text(data: bytes, offset: int, length: str) -> str:
    """A Unicode string with its length before it: two bytes a character, or one."""
    size = struct.unpack_from(length, data, offset)[0]
    offset += struct.calcsize(length)
    wide = data[offset] & 1
    characters = data[offset + 1 : offset + 1 + size * (2 if wide else 1)]
    return characters.decode("utf-16-le" if wide else "latin-1")


def _workbook_stream(content: bytes) -> bytes:
    """The stream `Workbook` of a compound file; raises RefusalError where there is none."""
    shift, mini_shift = struct.unpack_from("<2H", content, 30)
    first_directory, cutoff, first_mini, first_difat = struct.unpack_from("<I4x2I4xI", content, 48)
    size, mini_size = 1 << shift, 1 << mini_shift

    def sector(number: int) -> bytes:
        return content[(number + 1) * size : (number + 2) * size]

    def numbers(table: bytes) -> tuple[int, ...]:
        return struct.unpack(f"<{len(table) // 4}I", table)

    def chain(first: int, following: tuple[int, ...]) -> Iterator[int]:
        for _ in following:  # no longer than the table: a chain that runs in a circle ends too
            if first >= len(following):
                return
            yield first
            first = following[first]

    def read(first: int) -> bytes:
        return b"".join(sector(number) for number in chain(first, following))

    table_sectors = list(numbers(content[76 : 76 + 4 * 109]))
    while first_difat < _FREE and len(table_sectors) * size <= len(content):
        *more, first_difat = numbers(sector(first_difat))
        table_sectors += more
    following = numbers(b"".join(sector(number) for number in table_sectors if number < _FREE))

    directory = read(first_directory)
    entries = [directory[place : place + 128] for place in range(0, len(directory), 128)]
    names = [entry[: struct.unpack_from("<H", entry, 64)[0]].decode("utf-16-le") for entry in entries]
    streams = {name.rstrip("\0"): entry for name, entry in zip(names, entries, strict=True)}
    if "Workbook" not in streams:
        raise RefusalError(
            "不是 Excel 97–2003 格式的工作簿。", "请用 Excel 或 WPS 打开后另存为 .xlsx，再重新提交。"
        )
    start, length = struct.unpack_from("<IQ", streams["Workbook"], 116)
    if length >= cutoff:
        return read(start)[:length]
    small = read(struct.unpack_from("<I", entries[0], 116)[0])
    chained = chain(start, numbers(read(first_mini)))
    return b"".join(small[number * mini_size : (number + 1) * mini_size] for number in chained)[:length]
