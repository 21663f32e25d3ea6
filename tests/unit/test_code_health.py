"""Habits of the house that a reader cannot see at a glance, held by a test."""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from orchestration.settings import DBT_PROJECT, PROJECT, policy_folder
from orchestration.transform import parsed_manifest

MODELS = DBT_PROJECT / "models"
METHOD = sorted(
    path
    for folder in ("roster", "amounts", "land", "units", "indicators", "scores")
    for path in (MODELS / folder).glob("*.sql")
)

# Numbers that are no part of the method, each with its reason.
ALLOWED = {"0", "1", "100"}  # nothing, one, and per cent
DOCUMENTED = {
    "int_roster__rows": {"2"},  # the division is the first two digits of the industry code
}
# Facts of administration and measure, not of the method: no clause says them.
WITHOUT_CLAUSE = {"calendar", "counties", "retired_counties", "units"}
PLACE = r"[一二三四五](\([一二三四五]\))?([1-9①]|\.[1-9])?"  # 二(五)3, 三.6
CLAUSE = re.compile(rf"(意见|办法|说明) {PLACE}(, ([1-9]|{PLACE}))*")


def literals(sql: str) -> set[str]:
    """The numbers written in a model, but in comments, texts, names and the types of casts."""
    for noise in (r"\{#.*?#\}", r"--[^\n]*", r"'[^']*'", r"decimal\(\d+, \d+\)"):
        sql = re.sub(noise, " ", sql, flags=re.DOTALL)
    return set(re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\w)", sql))


def test_there_are_models_to_look_at() -> None:
    assert len(METHOD) > 15
    assert literals("select round(0.75 * n_2, 4) -- 7\nfrom t3 where x = 'of 5' and y > 1e-9") == {
        "0.75",
        "4",
        "1e-9",
    }


@pytest.mark.parametrize("model", METHOD, ids=lambda path: path.stem)
def test_no_number_of_the_method_is_written_in_a_model(model: Path) -> None:
    found = literals(model.read_text(encoding="utf-8"))
    assert found - ALLOWED - DOCUMENTED.get(model.stem, set()) == set()


@pytest.mark.parametrize("table", sorted(policy_folder().glob("*.csv")), ids=lambda path: path.stem)
def test_every_row_of_the_method_cites_its_clause(table: Path) -> None:
    with table.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        columns, rows = reader.fieldnames or (), list(reader)
    assert rows
    assert ("clause" in columns) == (table.stem not in WITHOUT_CLAUSE)
    if "clause" in columns:
        assert [row for row in rows if not CLAUSE.fullmatch(row["clause"])] == []


def test_no_file_lists_the_indicators_but_the_method_and_the_dictionary() -> None:
    """What is computed, scored or shown by indicator goes by the method's rows; a rule may name one."""
    with (policy_folder() / "indicators.csv").open(encoding="utf-8", newline="") as file:
        codes = {row["indicator"] for row in csv.DictReader(file)}
    assert len(codes) > 5
    listing = [
        path.name
        for folder in (DBT_PROJECT / "macros", MODELS, PROJECT / "orchestration", PROJECT / "expectations")
        for path in folder.rglob("*.*")
        if path.suffix in (".sql", ".yml", ".yaml", ".py", ".js")
        and len(codes & set(re.findall(r"\w+", path.read_text(encoding="utf-8")))) > 1
    ]
    assert listing == ["_published.yml"]


def test_every_model_is_described_and_every_table_has_a_key_that_is_tested() -> None:
    nodes = json.loads(parsed_manifest().read_text(encoding="utf-8"))["nodes"].values()
    models = {node["unique_id"]: node for node in nodes if node["resource_type"] == "model"}
    assert [node["name"] for node in models.values() if not node["description"]] == []
    tables = {model for model, node in models.items() if node["config"]["materialized"] != "view"}
    keyed = {model for model, node in models.items() if node["config"]["meta"].get("key")}
    tested = {
        node["attached_node"]
        for node in nodes
        if node["resource_type"] == "test" and node["test_metadata"]["name"] == "key"
    }
    assert len(tables) > 40
    assert tables <= keyed == tested


def test_what_a_model_is_told_has_no_default() -> None:
    """A variable of dbt has one, or a value that is not looked at; the home is found as mujun finds it."""
    told = re.compile(r"\bvar\(|env_var\(['\"](?!MUJUN_YEAR['\"], ''|MUJUN_HOME)")
    sources = [path for folder in ("models", "macros") for path in (DBT_PROJECT / folder).rglob("*.sql")]
    assert [path.name for path in sources if told.search(path.read_text(encoding="utf-8"))] == []


ROOMS = ("orchestration.intake", "orchestration.release", "orchestration.presentation", "expectations")
# What a room may not read, though no cycle would follow: the arrows point from what conducts to what is done.
CLOSED = {
    "expectations": {"orchestration"},
    "orchestration.release": {"orchestration.presentation"},
    "orchestration.presentation": {"orchestration.warehouse", "orchestration.transform"},
    "orchestration.intake": {"orchestration.release", "orchestration.presentation"},
}
# All that the pages and sheets know of the intake: what is asked for, by when, and what was handed out.
OF_THE_INTAKE = {"contract", "due_days", "handed_out"}


def room(module: str) -> str:
    """The room of a module; each module of `orchestration` that is in none is one by itself."""
    return next((room for room in ROOMS if f"{module}.".startswith(f"{room}.")), module)


def imported(path: Path) -> Iterator[str]:
    """The modules of the project that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            below = [f"{node.module}.{name.name}" for name in node.names]
            modules = [
                name for name in below if (PROJECT / name.replace(".", "/")).with_suffix(".py").exists()
            ]
            yield from modules or [node.module]
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def arrows() -> dict[str, set[str]]:
    """What each module imports of the project."""
    found = {}
    for folder in ("orchestration", "expectations"):
        for path in (PROJECT / folder).rglob("*.py"):
            module = ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")
            found[module] = {
                name for name in imported(path) if name.startswith(("orchestration", "expectations"))
            }
    return found


def test_no_import_runs_upwards_between_rooms() -> None:
    between: dict[str, set[str]] = {}
    for module, names in arrows().items():
        between.setdefault(room(module), set()).update({room(name) for name in names} - {room(module)})
    assert len(between) > 20
    TopologicalSorter(between).prepare()  # CycleError names the rooms
    for closed, others in CLOSED.items():
        assert {
            name for name in between[closed] for other in others if f"{name}.".startswith(f"{other}.")
        } == set()


def test_pages_and_sheets_know_of_the_intake_what_is_asked_for_alone() -> None:
    of_presentation = {
        name.removeprefix("orchestration.intake.")
        for module, names in arrows().items()
        if room(module) == "orchestration.presentation"
        for name in names
        if room(name) == "orchestration.intake"
    }
    assert of_presentation <= OF_THE_INTAKE
