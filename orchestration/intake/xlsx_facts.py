"""What an .xlsx says about its cells beyond their values: errors, formulas, percent formats, what is hidden.

Belongs here: the checks of the zip container before anything unpacks it, and one pass over a sheet's XML.
Does not: cell values (python-calamine reads them, in `workbook`).
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from orchestration.intake.number_format import PERCENT_IDS, is_percent, is_scaled
from orchestration.intake.refusal import RefusalError
from orchestration.intake.sheet_facts import SheetFacts

MOST_UNPACKED_BYTES = 512 << 20
_SPARSE_FROM_ROW = 50_000
_FAR_CELL = re.compile(rb'<(?:\w+:)?c r="([A-Z]{3}\d+)"(?:[^>]*[^/>])?>')
_CELL = re.compile(rb'<(?:\w+:)?c r="([A-Z]+)(\d+)"')

_BROKEN = ("文件损坏，或内容不是 Excel 工作簿。", "请用 Excel 或 WPS 打开确认后另存为 .xlsx，再重新提交。")


class Container:
    """The parts of a workbook, found as a lenient reader finds them: by relation, not by name."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {_part_name(name): name for name in archive.namelist()}
        self.book = self._main_part()

    def read(self, part: str) -> bytes:
        return self._archive.read(self._names[part.casefold()])

    def related(self, kind: str, to: str | None = None) -> str | None:
        """The part that is related to `to` (the workbook) as `kind`; None if there is none."""
        return next((target for _, k, target in self.relations(to or self.book) if k == kind), None)

    def relations(self, part: str) -> list[tuple[str, str, str]]:
        """Id, kind and target of what `part` ('' is the package) refers to, as far as it is there."""
        folder, name = posixpath.split(part)
        links = _part_name(posixpath.join(folder, "_rels", f"{name}.rels"))
        if links not in self._names:
            return []
        found = []
        for link in ElementTree.fromstring(self.read(links)):
            target = _part_name(posixpath.join("/", folder, link.get("Target", "").replace("\\", "/")))
            kind = link.get("Type", "").rpartition("/")[2]
            if target in self._names:
                found.append((link.get("Id", ""), kind, target))
        return found

    def _main_part(self) -> str:
        for _, kind, target in self.relations(""):
            if kind == "officeDocument":
                return target
        return next((name for name in ("xl/workbook.xml", "workbook.xml") if name in self._names), "")


def _part_name(name: str) -> str:
    return posixpath.normpath(posixpath.join("/", name.replace("\\", "/"))).lstrip("/").casefold()


def open_xlsx(path: Path) -> Container:
    """The container of the workbook at `path`, if it is sound; raises RefusalError."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError):
        raise RefusalError(*_BROKEN) from None
    parts = archive.infolist()
    if sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
        raise RefusalError(
            "工作簿解压后过大，不予读取。", "请删除多余内容后另存为新的 .xlsx；数据量很大时请用 CSV。"
        )
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            with archive.open(part) as stream:
                if b"<!DOCTYPE" in stream.read(1024):
                    raise RefusalError("工作簿中含有不允许的实体定义。", "请用 Excel 或 WPS 重新另存后提交。")
    try:
        container = Container(archive)
    except (zipfile.BadZipFile, zlib.error, ElementTree.ParseError):
        raise RefusalError(*_BROKEN) from None
    if not container.book:
        raise RefusalError(
            "内容是压缩包，不是 Excel 工作簿。",
            "若是压缩包，请解压后提交其中的表格文件；若能用 Excel 或 WPS 打开，请打开后另存为 .xlsx，"
            "再重新提交。",
        )
    return container


def read_facts(archive: Container, sheet: str) -> SheetFacts:
    """The facts of the sheet named `sheet`."""
    xml = archive.read(_part_of_sheet(archive, sheet))
    percent, scaled = _styles(archive)
    facts = SheetFacts()
    tells = [b'"e"', b"'e'", b"<f", b":f", b"hidden="]
    tells += [quote + style.encode() + quote for style in percent | scaled for quote in (b'"', b"'")]
    if any(tell in xml for tell in tells):
        _walk(xml, percent, scaled, facts)
    return facts


def find_stray_cell(path: Path) -> str | None:
    """A cell so far from the data that a reader, which fills all that lies between, had to give up."""
    archive = open_xlsx(path)
    for _, kind, part in archive.relations(archive.book):
        if kind == "worksheet":
            xml = archive.read(part)
            if far := _FAR_CELL.search(xml):
                return far[1].decode()
            last = max(xml.rfind(b"</c>"), xml.rfind(b":c>"), 0)
            cells = list(_CELL.finditer(xml, max(last - 4096, 0), last))
            if cells and int(cells[-1][2]) > max(_SPARSE_FROM_ROW, xml.count(b"c>")):
                return f"{cells[-1][1].decode()}{cells[-1][2].decode()}"
    return None


def _part_of_sheet(archive: Container, sheet: str) -> str:
    book = ElementTree.fromstring(archive.read(archive.book))
    targets = {id_: target for id_, _, target in archive.relations(archive.book)}
    for element in _named(book.iter(), "sheet"):
        if element.get("name") == sheet:
            return targets[next(value for name, value in element.items() if name.endswith("}id"))]
    raise KeyError(sheet)


def _styles(archive: Container) -> tuple[set[str], set[str]]:
    """The cell styles (as the `s` attribute gives them) that show a number as a percentage, or divided."""
    part = archive.related("styles")
    if part is None:
        return set(), set()
    styles = ElementTree.fromstring(archive.read(part))
    codes = {
        int(element.get("numFmtId", 0)): element.get("formatCode", "")
        for element in _named(styles.iter(), "numFmt")
    }
    percent = PERCENT_IDS | {number for number, code in codes.items() if is_percent(code)}
    scaled = {number for number, code in codes.items() if is_scaled(code)} - percent
    formats = next(_named(styles.iter(), "cellXfs"), ElementTree.Element("none"))
    of_style = [(str(place), int(xf.get("numFmtId", 0))) for place, xf in enumerate(formats)]
    return (
        {style for style, number in of_style if number in percent},
        {style for style, number in of_style if number in scaled},
    )


def _named(elements: Iterable[ElementTree.Element], name: str) -> Iterator[ElementTree.Element]:
    return (element for element in elements if element.tag.rpartition("}")[2] == name)


def _walk(xml: bytes, percent: set[str], scaled: set[str], facts: SheetFacts) -> None:
    """One pass over a sheet's XML; rows and cells may leave out where they are."""
    row = column = 0
    cell: dict[str, str] = {}
    formula = False
    text: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, cell, formula, text
        name = tag.rpartition(":")[2]
        if name == "c":
            reference = attributes.get("r")
            column = _column_number(reference) if reference else column + 1
            cell, formula, text = attributes, False, []
        elif name == "f":
            formula = True
        elif name == "v":
            parser.CharacterDataHandler = text.append
        elif name == "row":
            row = int(attributes.get("r", row + 1))
            column = 0
            if attributes.get("hidden") in ("1", "true"):
                facts.hidden_rows.append(row)
        elif name == "col" and attributes.get("hidden") in ("1", "true"):
            facts.hidden_columns.append((int(attributes["min"]), int(attributes["max"])))

    def end(tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "v":
            parser.CharacterDataHandler = None
        elif name == "c":
            value, kind = "".join(text), cell.get("t", "n")
            if kind == "e":
                facts.errors[row, column] = value
            elif formula and not value and kind != "str":
                facts.without_value.add((row, column))
            elif value and kind == "n" and (style := cell.get("s")):
                if style in percent:
                    facts.percent.add((row, column))
                elif style in scaled:
                    facts.scaled.add((row, column))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.buffer_text = True
    parser.Parse(xml, True)


def _column_number(reference: str) -> int:
    number = 0
    for letter in reference:
        if not letter.isalpha():
            break
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
