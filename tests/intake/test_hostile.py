"""Files that are broken or mean harm: each gets a plain answer, and the others are read all the same."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
import zlib
from pathlib import Path

import pytest

from orchestration.intake import FileOutcome, IntakeResult
from tests.intake.office import CONTRACT, Office, csv_text, labels, saved, workbook

FILES = Path(__file__).parent / "files"
CONFIRMED = labels("land_confirmed")
GOOD = csv_text([CONFIRMED, ["91500000MA0000001X", "500101", 10]])
BOOK = saved(workbook([CONFIRMED, ["91500000MA0000001X", "500101", 10]]))
SHEET = "xl/worksheets/sheet1.xml"
SHEET_START = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
SHEET_END = "</sheetData></worksheet>"
FEED = "核定用地面积"


def _rezipped(part: str, content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The good workbook with one part replaced."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(BOOK)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name == part:
                new.writestr(name, content, method)
            else:
                new.writestr(name, old.read(name))
    return stream.getvalue()


def _sheet(*cells: str) -> bytes:
    """The good workbook with its sheet's XML replaced by these cells, each in a row of its own."""
    text = 't="inlineStr"><is><t>x</t></is></c></row>'
    rows = "".join(f'<row r="{cell.lstrip("ABCDFX")}"><c r="{cell}" {text}' for cell in cells)
    return _rezipped(SHEET, (SHEET_START + rows + SHEET_END).encode())


def _bomb() -> bytes:
    """A workbook with one cell of 1.6 GiB, packed into 2 MiB, whose directory says 1 KiB."""
    pack = zlib.compressobj(9, zlib.DEFLATED, -15)
    start, end = SHEET_START + '<row r="1"><c r="A1" t="inlineStr"><is><t>', "</t></is></c></row>" + SHEET_END
    packed = pack.compress(start.encode()) + pack.flush(zlib.Z_FULL_FLUSH)
    block = pack.compress(b"A" * (1 << 24)) + pack.flush(zlib.Z_FULL_FLUSH)  # can be repeated as it is
    packed += block * 100 + pack.compress(end.encode()) + pack.flush()
    content = bytearray(_rezipped(SHEET, packed, zipfile.ZIP_STORED))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        local = archive.getinfo(SHEET).header_offset
    central = content.rindex(b"PK\x01\x02", 0, content.rindex(SHEET.encode()))
    for head, method, size in ((local, 8, 22), (central, 10, 24)):
        content[head + method : head + method + 2] = zipfile.ZIP_DEFLATED.to_bytes(2, "little")
        content[head + size : head + size + 4] = (1024).to_bytes(4, "little")
    return bytes(content)


def _declared_huge() -> bytes:
    """A workbook that says of itself that it unpacks to 3 GiB."""
    at = BOOK.rindex(b"PK\x01\x02", 0, BOOK.rindex(SHEET.encode()))
    return BOOK[: at + 24] + (3 << 30).to_bytes(4, "little") + BOOK[at + 28 :]


def _entities() -> bytes:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<!DOCTYPE worksheet [<!ENTITY e0 "ha">{levels}]>{SHEET_START}'
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>&e9;</t></is></c></row>'
    return _rezipped(SHEET, (head + cell + SHEET_END).encode())


def _encrypted_xls() -> bytes:
    """An .xls with the record that says it is protected (in place of who wrote it)."""
    content = (FILES / "xlwt.xls").read_bytes()
    return content.replace(b"\x5c\x00\x70\x00", b"\x2f\x00\x70\x00", 1)


REFUSED: dict[str, tuple[bytes | str, str]] = {
    f"{FEED}_空.csv": ("", "空的"),
    f"{FEED}_空.xlsx": (b"", "空的"),
    f"{FEED}_文本.xlsx": (GOOD, "不是 Excel 工作簿"),
    f"{FEED}_网页.xls": ("<html><table><tr><td>1</td></tr></table></html>", "网页"),
    f"{FEED}_截断.xlsx": (BOOK[:-200], "损坏"),
    f"{FEED}_乱码.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "无法读取"),
    f"{FEED}_压缩包.xlsx": (b"PK\x05\x06" + bytes(18), "不是 Excel 工作簿"),
    f"{FEED}_密码.xlsx": ((FILES / "password.xlsx").read_bytes(), "密码"),
    f"{FEED}_密码.xls": (_encrypted_xls(), "密码"),
    f"{FEED}_改名.xls": (BOOK, ".xlsx 格式"),
    f"{FEED}_改名.xlsx": ((FILES / "xlwt.xls").read_bytes(), ".xls 格式"),
    f"{FEED}_改名.csv": (BOOK, "Excel 工作簿"),
    f"{FEED}_二进制.csv": (bytes(range(256)) * 8, "不是文本"),
    f"{FEED}_utf16.csv": (GOOD.encode("utf-16"), "不是文本"),
    f"{FEED}_半个字.csv": (GOOD.encode("gb18030")[:-30] + b"\x81", "不是文本"),
    f"{FEED}_假BOM.csv": (b"\xef\xbb\xbf" + GOOD.encode("gb18030"), "不是文本"),
    f"{FEED}_两种编码.csv": (
        GOOD.encode() + "重庆某公司".encode() + "甲公司".encode("gb18030"),
        "有一部分文字读不出来",
    ),
    f"{FEED}_逗号.csv": (GOOD + "," * 20_000 + "\r\n", "列数过多"),
    f"{FEED}_实体.xlsx": (_entities(), "实体"),
    f"{FEED}_自称巨大.xlsx": (_declared_huge(), "过大"),
    f"{FEED}_炸弹.xlsx": (_bomb(), "无法读取"),
    f"{FEED}_远处.xlsx": (_sheet("A1", "XFD1048576"), "XFD1048576"),
    f"{FEED}_万列.xlsx": (saved(workbook([[f"列{n}" for n in range(10_000)]])), "没有找到表头"),
    f"{FEED}_万列.csv": (csv_text([[*CONFIRMED, *range(10_000)]] * 40), "列数过多"),
    f"{FEED}_注入.csv": (csv_text([["'; DROP TABLE x; --", '"""=cmd|"""', "../../etc"]] * 3), "没有找到表头"),
    f"{FEED}.pdf": ("%PDF", ".pdf"),
    "随手记.csv": (GOOD, "看不出"),
    "税收入库.csv": (GOOD, "市税务局"),
}

# names that no code may take for a path, a pattern or a label
NAMES = (
    f"{FEED}a[1].csv",
    f"{FEED}..\\x.csv",
    f"{FEED} 'quo\"te'.csv",
    f"{FEED}\u202evsc.csv",
    f"{FEED}$(id).csv",
    f"{FEED}{'长' * 77}.csv",  # 253 bytes
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = Office(tmp_path_factory.mktemp("hostile"))
    for name, (content, _) in REFUSED.items():
        office.drop(name, content, department="planning")
    for number, name in enumerate(NAMES):
        office.drop(name, GOOD.replace("0001X", f"{number:04d}Y"))
    folder = office.folder("planning")
    outside = folder.parent.parent.parent / "secret.csv"
    outside.write_text(GOOD.replace("0001X", "9999Z"))
    (folder / f"{FEED}_链接.csv").symlink_to(outside)
    os.mkfifo(folder / f"{FEED}_管道.csv")
    (folder / f"{FEED}_夹.csv").mkdir()
    for name in (".隐藏.csv", f"~${FEED}.xlsx", "Thumbs.db", f"{FEED}.xlsx.part"):
        (folder / name).write_bytes(b"x")
    (office.inbox / "无此部门").mkdir()
    (folder.parent / "忘了年度.csv").write_text(GOOD)
    (folder.parent / "2024年").mkdir()
    with open(os.fsencode(folder) + f"/{FEED}".encode("gb18030") + b".csv", "w") as stream:  # noqa: PTH123
        stream.write(GOOD)
    return office


@pytest.fixture(scope="module")
def result(office: Office) -> IntakeResult:
    return office.read()


def _named(result: IntakeResult, name: str) -> FileOutcome:
    return next(file for file in result.files if file.file_name == name)


@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_file_is_refused_in_words(office: Office, result: IntakeResult, name: str) -> None:
    file = _named(result, name)
    assert (file.status, file.rows_read) == ("rejected", 0)
    assert REFUSED[name][1] in file.message
    assert office.receipt(file)["verdict"] == "退回"


@pytest.mark.parametrize("name", NAMES)
def test_a_strange_name_is_only_a_name(office: Office, result: IntakeResult, name: str) -> None:
    file = _named(result, name)
    assert (file.status, file.rows_accepted) == ("accepted", 1)
    assert office.receipt(file)["file_name"] == name
    assert office.receipt_paths(file)[0].parent == office.home / "receipts" / "planning" / "2024"


def test_links_and_pipes_are_refused_unread(office: Office, result: IntakeResult) -> None:
    for name in (f"{FEED}_链接.csv", f"{FEED}_管道.csv"):
        file = _named(result, name)
        assert (file.status, file.sha256) == ("rejected", None)
        assert "不是普通文件" in file.message
    assert "91500000MA0009999Z" not in {row["uscc"] for row in office.landed("land_confirmed")}


def test_what_is_no_file_is_said_or_passed_over(result: IntakeResult) -> None:
    names = {file.file_name for file in result.files}
    assert len(names) == len(REFUSED) + len(NAMES) + 3  # link, pipe, and the name that is not UTF-8
    said = "\n".join(result.notices)
    for word in (
        f"{FEED}_夹.csv 是文件夹",
        f"{FEED}.xlsx.part 尚未复制完成",
        "无此部门 不是部门文件夹",
        "planning/忘了年度.csv 不在年度文件夹中",
        "planning/2024年 不在年度文件夹中",
    ):
        assert word in said


def test_a_file_of_too_many_rows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.intake.plain_csv.MOST_ROWS", 100)
    monkeypatch.setattr("orchestration.intake.plain_csv.WORTHWHILE_BYTES", 2000)
    office = Office(tmp_path)
    office.drop(f"{FEED}_空行.csv", GOOD + "\n" * 200)
    office.drop(f"{FEED}_长.csv", GOOD + "1,1,1\r\n" * 2000)
    files = office.read().files
    assert [(file.status, "超过100行" in file.message) for file in files] == [("rejected", True)] * 2


def test_wide_rows_are_read_in_small_portions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.intake.csv_file.BATCH_CELLS", 4)
    office = Office(tmp_path)
    rows = [[f"91500000MA{number:07d}X", "500101", number] for number in range(9)]
    office.drop(f"{FEED}.csv", csv_text([CONFIRMED, *rows]))
    office.read()
    found = [(row["confirmed_area_m2"], row["source_row"]) for row in office.landed("land_confirmed")]
    assert found == [(number, number + 2) for number in range(9)]


def test_everything_is_archived_as_delivered(office: Office, result: IntakeResult) -> None:
    kept = {path.name: path.read_bytes() for path in (office.home / "archive").iterdir()}
    assert all(hashlib.sha256(content).hexdigest() == name for name, content in kept.items())
    assert {file.sha256 for file in result.files if file.sha256} == kept.keys()


def test_the_landed_rows_are_those_of_the_sound_files(office: Office, result: IntakeResult) -> None:
    assert {row["source_file"] for row in office.landed("land_confirmed")} == set(NAMES)
    assert len(office.landed("intake_file")) == len(result.files)
    assert CONTRACT.feeds.keys() <= {path.name for path in (office.home / "landing").iterdir()}
