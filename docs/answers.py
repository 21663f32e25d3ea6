"""The answers in `docs/analysts.md`: `python docs/answers.py RELEASE_DUCKDB` writes them anew."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PAGE = Path(__file__).with_name("analysts.md")
_QUESTION = re.compile(r"(### .+?\n\n```sql\n(.+?)\n```\n)(?:\n(\|.+?\|)\n)?(?=\n|\Z)", re.DOTALL)


def questions(page: str) -> Iterator[tuple[str, str, str]]:
    """Each question's heading, its SQL, and the answer written below it."""
    for question in _QUESTION.finditer(page):
        yield question[1].splitlines()[0], question[2], question[3] or ""


def answer(database: Path, sql: str) -> str:
    """What the DuckDB command line says to `sql`, as a Markdown table."""
    client = Path(sys.executable).with_name("duckdb")
    command = [client, "-readonly", "-markdown", database, sql]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    written = _QUESTION.sub(lambda q: f"{q[1]}\n{answer(Path(sys.argv[1]), q[2])}\n", text)
    PAGE.write_text(written, encoding="utf-8")
