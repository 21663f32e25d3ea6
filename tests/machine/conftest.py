"""The inbox of the fault matrix, and a home that has its release."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.drops import Drop
from tests.machine.matrix import open_to_all, succeeds


@pytest.fixture(scope="session")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year of three enterprises."""
    drop = Drop(2024)
    for number in range(1, 4):
        drop.enterprise(number, "500102", tax=10.0 * number)
    drop.survey_all()
    folder = tmp_path_factory.mktemp("drop")
    open_to_all(folder)
    return drop.write(folder / "inbox")


@dataclass(frozen=True)
class First:
    """The first run of a home: where, and how long it took."""

    home: Path
    seconds: float


@pytest.fixture(scope="session")
def first(inbox: Path, tmp_path_factory: pytest.TempPathFactory) -> First:
    home, began = tmp_path_factory.mktemp("first") / "home", time.monotonic()
    succeeds(inbox, home)
    return First(home, time.monotonic() - began)


@pytest.fixture
def copy(first: First) -> Callable[[Path], Path]:
    """Copies that home, which has a release, as when a home is moved."""
    return lambda to: Path(shutil.copytree(first.home, to, symlinks=True))


@pytest.fixture
def home(copy: Callable[[Path], Path], tmp_path: Path) -> Path:
    """A home that has a release."""
    return copy(tmp_path / "home")
