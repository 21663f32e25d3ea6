"""A file dropped again: unchanged, corrected, broken, withdrawn; and what its receipt says."""

from __future__ import annotations

import itertools
import json
import stat
import threading
import zipfile
from pathlib import Path

import pytest

from orchestration.errors import UserError
from orchestration.intake import FileOutcome
from orchestration.intake.archive import Archive
from orchestration.intake.receipts import FORMER
from tests.intake.office import Office, csv_text, labels

CONFIRMED = labels("land_confirmed")
NAME = "核定用地面积_万州.csv"


def _content(*areas: object) -> str:
    return csv_text([CONFIRMED, *([f"91500000MA{n:07d}X", "500101", area] for n, area in enumerate(areas))])


def _snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def _read_one(office: Office) -> FileOutcome:
    (file,) = office.read().files
    return file


def _areas(office: Office) -> list[float]:
    return [row["confirmed_area_m2"] for row in office.landed("land_confirmed")]


def test_the_same_content_again_changes_nothing(office: Office) -> None:
    office.drop(NAME, _content(1, "约2", 3))
    first = _read_one(office)
    before = _snapshot(office.home)
    again = _read_one(office)
    assert again == first
    assert _snapshot(office.home) == before


def test_new_content_replaces_the_old_and_the_receipt_says_what_changed(office: Office) -> None:
    office.drop(NAME, _content(1, 2, 3))
    first = _read_one(office)
    # row 0 altered, row 2 gone, a new one added
    text = csv_text(
        [
            CONFIRMED,
            ["91500000MA0000000X", "500101", 10],
            ["91500000MA0000001X", "500101", 2],
            ["91500000MA0000009X", "500101", 9],
        ]
    )
    office.drop(NAME, text)
    second = _read_one(office)
    assert _areas(office) == [10.0, 2.0, 9.0]
    for _ in range(2):  # a further intake says the same
        receipt = office.receipt(_read_one(office))
        assert receipt["replaces"] == first.sha256
        changes = receipt["changes"]
        assert (changes["added"], changes["gone"], changes["altered"]) == (1, 1, 1)
        assert changes["shown"] == [
            "增加：91500000MA0000009X/500101",
            "删除：91500000MA0000002X/500101",
            "修改：91500000MA0000000X/500101 「核定用地面积(平方米)」1→10",
        ]
    assert {path.name for path in (office.home / "archive").iterdir()} == {first.sha256, second.sha256}


def test_what_changed_is_told_in_the_words_of_the_department(office: Office) -> None:
    name, header = "现状工业用地.csv", labels("territory_land")
    office.drop(name, csv_text([header, ["区县", "500101", 1], ["全市", "500000", "2.5"]]))
    _read_one(office)
    office.drop(name, csv_text([header, ["区县", "500101", "1.5"], ["园区", "YQ1", 2]]))
    assert office.receipt(_read_one(office))["changes"]["shown"] == [
        "增加：园区/YQ1",
        "删除：全市/500000",
        "修改：区县/500101 「现状工业用地面积(公顷)」1→1.5",
    ]
    office.drop(name, csv_text([header, ["区县", "500101", 1], ["county", "500101", 2]]))
    clash = _read_one(office)
    assert [(fault.value, "（区县/500101）" in fault.reason) for fault in clash.faults] == [
        ("区县", True)
    ] * 2


def test_a_refused_version_leaves_the_accepted_one_in_force(office: Office) -> None:
    office.drop(NAME, _content(1, 2))
    first = _read_one(office)
    office.drop(NAME, "坏了")
    refused = _read_one(office)
    assert (refused.status, refused.in_force, refused.rows_accepted) == ("rejected", first.sha256, 2)
    assert _areas(office) == [1.0, 2.0]
    assert "上一版本继续有效" in " ".join(office.receipt(refused)["remarks"])
    (row,) = office.landed("intake_file")
    assert (row["status"], row["sha256"], row["in_force"]) == ("rejected", refused.sha256, first.sha256)

    office.drop(NAME, _content(5))  # mended: it replaces the version that was in force, not the broken one
    mended = _read_one(office)
    assert office.receipt(mended)["replaces"] == first.sha256
    assert _areas(office) == [5.0]


def test_a_file_never_accepted_gives_no_rows(office: Office) -> None:
    office.drop(NAME, "坏了")
    refused = _read_one(office)
    assert (refused.in_force, _areas(office)) == (None, [])


def test_a_file_taken_out_is_withdrawn_and_may_come_back(office: Office) -> None:
    path = office.drop(NAME, _content(1))
    first = _read_one(office)
    path.unlink()
    result = office.read("planning")
    assert (list(result.files), [file.file_name for file in result.withdrawn]) == ([], [NAME])
    assert office.receipt(result.withdrawn[0])["verdict"] == "已撤回"
    assert _areas(office) == []
    assert list(office.read().withdrawn) == []  # said once
    office.drop(NAME, _content(1))
    back = _read_one(office)
    assert (back.received_at, back.status) == (first.received_at, "accepted")
    assert office.receipt(back)["replaces"] is None


def test_every_version_stays_on_record(office: Office) -> None:
    for content in (_content(1), _content(2), "坏了", _content(1)):
        office.drop(NAME, content)
        last = _read_one(office)
    versions = office.landed("intake_version")
    assert [(v["status"], v["in_force"], v["present"]) for v in versions] == [
        ("accepted", False, False),
        ("rejected", False, False),
        ("accepted", True, True),  # the first content again: the newest version
    ]
    assert versions[-1]["sha256"] == last.sha256


def test_a_file_that_moves_while_it_is_read_waits(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.drop(NAME, _content(1))
    _read_one(office)
    office.drop(NAME, _content(2))
    office.drop("核定用地面积_涪陵.csv", _content(3))
    monkeypatch.setattr("orchestration.intake.inbox.Drop.has_moved", lambda _: True)
    result = office.read()
    assert [file.file_name for file in result.files] == [NAME]  # its former version; the other waits
    assert _areas(office) == [1.0]


def test_a_file_that_grows_waits_until_it_is_whole(office: Office) -> None:
    done = threading.Event()
    path = office.drop(NAME, _content(*range(5)))

    def copy() -> None:
        for number in itertools.count(5):
            with path.open("a", encoding="utf-8") as stream:
                stream.write(f"91500000MA{number:07d}X,500101,{number}\r\n")
            if done.wait(0.02):
                return

    copying = threading.Thread(target=copy)
    copying.start()
    result = office.read()
    done.set()
    copying.join()
    assert list(result.files) == []
    assert any(f"{NAME} 正在变化" in notice for notice in result.notices)
    assert _read_one(office).rows_accepted == len(path.read_text(encoding="utf-8").splitlines()) - 1


def test_rows_repeated_or_in_conflict_are_judged_over_all_files(office: Office) -> None:
    office.drop("核定用地面积_甲.csv", _content(1, 2, "约"))
    office.drop("核定用地面积_乙.csv", _content(1, 3, 4))
    one, two = sorted(office.read().files, key=lambda file: file.file_name)
    assert (two.rows_accepted, two.rows_quarantined, two.rows_left_out) == (0, 2, 1)  # 甲: row 2 repeats 乙's
    assert (one.rows_accepted, one.rows_quarantined, one.rows_left_out) == (2, 1, 0)
    assert _areas(office) == [1.0, 4.0]
    assert [(d["row_key_values"], d["kind"], d["rows"]) for d in office.landed("intake_duplicate")] == [
        ("91500000MA0000000X/500101", "repeated", 2),
        ("91500000MA0000001X/500101", "conflict", 2),
    ]
    assert [(f["file_name"], f["row"]) for f in office.landed("intake_fault")] == [("核定用地面积_甲.csv", 4)]
    assert [fault.fault for fault in two.faults] == ["conflict", "not_a_number"]


def _alter(office: Office, sha256: str | None) -> Path:
    """Change a digit of an archived file, its size and date as they were."""
    assert sha256 is not None
    path = office.home / "archive" / sha256
    path.chmod(0o640)
    path.write_bytes(path.read_bytes().replace(b",500101,1\r\n", b",500101,9\r\n"))
    return path


def test_an_archived_file_that_was_altered_is_restored_from_the_inbox(office: Office) -> None:
    office.drop(NAME, _content(1, 2))
    first = _read_one(office)
    path = _alter(office, first.sha256)
    result = office.read()
    assert _areas(office) == [1.0, 2.0]
    assert path.read_bytes().decode() == _content(1, 2)
    assert stat.S_IMODE(path.stat().st_mode) == 0o440
    assert any(f"{first.sha256} 已被改动" in said for said in result.notices)
    assert list(office.read().notices) == []


@pytest.mark.parametrize(("lost", "said"), [(True, "is gone"), (False, "its content was changed")])
def test_a_version_in_force_that_is_lost_is_named_and_nothing_is_written(
    office: Office, lost: bool, said: str
) -> None:
    office.drop(NAME, _content(1, 2))
    path = _alter(office, _read_one(office).sha256)
    if lost:
        path.unlink()
    office.drop(NAME, "坏了")
    before = {name: _snapshot(office.home / name) for name in ("receipts", "landing")}
    with pytest.raises(UserError, match=said) as refused:
        office.read()
    assert all(word in str(refused.value) for word in (str(path), f"planning/{NAME}", "Put it back"))
    assert {name: _snapshot(office.home / name) for name in ("receipts", "landing")} == before
    office.drop(NAME, _content(1, 2))
    _read_one(office)
    assert path.read_bytes().decode() == _content(1, 2)


def test_a_version_that_counts_no_more_and_is_lost_is_only_not_compared(office: Office) -> None:
    office.drop(NAME, _content(1, 2))
    first = _read_one(office)
    _alter(office, first.sha256)
    office.drop(NAME, _content(3))
    result = office.read()
    receipt = office.receipt(result.files[0])
    assert (receipt["replaces"], receipt["changes"]) == (first.sha256, None)
    assert any("无法比较" in said and str(first.sha256) in said for said in result.notices)


def test_what_is_copied_out_of_the_archive_is_hashed(office: Office, tmp_path: Path) -> None:
    office.drop(NAME, _content(1))
    sha256 = str(_read_one(office).sha256)
    archive = Archive(office.home / "archive")
    archive.copy_out(sha256, NAME, tmp_path / "out")
    assert (tmp_path / "out").read_bytes().decode() == _content(1)
    _alter(office, sha256)
    with pytest.raises(UserError, match="its content was changed"):
        archive.copy_out(sha256, NAME, tmp_path / "out")
    (office.home / "archive" / sha256).unlink()
    with pytest.raises(UserError, match="is gone"):
        archive.copy_out(sha256, NAME, tmp_path / "out")


def _receipts_of(office: Office, file: FileOutcome) -> list[tuple[str | None, str]]:
    """(SHA-256, status) of every receipt of a file, the newest last; each in both forms."""
    record = office.receipt_paths(file)[1]
    former = sorted((record.parent / FORMER).glob("*.json"))
    assert all(path.with_suffix(".xlsx").is_file() for path in (*former, record))
    told = [json.loads(path.read_text(encoding="utf-8")) for path in (*former, record)]
    return [(receipt["sha256"], receipt["status"]) for receipt in told]


def test_no_receipt_is_overwritten(office: Office) -> None:
    outcomes = []
    for content in (_content(1), _content("约2"), "坏了", _content(1)):
        office.drop(NAME, content)
        outcomes += [_read_one(office), _read_one(office)]  # an intake without news writes none
    told = [(outcome.sha256, outcome.status) for outcome in outcomes[::2]]
    assert _receipts_of(office, outcomes[-1]) == told
    for path in (office.home / "receipts").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o750 if path.is_dir() else 0o640)


@pytest.mark.parametrize("content", [None, b"", b"PAR1 garbage", b"cut"])
def test_a_ledger_that_is_lost_follows_from_the_receipts(office: Office, content: bytes | None) -> None:
    for name in ("甲", "乙", "丙", "丁"):
        office.drop(f"核定用地面积_{name}.csv", _content(1))
    office.read()
    office.drop("核定用地面积_甲.csv", _content(2))
    office.drop("核定用地面积_乙.csv", "坏了")
    office.folder("planning").joinpath("核定用地面积_丁.csv").unlink()
    office.read()
    before, receipts = office.landed("intake_version"), _snapshot(office.home / "receipts")
    areas = _areas(office)
    ledger = office.home / "landing" / "intake_version" / "year=2024" / "rows.parquet"
    if content is None:
        ledger.unlink()
    else:
        ledger.write_bytes(ledger.read_bytes()[:-50] if content == b"cut" else content)
    result = office.read()
    assert any("收件登记无法读取" in said for said in result.notices)

    def known(versions: list[dict[str, object]]) -> set[tuple[object, ...]]:
        columns = ("file_name", "sha256", "status", "in_force", "present", "replaces")
        return {tuple(version[column] for column in columns) for version in versions}

    assert known(office.landed("intake_version")) == known(before)
    assert _snapshot(office.home / "receipts") == receipts
    assert _areas(office) == areas
    ledger.unlink()
    for path in office.folder("planning").iterdir():
        path.unlink()
    with pytest.raises(UserError, match="--withdraw planning"):  # the guard rests on it
        office.read()


def test_tables_and_receipts_that_are_damaged_are_made_anew(office: Office) -> None:
    office.drop(NAME, _content(1, "约2"))
    first = _read_one(office)
    before = _snapshot(office.home)
    workbook, record = office.receipt_paths(first)
    for path in (*(office.home / "landing").rglob("*.parquet"), record):
        if "intake_version" not in path.parts:
            path.write_bytes(path.read_bytes()[:-20])
    result = office.read()
    assert any(f"planning/{NAME} 的回执无法读取" in said for said in result.notices)
    workbook.write_bytes(b"PK")
    office.read()
    after = _snapshot(office.home)
    name = str(workbook.relative_to(office.home))
    assert before.keys() == after.keys()
    assert {path for path in before if before[path] != after[path]} <= {name}  # a workbook holds its date
    assert zipfile.is_zipfile(workbook)


def test_what_a_killed_writer_left_is_cleared(office: Office) -> None:
    office.drop(NAME, _content(1))
    first = _read_one(office)
    litter = [
        office.home / "archive" / f".{first.sha256}.4711",
        office.home / "archive" / ".part",
        office.home / "receipts" / "planning" / "2024" / ".part",
    ]
    for path in litter:
        path.write_bytes(b"half")
    _read_one(office)
    assert not [path for path in litter if path.exists()]
