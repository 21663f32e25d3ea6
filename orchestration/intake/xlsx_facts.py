"""What an .xlsx says about its cells beyond their values: errors, formulas, percent formats, what is hidden.

Belongs here: the checks of the zip container before anything unpacks it, and one pass over a sheet's XML.
Does not: cell values (python-calamine reads them, in `workbook`).
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from orchestration.intake.refusal import RefusalError
from orchestration.intake.sheet_facts import SheetFacts

MOST_UNPACKED_BYTES = 512 << 20
_SPARSE_FROM_ROW = 50_000
_PERCENT_IDS = {9, 10}
_FAR_CELL = re.compile(rb'<(?:\w+:)?c r="([A-Z]{3}\d+)"(?:[^>]*[^/>])?>')
_CELL = re.compile(rb'<(?:\w+:)?c r="([A-Z]+)(\d+)"')
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')  # of a number format: quoted, escaped, colour or locale

_BROKEN = ("文件损坏，或内容不是 Excel 工作簿。", "请用 Excel 或 WPS 打开确认后另存为 .xlsx，再重新提交。")


def open_xlsx(path: Path) -> zipfile.ZipFile:
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
    if "xl/workbook.xml" not in archive.namelist():
        raise RefusalError("内容是压缩包，不是 Excel 工作簿。", "请解压后提交其中的表格文件。")
    for part in parts:
        if part.filename.endswith((".xml", ".rels")):
            with archive.open(part) as stream:
                if b"<!DOCTYPE" in stream.read(1024):
                    raise RefusalError("工作簿中含有不允许的实体定义。", "请用 Excel 或 WPS 重新另存后提交。")
    return archive


def read_facts(archive: zipfile.ZipFile, sheet: str) -> SheetFacts:
    """The facts of the sheet named `sheet`."""
    xml = archive.read(_part_of_sheet(archive, sheet))
    percent = _percent_styles(archive)
    facts = SheetFacts()
    tells = [b'"e"', b"'e'", b"<f", b":f", b"hidden="]
    if percent or any(tell in xml for tell in tells):
        _walk(xml, percent, facts)
    return facts


def find_stray_cell(path: Path) -> str | None:
    """A cell so far from the data that a reader, which fills all that lies between, had to give up."""
    archive = open_xlsx(path)
    for name in archive.namelist():
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            xml = archive.read(name)
            if far := _FAR_CELL.search(xml):
                return far[1].decode()
            last = max(xml.rfind(b"</c>"), xml.rfind(b":c>"), 0)
            cells = list(_CELL.finditer(xml, max(last - 4096, 0), last))
            if cells and int(cells[-1][2]) > max(_SPARSE_FROM_ROW, xml.count(b"c>")):
                return f"{cells[-1][1].decode()}{cells[-1][2].decode()}"
    return None


def _part_of_sheet(archive: zipfile.ZipFile, sheet: str) -> str:
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for element in _named(book.iter(), "sheet"):
        if element.get("name") == sheet:
            link = next(value for name, value in element.items() if name.endswith("}id"))
            return posixpath.normpath(posixpath.join("/xl", targets[link])).lstrip("/")
    raise KeyError(sheet)


def _percent_styles(archive: zipfile.ZipFile) -> set[str]:
    """The cell styles (as the `s` attribute gives them) that show a number as a percentage."""
    if "xl/styles.xml" not in archive.namelist():
        return set()
    styles = ElementTree.fromstring(archive.read("xl/styles.xml"))
    ids = _PERCENT_IDS | {
        int(element.get("numFmtId", 0))
        for element in _named(styles.iter(), "numFmt")
        if "%" in _LITERAL.sub("", element.get("formatCode", ""))
    }
    formats = next(_named(styles.iter(), "cellXfs"), ElementTree.Element("none"))
    return {str(place) for place, xf in enumerate(formats) if int(xf.get("numFmtId", 0)) in ids}


def _named(elements: Iterable[ElementTree.Element], name: str) -> Iterator[ElementTree.Element]:
    return (element for element in elements if element.tag.rpartition("}")[2] == name)


def _walk(xml: bytes, percent: set[str], facts: SheetFacts) -> None:
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
            elif value and kind == "n" and cell.get("s") in percent:
                facts.percent.add((row, column))

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
