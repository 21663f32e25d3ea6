"""Great Expectations: a frame and the expectations of it in, the rows that break them out.

Belongs here: all that the project knows of Great Expectations but the comparisons it adds (`comparisons`).
Does not: rules and findings (`judge`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from expectations.catalogue import Expectation

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult

_PRESENT = "expect_column_values_to_not_be_null"
_ABSENT = "expect_column_values_to_be_null"


class CouldNotRunError(Exception):
    """A comparison could not be made; the message says why."""


@dataclass(frozen=True)
class Validation:
    """The positions of the rows that break an expectation, in order, and the result as JSON without them."""

    unexpected: list[int]
    result: Mapping[str, Any]


def validate(name: str, expectations: Iterable[Expectation], frame: pd.DataFrame) -> Validation:
    """Hold `frame` against the expectations, as the suite `name`.

    Raises CouldNotRunError where a comparison raised: Great Expectations says `success = False` then too,
    which is no judgement of the data. So it does where an expectation speaks of the column as a whole, and
    finds it wrong without a row to blame.
    """
    definition = _batch_definition()

    from great_expectations import ExpectationSuite
    from great_expectations.exceptions import GreatExpectationsError
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    expectations = list(expectations)
    # Every column that is handed over is hashed twice, and keys and names cost the most.
    compared = {column for expectation in expectations for column in expectation.columns}
    try:
        suite = ExpectationSuite(
            name=name,
            expectations=[
                ExpectationConfiguration(type=strict.type, kwargs=dict(strict.kwargs)).to_domain_obj()
                for expectation in expectations
                for strict in _no_null_passes(expectation)
            ],
        )
        # The list of unexpected rows names them by the frame's index, here their positions.
        rows = frame[[column for column in frame if column in compared]].reset_index(drop=True)
        result = definition.get_batch(batch_parameters={"dataframe": rows}).validate(
            suite, result_format={"result_format": "COMPLETE", "return_unexpected_index_query": False}
        )
    except (GreatExpectationsError, ValueError, TypeError) as error:
        raise CouldNotRunError(f"{type(error).__name__}: {error}") from error
    return Validation(unexpected=_unexpected_rows(result), result=_without_lists(result))


@cache
def _batch_definition() -> BatchDefinition:
    """What takes a frame to Great Expectations: one for all, since every new one is written to YAML.
    Registers the comparisons of this project, which load Great Expectations first."""
    from expectations import comparisons  # noqa: F401  # isort: skip

    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
    return asset.add_batch_definition_whole_dataframe("rows")


def _no_null_passes(expectation: Expectation) -> Iterator[Expectation]:
    """The expectation, and what makes it look at nulls, which a stock one leaves out of the comparison."""
    if "column_A" in expectation.kwargs:
        yield Expectation(expectation.type, {**expectation.kwargs, "ignore_row_if": "neither"})
        return
    if expectation.type not in (_PRESENT, _ABSENT):
        yield Expectation(_PRESENT, {"column": expectation.kwargs["column"]})
    yield expectation


def _unexpected_rows(validated: ExpectationSuiteValidationResult) -> list[int]:
    unexpected: set[int] = set()
    for result in validated.results:
        raised = result.exception_info or {}
        for info in [raised] if "raised_exception" in raised else raised.values():
            if info["raised_exception"]:
                raise CouldNotRunError(info["exception_message"])
        named = result.result.get("unexpected_index_list") or ()
        if not result.success and not named:
            failed = result.expectation_config
            raise CouldNotRunError(f"{failed.type if failed else 'A comparison'} fails without naming a row")
        unexpected.update(named)
    return sorted(unexpected)


def _without_lists(validated: ExpectationSuiteValidationResult) -> Mapping[str, Any]:
    """The result as JSON without its lists of rows, which the findings tell in full, and without the time and
    the batch, so that the same rows have the same result."""
    for result in validated.results:
        for name in [name for name in result.result if name.endswith(("_list", "_counts"))]:
            del result.result[name]
    told: dict[str, Any] = validated.to_json_dict()
    told["meta"] = {"great_expectations_version": told["meta"]["great_expectations_version"]}
    return told
