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
import yaml

from expectations.equality import EQUAL_WITHIN
from orchestration.settings import DBT_PROJECT, PROJECT, policy_folder
from orchestration.transform import parsed_manifest

MODELS = DBT_PROJECT / "models"
METHOD = sorted([*MODELS.rglob("*.sql"), *(DBT_PROJECT / "macros").glob("*.sql")])

# Numbers that are no part of the method, each with its reason.
ALLOWED = {"0", "1", "100"}  # nothing, one, and per cent
DOCUMENTED = {
    "int_roster__rows": {"2"},  # the division is the first two digits of the industry code
    "figures": {"1e-9", "10"},  # when two figures are equal, and the base of decimals
    "dates": {"5"},  # the working days of a week
    "lists": {"2"},  # the two greatest, or smallest
    "spark": {"2", "5", "12"},  # these two, the working days of a week, the months of a year
    "landing": {"3"},  # the place of a table's name in its path
    "units": {"2"},  # the decimals of a yuan
    # What is not nearly equal, nor nearly at the mean, where a score is rounded, the terms of a quadratic.
    "lifts": {"0.4999994", "0.5000004", "1e-8", "2", "2e-9", "4"},
    # How values are cut into cells, how a secant is followed, what is tried, and what is next to nothing.
    "int_lifts": {"0.9", "10", "18", "1e-12", "1e-6", "1e-9", "1e9", "2", "4", "5", "6", "8"},
    "chk_sta_03__monthly_headcounts": {f"{month:02}" for month in range(1, 13)},  # the columns of the months
    "code_list": {"1.0"},  # one square metre
}
# What the dictionary may say: names of standards, per cent, one more than a count, a cell as an example.
NAMES = r"SHA-256|^1 \+ |GB(/T)? [\d-]+|× 100|E5|[A-Za-z_]\w*"
NUMBER = r"\b(three|four|five|six|seven|eight|nine|ten|twelve|twenty)\b|\d+"
# Facts of administration and measure, not of the method: no clause says them.
OF_ANOTHER_DOCUMENT = {"sizes"}  # the statistics bureau's
WITHOUT_CLAUSE = {"calendar", "counties", "office", "retired_counties", "units"}
PLACE = r"[一二三四五](\([一二三四五]\))?([1-9①]|\.[1-9])?"  # 二(五)3, 三.6
CLAUSE = re.compile(rf"(意见|办法|说明) {PLACE}(, ([1-9]|{PLACE}))*")


def literals(sql: str) -> set[str]:
    """The numbers written in a model, but in comments, texts, names, types of casts, places in a row."""
    for noise in (r"\{#.*?#\}", r"--[^\n]*", r"'[^']*'", r"decimal\(\d+, \d+\)", r"row\[\d+\]"):
        sql = re.sub(noise, " ", sql, flags=re.DOTALL)
    return set(re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\w)", sql))


def quoted(sql: str) -> set[str]:
    """The numbers in the texts of a model, such as a day of the year, but in names and in ids of rules."""
    for noise in (r"\{#.*?#\}", r"--[^\n]*"):
        sql = re.sub(noise, " ", sql, flags=re.DOTALL)
    texts = " ".join(re.findall(r"'[^'\n]*'", sql))
    return set(re.findall(r"\d+(?:\.\d+)?", re.sub(r"[A-Z]{3}-\d\d|[A-Za-z_]\w*", " ", texts)))


def test_there_are_models_to_look_at() -> None:
    assert len(METHOD) > 100
    assert quoted("select cast('{{ year() }}-12-31' as date), 'area_m2', 'STA-03' -- '7'") == {"12", "31"}
    assert literals("select round(0.75 * n_2, 4) -- 7\nfrom t3 where x = 'of 5' and y > 1e-9") == {
        "0.75",
        "4",
        "1e-9",
    }


@pytest.mark.parametrize("model", METHOD, ids=lambda path: path.stem)
def test_no_number_of_the_method_is_written_in_a_model(model: Path) -> None:
    sql = model.read_text(encoding="utf-8")
    found = literals(sql) | (quoted(sql) if MODELS in model.parents else set())
    assert found - ALLOWED - DOCUMENTED.get(model.stem, set()) == set()


def test_the_dictionary_states_no_number_of_the_method() -> None:
    """It would be another method's dictionary as soon as an edition changes the number."""
    described = yaml.safe_load((MODELS / "published" / "_published.yml").read_text(encoding="utf-8"))
    tables = [*described["models"], *(table for source in described["sources"] for table in source["tables"])]
    told = [
        text
        for table in tables
        for text in (
            table["description"],
            *(column["description"] for column in table["columns"]),
            *(column["config"]["meta"]["label_zh"] for column in table["columns"]),
        )
    ]
    assert len(told) > 300
    words = re.compile(NUMBER, re.IGNORECASE)
    assert [
        text
        for text in told
        if words.search(re.sub(NAMES, lambda name: name[0] if words.fullmatch(str(name[0])) else " ", text))
    ] == []


@pytest.mark.parametrize("table", sorted(policy_folder().glob("*.csv")), ids=lambda path: path.stem)
def test_every_row_of_the_method_cites_its_clause(table: Path) -> None:
    with table.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        columns, rows = reader.fieldnames or (), list(reader)
    assert rows
    assert ("clause" in columns) == (table.stem not in WITHOUT_CLAUSE)
    if "clause" in columns and table.stem not in OF_ANOTHER_DOCUMENT:
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


def test_models_and_checks_hold_figures_equal_within_the_same_distance() -> None:
    macro = (DBT_PROJECT / "macros" / "figures.sql").read_text(encoding="utf-8")
    (within,) = re.findall(r"< (1e-\d+) \*", macro)
    assert float(within) == EQUAL_WITHIN


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
