"""The judgement of a year: what is judged, and the record of the verdict in the warehouse.

Belongs here: carrying frames to the judge and verdicts back. Does not: the rules (`expectations`).
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from expectations.catalogue import INVARIANTS, Rule, load_catalogue
from expectations.judge import JudgeRequest, judge, warm_up
from expectations.verdicts import Status, Verdict
from orchestration.workers import Worker

JUDGE = Worker("the judge", warm_up, judge)

# What the verdict speaks of: every model but staging, whose rows the others hold.
_JUDGED = """
    select table_name from information_schema.tables
    where table_schema = 'main' and table_type = 'BASE TABLE' and not starts_with(table_name, 'int_')
    order by table_name
"""

_FINDINGS = """
    select rule_id, severity, count(*), count(*) filter (waived) from judgement.finding
    where year = ? group by all order by all
"""

_SCHEMA = """
    create schema if not exists judgement;
    create table if not exists judgement.verdict (
        year integer, rule_id varchar, severity varchar, status varchar, checked bigint, findings bigint,
        waived bigint, reason varchar, validation varchar);
    create table if not exists judgement.finding (
        year integer, rule_id varchar, finding_key varchar, severity varchar, departments varchar,
        county_code varchar, message varchar, figure_1 varchar, figure_2 varchar, difference varchar,
        unit varchar, waived boolean, waiver_reason varchar);
    create table if not exists judgement.judged (
        year integer, stage varchar, as_of date, judged_at timestamp, fingerprint varchar);
"""


@dataclass(frozen=True)
class Judged:
    """A recorded judgement: of which stage, by which day, of which data, and how each rule ended."""

    stage: str
    as_of: date
    fingerprint: str
    verdicts: list[dict[str, object]]

    def blocking(self) -> list[dict[str, object]]:
        """The verdicts that stop this stage. What could not run stops a `notice` and a `final`, as do errors
        that stand unwaived; an invariant stops every stage."""
        rules = load_catalogue()
        return [
            verdict
            for verdict in self.verdicts
            if (self.stage != "draft" or rules[str(verdict["rule_id"])].family == INVARIANTS)
            and (
                verdict["status"] == Status.COULD_NOT_RUN
                or (verdict["status"] == Status.FAILED and verdict["severity"] == "error")
            )
        ]


def fingerprint(connection: duckdb.DuckDBPyConnection, year: int) -> str:
    """A hash of the published tables of `year` that does not depend on the order of their rows."""
    tables = [name for (name,) in connection.execute(_JUDGED).fetchall()]
    sums = {
        name: connection.execute(
            f"select count(*), sum(hash(t)::hugeint)::varchar from {name} as t where year = ?", [year]
        ).fetchone()
        for name in tables
    }
    return hashlib.sha256(json.dumps(sums).encode()).hexdigest()


def lay_out_frames(connection: duckdb.DuckDBPyConnection, rules: Iterable[Rule], folder: Path) -> None:
    """Write the rows of each rule's model, and the waivers, as `<folder>/<frame>.parquet`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    known = {name for (name,) in connection.execute("select view_name from duckdb_views()").fetchall()}
    sources = {rule.frame: rule.frame for rule in rules} | {"waivers": "stg_commission__waivers"}
    for frame, model in sources.items():
        if model in known:
            connection.sql(f"select * from {model}").write_parquet(str(folder / f"{frame}.parquet"))


def request(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], folder: Path, as_of: date
) -> JudgeRequest:
    """What the judge is asked: the rules, their tolerances, and which feeds are due or there."""
    tolerances: dict[str, dict[str, float]] = {}
    for rule_id, parameter, value in connection.execute(
        "select rule_id, parameter, value from stg_policy__tolerances"
    ).fetchall():
        tolerances.setdefault(rule_id, {})[parameter] = value
    feeds = connection.execute("select feed, due, present from stg_run__feeds").fetchall()
    previous = connection.execute("select count(*) from stg_previous__enterprise_member").fetchall()[0][0]
    return JudgeRequest(
        frames=folder,
        rules=tuple(rules),
        tolerances=tolerances,
        as_of=as_of,
        due=frozenset(feed for feed, due, _ in feeds if due),
        delivered=frozenset(feed for feed, _, present in feeds if present),
        previous_year=previous > 0,
    )


def record(
    connection: duckdb.DuckDBPyConnection, year: int, stage: str, as_of: date, verdicts: Sequence[Verdict]
) -> None:
    """Record the verdict on `year`, in place of a former one, with the fingerprint of what was judged."""
    verdict_rows = pa.Table.from_pylist(
        [
            {
                "year": year,
                "rule_id": verdict.rule_id,
                "severity": verdict.severity,
                "status": str(verdict.status),
                "checked": verdict.checked,
                "findings": len(verdict.findings),
                "waived": sum(finding.waived for finding in verdict.findings),
                "reason": verdict.reason,
                "validation": json.dumps(verdict.validation, ensure_ascii=False, default=str),
            }
            for verdict in verdicts
        ]
    )
    finding_rows = [
        asdict(finding) | {"year": year, "departments": ",".join(finding.departments)}
        for verdict in verdicts
        for finding in verdict.findings
    ]
    connection.execute("begin")
    connection.execute(_SCHEMA)
    for table in ("verdict", "finding", "judged"):
        connection.execute(f"delete from judgement.{table} where year = ?", [year])
    connection.register("verdict_rows", verdict_rows)
    connection.execute("insert into judgement.verdict by name select * from verdict_rows")
    if finding_rows:
        connection.register("finding_rows", pa.Table.from_pylist(finding_rows))
        connection.execute("insert into judgement.finding by name select * from finding_rows")
    connection.execute(
        "insert into judgement.judged values (?, ?, ?, ?, ?)",
        [year, stage, as_of, datetime.now(UTC).replace(tzinfo=None), fingerprint(connection, year)],
    )
    connection.execute("commit")


def recorded(connection: duckdb.DuckDBPyConnection, year: int) -> Judged | None:
    """The judgement recorded for `year`; None if it was never judged."""
    connection.execute(_SCHEMA)
    row = connection.execute(
        "select stage, as_of, fingerprint from judgement.judged where year = ?", [year]
    ).fetchone()
    if row is None:
        return None
    verdicts = connection.execute(
        """select rule_id, severity, status, checked, findings, waived, reason from judgement.verdict
           where year = ? order by rule_id""",
        [year],
    )
    names = [column[0] for column in verdicts.description]
    by_name = [dict(zip(names, values, strict=True)) for values in verdicts.fetchall()]
    stage, as_of, judged = row
    return Judged(stage, as_of, judged, by_name)


def count_findings(connection: duckdb.DuckDBPyConnection, year: int) -> list[tuple[str, str, int, int]]:
    """The judgement of `year` by rule: the rule, its severity, its findings, and how many are waived."""
    return connection.execute(_FINDINGS, [year]).fetchall()
