"""The two drops of all pairs, judged once each: what holds is published as a final, what breaks refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import Outcome
from tests.faults.pairs import NOTICED, PAIRS, Case

Findings = dict[str, set[str]]


@dataclass(frozen=True)
class JudgedCase:
    """A drop of all pairs as it was judged: the keys due where each rule breaks, and what was recorded."""

    outcome: Outcome
    inbox: Path
    case: Case
    due: Findings

    def recorded(self, query: str) -> list[tuple[Any, ...]]:
        """The rows that `query` gives on the warehouse."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(query).fetchall()

    @property
    def warehouse(self) -> Path:
        return self.outcome.home / "warehouse" / "mujun.duckdb"

    def findings(self, *, waived: bool) -> Findings:
        """The keys of the findings for 2024, by rule."""
        found: Findings = {}
        for rule_id, key in self.recorded(
            f"select rule_id, finding_key from judgement.finding where year = 2024 and waived = {waived}"
        ):
            found.setdefault(rule_id, set()).add(key)
        return found

    def verdict(self, rule_id: str) -> dict[str, Any]:
        """How the rule ended for 2024."""
        ((told,),) = self.recorded(
            f"select to_json(v) from judgement.verdict as v where year = 2024 and rule_id = '{rule_id}'"
        )
        verdict: dict[str, Any] = json.loads(told)
        return verdict


@pytest.fixture(scope="session")
def judged(
    tmp_path_factory: pytest.TempPathFactory, evaluate: Callable[..., Outcome]
) -> dict[bool, JudgedCase]:
    """The drop that holds (False) and the one that breaks (True), both after the same 2023 and notice."""
    cases = {}
    for breaks in (False, True):
        case = Case(breaks)
        due = {rule_id: add_case(case) for rule_id, add_case in PAIRS.items()}
        cases[breaks] = (case, due, case.write(tmp_path_factory.mktemp("pairs") / "inbox"))
    home = tmp_path_factory.mktemp("before")
    before = evaluate(cases[False][2], year=2023, home=home)
    assert before.status == 0, before.out + before.err
    inbox = cases[False][0].write_notice(tmp_path_factory.mktemp("pairs") / "notice")
    noticed = evaluate(inbox, year=2024, stage="notice", home=home, as_of=NOTICED)
    assert noticed.status == 0, noticed.out + noticed.err
    judged = {}
    for breaks, (case, due, inbox) in cases.items():
        own_home = tmp_path_factory.mktemp("pairs") / "home"
        shutil.copytree(home, own_home, symlinks=True)
        outcome = evaluate(inbox, year=2024, stage="final", home=own_home, as_of=case.as_of)
        judged[breaks] = JudgedCase(outcome, inbox, case, due)
    return judged


@pytest.fixture(scope="session")
def holds(judged: dict[bool, JudgedCase]) -> JudgedCase:
    """The drop in which everything holds."""
    assert judged[False].outcome.status == 0, judged[False].outcome.out + judged[False].outcome.err
    return judged[False]


@pytest.fixture(scope="session")
def breaks(judged: dict[bool, JudgedCase]) -> JudgedCase:
    """The drop in which every rule breaks that a drop can break."""
    assert judged[True].outcome.status == 3, judged[True].outcome.out + judged[True].outcome.err
    return judged[True]
