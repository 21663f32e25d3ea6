"""The judgement of a year: what is judged, and the record of the verdict in the warehouse.

Belongs here: carrying frames to the judge and verdicts back. Does not: the rules (`expectations`), where the
figures of a finding came from (`finding_sources`).
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from expectations.catalogue import ADDRESSING, INVARIANTS, Rule, load_catalogue
from expectations.judge import JudgeRequest, judge, warm_up
from expectations.verdicts import Finding, Status, Verdict
from expectations.waivers import Waiver, WaiverStatus, statuses
from orchestration.errors import RefusedError
from orchestration.finding_sources import source_texts
from orchestration.intake.contract import load_contract
from orchestration.machine import sentence
from orchestration.release.register import sha256
from orchestration.rows import at_once, fetch
from orchestration.settings import DBT_PROJECT, FEEDS, Engine, Home
from orchestration.transform import DBT, Build, chosen_engine
from orchestration.workers import Worker

JUDGE = Worker("the judge", warm_up, judge)

# What the verdict speaks of: every model but staging, whose rows the others hold.
_JUDGED = """
    select table_name from information_schema.tables
    where table_schema = 'main' and table_type = 'BASE TABLE' and not starts_with(table_name, 'int_')
    order by table_name
"""

# What a run lays down beside the feeds: the method, the contract, earlier releases.
_LAID_DOWN = re.compile("(policy|feed|previous|base|notice|changed|wording)(_.+)?")

# Most urgent first: what could not run, what stands, what is waived.
_OUTCOMES = """
    with who as (
        select rule_id, list_sort(list_distinct(flatten(list(string_split(mend_by, ','))))) as mend_by
        from judgement.finding
        where year = $year and not waived
        group by rule_id
    )
    select verdict.rule_id, severity, must_hold, status, findings, waived, reason, mend_by
    from judgement.verdict as verdict
    left join who on verdict.rule_id = who.rule_id
    where year = $year and status in ('failed', 'waived', 'could_not_run')
    order by status <> 'could_not_run', status = 'waived', severity, verdict.rule_id
"""

_TEXT, _COUNT = pa.string(), pa.int64()
_SCHEMAS: Mapping[str, pa.Schema] = {
    "verdict": pa.schema(
        {
            "rule_id": _TEXT,
            "family": _TEXT,
            "severity": _TEXT,
            "departments": _TEXT,
            "must_hold": _TEXT,
            "clause": _TEXT,
            "label_1": _TEXT,
            "label_2": _TEXT,
            "mend": _TEXT,
            "status": _TEXT,
            "checked": _COUNT,
            "findings": _COUNT,
            "waived": _COUNT,
            "reason": _TEXT,
            "validation": _TEXT,
        }
    ),
    "finding": pa.schema(
        {
            "rule_id": _TEXT,
            "finding_key": _TEXT,
            "severity": _TEXT,
            "departments": _TEXT,
            "uscc": _TEXT,
            "county_code": _TEXT,
            "county_name": _TEXT,
            "message": _TEXT,
            "figure_1": _TEXT,
            "unit": _TEXT,
            "source_1": _TEXT,
            "figure_2": _TEXT,
            "unit_2": _TEXT,
            "source_2": _TEXT,
            "difference": _TEXT,
            "mend_by": _TEXT,
            "mend": _TEXT,
            "waived": pa.bool_(),
            "waiver_reason": _TEXT,
        }
    ),
    "waiver": pa.schema(
        {
            "rule_id": _TEXT,
            "finding_key": _TEXT,
            "status": _TEXT,
            "reason": _TEXT,
            "approved_by": _TEXT,
            "approved_on": pa.date32(),
            "expires_on": pa.date32(),
            "figure_1": _TEXT,
            "figure_2": _TEXT,
        }
    ),
    "judged": pa.schema(
        {"stage": _TEXT, "as_of": pa.date32(), "judged_at": pa.timestamp("us"), "fingerprint": _TEXT}
    ),
}


_OF_ROWS_READ = (
    "INT-01",
    "INT-03",
    "INT-05",
)  # about every row that was read; their models list the wrong ones


@dataclass(frozen=True)
class Judged:
    """A recorded judgement: of which stage, by which day, when, of which data, and how each rule ended."""

    stage: str
    as_of: date
    judged_at: datetime  # UTC
    fingerprint: str
    verdicts: list[dict[str, object]]

    def blocking(self) -> list[dict[str, object]]:
        """The verdicts that stop this stage. What could not run stops a `notice` and a `final`, as do errors
        that stand unwaived; an invariant stops every stage. A rule without a verdict did not run."""
        rules = load_catalogue()
        ended = {rule.id: _unjudged(rule) for rule in rules.values()}
        ended |= {str(verdict["rule_id"]): verdict for verdict in self.verdicts}
        return [
            verdict
            for rule_id, verdict in sorted(ended.items())
            if (self.stage != "draft" or rule_id not in rules or rules[rule_id].family == INVARIANTS)
            and (
                verdict["status"] == Status.COULD_NOT_RUN
                or (verdict["status"] == Status.FAILED and verdict["severity"] == "error")
            )
        ]


def _unjudged(rule: Rule) -> dict[str, object]:
    """What stands for the verdict on a rule that the record does not have."""
    return {
        "rule_id": rule.id,
        "severity": rule.severity,
        "status": Status.COULD_NOT_RUN,
        "reason": "it has no verdict",
    }


def fingerprint(connection: duckdb.DuckDBPyConnection, year: int) -> str:
    """A hash of the published tables of `year` that does not depend on the order of their rows."""
    names = [name for (name,) in connection.execute(_JUDGED).fetchall()]

    def sum_of(cursor: duckdb.DuckDBPyConnection, name: str) -> tuple[Any, ...] | None:
        counted = f"select count(*), sum(hash(t)::hugeint)::varchar from {name} as t where year = ?"
        return cursor.execute(counted, [year]).fetchone()

    sums = dict(zip(names, at_once(connection, sum_of, names), strict=True))
    return hashlib.sha256(json.dumps(sums).encode()).hexdigest()


def begin_models(connection: duckdb.DuckDBPyConnection) -> None:
    """Forget what the models were built by: from now on they are in part of this run, in part of another."""
    connection.execute("drop table if exists judgement.built")


def note_models(connection: duckdb.DuckDBPyConnection, home: Home, year: int, engine: Engine) -> None:
    """Note that the models were built to the end, on which engine, and by which method, contract and release
    of last year."""
    connection.execute("create schema if not exists judgement")
    connection.execute(
        "create table judgement.built as select ? as laid_down, ? as engine",
        [_laid_down(home, year), engine.release],
    )


def _laid_down(home: Home, year: int) -> str:
    """A hash of the landed files. Their views in the warehouse name the home where the models were built."""
    files = {path.parts[-3]: path for path in home.landing.glob(f"*/year={year}/rows.parquet")}
    sums = {name: sha256(path) for name, path in sorted(files.items()) if _LAID_DOWN.fullmatch(name)}
    return hashlib.sha256(json.dumps(sums).encode()).hexdigest()


def built_on(connection: duckdb.DuckDBPyConnection) -> str:
    """The engine that the models were built on, and its version."""
    ((engine,),) = connection.execute("select engine from judgement.built").fetchall()
    return str(engine)


def build_models(home: Home, year: int, wanted: Sequence[str] | None = None) -> Mapping[str, float]:
    """Let dbt build the models that are wanted with all that they read, else every one; returns the seconds
    that each took. Only of a whole build is it noted what it was made by, and so only that is judged."""
    engine = chosen_engine()
    with duckdb.connect(str(home.warehouse)) as warehouse:
        begin_models(warehouse)
    seconds = DBT.ask(Build(year, home, wanted, engine))
    if wanted is None:
        with duckdb.connect(str(home.warehouse), config=dict(home.engine(year))) as warehouse:
            note_models(warehouse, home, year, engine)
    return seconds


def judge_year(
    warehouse: duckdb.DuckDBPyConnection, home: Home, year: int, stage: str, as_of: date
) -> Sequence[Verdict]:
    """Let the judge look at what was built of `year`, laid out as the frames of the home, and record its
    verdicts, which are returned. RefusedError where the models were built of something else."""
    check_built(warehouse, home, year, stage, as_of)
    rules = list(load_catalogue().values())
    lay_out_frames(warehouse, rules, home.frames)
    verdicts = JUDGE.ask(request(warehouse, rules, home.frames, as_of))
    record(warehouse, home, year, stage, as_of, verdicts)
    return verdicts


def lay_out_frames(
    connection: duckdb.DuckDBPyConnection,
    rules: Iterable[Rule],
    folder: Path,
    models: Path = DBT_PROJECT / "models",
) -> None:
    """Write the frame of each rule as `<folder>/<rule>.parquet`, and the waivers as `waivers.parquet`.

    A model that is not in the project is none, though a view of an earlier run may be in the warehouse. One
    whose rows can not be computed leaves `<rule>.error` with the reason.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    known = {path.stem for path in models.rglob("*.sql")}
    frames: dict[str, Callable[[duckdb.DuckDBPyConnection], duckdb.DuckDBPyRelation]] = {
        "waivers": lambda cursor: cursor.table("stg_commission__waivers")
    }
    frames |= {rule.id: partial(_frame, rule=rule) for rule in rules if rule.of in known}

    def lay_out(cursor: duckdb.DuckDBPyConnection, name: str) -> None:
        path = folder / f"{name}.parquet"
        try:
            frames[name](cursor).write_parquet(str(path))
        except duckdb.Error as error:
            path.unlink(missing_ok=True)
            if sentence(error):
                raise  # the machine's fault is no rule's
            path.with_suffix(".error").write_text(str(error), encoding="utf-8")

    at_once(connection, lay_out, frames)


def _frame(connection: duckdb.DuckDBPyConnection, rule: Rule) -> duckdb.DuckDBPyRelation:
    """The rows that a rule looks at, in the columns that it names; that one is not there is for the judge to
    tell."""
    rows = connection.sql(f"select * from {rule.of} where {rule.where or 'true'}")
    named = dict.fromkeys([*rule.columns, *ADDRESSING])
    return rows.select(*(column for column in named if column in rows.columns))


def request(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], folder: Path, as_of: date
) -> JudgeRequest:
    """What the judge is asked: the rules, their tolerances, and which feeds are due or there."""
    tolerances: dict[str, dict[str, float]] = {}
    for rule_id, parameter, value in connection.execute(
        "select rule_id, parameter, value from landing.policy_tolerances"
    ).fetchall():
        tolerances.setdefault(rule_id, {})[parameter] = value
    feeds = connection.execute("select feed, due, present from stg_run__feeds").fetchall()
    previous = connection.execute("select count(*) from landing.previous_enterprise_member").fetchall()[0][0]
    rows_read = connection.execute("select sum(rows_read)::bigint from landing.intake_file").fetchall()[0][0]
    return JudgeRequest(
        frames=folder,
        rules=tuple(rules),
        tolerances=tolerances,
        as_of=as_of,
        due=frozenset(feed for feed, due, _ in feeds if due),
        delivered=frozenset(feed for feed, _, present in feeds if present),
        previous_year=previous > 0,
        counties=_counties(connection),
        looked_at=dict.fromkeys(_OF_ROWS_READ, rows_read or 0),
    )


def record(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    year: int,
    stage: str,
    as_of: date,
    verdicts: Sequence[Verdict],
) -> None:
    """Record the verdict on `year`, in place of a former one, with the fingerprint of what was judged.

    RefusedError where the models were built of something else: whoever asks for the judgement alone gets it
    of what the last run left.
    """
    check_built(connection, home, year, stage, as_of)
    findings = [finding for verdict in verdicts for finding in verdict.findings]
    now = datetime.now(UTC).replace(tzinfo=None)
    judged = {
        "stage": stage,
        "as_of": as_of,
        "judged_at": now,
        "fingerprint": fingerprint(connection, year),
    }
    rows = {
        "verdict": list(_verdict_rows(verdicts)),
        "finding": list(_finding_rows(connection, findings)),
        "waiver": list(_waiver_rows(connection, verdicts, as_of)),
        "judged": [judged],
    }
    connection.execute("begin")
    connection.execute("create schema if not exists judgement")
    for table, new in rows.items():
        _replace_year(connection, table, year, pa.Table.from_pylist(new, _SCHEMAS[table]))
    connection.execute("commit")


def check_built(
    connection: duckdb.DuckDBPyConnection, home: Home, year: int, stage: str, as_of: date
) -> None:
    """Hold the year, stage and day that the models were built for, and what they read, against what is
    judged.
    RefusedError where the models are not the whole of one build of it."""
    _check_whole(connection, year)
    built = connection.execute("select year, stage, as_of from stg_run__parameters").fetchone()
    if built != (year, stage, as_of):
        told = "{} as a {} by {}".format(*built) if built else "nothing"
        raise RefusedError(
            f"The models are those of {told}, not of {year} as a {stage} by {as_of}. Run the year again."
        )
    files = "select file_id, sha256, in_force, status from"
    taken_in, read = f"{files} landing.intake_file", f"{files} source_file where year = {year}"
    if connection.execute(
        f"(({taken_in}) except all ({read})) union all (({read}) except all ({taken_in}))"
    ).fetchone():
        raise RefusedError(f"Files of {year} came in after the models were built. Run the year again.")
    check_laid_down(connection, home, year)


def _check_whole(connection: duckdb.DuckDBPyConnection, year: int) -> None:
    """An earlier version did not note the engine: what it built is built anew."""
    if not connection.execute(
        "select 1 from duckdb_columns() "
        "where schema_name = 'judgement' and table_name = 'built' and column_name = 'engine'"
    ).fetchone():
        raise RefusedError(
            f"The models of {year} were not built to their end by this version. Run the year again."
        )


def check_laid_down(connection: duckdb.DuckDBPyConnection, home: Home, year: int) -> None:
    """Hold what the models read beside the feeds against what lies there now. RefusedError where it is other
    than what they were built by: who lays down another method alone changes no figure, but what is said of
    it."""
    _check_whole(connection, year)
    if connection.execute("select laid_down from judgement.built").fetchone() != (_laid_down(home, year),):
        raise RefusedError(
            f"The models of {year} were built by another method, contract or release of the year before than "
            "are there now. Run the year again."
        )


def recorded(connection: duckdb.DuckDBPyConnection, year: int) -> Judged | None:
    """The judgement recorded for `year`; None if it was never judged."""
    if not _exists(connection, "judged"):
        return None
    row = connection.execute(
        "select stage, as_of, judged_at, fingerprint from judgement.judged where year = ?", [year]
    ).fetchone()
    if row is None:
        return None
    verdicts = fetch(
        connection,
        """select rule_id, severity, status, checked, findings, waived, reason from judgement.verdict
           where year = ? order by rule_id""",
        [year],
    )
    stage, as_of, judged_at, of_what = row
    return Judged(stage, as_of, judged_at, of_what, verdicts)


def rules_that_tell(connection: duckdb.DuckDBPyConnection, year: int) -> list[dict[str, Any]]:
    """The verdicts on `year` of the rules that have findings or could not run, most urgent first, with those
    who mend what is not waived."""
    return fetch(connection, _OUTCOMES, {"year": year})


def waivers_in_force(connection: duckdb.DuckDBPyConnection, year: int) -> list[dict[str, Any]]:
    """The waivers that the judgement of `year` rests on."""
    return fetch(
        connection,
        """select rule_id, finding_key, reason, approved_by, approved_on, expires_on from judgement.waiver
           where year = ? and status = ? order by rule_id, finding_key""",
        [year, WaiverStatus.IN_FORCE],
    )


def _verdict_rows(verdicts: Iterable[Verdict]) -> Iterator[dict[str, Any]]:
    rules = load_catalogue()
    for verdict in verdicts:
        rule = rules[verdict.rule_id]
        labels = [figure.label for figure in rule.figures] + [None, None]
        yield {
            "rule_id": rule.id,
            "family": rule.family,
            "severity": rule.severity,
            "departments": ",".join(rule.departments),
            "must_hold": rule.zh,
            "clause": rule.clause,
            "label_1": labels[0],
            "label_2": labels[1],
            "mend": rule.mend,
            "status": str(verdict.status),
            "checked": verdict.checked,
            "findings": len(verdict.findings),
            "waived": sum(finding.waived for finding in verdict.findings),
            "reason": verdict.reason,
            "validation": (
                json.dumps(verdict.validation, ensure_ascii=False, default=str)
                if verdict.validation
                else None
            ),
        }


def _finding_rows(
    connection: duckdb.DuckDBPyConnection, findings: Sequence[Finding]
) -> Iterator[dict[str, Any]]:
    rules = load_catalogue()
    counties = _counties(connection)
    sources = source_texts(connection, findings, load_contract(FEEDS).departments)
    for number, finding in enumerate(findings):
        yield vars(finding) | {
            "departments": ",".join(finding.departments),
            "county_name": counties.get(finding.county_code or ""),
            "source_1": sources.get((number, 1)),
            "source_2": sources.get((number, 2)),
            "mend_by": ",".join(finding.mend_by),
            "mend": rules[finding.rule_id].mend,
        }


def _counties(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The names of the counties by their codes."""
    rows = connection.execute("select county_code, county_name from stg_policy__counties").fetchall()
    return dict(rows)


def _waiver_rows(
    connection: duckdb.DuckDBPyConnection, verdicts: Sequence[Verdict], as_of: date
) -> Iterator[dict[str, Any]]:
    delivered = fetch(connection, "select * from stg_commission__waivers")
    waivers = [Waiver.of(row) for row in delivered]
    judged = statuses(waivers, load_catalogue(), verdicts, as_of)
    for row, (_, status, _) in zip(delivered, judged, strict=True):
        yield row | {"status": str(status)}


def _replace_year(connection: duckdb.DuckDBPyConnection, table: str, year: int, new: pa.Table) -> None:
    """Let `new` take the place of the rows of `year`. The table is built anew around the rows of the other
    years, whatever columns an earlier version of the product gave it."""
    connection.register("new_rows", new)
    others = f"select * from judgement.{table} where year <> {year} union all by name"
    connection.execute(
        f"create or replace table judgement.{table} as {others if _exists(connection, table) else ''} "
        f"select {year}::integer as year, * from new_rows"
    )
    connection.unregister("new_rows")


def _exists(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = connection.execute(
        "select 1 from duckdb_tables() where schema_name = 'judgement' and table_name = ?", [table]
    ).fetchone()
    return found is not None
