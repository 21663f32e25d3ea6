"""A run killed at random moments."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from tests.machine.conftest import First
from tests.machine.matrix import Run, recovers

pytestmark = pytest.mark.matrix
MOMENTS = int(os.environ.get("MUJUN_MOMENTS", "100"))
FEW = {"MUJUN_KEEP_RUNS": "2", "MUJUN_KEEP_LOGS": "4"}


def killed_at_a_moment(inbox: Path, home: Path, moments: random.Random, longest: float) -> float:
    """Start a run and kill it at one of the moments; returns how many seconds it had. One that came to its
    end before ended well, and is not counted: the machine has become faster meanwhile."""
    while True:
        run = Run(inbox, home, env=FEW)
        time.sleep(seconds := moments.uniform(0.05, longest))
        run.process.kill()
        status, out, err = run.end()
        if status == -signal.SIGKILL:
            return seconds
        assert status == 0, out + err
        longest *= 0.9


def test_killed_at_random_moments(inbox: Path, tmp_path: Path, home: Path, first: First) -> None:
    """One home has nine of ten, by twos and threes: the second is to put right what the first left. After
    them the home is whole, and it does not grow. Every tenth is the first run of a new home."""
    moments, sizes = random.Random(1), []
    for number in range(1, MOMENTS + 1):
        is_new, is_last_of_two = number % 10 == 0, number % 10 in (2, 4, 6, 9)
        where = tmp_path / "new" if is_new else home
        seconds = killed_at_a_moment(inbox, where, moments, first.seconds)
        if is_new or is_last_of_two:
            try:
                recovers(inbox, where, **FEW)
            except AssertionError as error:
                raise AssertionError(f"killed {seconds:.2f} s after its start") from error
        if is_new:
            shutil.rmtree(where)
        elif is_last_of_two:
            sizes.append(sum(path.lstat().st_blocks for path in home.rglob("*")))
    early, late = sizes[: len(sizes) // 2], sizes[len(sizes) // 2 :]
    assert max(late) <= 1.2 * max(early), sizes
