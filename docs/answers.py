"""The answers in `docs/analysts.md`.

`python docs/answers.py RELEASES 2024` writes them anew: those of one year of the release that stands, those
over the years of the history beside it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PAGE = Path(__file__).with_name("analysts.md")
OVER_THE_YEARS = "## Over the years"  # what comes below is asked of all years together
_QUESTION = re.compile(r"(### .+?\n\n```sql\n(.+?)\n```\n)(?:\n(\|.+?\|)\n)?(?=\n|\Z)", re.DOTALL)


def questions(page: str) -> Iterator[tuple[str, str, str]]:
    """Each question's heading, its SQL, and the answer written below it."""
    for question in _QUESTION.finditer(page):
        yield question[1].splitlines()[0], question[2], question[3] or ""


def asked_of(page: str, heading: str, releases: Path, year: int) -> Path:
    """The database that a question is about."""
    over_the_years = page.index(heading) > page.index(OVER_THE_YEARS)
    return releases / ("history.duckdb" if over_the_years else f"{year}/current/release.duckdb")


def answer(database: Path, sql: str) -> str:
    """What the DuckDB command line says to `sql`, as a Markdown table."""
    client = Path(sys.executable).with_name("duckdb")
    command = [client, "-readonly", "-markdown", database, sql]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def answered(page: str, releases: Path, year: int) -> str:
    """The page with every answer as it is now."""
    return _QUESTION.sub(
        lambda q: f"{q[1]}\n{answer(asked_of(page, q[1], releases, year), q[2])}\n",
        page,
    )


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(answered(text, Path(sys.argv[1]), int(sys.argv[2])), encoding="utf-8")
