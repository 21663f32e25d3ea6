"""The assets of a year, in the order policy → feeds → models → checks → release.

Belongs here: which asset there is, what it comes from, and the one call that makes it. Does not: any rule.
"""

import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import dagster as dg
import duckdb

from expectations.verdicts import Status, Verdict
from orchestration.errors import RefusedError, UserError
from orchestration.graph import (
    CONTRACT,
    INTAKE,
    JUDGEMENT,
    OFFICE,
    POLICY,
    PREVIOUS,
    RULES,
    TABLES,
    columns_of,
    feed_specs,
    inbox_specs,
    is_published,
    judged_asset,
    landing_asset,
    method_specs,
    model_specs,
)
from orchestration.intake import run_intake
from orchestration.intake.due_days import due_days, timeliness
from orchestration.judgement import JUDGE, build_models, judge_year
from orchestration.landing import landed
from orchestration.partitions import EVALUATION_YEARS
from orchestration.prune import prunable, prune
from orchestration.publish import WORKBOOKS, write_judged_findings
from orchestration.publish import publish as publish_release
from orchestration.release.history import keep_history
from orchestration.release.log import ReleaseLog
from orchestration.release.register import newest
from orchestration.resources import YearRun
from orchestration.run_inputs import lay_down
from orchestration.run_log import logged
from orchestration.run_request import WANTED
from orchestration.settings import Kept, policy_folder
from orchestration.transform import DBT, TransformError
from orchestration.warehouse import is_damage, make_anew, see_to_it

inboxes = inbox_specs()

Told = dg.MaterializeResult[None] | dg.AssetCheckResult


def _each(context: dg.AssetExecutionContext, results: Iterable[Told]) -> Iterator[Told]:
    """Tell Dagster of all that a step has made: results of what was chosen, events of what came with it."""
    for result in results:
        if isinstance(result, dg.AssetCheckResult):
            key = dg.AssetCheckKey(_key(result), str(result.check_name))
            if key in context.selected_asset_check_keys:
                yield result
            else:
                step = context.get_step_execution_context()
                context.log_event(result.to_asset_check_evaluation(step))
        elif result.asset_key in context.selected_asset_keys:
            yield result
        else:
            context.log_event(
                dg.AssetMaterialization(
                    _key(result), metadata=result.metadata, partition=context.partition_key
                )
            )


def _key(result: Told) -> dg.AssetKey:
    assert result.asset_key is not None  # each is told here by its key
    return result.asset_key


ON_TIME = "on_time"  # the check of every feed; those of the rules carry their ids


def _checks_of_days() -> list[dg.AssetCheckSpec]:
    """Whether a feed came by its due days: a check per feed and year."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)  # of checks by partition; Dagster is pinned
        return [
            dg.AssetCheckSpec(
                ON_TIME,
                asset=landing_asset(feed.name),
                description=f"{feed.label}: its first file came in time",
                partitions_def=EVALUATION_YEARS,
            )
            for feed in CONTRACT.feeds.values()
        ]


@dg.multi_asset(
    name="intake",
    specs=feed_specs(),
    check_specs=_checks_of_days(),
    partitions_def=EVALUATION_YEARS,
    can_subset=True,
)
@logged
def intake(context: dg.AssetExecutionContext, run: YearRun) -> Iterator[Told]:
    """Read what the departments dropped for the year, and tell them what became of it. Whichever feed was
    chosen: an inbox is read as a whole."""
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
    read = {feed: [file for file in result.files if file.feed == feed] for feed in CONTRACT.feeds}
    results: list[Told] = [
        dg.MaterializeResult(
            asset_key=landing_asset(feed),
            metadata={
                "files": len(files),
                "dagster/row_count": sum(file.rows_accepted for file in files),
                "rows_set_aside": sum(file.rows_quarantined for file in files),
            },
        )
        for feed, files in read.items()
    ]
    for feed in CONTRACT.feeds:
        held = timeliness(due.get(feed, ()), result.first_accepted.get(feed), run.day)
        results.append(
            dg.AssetCheckResult(
                asset_key=landing_asset(feed),
                check_name=ON_TIME,
                passed=not any(one.days_late for one in held),
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"due": "; ".join(map(str, held)) or "no due day"},
            )
        )
    told_of_drops = {"files": len(result.files), "refused": len(refused)}
    yield from _each(context, [*results, dg.MaterializeResult(asset_key=INTAKE, metadata=told_of_drops)])


@dg.multi_asset(name="method", specs=method_specs(), partitions_def=EVALUATION_YEARS, can_subset=True)
@logged
def method(context: dg.AssetExecutionContext, run: YearRun) -> Iterator[Told]:
    """Lay down the method of the year, what each feed owes at the stage, and the releases it is compared
    with."""
    year = int(context.partition_key)
    ReleaseLog.load(run.folders).check()
    compared = lay_down(run.folders, year, run.stage, run.day, run.policy, run.contract)
    context.log.info(
        f"method    edition {run.policy.edition(year)}, stage {run.stage}, compared with "
        f"{compared.previous.name if compared.previous else 'no release of the year before'}"
    )
    edition = {"edition": run.policy.edition(year), "stage": run.stage.value}
    earlier = {"release": compared.previous.name if compared.previous else ""}
    yield from _each(
        context,
        [
            dg.MaterializeResult(asset_key=POLICY, metadata=edition),
            dg.MaterializeResult(asset_key=PREVIOUS, metadata=earlier),
        ],
    )


_MODELS = model_specs()


@dg.multi_asset(name="models", specs=_MODELS, partitions_def=EVALUATION_YEARS, can_subset=True)
@logged
def models(context: dg.AssetExecutionContext, run: YearRun) -> Iterator[dg.MaterializeResult[None]]:
    """Compute the year: roster, land, units, indicators, scores, published tables, frames of the checks.

    Of some of them: those, and whatever they read. What the warehouse then holds is of two builds, and is not
    judged until all are built.
    """
    year = int(context.partition_key)
    chosen = [spec.key for spec in _MODELS if spec.key in context.selected_asset_keys]
    wanted = None if len(chosen) == len(_MODELS) else [name for key in chosen for name in TABLES[key]]
    if landed(run.folders.landing, "run", year) is None:
        raise dg.Failure(
            f"Nothing of {year} is landed yet. Materialize it with what it comes from (`intake`, `method`).",
            allow_retries=False,
        )
    see_to_it(run.folders, context.log.info)
    if wanted is None:
        JUDGE.start()  # it loads beside the models: earlier it would keep Dagster and dbt from loading
    try:
        seconds = build_models(run.folders, year, wanted)
    except (TransformError, duckdb.Error) as error:
        if not is_damage(error):
            raise
        make_anew(run.folders, context.log.info)
        seconds = build_models(run.folders, year, wanted)
    DBT.stop()
    context.log.info(f"models    {len(seconds)} built")
    with duckdb.connect(
        str(run.folders.warehouse), read_only=True, config=dict(run.folders.engine(year))
    ) as warehouse:
        for key in chosen:
            yield dg.MaterializeResult(asset_key=key, metadata=_told_of(warehouse, key, year, seconds))


def _told_of(
    warehouse: duckdb.DuckDBPyConnection, key: dg.AssetKey, year: int, seconds: Mapping[str, float]
) -> dict[str, Any]:
    """Rows and seconds of the models of an asset; of a published table its columns too."""
    tables = {name: warehouse.table(name) for name in TABLES[key]}
    told: dict[str, Any] = {"seconds": round(sum(seconds[name] for name in tables), 3)}
    if not is_published(key):
        rows = {name: len(table) for name, table in tables.items()}
        records = [
            dg.TableRecord({"model": name, "rows": count, "seconds": round(seconds[name], 3)})
            for name, count in rows.items()
        ]
        return told | {"dagster/row_count": sum(rows.values()), "models": dg.MetadataValue.table(records)}
    ((name, table),) = tables.items()
    of_year = table.filter(duckdb.ColumnExpression("year") == duckdb.ConstantExpression(year))
    types = dict(zip(table.columns, map(str, table.types), strict=True))
    return told | {
        "dagster/row_count": len(table),
        "dagster/partition_row_count": len(of_year),
        "dagster/column_schema": columns_of(name, types),
    }


_SEVERITIES = {"error": dg.AssetCheckSeverity.ERROR, "warning": dg.AssetCheckSeverity.WARN}


def _checks() -> list[dg.AssetCheckSpec]:
    """A check per rule and year: without years, the UI would show the verdict on whichever came last."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)  # of checks by partition; Dagster is pinned
        return [
            dg.AssetCheckSpec(
                name=rule.id.replace("-", "_"),
                asset=judged_asset(rule),
                description=f"{rule.zh} {rule.en}",
                metadata={"family": rule.family, "severity": rule.severity},
                partitions_def=EVALUATION_YEARS,
            )
            for rule in RULES.values()
        ]


@dg.multi_asset(
    name="judgement",
    specs=[
        dg.AssetSpec(
            JUDGEMENT,
            deps=[spec.key for spec in _MODELS],
            description="The verdict on each rule, and the findings",
            group_name="judgement",
            owners=OFFICE,
            kinds={"great_expectations", "duckdb"},
        )
    ],
    check_specs=_checks(),
    allow_arbitrary_check_specs=True,  # each on the asset that it speaks of, while one step judges them all
    partitions_def=EVALUATION_YEARS,
    can_subset=True,
)
@logged
def judgement(context: dg.AssetExecutionContext, run: YearRun) -> Iterator[Told]:
    """Let Great Expectations judge the year, and record its verdict in the warehouse.

    A year is judged as a whole. The checks of an asset that somebody materializes alone come here too, when
    there is no whole to judge: they are skipped.
    """
    year = int(context.partition_key)
    with duckdb.connect(str(run.folders.warehouse), config=dict(run.folders.engine(year))) as warehouse:
        WORKBOOKS.start()  # it loads while the judge works
        try:
            verdicts = judge_year(warehouse, run.folders, year, run.stage, run.day)
        except RefusedError as refusal:
            if JUDGEMENT in context.selected_asset_keys or not context.run.asset_selection:
                raise dg.Failure(str(refusal), allow_retries=False) from refusal
            context.log.info(f"judgement none: {refusal}")
            return
        JUDGE.stop()
        # A run that is refused makes no release, and its findings are what the departments need most.
        write_judged_findings(warehouse, year, run.folders.findings(year))
    counts = {str(status): sum(verdict.status == status for verdict in verdicts) for status in Status}
    context.log.info(
        "judgement " + ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    )
    findings = sum(len(verdict.findings) for verdict in verdicts)
    judged = dg.MaterializeResult[None](asset_key=JUDGEMENT, metadata={"findings": findings, **counts})
    yield from _each(context, [judged, *(_outcome(verdict) for verdict in verdicts)])


def _outcome(verdict: Verdict) -> dg.AssetCheckResult:
    could_not_run = verdict.status == Status.COULD_NOT_RUN
    return dg.AssetCheckResult(
        asset_key=judged_asset(RULES[verdict.rule_id]),
        check_name=verdict.rule_id.replace("-", "_"),
        passed=verdict.status in (Status.PASSED, Status.WAIVED, Status.NOT_APPLICABLE),
        severity=dg.AssetCheckSeverity.ERROR if could_not_run else _SEVERITIES[verdict.severity],
        description=verdict.reason,
        metadata={
            "status": str(verdict.status),
            "checked": verdict.checked,
            "findings": len(verdict.findings),
        },
    )


@dg.asset(
    deps=[JUDGEMENT],
    group_name="release",
    partitions_def=EVALUATION_YEARS,
    owners=list(OFFICE),
    kinds={"duckdb", "excel", "html"},
)
@logged
def release(context: dg.AssetExecutionContext, run: YearRun) -> Iterator[dg.MaterializeResult[None]]:
    """Publish the judged year, or refuse to: the recorded verdict is read again here."""
    year = int(context.partition_key)
    try:
        former = newest(run.folders, year, run.stage)
        wanted = context.run.tags.get(WANTED)
        edition = run.policy.edition(year)
        published = publish_release(run.folders, year, run.stage, edition, policy_folder(), wanted)
    except RefusedError as refusal:
        raise dg.Failure(str(refusal), allow_retries=False) from refusal
    unchanged = former is not None and former.id == published.id
    context.log.info(
        f"release   {published.path}{' (unchanged: it holds this very content)' if unchanged else ''}"
    )
    run.log.published(published.name)
    keep_history(run.folders, context.log.info)
    if wanted:
        try:
            old = prunable(run.folders, Kept.from_environment().drafts, only_automatic=True)
            prune(run.folders, old, context.log.info)
        except UserError as error:  # what was published stands all the same
            context.log.info(f"pruned    nothing: {error}")
    yield dg.MaterializeResult(
        metadata={"release": published.id, "folder": dg.MetadataValue.path(published.path)}
    )
