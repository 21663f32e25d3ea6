"""What Dagster loads: the graph of assets, a check per rule, and the schedule."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from expectations.catalogue import load_catalogue
from orchestration.definitions import definitions
from orchestration.jobs import january_draft
from orchestration.resources import YearRun


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


def test_every_rule_is_an_asset_check() -> None:
    checks = {key.name for key in definitions.resolve_asset_graph().asset_check_keys}
    assert checks == {rule_id.replace("-", "_") for rule_id in load_catalogue()}


@pytest.mark.parametrize(
    ("rule_id", "asset"),
    [
        ("TAX-01", "landing/tax_payments"),  # one feed
        ("ROS-03", "landing/enterprise_roster"),  # the park list is held against each row of the roster
        ("LND-01", "land"),  # parcels, leases and confirmed areas meet there
        ("LND-06", "units"),  # the same, and it does not read the land models
        ("EVT-01", "landing/honours"),  # of honours and incidents, which meet in nothing that it reads
        ("INT-02", "landing/intake"),  # of files, read with the method
        ("POL-04", "scores"),  # of indicators and scores, the later
        ("POL-05", "enterprise_result"),
        ("WVR-01", "landing/waivers"),  # no model
    ],
)
def test_a_check_hangs_on_the_asset_that_it_speaks_of(rule_id: str, asset: str) -> None:
    graph = definitions.resolve_asset_graph()
    (key,) = (key for key in graph.asset_check_keys if key.name == rule_id.replace("-", "_"))
    assert key.asset_key.to_user_string() == asset


def test_every_asset_says_who_answers_for_it_and_what_it_is() -> None:
    graph = definitions.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        assert graph.get(key).owners, key
        assert graph.get(key).kinds, key
    assert list(graph.get(dg.AssetKey(["landing", "tax_payments"])).owners) == ["team:tax"]


def test_one_process_runs_whatever_is_started_from_the_ui() -> None:
    jobs = definitions.get_repository_def().get_all_jobs()
    assert "__ASSET_JOB" in {job.name for job in jobs}
    assert {job.executor_def.name for job in jobs} == {dg.in_process_executor.name}


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
