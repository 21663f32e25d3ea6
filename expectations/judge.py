"""The judge: every rule of the catalogue over the frames that dbt laid side by side.

Belongs here: which rules apply, judging them in order, and what could not run. Does not: what the rules are
(`catalogue`), making the comparisons (`validation`, `comparisons`), reading the warehouse or writing to it.

Great Expectations takes seconds to load: whoever judges does so in a process of its own, and calls `warm_up`
there while the work that comes before goes on.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.catalogue import WAIVERS, Expectation, Rule
from expectations.validation import CouldNotRunError, validate
from expectations.verdicts import Status, Verdict, findings_of
from expectations.waivers import Waiver, read_waivers, waive, waiver_frame

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class JudgeRequest:
    """What is judged: the folder with one `<rule>.parquet` per rule (or `<rule>.error`, which says why not)
    and `waivers.parquet`, the rules, their tolerances (rule, name, value), the day that waivers are measured
    by, and which rules apply: the feeds due at the stage, the feeds with accepted rows, and whether the year
    before was released. `counties` names the counties by their codes; `looked_at` says how many rows a rule
    was about whose frame lists only what is wrong."""

    frames: Path
    rules: tuple[Rule, ...]
    tolerances: Mapping[str, Mapping[str, float]]
    as_of: date
    due: frozenset[str]
    delivered: frozenset[str]
    previous_year: bool
    counties: Mapping[str, str] = field(default_factory=dict)
    looked_at: Mapping[str, int] = field(default_factory=dict)


def warm_up() -> None:
    """Load Great Expectations, also what it loads only when it first judges. The collector is held off
    meanwhile, and spared the loaded modules afterwards."""
    gc.disable()
    import pandas as pd

    agree = Expectation("expect_figures_to_agree", {"column_A": "a", "column_B": "a"})
    in_range = Expectation("expect_figure_to_be_in_range", {"column": "a"})
    validate("warm_up", [agree, in_range], pd.DataFrame({"a": [0.0]}))
    gc.freeze()
    gc.enable()


def judge(request: JudgeRequest) -> list[Verdict]:
    """Judge every rule of `request`, in the order given. Rules about waivers come last, over the findings."""
    waivers: list[Waiver] = []
    unreadable: CouldNotRunError | None = None
    try:
        waivers = read_waivers(request.frames / "waivers.parquet")
    except CouldNotRunError as error:
        unreadable = error
    rules = {rule.id: rule for rule in request.rules}
    verdicts: dict[str, Verdict] = {}

    def lay_out_waivers(_: Rule) -> pd.DataFrame:
        if unreadable:
            raise unreadable
        return waiver_frame(waivers, rules, verdicts.values(), request.as_of)

    for rule in sorted(request.rules, key=lambda rule: (rule.family == WAIVERS, rule.id)):
        read = lay_out_waivers if rule.family == WAIVERS else partial(_read, request.frames)
        verdicts[rule.id] = _judge_rule(rule, request, read)
    return [
        waive(verdicts[rule.id], waivers, request.as_of) if rule.waivable else verdicts[rule.id]
        for rule in request.rules
    ]


def _judge_rule(rule: Rule, request: JudgeRequest, read: Callable[[Rule], pd.DataFrame]) -> Verdict:
    verdict = Verdict(rule_id=rule.id, severity=rule.severity, status=Status.NOT_APPLICABLE)
    if not _applies(rule, request):
        return verdict
    try:
        frame = read(rule)
        expectations = list(_with_tolerances(rule, request.tolerances.get(rule.id, {})))
        validation = validate(rule.id, expectations, frame)
    except CouldNotRunError as error:
        return replace(verdict, status=Status.COULD_NOT_RUN, reason=str(error))
    findings = tuple(findings_of(rule, frame.iloc[validation.unexpected], request.counties))
    return replace(
        verdict,
        status=Status.FAILED if findings else Status.PASSED,
        checked=request.looked_at.get(rule.id, len(frame)),
        findings=findings,
        validation=validation.result,
    )


def _applies(rule: Rule, request: JudgeRequest) -> bool:
    return (
        request.due.union(request.delivered).issuperset(rule.needs)
        and request.delivered.issuperset(rule.needs_delivered)
        and (request.previous_year or not rule.needs_previous_year)
    )


def _read(frames: Path, rule: Rule) -> pd.DataFrame:
    import pandas as pd

    path = frames / f"{rule.id}.parquet"
    if (told := path.with_suffix(".error")).is_file():
        raise CouldNotRunError(f"{rule.of}: {told.read_text(encoding='utf-8')}")
    if not path.is_file():
        raise CouldNotRunError(f"there is no model {rule.of}")
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise CouldNotRunError(f"{path.name} can not be read: {error}") from error
    if missing := [column for column in rule.columns if column not in frame]:
        raise CouldNotRunError(f"{rule.of} has no column {', '.join(missing)}")
    return frame


def _with_tolerances(rule: Rule, tolerances: Mapping[str, float]) -> Iterator[Expectation]:
    """The rule's expectations, with the tolerance in place of each `$name`."""
    for expectation in rule.expect:
        kwargs = dict(expectation.kwargs)
        for name, value in expectation.kwargs.items():
            if isinstance(value, str) and value.startswith("$"):
                if value[1:] not in tolerances:
                    raise CouldNotRunError(f"the edition in force has no {value[1:]} for {rule.id}")
                kwargs[name] = tolerances[value[1:]]
        yield Expectation(expectation.type, kwargs)
