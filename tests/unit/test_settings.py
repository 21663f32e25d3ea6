"""What DuckDB may use: by the size of the data, or as the environment says."""

from __future__ import annotations

import duckdb
import pytest

from orchestration.errors import UserError
from orchestration.settings import engine


def test_one_thread_where_there_is_little() -> None:
    assert engine(0) == {"threads": "1"}
    assert int(engine(1 << 30)["threads"]) >= 1


def test_a_cap_is_what_duckdb_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUJUN_THREADS", "3")
    monkeypatch.setenv("MUJUN_MEMORY_MIB", "2048")
    with duckdb.connect(config=dict(engine(0))) as connection:
        told = connection.execute("select current_setting('threads'), current_setting('memory_limit')")
        assert told.fetchall() == [(3, "2.0 GiB")]


@pytest.mark.parametrize("said", ["0", "two", "2GiB", "-1"])
def test_a_cap_that_is_no_number_is_told(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("MUJUN_MEMORY_MIB", said)
    with pytest.raises(UserError, match="MUJUN_MEMORY_MIB"):
        engine(0)
