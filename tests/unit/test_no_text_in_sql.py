"""No text of a file ever stands in SQL: values are bound, and what is written into it is the project's."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from orchestration.settings import PROJECT

RUN = {"execute", "executemany", "sql", "query"}
PASS_ON = {"rows", "_rows", "fetch"}  # of the project: they run the statement they are given

PROJECT_NAMES = "names of the project's own tables, columns, models and levels"
GIVEN = "runs what it is given; its callers are looked at here too"
PATH = "a path between quotes, doubled within, where DuckDB takes no parameter"

# Where something is put into a statement, by file and function, and why it is no text of a file.
REASONED = {
    "orchestration/judgement.py": {
        **dict.fromkeys(("fingerprint", "sum_of"), PROJECT_NAMES),
        "_frame": f"{PROJECT_NAMES}, and the condition of a rule",
        "check_built": PROJECT_NAMES,
        "_replace_year": f"{PROJECT_NAMES}, and the year, a number",
    },
    "orchestration/spark.py": {
        "_landed": PROJECT_NAMES,
        "take_back": f"{PROJECT_NAMES}, and the year, a number",
    },
    "orchestration/report.py": {"show_release": PROJECT_NAMES},
    "orchestration/release/diff.py": {
        "diff": PROJECT_NAMES,
        "_parts": PROJECT_NAMES,
        "_moved": PROJECT_NAMES,
    },
    "orchestration/release/disclosure.py": {"all_cells": PROJECT_NAMES},
    "orchestration/presentation/cards.py": dict.fromkeys(("counties", "units"), PROJECT_NAMES),
    "orchestration/presentation/findings_workbook.py": {
        "_rows": f"{GIVEN}; conditions of the project's",
    },
    "orchestration/release/measures.py": dict.fromkeys(
        ("write_measure_tables", "_register_former"), PROJECT_NAMES
    ),
    "orchestration/release/packages.py": {"_all_of": PROJECT_NAMES},
    "orchestration/publish.py": {
        "_copy": f"{PROJECT_NAMES}, and {PATH}",
        **dict.fromkeys(("laid_out", "lay_out"), f"{PROJECT_NAMES}, the year, a number, and {PATH}"),
        "_comment": "what the project says of its tables",
        "_write_described": "what the project says of its tables",
    },
    "orchestration/release/reading.py": {
        "open_packages": PROJECT_NAMES,
        "_hold": PROJECT_NAMES,
        "_attach": PATH,
    },
    "orchestration/release/history.py": {
        "_unite": f"{PROJECT_NAMES}, what the project says of them, and ids of releases, which have one form",
        "_keep_only": "the tables of a release that is what was released",
        "_columns": PROJECT_NAMES,
        "_fill": "the project's own views, and what they say of themselves",
        "_add": f"{PROJECT_NAMES}, and what it says of them",
        "_add_keys": "what the project says of its tables",
    },
    "orchestration/reproduce.py": {"_rows": GIVEN},
    "orchestration/release/row_changes.py": {
        "changed_tables": PROJECT_NAMES,
        "_table": PROJECT_NAMES,
    },
    "orchestration/rows.py": {"fetch": GIVEN},
    "orchestration/presentation/site.py": dict.fromkeys(("everyone", "table", "_year_of"), PROJECT_NAMES),
    "orchestration/presentation/sheets.py": {
        "__init__": f"{PROJECT_NAMES}, and the method's codes of indicators, which name columns",
        "scored": PROJECT_NAMES,
    },
    "orchestration/presentation/firmness.py": {
        "scenarios": "the order of the indicators, in the project's words"
    },
    "orchestration/presentation/workbook.py": {"counts": PROJECT_NAMES},
    "orchestration/presentation/territory.py": dict.fromkeys(
        ("of_county", "result_of", "standing_of"), f"{PROJECT_NAMES}, and conditions of the project's"
    ),
    "orchestration/presentation/county_workbook.py": {"counts": PROJECT_NAMES},
}


def written_into(path: Path) -> Iterator[str]:
    """The functions that run a statement which is not written out as one constant text."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assignments = [node for node in tree.body if isinstance(node, ast.Assign)]
    constants = {target.id for node in assignments for target in node.targets if isinstance(target, ast.Name)}
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in RUN and call.args:
                given = call.args[0]
                whole = isinstance(given, ast.Constant)
                if not (whole or (isinstance(given, ast.Name) and given.id in constants)):
                    yield function.name
            elif name in PASS_ON and any(map(_is_composed, call.args)):
                yield function.name


def _is_composed(given: ast.expr) -> bool:
    """An f-string, or a text that is formatted."""
    formatted = isinstance(given, ast.Call) and getattr(given.func, "attr", "") == "format"
    return formatted or isinstance(given, ast.JoinedStr)


def test_what_is_put_into_a_statement_has_a_reason(tmp_path: Path) -> None:
    unsafe = tmp_path / "unsafe.py"
    unsafe.write_text('Q = "select 1"\ndef f(c, x):\n    c.execute(Q)\n    c.sql(f"select {x}")\n', "utf-8")
    assert list(written_into(unsafe)) == ["f"]
    found = {
        path.relative_to(PROJECT).as_posix(): functions
        for folder in ("orchestration", "expectations")
        for path in sorted((PROJECT / folder).rglob("*.py"))
        if (functions := set(written_into(path)))
    }
    assert found == {file: set(functions) for file, functions in REASONED.items()}
