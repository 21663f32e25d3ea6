"""The sample years, walked once as `docs/year.md` tells them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from dataclasses import dataclass

import pytest

from orchestration.settings import PROJECT
from tests.conftest import COMMAND, Outcome

SAMPLE = PROJECT / "data" / "samples" / "inbox"
FINAL = "r004-final"  # of 2024, as the page has it
PAGE = PROJECT / "docs" / "year.md"


@dataclass(frozen=True)
class Step:
    """A command of the page, and how it ended."""

    command: str
    outcome: Outcome


class Walk(list[Step]):
    """The commands of the page, in its order."""

    def __call__(self, *parts: str) -> Outcome:
        """How the one command that has all of `parts` ended."""
        (step,) = [step for step in self if all(part in step.command for part in parts)]
        return step.outcome


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """The year, command by command, in a home of its own; each ends as the page says."""
    office = tmp_path_factory.mktemp("office")
    environment = {**os.environ, "MUJUN_HOME": str(office / "home")}
    steps = Walk()
    for block in re.findall(r"^```sh\n(.+?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            program, *words = shlex.split(line, comments=True)
            assert program == "mujun", line
            arguments = [str(PROJECT / word) if word.startswith("data/") else word for word in words]
            ended = subprocess.run(
                [COMMAND, *arguments],
                capture_output=True,
                text=True,
                check=False,
                cwd=office,
                env=environment,
            )
            expected = re.search(r"# exit status (\d+)", line)
            assert ended.returncode == (int(expected[1]) if expected else 0), (
                line + ended.stdout + ended.stderr
            )
            outcome = Outcome(ended.returncode, ended.stdout, ended.stderr, office / "home")
            steps.append(Step(line, outcome))
    return steps


@pytest.fixture(scope="session")
def sample(walk: Walk) -> Outcome:
    """How the final of 2024 ended, after that of 2023, drafts and the notice in the same home."""
    return walk("--stage final", "2025-06-24")
