"""The working warehouse as a file: made anew where it is damaged, since all of it follows from the landing.

Belongs here: telling a damaged database from one that is held open or cannot be reached. Does not: what is in
it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import duckdb

from orchestration.machine import sentence
from orchestration.settings import Home

# How DuckDB begins to tell of a file that is not what it wrote.
_DAMAGE = re.compile(
    r"\b(IO|Serialization|INTERNAL|FATAL|Invalid) Error: |not a valid DuckDB database|[Cc]orrupt"
)


def is_damage(error: BaseException) -> bool:
    """Whether `error` tells of a damaged database, and not of a fault of the machine."""
    return sentence(error) is None and _DAMAGE.search(str(error)) is not None


def see_to_it(home: Home, say: Callable[[str], object]) -> None:
    """Make way for a new warehouse where there is none that opens. Only for whoever has the right to
    write."""
    if home.warehouse.is_dir():
        return  # for whoever opens it to tell
    try:
        with duckdb.connect(str(home.warehouse)):
            pass
    except duckdb.Error as error:
        if not is_damage(error):
            raise
        make_anew(home, say)


def make_anew(home: Home, say: Callable[[str], object]) -> None:
    """Take the damaged warehouse away: the run that asked, and for other years the next of each, fills a new
    one."""
    for path in home.warehouse.parent.glob(f"{home.warehouse.name}*"):
        path.unlink()
    say(f"warehouse {home.warehouse} was damaged: it is made anew")
