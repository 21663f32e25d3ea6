"""The golden years, evaluated once: 2023, then 2024 in the same home."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from tests.conftest import Outcome
from tests.golden.examples import Released, golden_drop


@pytest.fixture(scope="session")
def golden_inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The inbox with the rows of all examples, whichever of their tests are run."""
    for module in sorted(Path(__file__).parent.glob("test_*.py")):
        import_module(f"tests.golden.{module.stem}")
    inbox = tmp_path_factory.mktemp("golden") / "inbox"
    for year in (2023, 2024):
        golden_drop(year).write(inbox)
    return inbox


@pytest.fixture(scope="session")
def golden_home(
    golden_inbox: Path, tmp_path_factory: pytest.TempPathFactory, evaluate: Callable[..., Outcome]
) -> Path:
    """The home in which both years were evaluated."""
    home = tmp_path_factory.mktemp("golden-home")
    for year in (2023, 2024):
        outcome = evaluate(golden_inbox, year=year, home=home)
        assert outcome.status == 0, outcome.out + outcome.err
    return home


@pytest.fixture(scope="session")
def golden(golden_home: Path) -> Released:
    """What was released for 2024."""
    return Released.read(golden_home / "releases" / "2024" / "r001-draft")


@pytest.fixture(scope="session")
def golden_2023(golden_home: Path) -> Released:
    """What was released for 2023."""
    return Released.read(golden_home / "releases" / "2023" / "r001-draft")
