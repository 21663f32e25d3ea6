"""The judge: Great Expectations over the frames that dbt laid side by side, one suite per rule.

Belongs here: running a rule's expectations, turning unexpected rows into findings, and applying
waivers. Does not: what the rules are (`catalogue`), what the comparisons are (`comparisons`),
reading the warehouse or writing to it.

Great Expectations takes seconds to import. Call `warm_up` and `judge` in a worker process of their own
(`ProcessPoolExecutor(max_workers=1)`), so that it loads beside the work that comes before.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.catalogue import WAIVERS, Expectation, Rule, Severity

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult

FIGURE_DECIMALS = 6
MISSING = "缺"
_ROW = "_row"
_EXPECT_PRESENT = "expect_column_values_to_not_be_null"
_EXPECT_ABSENT = "expect_column_values_to_be_null"


class Status(StrEnum):
    """How the judgement of a rule ended. Could not run is neither passed nor failed, and blocks."""

    PASSED = "passed"
    FAILED = "failed"
    WAIVED = "waived"
    NOT_APPLICABLE = "not_applicable"
    COULD_NOT_RUN = "could_not_run"


@dataclass(frozen=True)
class Finding:
    """One breach of a rule. `figure_1`, `figure_2` and `difference` are the figures as they are printed."""

    rule_id: str
    finding_key: str
    severity: Severity
    departments: tuple[str, ...]
    county_code: str | None
    message: str
    figure_1: str | None
    figure_2: str | None
    difference: str | None
    unit: str | None
    waived: bool = False
    waiver_reason: str | None = None


@dataclass(frozen=True)
class Verdict:
    """The judgement of one rule: rows `checked`, its findings, why it could not run, and the validation
    result of Great Expectations as JSON."""

    rule_id: str
    severity: Severity
    status: Status
    checked: int = 0
    findings: tuple[Finding, ...] = ()
    reason: str | None = None
    validation: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class JudgeRequest:
    """What is judged: the folder with one `<frame>.parquet` per rule and `waivers.parquet`, the rules, their
    tolerances (rule, name, value), the day that waivers are measured by, and which rules apply: the feeds due
    at the stage, the feeds with accepted rows, and whether the year before was released."""

    frames: Path
    rules: tuple[Rule, ...]
    tolerances: Mapping[str, Mapping[str, float]]
    as_of: date
    due: frozenset[str]
    delivered: frozenset[str]
    previous_year: bool


@dataclass(frozen=True)
class Waiver:
    """A row of the feed 豁免清单. Where a figure is filled in, the waiver holds only while it is the same."""

    rule_id: str
    finding_key: str
    reason: str
    expires_on: date
    figure_1: str | None
    figure_2: str | None

    def holds_for(self, finding: Finding) -> bool:
        """Whether the finding's figures are those that the waiver was given for."""
        return all(
            pinned is None or pinned == found
            for pinned, found in ((self.figure_1, finding.figure_1), (self.figure_2, finding.figure_2))
        )


class CouldNotRunError(Exception):
    """A rule could not be judged; the message says why."""


def warm_up() -> None:
    """Load Great Expectations, also what it loads only when it first judges. The collector is held off
    meanwhile, and spared the loaded modules afterwards."""
    gc.disable()
    import pandas as pd

    present = Expectation(_EXPECT_PRESENT, {"column": "a"})
    agree = Expectation("expect_figures_to_agree", {"column_A": "a", "column_B": "a"})
    _validate("warm_up", [present, agree], pd.DataFrame({"a": [0.0]}))
    gc.freeze()
    gc.enable()


def judge(request: JudgeRequest) -> list[Verdict]:
    """Judge every rule of `request`, in the order given. Rules about waivers come last, over the findings."""
    waivers, fault = _read_waivers(request.frames)
    verdicts: dict[str, Verdict] = {}

    def waiver_frame(_: Rule) -> pd.DataFrame:
        if fault:
            raise fault
        return _waiver_frame(waivers, verdicts, request)

    for rule in sorted(request.rules, key=lambda rule: (rule.family == WAIVERS, rule.id)):
        read = waiver_frame if rule.family == WAIVERS else partial(_read, request.frames)
        verdicts[rule.id] = _judge_rule(rule, request, read)

    in_force = {(w.rule_id, w.finding_key): w for w in waivers if w.expires_on >= request.as_of}
    return [
        _waive(verdicts[rule.id], in_force) if rule.waivable else verdicts[rule.id] for rule in request.rules
    ]


def figure_text(value: Any) -> str | None:
    """A figure, day or text as findings print it: no thousands separators, at most six decimals; None if
    missing."""
    if value is None or value != value:  # NaN and NaT are not themselves
        return None
    if isinstance(value, float):
        text = f"{value:.{FIGURE_DECIMALS}f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    if isinstance(value, datetime):
        return value.date().isoformat()
    return str(value)


@cache
def _batch_definition() -> BatchDefinition:
    """What takes a frame to Great Expectations: one for all rules, since every new one is written to YAML.
    Registers the comparisons of this project."""
    import great_expectations as gx

    from expectations import comparisons  # noqa: F401

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
    return asset.add_batch_definition_whole_dataframe("rows")


def _judge_rule(rule: Rule, request: JudgeRequest, read: Callable[[Rule], pd.DataFrame]) -> Verdict:
    verdict = Verdict(rule_id=rule.id, severity=rule.severity, status=Status.NOT_APPLICABLE)
    if not _applies(rule, request):
        return verdict
    try:
        frame = read(rule)
        expectations = list(_expectations(rule, request.tolerances.get(rule.id, {})))
        validation = _validate(rule.id, expectations, frame)
        rows = _unexpected_rows(validation)
    except CouldNotRunError as error:
        return replace(verdict, status=Status.COULD_NOT_RUN, reason=str(error))
    findings = tuple(_findings(rule, frame.iloc[rows]))
    return replace(
        verdict,
        status=Status.FAILED if findings else Status.PASSED,
        checked=len(frame),
        findings=findings,
        validation=_validation_json(validation),
    )


def _applies(rule: Rule, request: JudgeRequest) -> bool:
    return (
        request.due.union(request.delivered).issuperset(rule.needs)
        and request.delivered.issuperset(rule.needs_delivered)
        and (request.previous_year or not rule.needs_previous_year)
    )


def _read(frames: Path, rule: Rule) -> pd.DataFrame:
    import pandas as pd

    path = frames / f"{rule.frame}.parquet"
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise CouldNotRunError(f"{path.name} can not be read: {error}") from error
    if missing := [column for column in rule.columns if column not in frame]:
        raise CouldNotRunError(f"{path.name} has no column {', '.join(missing)}")
    return frame


def _expectations(rule: Rule, tolerances: Mapping[str, float]) -> Iterator[Expectation]:
    """The rule's expectations with their tolerances. Great Expectations leaves nulls out of its stock
    comparisons; here a null never passes."""
    for expectation in rule.expect:
        kwargs = dict(expectation.kwargs)
        for name, value in expectation.kwargs.items():
            if isinstance(value, str) and value.startswith("$"):
                if value[1:] not in tolerances:
                    raise CouldNotRunError(f"the policy edition has no {value[1:]} for {rule.id}")
                kwargs[name] = tolerances[value[1:]]
        if "column_A" in kwargs:
            kwargs["ignore_row_if"] = "neither"
        elif expectation.type != _EXPECT_ABSENT:
            yield Expectation(_EXPECT_PRESENT, {"column": kwargs["column"]})
        if expectation.type != _EXPECT_PRESENT:
            yield Expectation(expectation.type, kwargs)


def _validate(
    name: str, expectations: Iterable[Expectation], frame: pd.DataFrame
) -> ExpectationSuiteValidationResult:
    """What Great Expectations finds in `frame`, with the position of every unexpected row."""
    from great_expectations import ExpectationSuite
    from great_expectations.exceptions import GreatExpectationsError
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    definition = _batch_definition()
    try:
        suite = ExpectationSuite(
            name=name,
            expectations=[
                ExpectationConfiguration(
                    type=expectation.type, kwargs=dict(expectation.kwargs)
                ).to_domain_obj()
                for expectation in expectations
            ],
        )
        batch = definition.get_batch(
            batch_parameters={"dataframe": frame.assign(**{_ROW: range(len(frame))})}
        )
        return batch.validate(
            suite,
            result_format={
                "result_format": "COMPLETE",
                "unexpected_index_column_names": [_ROW],
                "return_unexpected_index_query": False,
            },
        )
    except (GreatExpectationsError, ValueError, TypeError) as error:
        raise CouldNotRunError(f"{type(error).__name__}: {error}") from error


def _unexpected_rows(validation: ExpectationSuiteValidationResult) -> list[int]:
    """The positions of the rows that break an expectation. Great Expectations says `success = False` also
    where a comparison raised, which is no judgement of the data."""
    for result in validation.results:
        raised = result.exception_info or {}
        for info in [raised] if "raised_exception" in raised else raised.values():
            if info["raised_exception"]:
                raise CouldNotRunError(info["exception_message"])
    return sorted(
        {
            int(unexpected[_ROW])
            for result in validation.results
            for unexpected in result.result.get("unexpected_index_list") or []
        }
    )


def _validation_json(validation: ExpectationSuiteValidationResult) -> Mapping[str, Any]:
    """The validation result without its lists of rows: the findings are these."""
    for result in validation.results:
        for name in [name for name in result.result if name.endswith(("_list", "_counts"))]:
            del result.result[name]
    return validation.to_json_dict()


def _findings(rule: Rule, rows: pd.DataFrame) -> Iterator[Finding]:
    """One finding per key, in order of the keys. Several rows with a key make one finding that tells them
    all; its figures are those told first."""
    by_key: dict[str, list[Finding]] = {}
    for row in rows.to_dict("records"):
        finding = _finding(rule, row)
        by_key.setdefault(finding.finding_key, []).append(finding)
    for _, findings in sorted(by_key.items()):
        findings.sort(key=lambda finding: finding.message)
        messages = dict.fromkeys(finding.message for finding in findings)
        yield replace(findings[0], message="；".join(messages))


def _finding(rule: Rule, row: Mapping[Hashable, Any]) -> Finding:
    texts = {str(column): figure_text(value) for column, value in row.items()}
    figures = [texts[figure.column] for figure in rule.figures]
    difference = _difference([row[figure.column] for figure in rule.figures])
    department = texts.get("department")
    told = {column: text or MISSING for column, text in texts.items()}
    return Finding(
        rule_id=rule.id,
        finding_key="/".join(texts[column] or "" for column in rule.key),
        severity=rule.severity,
        departments=(department,) if department in rule.departments else rule.departments,
        county_code=texts.get("county_code"),
        message=rule.message.format_map(told | {"difference": difference or MISSING}),
        figure_1=figures[0] if figures else None,
        figure_2=figures[1] if len(figures) > 1 else None,
        difference=difference,
        unit=texts.get("unit") or (rule.figures[0].unit if rule.figures else None),
    )


def _difference(figures: Sequence[Any]) -> str | None:
    """How far two numbers are apart; None where they are not two numbers."""
    if len(figures) != 2 or not all(isinstance(figure, int | float) for figure in figures):
        return None
    return figure_text(abs(float(figures[0]) - float(figures[1])))


def _read_waivers(frames: Path) -> tuple[list[Waiver], CouldNotRunError | None]:
    """The waivers; none, and why, where they can not be read."""
    import pandas as pd

    path = frames / "waivers.parquet"
    columns = ["rule_id", "finding_key", "reason", "expires_on", "figure_1", "figure_2"]
    try:
        rows = pd.read_parquet(path, columns=columns).to_dict("records")
    except (OSError, ValueError) as error:
        return [], CouldNotRunError(f"{path.name} can not be read: {error}")
    waivers = [
        Waiver(
            rule_id=row["rule_id"],
            finding_key=row["finding_key"],
            reason=row["reason"],
            expires_on=pd.Timestamp(row["expires_on"]).date(),
            figure_1=figure_text(row["figure_1"]),
            figure_2=figure_text(row["figure_2"]),
        )
        for row in rows
    ]
    return waivers, None


def _waiver_frame(
    waivers: Sequence[Waiver], verdicts: Mapping[str, Verdict], request: JudgeRequest
) -> pd.DataFrame:
    """One row per waiver: its last day beside the day of the run, and the finding it meets, if any."""
    import pandas as pd

    rules = {rule.id: rule for rule in request.rules}
    found = {
        (finding.rule_id, finding.finding_key): finding
        for verdict in verdicts.values()
        for finding in verdict.findings
    }
    rows = []
    for waiver in waivers:
        finding = found.get((waiver.rule_id, waiver.finding_key))
        rule = rules.get(waiver.rule_id)
        if rule is None:
            meets, note = None, "没有这个规则编号"
        elif not rule.waivable:
            meets, note = None, "该规则不可豁免"
        elif finding is None:
            meets, note = None, "本次检查没有这个问题"
        elif not waiver.holds_for(finding):
            pinned = f"{waiver.figure_1 or '未填'}、{waiver.figure_2 or '未填'}"
            now = f"{finding.figure_1 or MISSING}、{finding.figure_2 or MISSING}"
            meets, note = None, f"豁免时的数值为 {pinned}，现为 {now}"
        else:
            meets, note = finding.finding_key, ""
        rows.append((waiver.rule_id, waiver.finding_key, waiver.expires_on, request.as_of, meets, note))
    frame = pd.DataFrame(
        rows, columns=["rule_id", "finding_key", "expires_on", "as_of", "finding_met", "note"]
    )
    return frame.astype({"expires_on": "datetime64[s]", "as_of": "datetime64[s]"})


def _waive(verdict: Verdict, in_force: Mapping[tuple[str, str], Waiver]) -> Verdict:
    findings = []
    for finding in verdict.findings:
        waiver = in_force.get((finding.rule_id, finding.finding_key))
        if waiver and waiver.holds_for(finding):
            finding = replace(finding, waived=True, waiver_reason=waiver.reason)
        findings.append(finding)
    if findings and all(finding.waived for finding in findings):
        return replace(verdict, status=Status.WAIVED, findings=tuple(findings))
    return replace(verdict, findings=tuple(findings))
