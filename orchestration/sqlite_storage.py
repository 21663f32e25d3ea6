"""Dagster's stock storages of runs and schedules, but for the addresses of their files.

Belongs here: a home with any characters in its path. Does not: the event log (`event_log`), what is stored.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dagster._core.storage.runs.sqlite import sqlite_run_storage
from dagster._core.storage.schedules.sqlite import sqlite_schedule_storage
from dagster._serdes import ConfigurableClassData

from orchestration.dagster_files import sqlite_address

# The stock address ends at a question mark.
sqlite_run_storage.create_db_conn_string = sqlite_address
sqlite_schedule_storage.create_db_conn_string = sqlite_address


class AnyPathRunStorage(sqlite_run_storage.SqliteRunStorage):
    """The runs of a home. `base_dir` is Dagster's home."""

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> AnyPathRunStorage:
        return cls.from_local(str(Path(config_value["base_dir"]) / "history"), inst_data)


class AnyPathScheduleStorage(sqlite_schedule_storage.SqliteScheduleStorage):
    """The ticks of a home's schedules and sensors. `base_dir` is Dagster's home."""

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> AnyPathScheduleStorage:
        made = cls.from_local(str(Path(config_value["base_dir"]) / "schedules"), inst_data)
        assert isinstance(made, cls)
        return made
