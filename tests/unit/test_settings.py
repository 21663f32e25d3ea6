"""What DuckDB may use: by the size of the data, or as the environment says; the folders of a home."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import duckdb
import pytest

from orchestration import settings
from orchestration.errors import UserError
from orchestration.release.reading import DATABASE, open_nothing, open_releases
from orchestration.rows import at_once
from orchestration.settings import Home, engine, queries_at_once


def test_one_thread_where_there_is_little() -> None:
    assert engine(0)["threads"] == "1"
    assert int(engine(1 << 30)["threads"]) >= 1


def test_without_a_cap_room_is_left_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """2 GiB; on a small machine, or in a small container, what DuckDB takes there by itself."""
    monkeypatch.delenv("MUJUN_MEMORY_MIB", raising=False)
    monkeypatch.setattr(settings, "_own_limit", lambda: 19_000)
    assert engine(0)["memory_limit"] == "2048MiB"
    monkeypatch.setattr(settings, "_own_limit", lambda: 800)
    assert engine(0)["memory_limit"] == "800MiB"


def test_what_duckdb_takes_by_itself_is_a_share_of_the_machine() -> None:
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    assert 100 < settings._own_limit() < machine


def test_a_cap_is_what_duckdb_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUJUN_THREADS", "3")
    monkeypatch.setenv("MUJUN_MEMORY_MIB", "2048")
    with duckdb.connect(config=dict(engine(0))) as connection:
        told = connection.execute("select current_setting('threads'), current_setting('memory_limit')")
        assert told.fetchall() == [(3, "2.0 GiB")]


def test_the_cap_holds_for_releases_that_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond it DuckDB works on disk: a million rows that are sorted take more than 64 MiB. It does so in a
    folder that nobody else may look into, and that is gone afterwards."""
    monkeypatch.setenv("MUJUN_THREADS", "1")
    monkeypatch.setenv("MUJUN_MEMORY_MIB", "64")
    with duckdb.connect(str(tmp_path / DATABASE)) as connection:
        connection.execute(
            "create table t as select hash(range) as a, repeat('x', 99) as b from range(1000000)"
        )
    for opened in (open_nothing(), open_releases(a=tmp_path)):
        with opened as connection:
            told = connection.execute("select current_setting('threads'), current_setting('memory_limit')")
            assert told.fetchall() == [(1, "64.0 MiB")]
    with open_releases(a=tmp_path) as connection:
        connection.execute("create temp table sorted as from a.t order by a")
        ((aside,),) = connection.execute("select current_setting('temp_directory')").fetchall()
        assert list(Path(aside).iterdir())
        assert Path(aside).stat().st_mode & 0o777 == 0o700
    assert not Path(aside).exists()


def test_queries_at_once_share_what_duckdb_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many at once as may have a thread, each with one; afterwards DuckDB has its own again, also after a
    fault."""
    monkeypatch.setenv("MUJUN_THREADS", "3")
    assert queries_at_once() == 3
    together = threading.Barrier(3, timeout=10)

    def ask(cursor: duckdb.DuckDBPyConnection, name: str) -> tuple[str, object]:
        together.wait()
        return name, cursor.execute("select current_setting('threads')").fetchall()

    with duckdb.connect(config=dict(engine(0))) as connection:
        assert at_once(connection, ask, "abc") == [(name, [(1,)]) for name in "abc"]
        assert connection.execute("select current_setting('threads')").fetchall() == [(3,)]
        with pytest.raises(duckdb.CatalogException):
            at_once(connection, lambda cursor, name: cursor.execute("from " + name), ["nowhere"])
        assert connection.execute("select current_setting('threads')").fetchall() == [(3,)]
    monkeypatch.setenv("MUJUN_THREADS", "32")
    assert queries_at_once() == 4


@pytest.mark.parametrize("said", ["0", "two", "2GiB", "-1"])
def test_a_cap_that_is_no_number_is_told(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("MUJUN_MEMORY_MIB", said)
    with pytest.raises(UserError, match="MUJUN_MEMORY_MIB"):
        engine(0)


def test_a_home_that_another_run_makes_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both find no folder, and the second to make it finds that of the first. No file is taken for one."""
    home = Home(tmp_path / "home")
    monkeypatch.setattr(Path, "exists", lambda _: False)
    for _ in range(2):
        home.create()
    assert home.archive.stat().st_mode & 0o777 == 0o750
    home.archive.rmdir()
    home.archive.write_bytes(b"")
    with pytest.raises(UserError, match="cannot be written: File exists"):
        home.create()
