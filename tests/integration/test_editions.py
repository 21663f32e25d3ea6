"""A new edition is drafted, simulated and issued as `docs/editions.md` tells it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import duckdb

from orchestration.settings import PROJECT
from tests.conftest import COMMAND, Outcome

PAGE = PROJECT / "docs" / "editions.md"
OF_ANOTHER_YEAR = "--year 2023"  # the same command, which costs as much again


def test_the_page_is_walked(sample: Outcome, tmp_path: Path) -> None:
    environment = {**os.environ, "MUJUN_HOME": str(sample.home)}
    said: dict[str, str] = {}
    for block in re.findall(r"^```sh\n(.+?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            program, *arguments = shlex.split(line)
            assert program in ("mujun", "sed"), line
            if OF_ANOTHER_YEAR in line:
                continue
            ended = subprocess.run(
                [COMMAND if program == "mujun" else program, *arguments],
                capture_output=True,
                text=True,
                check=False,
                cwd=tmp_path,
                env=environment,
            )
            assert ended.returncode == 0, line + ended.stdout + ended.stderr
            said[line] = ended.stdout
    (printed,) = (text for line, text in said.items() if "simulate" in line)
    made = Path(printed.splitlines()[-1].removeprefix("Simulation ").strip())
    assert made.parent == sample.home / "simulations"
    # Two weights moved; the class of somebody with them, and only in the region whose weights they are.
    page = (made / "index.html").read_text(encoding="utf-8")
    assert page.count(">weights<") == 4
    with duckdb.connect() as connection:
        connection.execute(f"attach '{made / 'simulation.duckdb'}' as b (read_only)")
        released = sample.home / "releases" / "2024" / "current" / "release.duckdb"
        connection.execute(f"attach '{released}' as a (read_only)")
        moved = connection.execute(
            """
            select a.region, count(*) from a.enterprise_result as a
            inner join b.enterprise_result as b using (county_code, uscc)
            where a.class is distinct from b.class group by all
            """
        ).fetchall()
    assert [region for region, _ in moved] == ["two_clusters"]
