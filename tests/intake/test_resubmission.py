"""A file dropped again: unchanged, corrected, broken, withdrawn; and what its receipt says."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path

import pytest

from orchestration.intake import FileOutcome
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
