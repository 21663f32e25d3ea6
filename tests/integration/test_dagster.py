"""What Dagster loads: the graph of assets, a check per rule, and the schedule."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from expectations.catalogue import load_catalogue
from orchestration.assets import ON_TIME
from orchestration.definitions import definitions
from orchestration.errors import RefusedError
from orchestration.intake.contract import Stage, load_contract
from orchestration.judgement import check_built
from orchestration.launch import opened_instance, prepare
from orchestration.resources import YearRun
from orchestration.run_request import STAGE_TAG, run_config
from orchestration.settings import FEEDS, Home, using
from tests.conftest import Outcome


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


def test_there_is_a_job_per_stage_and_the_stage_is_a_choice(tmp_path: Path) -> None:
    assert YearRun().stage == Stage.draft  # the stage of a run that is told none
    for stage in Stage:
        job = definitions.resolve_job_def(f"{stage}_year")
        assert job.tags[STAGE_TAG] == stage
    other = run_config("final")  # changed in the launchpad
    with pytest.raises(dg.DagsterResourceFunctionError) as refused, using(home=tmp_path):
        definitions.resolve_job_def("notice_year").execute_in_process(other, partition_key="2024")
    assert "notice_year makes no final" in str(refused.value.user_exception)
    assets = definitions.get_implicit_global_asset_job_def()
    dg.validate_run_config(assets, {"resources": {"run": {"config": {"stage": "notice"}}}})
    with pytest.raises(dg.DagsterInvalidConfigError, match="not in enum type Stage"):
        dg.validate_run_config(assets, {"resources": {"run": {"config": {"stage": "preview"}}}})


@pytest.mark.parametrize("folder", ["home", "inbox"])
def test_a_run_is_not_told_where_it_reads_and_writes(folder: str) -> None:
    job = definitions.get_implicit_global_asset_job_def()
    with pytest.raises(dg.DagsterInvalidConfigError):
        dg.validate_run_config(job, {"resources": {"run": {"config": {folder: "/tmp"}}}})


@pytest.fixture
def home(sample: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with the releases of the sample years, as Dagster opens it."""
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.setenv("MUJUN_HOME", "")
    home = Home(Path(shutil.copytree(sample.home, tmp_path / "home", symlinks=True)))
    prepare(home)
    return home


def test_a_run_of_the_command_line_is_a_run_like_others(home: Home) -> None:
    """The web UI finds it by its repository and year; what it made tells rows, seconds and columns."""
    with opened_instance(home) as instance:
        record, *_ = instance.get_run_records(dg.RunsFilter(tags={"dagster/partition": "2024"}))
        run, tables = record.dagster_run, dg.AssetKey("enterprise_result")
        assert (run.job_name, run.status) == ("final_year", dg.DagsterRunStatus.SUCCESS)
        assert run.remote_job_origin is not None
        assert run.remote_job_origin.location_name == "orchestration.definitions"
        assert record.start_time is not None
        assert record.end_time is not None
        event = instance.get_latest_materialization_event(tables)
        assert event is not None
        assert event.asset_materialization is not None
        told = event.asset_materialization.metadata
        checked = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
        counted = warehouse.execute(
            "select count(*) filter (where year = 2024), count(*) from enterprise_result"
        )
        assert counted.fetchone() == tuple(
            told[f"dagster/{name}"].value for name in ("partition_row_count", "row_count")
        )
    columns = told["dagster/column_schema"].value
    assert isinstance(columns, dg.TableSchema)
    assert {column.name: column.type for column in columns.columns}["land_area_mu"] == "DOUBLE"
    assert all(column.description for column in columns.columns)
    assert float(str(told["seconds"].value)) > 0
    assert len(checked) == len(load_catalogue()) + len(load_contract(FEEDS).feeds)  # the rules, and `on_time`


def test_one_table_is_built_with_what_it_reads_and_is_not_judged(home: Home) -> None:
    """As the web UI does it for a table that somebody chose. The warehouse is then of two builds."""
    job = definitions.resolve_implicit_global_asset_job_def()
    config = {"resources": {"run": {"config": {"stage": "final"}}}}

    def materialize(instance: dg.DagsterInstance, *names: str) -> dg.ExecuteInProcessResult:
        return job.execute_in_process(
            run_config=config,
            instance=instance,
            asset_selection=[dg.AssetKey(name) for name in names],
            partition_key="2024",
            raise_on_error=False,
        )

    with duckdb.connect(str(home.warehouse)) as warehouse:
        warehouse.execute("drop table enterprise_result")
        warehouse.execute("drop table int_units")
        check_built(warehouse, home, 2024, "final", date(2025, 6, 24))
    with opened_instance(home) as instance:
        built = materialize(instance, "enterprise_result")
        assert built.success
        made = {event.asset_key for event in built.get_asset_materialization_events()}
        assert made == {dg.AssetKey("enterprise_result")}
        assert built.get_asset_check_evaluations() == []
        assert not materialize(instance, "judgement", "release").success
    with duckdb.connect(str(home.warehouse)) as warehouse:
        assert warehouse.execute(
            "select count(*) > 0 from enterprise_result where year = 2024"
        ).fetchone() == (True,)
        with pytest.raises(RefusedError, match="not built to their end"):
            check_built(warehouse, home, 2024, "final", date(2025, 6, 24))
