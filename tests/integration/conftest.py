"""The sample years, released once as the README says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orchestration.settings import PROJECT
from tests.conftest import Outcome

SAMPLE = PROJECT / "data" / "samples" / "inbox"


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory, evaluate: Callable[..., Outcome]) -> Outcome:
    """How the final of 2024 ended, after that of 2023 in the same home."""
    home = tmp_path_factory.mktemp("sample-home")
    before = evaluate(SAMPLE, year=2023, stage="final", home=home)
    assert before.status == 0, before.err
    return evaluate(SAMPLE, year=2024, stage="final", home=home)
