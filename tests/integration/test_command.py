"""The command from end to end: what it releases, what it refuses, and what it says of a wrong call."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import PROJECT
from tests.conftest import COMMAND, Outcome, mujun
from tests.integration.conftest import FINAL, SAMPLE


def release_of(outcome: Outcome, year: int = 2024) -> Path:
    """The folder of the newest release."""
    return (outcome.home / "releases" / str(year) / "current").resolve()


def opened(release: Path) -> duckdb.DuckDBPyConnection:
    """The database of a release, read-only."""
    return duckdb.connect(str(release / "release.duckdb"), read_only=True)


def writable(path: Path) -> bool:
    """Whether anybody has the right to write."""
    return bool(path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))


def test_the_sample_is_released_as_final(sample: Outcome) -> None:
    assert sample.status == 0, sample.err
    assert "Traceback" not in sample.out + sample.err
    release = release_of(sample)
    assert release.name == FINAL
    assert (release.parent / "current.txt").read_text(encoding="utf-8") == f"{FINAL}\n"
    assert (release.parent / "current").is_symlink()
    assert str(release) in sample.out
    # What the terminal says of the classes is what the table says.
    counts = sample.row("select sum(a)::int, sum(b)::int, sum(c)::int, sum(d)::int from class_count")
    assert all(str(count) in sample.out for count in counts)
    assert sample.rows("select rule_id from finding where severity = 'error' and not waived") == []


def test_the_home_is_laid_out_for_others_to_rely_on(sample: Outcome) -> None:
    for folder in ("archive", "receipts/tax/2024", "landing/tax_payments/year=2024", "releases/2023"):
        assert (sample.home / folder).is_dir()
    assert (sample.home / "warehouse" / "mujun.duckdb").is_file()
    archived = {path.name for path in (sample.home / "archive").iterdir() if path.is_file()}
    dropped = {hashlib.sha256(path.read_bytes()).hexdigest() for path in SAMPLE.rglob("*") if path.is_file()}
    assert dropped <= archived


def test_a_release_is_read_only_and_closed(sample: Outcome) -> None:
    release = release_of(sample)
    assert not [path for path in (release, *release.rglob("*")) if writable(path)]
    assert not list(release.glob("*.wal"))
    assert not list(release.parent.glob("*.part*"))


def test_the_manifest_tells_every_input_and_output(sample: Outcome) -> None:
    release = release_of(sample)
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    assert [manifest[name] for name in ("year", "stage", "edition", "as_of")] == [
        2024,
        "final",
        "2023-72",
        "2025-06-24",
    ]
    assert manifest["code_version"]
    assert manifest["made_at"]
    assert manifest["findings"]["error"] == 0
    assert {output["name"]: output["sha256"] for output in manifest["outputs"]} == {
        path.relative_to(release).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in release.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert {(file["department"], file["file_name"], file["sha256"]) for file in manifest["inputs"]} == {
        (path.parent.parent.name, path.name, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in SAMPLE.glob("*/2024/*")
    }
    assert all(
        file["rows_read"] >= file["rows_accepted"] + file["rows_quarantined"] for file in manifest["inputs"]
    )


def test_the_parquet_holds_the_tables_of_the_database(sample: Outcome) -> None:
    release = release_of(sample)
    with opened(release) as database:
        tables = [name for (name,) in database.execute("select table_name from duckdb_tables()").fetchall()]
        assert sorted(tables) == sorted(path.stem for path in (release / "parquet").iterdir())
        for table in tables:
            parquet = f"read_parquet('{release / 'parquet' / table}.parquet')"
            columns = [
                database.execute(f"describe from {relation}").fetchall() for relation in (table, parquet)
            ]
            assert [column[:2] for column in columns[0]] == [column[:2] for column in columns[1]], table
            for one, other in ((table, parquet), (parquet, table)):
                assert not database.execute(f"from {one} except all from {other}").fetchall(), table


def test_every_table_and_column_is_described(sample: Outcome) -> None:
    with opened(release_of(sample)) as database:
        assert not database.execute("select table_name from duckdb_tables() where comment is null").fetchall()
        assert not database.execute(
            "select table_name, column_name from duckdb_columns() where not internal and comment is null"
        ).fetchall()
        undescribed = """
            select table_name, column_name from duckdb_columns()
            where not internal and table_name not in ('column_dictionary', 'table_key')
            except
            select table_name, column_name from column_dictionary
            where label_zh <> '' and definition <> '' and sensitivity in ('public', 'restricted')
        """
        assert not database.execute(undescribed).fetchall()


def test_a_key_has_one_row_and_a_reference_finds_its_row(sample: Outcome) -> None:
    """As `table_key` says: of the tables of a year, and of all years together."""
    joins = """
        select
            table_name,
            refers_to_table,
            string_agg(format('a.{} = b.{}', column_name, refers_to_column), ' and '),
            string_agg(format('a.{} is not null', column_name), ' and ')
        from table_key where refers_to_table is not null group by all order by all
    """
    keys = """
        select table_name, string_agg(distinct column_name, ', ')
        from table_key where key_position is not null group by all order by all
    """
    for path in (release_of(sample) / "release.duckdb", sample.home / "releases" / "history.duckdb"):
        with duckdb.connect(str(path), read_only=True) as database:
            found = database.execute(joins).fetchall()
            assert ("finding", "verdict") in [(table, other) for table, other, *_ in found]
            for table, other, by, filled in found:
                lost = f"select a.* from {table} as a anti join {other} as b on {by} where {filled}"
                assert not database.execute(lost).fetchall(), (table, other)
            for table, key in database.execute(keys).fetchall():
                doubled = f"select {key} from {table} group by all having count(*) > 1"
                assert not database.execute(doubled).fetchall(), table


def test_the_published_schema_is_a_decision(sample: Outcome) -> None:
    """Others rely on it. A change of it is made here too: published_schema.txt."""
    with opened(release_of(sample)) as database:
        columns = database.execute(
            "select table_name, column_name, data_type from duckdb_columns() where not internal "
            "order by table_name, column_index"
        ).fetchall()
    schema = "".join(f"{table}.{column} {type_}\n" for table, column, type_ in columns)
    assert schema == Path(__file__).with_name("published_schema.txt").read_text(encoding="utf-8")


def test_verify_finds_what_was_changed(sample: Outcome, tmp_path: Path) -> None:
    tampered = tmp_path / "2024" / FINAL
    shutil.copytree(release_of(sample), tampered)
    standard = tampered / "parquet" / "standard.parquet"
    for path in (standard.parent, standard):
        path.chmod(stat.S_IRWXU)
    standard.write_bytes(standard.read_bytes() + b" ")
    found = mujun("verify", tampered, home=sample.home)
    assert found.status == 2
    assert "parquet/standard.parquet" in found.err
    assert "Traceback" not in found.out + found.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "--year", "2021", "--inbox", SAMPLE), "No edition of the method is in force for 2021"),
        (("run", "--year", "2022", "--inbox", SAMPLE), "Nothing was dropped for 2022"),
        (("run", "--year", "2024", "--inbox", "/nowhere/inbox"), "There is no inbox /nowhere/inbox"),
        (("run", "--year", "2024", "--inbox", SAMPLE, "--stage", "publish"), "publish"),
        (("run", "--year", "this", "--inbox", SAMPLE), "this"),
        (("run", "--year", "2024", "--as-of", "June", "--inbox", SAMPLE), "June"),
        (("run", "--inbox", SAMPLE), "--year"),
        (("run", "--year", "2024", "--speed", "fast"), "--speed"),
        (("evaluate",), "evaluate"),
        (("verify", "2024/r009-final"), "There is no release"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_call_is_told_in_a_sentence(
    arguments: tuple[str | Path, ...], said: str, tmp_path: Path
) -> None:
    outcome = mujun(*arguments, home=tmp_path / "home")
    assert outcome.status == 2
    assert said in outcome.err
    assert "Traceback" not in outcome.out + outcome.err


def test_an_empty_inbox_is_a_wrong_call(tmp_path: Path) -> None:
    (tmp_path / "inbox" / "tax" / "2024").mkdir(parents=True)
    outcome = mujun("run", "--year", "2024", "--inbox", tmp_path / "inbox", home=tmp_path / "home")
    assert outcome.status == 2
    assert "Nothing was dropped for 2024" in outcome.err
    assert "Traceback" not in outcome.out + outcome.err


def test_two_runs_at_once_in_one_home(tmp_path: Path) -> None:
    """万州, evaluated by two commands at the same time: one writes, the other waits, both end well."""
    inbox = tmp_path / "inbox"
    generate = PROJECT / "data" / "samples" / "generate.py"
    subprocess.run(
        [sys.executable, generate, "--case", "wanzhou", "--years", "2024", "--out", inbox], check=True
    )
    running = [
        subprocess.Popen(
            [COMMAND, "run", "--year", "2024", "--inbox", inbox],
            env={**os.environ, "MUJUN_HOME": str(tmp_path / "home")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in running:
        _, err = process.communicate()
        assert process.returncode == 0, err

    # As 万州 reported: 170 enterprises, A 30, B 84, C 30, D 12 with 4 vetoed, 14 not classified.
    outcome = Outcome(0, "", "", tmp_path / "home")
    counts = outcome.row("select a, b, c, d + d_vetoed, d_vetoed, transition from class_count")
    assert counts == (30, 84, 30, 12, 4, 14)
    assert outcome.row("select count(*) from enterprise_result") == (170,)
    assert mujun("verify", "2024", home=outcome.home).status == 0
