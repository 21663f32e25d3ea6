"""The comparisons of the rulebook as expectations of Great Expectations, on its pandas engine.

Belongs here: what the stock expectations do not have, which is that a figure exactly on a tolerance is within
it, that figures which differ by less than 1e-9 of the larger are equal (rulebook, opening paragraphs), that a
null never passes, and how names are compared. Does not: which rule compares what (`catalogue`).

Importing this module imports Great Expectations, which takes seconds: only the judge does.
"""

# ruff: noqa: N805  (a condition is called with its class first)

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from expectations.equality import EQUAL_WITHIN
from expectations.names import plain_name


@contextmanager
def _without_spark() -> Iterator[None]:
    """Let Great Expectations not load Spark, which it does wherever that is installed: that takes time, and
    ends a process whose program is no file."""
    spark = sys.modules.setdefault("pyspark", None)  # type: ignore[arg-type]
    yield
    if spark is None:
        del sys.modules["pyspark"]


with _without_spark():
    from great_expectations.execution_engine import PandasExecutionEngine
    from great_expectations.expectations.expectation import ColumnMapExpectation, ColumnPairMapExpectation
    from great_expectations.expectations.metrics.map_metric_provider import (
        ColumnMapMetricProvider,
        ColumnPairMapMetricProvider,
        column_condition_partial,
        column_pair_condition_partial,
    )


def figures(column: pd.Series) -> pd.Series:
    """A column of figures in double precision; a missing one is NaN, which no comparison lets pass."""
    return column.astype("float64")


def equal(a: pd.Series, b: pd.Series | float) -> pd.Series:
    """Whether two figures differ by less than 1e-9 of the larger."""
    larger = np.maximum(a.abs(), np.abs(b))
    return (a == b) | ((a - b).abs() < EQUAL_WITHIN * larger)


def not_above(a: pd.Series, b: pd.Series | float) -> pd.Series:
    """Whether a figure does not exceed another; one exactly on it does not."""
    return (a <= b) | equal(a, b)


def _plain_names(names: pd.Series) -> pd.Series:
    return names.map({name: plain_name(name) for name in names.unique()})


class _PairExpectation(ColumnPairMapExpectation):
    """An expectation of two columns of a row, of which neither may be missing."""

    args_keys: ClassVar[tuple[str, ...]] = ("column_A", "column_B")
    success_keys: ClassVar[tuple[str, ...]] = ("ignore_row_if", "mostly")

    ignore_row_if: Literal["neither"] = "neither"


class _FiguresAgree(ColumnPairMapMetricProvider):
    condition_metric_name = "figures.agree"
    condition_value_keys = ("tolerance", "tolerance_of")

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(
        cls, a: pd.Series, b: pd.Series, tolerance: float, tolerance_of: str, **kwargs: Any
    ) -> pd.Series:
        a, b = figures(a), figures(b)
        base = b.abs().clip(lower=a.abs()) if tolerance_of == "larger" else b.abs()
        return equal(a, b) | not_above((a - b).abs(), tolerance * base)


class ExpectFiguresToAgree(_PairExpectation):
    """Figure A and figure B differ by at most `tolerance` of figure B, or of the larger of the two."""

    map_metric: ClassVar[str] = "figures.agree"
    success_keys: ClassVar[tuple[str, ...]] = (*_PairExpectation.success_keys, "tolerance", "tolerance_of")

    tolerance: float = 0.0
    tolerance_of: Literal["figure_B", "larger"] = "figure_B"


class _FigureNotExceeding(ColumnPairMapMetricProvider):
    condition_metric_name = "figures.not_exceeding"
    condition_value_keys = ("share", "tolerance")

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, a: pd.Series, b: pd.Series, share: float, tolerance: float, **kwargs: Any) -> pd.Series:
        return not_above(figures(a), figures(b) * share * (1 + tolerance))


class ExpectFigureNotToExceed(_PairExpectation):
    """Figure A is at most `share` of figure B, and `tolerance` of that more."""

    map_metric: ClassVar[str] = "figures.not_exceeding"
    success_keys: ClassVar[tuple[str, ...]] = (*_PairExpectation.success_keys, "share", "tolerance")

    share: float = 1.0
    tolerance: float = 0.0


class _FigureWithinFactor(ColumnPairMapMetricProvider):
    condition_metric_name = "figures.within_factor"
    condition_value_keys = ("factor",)

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, a: pd.Series, b: pd.Series, factor: float, **kwargs: Any) -> pd.Series:
        a, b = figures(a), figures(b)
        return not_above(a, b * factor) & not_above(b, a * factor)


class ExpectFigureToBeWithinFactor(_PairExpectation):
    """Neither of figures A and B is more than `factor` times the other."""

    map_metric: ClassVar[str] = "figures.within_factor"
    success_keys: ClassVar[tuple[str, ...]] = (*_PairExpectation.success_keys, "factor")

    factor: float


class _NamesAgree(ColumnPairMapMetricProvider):
    condition_metric_name = "names.agree"

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, a: pd.Series, b: pd.Series, **kwargs: Any) -> pd.Series:
        there = a.notna() & b.notna()
        agree, unlike = there & (a == b), there & (a != b)
        agree[unlike] = _plain_names(a[unlike]) == _plain_names(b[unlike])
        return agree


class ExpectNamesToAgree(_PairExpectation):
    """Name A is name B, whatever their white space, brackets and width (`plain_name`)."""

    map_metric: ClassVar[str] = "names.agree"


class _ValuesDiffer(ColumnPairMapMetricProvider):
    condition_metric_name = "values.differ"

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, a: pd.Series, b: pd.Series, **kwargs: Any) -> pd.Series:
        numbers = pd.api.types.is_numeric_dtype(a) and pd.api.types.is_numeric_dtype(b)
        unlike = ~equal(figures(a), figures(b)) if numbers else a != b
        return unlike & a.notna() & b.notna()


class ExpectValuesToDiffer(_PairExpectation):
    """Value A is not value B; two figures differ by more than the noise of binary fractions."""

    map_metric: ClassVar[str] = "values.differ"


class _FigureInRange(ColumnMapMetricProvider):
    condition_metric_name = "figure.in_range"
    condition_value_keys = ("at_least", "above", "at_most")

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(
        cls,
        column: pd.Series,
        at_least: float | None,
        above: float | None,
        at_most: float | None,
        **kwargs: Any,
    ) -> pd.Series:
        figure = figures(column)
        within = pd.Series(True, index=figure.index)
        if at_least is not None:
            within &= (figure >= at_least) | equal(figure, at_least)
        if above is not None:
            within &= ~not_above(figure, above)
        if at_most is not None:
            within &= not_above(figure, at_most)
        return within


class ExpectFigureToBeInRange(ColumnMapExpectation):
    """A figure is `at_least`, `above` and `at_most` so much, where these are given. That it is there is an
    expectation of its own (`validation`): Great Expectations counts the share of those that break one among
    those that are there, and takes more than all of them for a fault of its own."""

    map_metric: ClassVar[str] = "figure.in_range"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly", "at_least", "above", "at_most")

    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
