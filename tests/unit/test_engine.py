"""Which engine computes the models, and what is said where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration import spark, transform
from orchestration.errors import UserError


def test_an_engine_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUJUN_ENGINE", "sparc")
    with pytest.raises(UserError, match="MUJUN_ENGINE must be duckdb or spark, not “sparc”"):
        transform.chosen_engine()


def test_what_spark_lacks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUJUN_ENGINE", "spark")
    monkeypatch.setattr(spark, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"are not installed. Install them: `make install LOCK="):
        transform.chosen_engine()
    monkeypatch.setattr(spark, "find_spec", lambda name: object())
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(UserError, match=r"needs Java 17 or newer: JAVA_HOME \(.*\) has none. Install it"):
        transform.chosen_engine()
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    java.chmod(0o755)
    with pytest.raises(UserError, match=r"needs Java 17 or newer: .* says “openjdk version \"11.0.2\""):
        transform.chosen_engine()
    java.write_text("#!/bin/sh\necho 'openjdk version \"21.0.1\" 2023-10-17' >&2\n")
    assert transform.chosen_engine() == "spark"


def test_a_folder_that_spark_would_take_for_a_pattern_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"for a pattern: .*\[a\]. Name one without"):
        spark._Folder.made(tmp_path / "[a]")
