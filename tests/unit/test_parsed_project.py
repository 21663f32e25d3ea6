"""Where what dbt parsed is kept: whole, and where its user may write."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestration import transform
from orchestration.errors import MachineError


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache of a user whose installation and home cannot be written; dbt parses as it did before."""
    parsed = transform.parsed_manifest().parent
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setattr(transform, "_INSTALLED", file)
    monkeypatch.setattr(
        transform, "_parse", lambda to, engine: shutil.copytree(parsed, to, dirs_exist_ok=True)
    )
    monkeypatch.setenv("MUJUN_HOME", str(file))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_it_is_kept_where_its_user_may_write(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = transform.parsed_manifest()
    assert cache in kept.parents
    monkeypatch.setattr(transform, "_parse", None)
    assert transform.parsed_manifest() == kept


def test_what_setup_has_parsed_is_read_and_nothing_else_is_written_there(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installation that its users may not write is the same to them as one that they may."""
    installed = tmp_path / "installed"
    monkeypatch.setattr(transform, "_INSTALLED", installed)
    transform.parsed_manifest()
    assert not installed.exists()
    transform.parse_for_all()
    assert installed in transform.parsed_manifest().parents


def test_what_is_damaged_is_made_anew(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = transform.documentation()
    whole = page.read_bytes()
    page.write_bytes(whole[:1000])
    assert transform.documentation().read_bytes() == whole
    assert "was damaged: the project is parsed anew" in capsys.readouterr().err


def test_nowhere_is_a_sentence(cache: Path) -> None:
    cache.touch()
    with pytest.raises(MachineError, match="can be kept in none of"):
        transform.parsed_manifest()


def test_another_adapter_is_another_folder(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = transform.parsed_manifest()
    monkeypatch.setattr(transform, "version", lambda package: "9.9")
    assert transform.parsed_manifest().parent != kept.parent
