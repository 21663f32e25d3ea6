"""What Dagster loads: the graph of assets, a check per rule, and the schedule."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from expectations.catalogue import load_catalogue
from orchestration.assets import ON_TIME
from orchestration.definitions import definitions
from orchestration.intake.contract import load_contract
from orchestration.jobs import january_draft
from orchestration.resources import YearRun
from orchestration.settings import FEEDS


def test_the_definitions_load() -> None:
    dg.Definitions.validate_loadable(definitions)


def test_the_asset_graph_is_a_decision() -> None:
    """Each asset with those that it comes from. A change of the graph is made in asset_graph.txt too."""
    graph = definitions.resolve_asset_graph()
    lines = []
    for key in sorted(graph.get_all_asset_keys()):
        parents = sorted(parent.to_user_string() for parent in graph.get(key).parent_keys)
        lines.append(" < ".join([key.to_user_string(), *([", ".join(parents)] if parents else [])]))
    assert lines == Path(__file__).with_name("asset_graph.txt").read_text(encoding="utf-8").splitlines()


def test_every_rule_is_an_asset_check_and_every_feed_has_one_of_its_due_days() -> None:
    keys = definitions.resolve_asset_graph().asset_check_keys
    assert {key.name for key in keys} == {ON_TIME, *(rule.replace("-", "_") for rule in load_catalogue())}
    timed = {key.asset_key.path[-1] for key in keys if key.name == ON_TIME}
    assert timed == set(load_contract(FEEDS).feeds)


def test_every_asset_is_partitioned_by_evaluation_year() -> None:
    graph = definitions.resolve_asset_graph()
    for key in graph.materializable_asset_keys:
        partitions = graph.get(key).partitions_def
        assert partitions is not None, key
        assert partitions.get_partition_keys()[0] == "2022"


@pytest.mark.parametrize("evaluated", [2022, 2024])
def test_each_january_launches_the_draft_of_the_year_that_ended(evaluated: int) -> None:
    instant = datetime(evaluated + 1, 1, 5, 6, tzinfo=ZoneInfo("Asia/Shanghai"))
    request = january_draft(dg.build_schedule_context(scheduled_execution_time=instant))
    assert isinstance(request, dg.RunRequest)
    assert request.partition_key == str(evaluated)
    assert january_draft.job_name == "evaluate_year"
    assert YearRun().stage == "draft"  # the stage of a run that is told none


def test_no_draft_of_a_year_before_the_method() -> None:
    instant = datetime(2022, 1, 5, 6, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert isinstance(
        january_draft(dg.build_schedule_context(scheduled_execution_time=instant)), dg.SkipReason
    )


@pytest.mark.parametrize("folder", ["home", "inbox"])
def test_a_run_is_not_told_where_it_reads_and_writes(folder: str) -> None:
    job = definitions.resolve_job_def("take_in_year")
    dg.validate_run_config(job, {"resources": {"run": {"config": {"stage": "draft"}}}})
    with pytest.raises(dg.DagsterInvalidConfigError):
        dg.validate_run_config(job, {"resources": {"run": {"config": {folder: "/tmp"}}}})
