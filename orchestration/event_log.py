"""Dagster's event log in SQLite, with its connections kept open.

The stock log opens and closes a database for each of a run's 400 events, and waits for the disk each time:
several seconds of a run. Belongs here: connections. Does not: what is logged, and where; the files are
those of the stock log, which can take their place again in `dagster.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster import StringSource
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool, StaticPool

from orchestration.dagster_files import set_aside_damaged, sqlite_address

_PATIENCE = 60  # seconds to wait for another process that writes
_KEPT = 4  # files open at once: that of the run, the index of all runs, and those a page looks at


class KeptOpenEventLogStorage(SqliteEventLogStorage):
    """The stock log but for its connections. `base_dir` is Dagster's home."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def config_type(cls) -> Any:
        return {"base_dir": StringSource}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> KeptOpenEventLogStorage:
        return cls(str(Path(config_value["base_dir"]) / "history" / "runs"), inst_data)

    def conn_string_for_shard(self, shard_name: str) -> str:
        return sqlite_address(self._base_dir, shard_name)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock, self._engine(shard).connect() as connection, connection.begin():
            yield connection

    def _engine(self, shard: str) -> Engine:
        engine = self._engines.pop(shard, None) or self._opened(shard)
        self._engines[shard] = engine  # the last one used stands last
        while len(self._engines) > _KEPT:
            self._engines.pop(next(iter(self._engines))).dispose()
        return engine

    def _opened(self, shard: str) -> Engine:
        address = self.conn_string_for_shard(shard)
        if shard != INDEX_SHARD_NAME and shard not in self._initialized_dbs:
            set_aside_damaged(Path(self.path_for_shard(shard)), print)
        if shard not in self._initialized_dbs:
            self._initdb(create_engine(address, poolclass=NullPool, connect_args={"timeout": _PATIENCE}))
            self._initialized_dbs.add(shard)
        options = {"timeout": _PATIENCE, "check_same_thread": False}
        engine = create_engine(address, poolclass=StaticPool, connect_args=options)
        # With a write-ahead log a killed process loses nothing; only a power cut can take the last events.
        event.listen(engine, "connect", lambda raw, _: raw.execute("pragma synchronous = normal"))
        return engine

    def dispose(self) -> None:
        super().dispose()
        while self._engines:
            self._engines.popitem()[1].dispose()
