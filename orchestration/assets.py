"""The assets of a year, in the order policy → feeds → models → checks → release.

Belongs here: which asset there is, what it comes from, and the one call that makes it. Does not: any rule.
"""

import json
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
import duckdb

from expectations.catalogue import load_catalogue
from expectations.verdicts import Status
from orchestration.errors import RefusedError
from orchestration.intake import run_intake
from orchestration.intake.contract import load_contract
from orchestration.intake.due_days import due_days, timeliness
from orchestration.judgement import JUDGE, begin_models, lay_out_frames, note_models, record, request
from orchestration.partitions import EVALUATION_YEARS
from orchestration.publish import WORKBOOK, write_judged_findings
from orchestration.publish import publish as publish_release
from orchestration.release.compared import Compared
from orchestration.release.log import ReleaseLog
from orchestration.release.register import newest
from orchestration.resources import YearRun
from orchestration.run_inputs import (
    land_compared,
    land_contract,
    land_name_characters,
    land_policy,
    land_run,
    land_wordings,
)
from orchestration.settings import FEEDS, policy_folder
from orchestration.transform import DBT, TransformError, parsed_manifest
from orchestration.warehouse import is_damage, make_anew, see_to_it

ON_TIME = "on_time"  # the check of every feed; those of the rules carry their ids
_CONTRACT = load_contract(FEEDS)


_TOGETHER = {"feed": "policy", "run": "policy", "name": "policy", "base": "previous", "notice": "previous"}


def _landing_asset(table: str) -> dg.AssetKey:
    """A landed feed is an asset of its own; the tables about the drops, those of the method, and those of
    earlier releases are one each."""
    about = table if table in _CONTRACT.feeds else table.split("_")[0]
    return dg.AssetKey(["landing", _TOGETHER.get(about, about)])


_INTAKE, _POLICY, _PREVIOUS = (
    _landing_asset(table) for table in ("intake_file", "policy_weights", "previous_release")
)


inboxes = [
    dg.AssetSpec(dg.AssetKey(["inbox", department]), description=name, group_name="inbox")
    for department, name in _CONTRACT.departments.items()
]


@dg.multi_asset(
    name="intake",
    specs=[
        dg.AssetSpec(
            _landing_asset(feed.name),
            deps=[dg.AssetKey(["inbox", feed.department])],
            description=f"{feed.label}: {feed.grain}",
            group_name="feeds",
        )
        for feed in _CONTRACT.feeds.values()
    ]
    + [
        dg.AssetSpec(
            _INTAKE,
            deps=[spec.key for spec in inboxes],
            description="Which files were dropped, and what was wrong with them",
            group_name="feeds",
        )
    ],
    check_specs=[
        dg.AssetCheckSpec(
            ON_TIME, asset=_landing_asset(feed.name), description=f"{feed.label}: its first file came in time"
        )
        for feed in _CONTRACT.feeds.values()
    ],
    partitions_def=EVALUATION_YEARS,
)
def intake(
    context: dg.AssetExecutionContext, run: YearRun
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Read what the departments dropped for the year, and tell them what became of it and whether it came in
    time."""
    year = int(context.partition_key)
    due = due_days(run.policy, run.contract, year)
    result = run_intake(
        year=year,
        inbox=run.inbox_folder,
        home=run.folders.path,
        contract=run.contract,
        counties=run.policy.counties,
        retired=run.policy.retired_counties,
        due=due,
        withdraw=run.withdraw,
    )
    refused = [file for file in result.files if file.status == "rejected"]
    context.log.info(
        f"intake    {len(result.files)} files, {sum(f.rows_accepted for f in result.files)} rows accepted, "
        f"{sum(f.rows_quarantined for f in result.files)} rows set aside, {len(refused)} files refused"
    )
    for file in refused:
        context.log.info(f"refused   {file.department}/{file.file_name}: {file.message}")
    for file in result.withdrawn:
        context.log.info(f"withdrawn {file.department}/{file.file_name}")
    for notice in result.notices:
        context.log.info(f"notice    {notice}")
    for feed in _CONTRACT.feeds:
        files = [file for file in result.files if file.feed == feed]
        yield dg.MaterializeResult(
            asset_key=_landing_asset(feed),
            metadata={"files": len(files), "rows": sum(file.rows_accepted for file in files)},
        )
        held = timeliness(due.get(feed, ()), result.first_accepted.get(feed), run.day)
        yield dg.AssetCheckResult(
            asset_key=_landing_asset(feed),
            check_name=ON_TIME,
            passed=not any(one.days_late for one in held),
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"year": year, "due": "; ".join(map(str, held)) or "no due day"},
        )
    yield dg.MaterializeResult(asset_key=_INTAKE)


@dg.multi_asset(
    name="method",
    specs=[
        dg.AssetSpec(
            _POLICY,
            description="The method as the run found it, and what each feed owes",
            group_name="policy",
        ),
        dg.AssetSpec(
            _PREVIOUS,
            description="The earlier releases that the year is compared with",
            group_name="policy",
        ),
    ],
    partitions_def=EVALUATION_YEARS,
)
def method(context: dg.AssetExecutionContext, run: YearRun) -> Iterator[dg.MaterializeResult[None]]:
    """Lay down the method of the year, what each feed owes at the stage, and the releases it is compared
    with."""
    year = int(context.partition_key)
    ReleaseLog.load(run.folders).check()
    compared = Compared.of(run.folders, year, run.policy)
    land_run(run.folders.landing, year, run.stage, run.day, run.policy.edition(year))
    land_name_characters(run.folders.landing, year)
    land_policy(run.folders.landing, year, run.policy)
    land_contract(run.folders.landing, year, run.contract, run.stage, run.policy)
    land_wordings(run.folders.landing, year)
    land_compared(run.folders.landing, year, compared, run.policy)
    context.log.info(
        f"method    edition {run.policy.edition(year)}, stage {run.stage}, compared with "
        f"{compared.previous.name if compared.previous else 'no release of the year before'}"
    )
    yield dg.MaterializeResult(asset_key=_POLICY)
    yield dg.MaterializeResult(asset_key=_PREVIOUS)


_NODES = json.loads(parsed_manifest().read_text(encoding="utf-8"))
_VIEWS = ("staging", "checks")


def _folder(node: Mapping[str, Any]) -> str:
    return str(node["fqn"][1])


def _model_asset(node: Mapping[str, Any]) -> dg.AssetKey:
    """A published table is an asset of its own; what leads to it is one asset per folder of models."""
    return dg.AssetKey(node["name"] if _folder(node) == "published" else _folder(node))


def _upstream(node: Mapping[str, Any]) -> set[dg.AssetKey]:
    """The assets that a model reads, through the views between, which hold nothing."""
    found: set[dg.AssetKey] = set()
    for parent_id in node["depends_on"]["nodes"]:
        if source := _NODES["sources"].get(parent_id):
            found.add(_landing_asset(source["name"]))
        elif _folder(parent := _NODES["nodes"][parent_id]) in _VIEWS:
            found |= _upstream(parent)
        else:
            found.add(_model_asset(parent))
    return found


def _model_specs() -> list[dg.AssetSpec]:
    """The assets of the models, each after those it reads."""
    models = [
        node
        for node in _NODES["nodes"].values()
        if node["resource_type"] == "model" and _folder(node) not in _VIEWS
    ]
    deps: dict[dg.AssetKey, set[dg.AssetKey]] = {}
    for node in models:
        deps.setdefault(_model_asset(node), set()).update(_upstream(node) - {_model_asset(node)})
    descriptions = {_model_asset(node): node["description"] for node in models}
    return [
        dg.AssetSpec(
            key,
            deps=sorted(deps[key]),
            description=descriptions[key],
            group_name="models",
            kinds={"dbt", "duckdb"},
        )
        for key in TopologicalSorter(deps).static_order()
        if key in deps
    ]


_MODELS = _model_specs()


@dg.multi_asset(name="models", specs=_MODELS, partitions_def=EVALUATION_YEARS)
def models(context: dg.AssetExecutionContext, run: YearRun) -> Iterator[dg.MaterializeResult[None]]:
    """Compute the year: roster, land, units, indicators, scores, published tables, frames of the checks."""
    year = int(context.partition_key)
    see_to_it(run.folders, context.log.info)
    JUDGE.start()  # it loads beside the models: earlier it would keep Dagster and dbt from loading
    try:
        built = _built(run, year)
    except (TransformError, duckdb.Error) as error:
        if not is_damage(error):
            raise
        make_anew(run.folders, context.log.info)
        built = _built(run, year)
    context.log.info(f"models    {len(built)} built")
    for spec in _MODELS:
        yield dg.MaterializeResult(asset_key=spec.key)


def _built(run: YearRun, year: int) -> Mapping[str, float]:
    with duckdb.connect(str(run.folders.warehouse)) as warehouse:
        begin_models(warehouse)
    built = DBT.ask((year, run.folders))
    with duckdb.connect(str(run.folders.warehouse)) as warehouse:
        note_models(warehouse, year)
    return built


_RULES = load_catalogue()
_SEVERITIES = {"error": dg.AssetCheckSeverity.ERROR, "warning": dg.AssetCheckSeverity.WARN}


@dg.asset(
    deps=[spec.key for spec in _MODELS],
    check_specs=[
        dg.AssetCheckSpec(
            name=rule.id.replace("-", "_"),
            asset="judgement",
            description=f"{rule.zh} {rule.en}",
            metadata={"family": rule.family, "severity": rule.severity},
        )
        for rule in _RULES.values()
    ],
    group_name="judgement",
    partitions_def=EVALUATION_YEARS,
)
def judgement(context: dg.AssetExecutionContext, run: YearRun) -> Iterator[dg.MaterializeResult[None]]:
    """Let Great Expectations judge the year, and record its verdict in the warehouse."""
    year = int(context.partition_key)
    frames = run.folders.warehouse.parent / "frames"
    with duckdb.connect(str(run.folders.warehouse)) as warehouse:
        WORKBOOK.start()  # it loads while the judge works
        lay_out_frames(warehouse, _RULES.values(), frames)
        verdicts = JUDGE.ask(request(warehouse, list(_RULES.values()), frames, run.day))
        try:
            record(warehouse, year, run.stage, run.day, verdicts)
        except RefusedError as refusal:
            raise dg.Failure(str(refusal), allow_retries=False) from refusal
        # A run that is refused makes no release, and its findings are what the departments need most.
        write_judged_findings(warehouse, year, run.folders.findings(year))
    counts = {status: sum(verdict.status == status for verdict in verdicts) for status in Status}
    context.log.info(
        "judgement " + ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    )
    yield dg.MaterializeResult(
        check_results=[
            dg.AssetCheckResult(
                check_name=verdict.rule_id.replace("-", "_"),
                passed=verdict.status in (Status.PASSED, Status.WAIVED, Status.NOT_APPLICABLE),
                severity=(
                    dg.AssetCheckSeverity.ERROR
                    if verdict.status == Status.COULD_NOT_RUN
                    else _SEVERITIES[verdict.severity]
                ),
                metadata={
                    "year": year,
                    "status": str(verdict.status),
                    "checked": verdict.checked,
                    "findings": len(verdict.findings),
                    "reason": verdict.reason or "",
                },
            )
            for verdict in verdicts
        ]
    )


@dg.asset(deps=[judgement], group_name="release", partitions_def=EVALUATION_YEARS)
def release(context: dg.AssetExecutionContext, run: YearRun) -> dg.MaterializeResult[None]:
    """Publish the judged year, or refuse to: the recorded verdict is read again here."""
    year = int(context.partition_key)
    try:
        former = newest(run.folders, year, run.stage)
        published = publish_release(run.folders, year, run.stage, run.policy.edition(year), policy_folder())
    except RefusedError as refusal:
        raise dg.Failure(str(refusal), allow_retries=False) from refusal
    unchanged = former is not None and former.id == published.id
    context.log.info(
        f"release   {published.path}{' (unchanged: it holds this very content)' if unchanged else ''}"
    )
    return dg.MaterializeResult(
        metadata={"release": published.id, "folder": dg.MetadataValue.path(published.path)}
    )
