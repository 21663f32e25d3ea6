"""The assets of a year, in the order policy → feeds → models → checks → release.

Belongs here: which asset there is, what it comes from, and the one call that makes it. Does not: any rule.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtTranslator, dbt_assets

from expectations.catalogue import load_catalogue
from expectations.judge import Status
from orchestration.errors import RefusedError
from orchestration.intake import run_intake
from orchestration.intake.contract import load_contract
from orchestration.judgement import lay_out_frames, record, request
from orchestration.partitions import EVALUATION_YEARS
from orchestration.policy import load_policy
from orchestration.release.catalog import newest
from orchestration.release.publish import publish as publish_release
from orchestration.resources import Judge, YearRun
from orchestration.run_inputs import PREVIOUS_TABLES, land_contract, land_policy, land_previous_release
from orchestration.settings import FEEDS, policy_folder
from orchestration.transform import parsed_manifest, run_models, run_variables

_CONTRACT = load_contract(FEEDS)
_INTAKE_TABLES = ("intake_file", "intake_fault", "intake_duplicate")


def _landing(name: str) -> dg.AssetKey:
    return dg.AssetKey(["landing", name])


inboxes = [
    dg.AssetSpec(dg.AssetKey(["inbox", department]), description=name, group_name="inbox")
    for department, name in _CONTRACT.departments.items()
]


@dg.multi_asset(
    name="intake",
    specs=[
        dg.AssetSpec(
            _landing(feed.name),
            deps=[dg.AssetKey(["inbox", feed.department])],
            description=f"{feed.label}: {feed.grain}",
            group_name="feeds",
        )
        for feed in _CONTRACT.feeds.values()
    ]
    + [
        dg.AssetSpec(_landing(name), deps=[spec.key for spec in inboxes], group_name="feeds")
        for name in _INTAKE_TABLES
    ],
    partitions_def=EVALUATION_YEARS,
)
def intake(context: dg.AssetExecutionContext, run: YearRun) -> Iterator[dg.MaterializeResult[None]]:
    """Read what the departments dropped for the year, and tell them what became of it."""
    result = run_intake(
        year=int(context.partition_key),
        inbox=run.inbox_folder,
        home=run.folders.path,
        contract=run.contract,
        counties=run.policy.counties,
        retired=run.policy.retired_counties,
    )
    refused = [file for file in result.files if file.status == "rejected"]
    context.log.info(
        f"intake    {len(result.files)} files, {sum(f.rows_accepted for f in result.files)} rows accepted, "
        f"{sum(f.rows_quarantined for f in result.files)} rows set aside, {len(refused)} files refused"
    )
    for feed in _CONTRACT.feeds:
        files = [file for file in result.files if file.feed == feed]
        yield dg.MaterializeResult(
            asset_key=_landing(feed),
            metadata={"files": len(files), "rows": sum(file.rows_accepted for file in files)},
        )
    for name in _INTAKE_TABLES:
        yield dg.MaterializeResult(asset_key=_landing(name))


@dg.multi_asset(
    name="method",
    specs=[
        dg.AssetSpec(_landing(name), group_name="policy")
        for name in (
            *(f"policy_{table}" for table in load_policy(policy_folder()).tables),
            "feed_contract",
            *(f"previous_{table}" for table in PREVIOUS_TABLES),
        )
    ],
    partitions_def=EVALUATION_YEARS,
)
def method(context: dg.AssetExecutionContext, run: YearRun) -> Iterator[dg.MaterializeResult[None]]:
    """Lay down the method of the year, what each feed owes at the stage, and last year's release."""
    year = int(context.partition_key)
    previous = newest(run.folders, year - 1)
    land_policy(run.folders.landing, year, run.policy)
    land_contract(run.folders.landing, year, run.contract, run.stage)
    land_previous_release(run.folders.landing, year, previous.path if previous else None)
    context.log.info(
        f"method    edition {run.policy.edition(year)}, stage {run.stage}, compared with "
        f"{f'{previous.year}/{previous.id}' if previous else 'no release of the year before'}"
    )
    for key in context.selected_asset_keys:
        yield dg.MaterializeResult(asset_key=key)


class _Translator(DagsterDbtTranslator):
    """Folders of models are asset groups; the sources of `landing` are the assets above."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey([dbt_resource_props["source_name"], dbt_resource_props["name"]])
        return dg.AssetKey(dbt_resource_props["name"])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return str(dbt_resource_props["fqn"][1])


_TRANSLATOR = _Translator()
_MODELS = json.loads(parsed_manifest().read_text(encoding="utf-8"))["nodes"]


@dbt_assets(
    manifest=parsed_manifest(),
    name="models",
    dagster_dbt_translator=_TRANSLATOR,
    partitions_def=EVALUATION_YEARS,
)
def models(context: dg.AssetExecutionContext, run: YearRun) -> Iterator[dg.MaterializeResult[None]]:
    """Compute the year: land, indicators, scores, ranks, classes, and the frames of the checks."""
    variables = run_variables(
        year=int(context.partition_key),
        stage=run.stage,
        as_of=run.day,
        home=run.folders,
        contract=run.contract,
        policy=run.policy,
    )
    built = 0
    for name, seconds in run_models(variables, run.folders):
        built += 1
        yield dg.MaterializeResult(asset_key=dg.AssetKey(name), metadata={"seconds": seconds})
    context.log.info(f"models    {built} built")


_RULES = load_catalogue()
_SEVERITIES = {"error": dg.AssetCheckSeverity.ERROR, "warning": dg.AssetCheckSeverity.WARN}


@dg.asset(
    deps=[dg.AssetKey(node["name"]) for node in _MODELS.values() if node["fqn"][1] in ("checks", "published")],
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
def judgement(
    context: dg.AssetExecutionContext, run: YearRun, judge: Judge
) -> Iterator[dg.MaterializeResult[None]]:
    """Let Great Expectations judge the year, and record its verdict in the warehouse."""
    year = int(context.partition_key)
    frames = run.folders.warehouse.parent / "frames"
    with duckdb.connect(str(run.folders.warehouse)) as warehouse:
        lay_out_frames(warehouse, _RULES.values(), frames)
        verdicts = judge.judge(request(warehouse, list(_RULES.values()), frames, run.day))
        record(warehouse, year, run.stage, run.day, verdicts)
    counts = {status: sum(verdict.status == status for verdict in verdicts) for status in Status}
    context.log.info("judgement " + ", ".join(f"{count} {status}" for status, count in counts.items() if count))
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
        published = publish_release(run.folders, year, run.stage, run.policy.edition(year))
    except RefusedError as refusal:
        raise dg.Failure(str(refusal), allow_retries=False) from refusal
    context.log.info(f"release   {published.path}")
    return dg.MaterializeResult(metadata={"release": published.id, "folder": dg.MetadataValue.path(published.path)})
