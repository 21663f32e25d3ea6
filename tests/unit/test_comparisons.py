"""Each comparison just within, exactly on and just beyond its bound, and with a figure missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

from expectations.catalogue import Expectation
from expectations.validation import CouldNotRunError, validate

MISSING = None


def passing(type_: str, pairs: Sequence[tuple[Any, Any]], **arguments: Any) -> list[bool]:
    """Which of the pairs (a, b) the expectation lets pass; a comparison of one figure sees a."""
    frame = pd.DataFrame(pairs, columns=["a", "b"])
    columns = (
        {"column": "a"} if type_ == "expect_figure_to_be_in_range" else {"column_A": "a", "column_B": "b"}
    )
    validated = validate("test", [Expectation(type_, columns | arguments)], frame)
    return [row not in validated.unexpected for row in range(len(frame))]


def test_figures_agree_up_to_and_on_the_tolerance_of_the_second() -> None:
    # 1 % of 200 is 2: 198 and 202 are on it, 197.9 and 202.1 beyond.
    pairs = [(198.0, 200.0), (202.0, 200.0), (197.9, 200.0), (202.1, 200.0), (0.0, 0.0), (0.1, 0.0)]
    expected = [True, True, False, False, True, False]
    assert passing("expect_figures_to_agree", pairs, tolerance=0.01) == expected


def test_figures_agree_within_the_tolerance_of_the_larger() -> None:
    # Half of the larger, 100, is 50. Of the second figure, 50, it would be 25.
    pairs = [(100.0, 50.0), (50.0, 100.0), (100.0, 49.9)]
    arguments = {"tolerance": 0.5, "tolerance_of": "larger"}
    assert passing("expect_figures_to_agree", pairs, **arguments) == [True, True, False]


def test_the_noise_of_binary_fractions_is_no_difference() -> None:
    # 0.1 + 0.2 is 0.30000000000000004; a part in 1e9 is noise, ten parts are a difference.
    pairs = [(0.1 + 0.2, 0.3), (1.0 + 1e-10, 1.0), (1.0 + 1e-8, 1.0)]
    assert passing("expect_figures_to_agree", pairs) == [True, True, False]
    assert passing("expect_figure_not_to_exceed", pairs) == [True, True, False]


def test_a_figure_does_not_exceed_a_share_or_a_tolerance_of_another() -> None:
    # Half of 80 is 40; 110 % of 80 is 88.
    pairs = [(40.0, 80.0), (40.1, 80.0), (88.0, 80.0), (88.1, 80.0)]
    assert passing("expect_figure_not_to_exceed", pairs, share=0.5) == [True, False, False, False]
    assert passing("expect_figure_not_to_exceed", pairs, tolerance=0.1) == [True, True, True, False]


def test_a_factor_holds_in_both_directions() -> None:
    pairs = [(60.0, 3.0), (3.0, 60.0), (60.1, 3.0), (3.0, 60.1)]
    assert passing("expect_figure_to_be_within_factor", pairs, factor=20) == [True, True, False, False]


def test_a_range_includes_its_ends_but_not_what_it_must_be_above() -> None:
    # 333.3333333 m2 are 0.49999999995 mu, which is 0.5 to the ninth digit.
    pairs = [(0.49999999995, 0), (0.499, 0), (20_000.0, 0), (20_001.0, 0)]
    arguments = {"at_least": 0.5, "at_most": 20_000.0}
    assert passing("expect_figure_to_be_in_range", pairs, **arguments) == [True, False, True, False]
    assert passing("expect_figure_to_be_in_range", [(0.0, 0), (0.01, 0)], above=0) == [False, True]


def test_names_are_compared_without_white_space_width_and_kind_of_brackets() -> None:
    pairs = [
        ("重庆甲（集团）有限公司", "重庆甲(集团)有限公司"),
        ("重庆甲〔集团〕 有限公司", "重庆甲【集团】有限公司"),
        ("重庆ＡＢ有限公司", "重庆AB有限公司"),
        ("重庆甲有限公司", "重庆乙有限公司"),
    ]
    assert passing("expect_names_to_agree", pairs) == [True, True, True, False]


def test_figures_differ_beyond_the_noise_of_binary_fractions() -> None:
    pairs = [(51.0, 50.0), (50.0, 50.0), (0.1 + 0.2, 0.3)]
    assert passing("expect_values_to_differ", pairs) == [True, False, False]


def test_values_differ() -> None:
    assert passing("expect_values_to_differ", [("500101", "500102"), ("500101", "500101")]) == [True, False]


@pytest.mark.parametrize(
    ("type_", "there", "arguments"),
    [
        ("expect_figures_to_agree", 1.0, {}),
        ("expect_values_to_differ", 1.0, {}),
        ("expect_figure_not_to_exceed", 1.0, {}),
        ("expect_figure_to_be_within_factor", 1.0, {"factor": 20}),
        ("expect_names_to_agree", "重庆甲有限公司", {}),
        ("expect_values_to_differ", "500101", {}),
        ("expect_column_pair_values_to_be_equal", "500101", {}),
        ("expect_column_pair_values_a_to_be_greater_than_b", 1.0, {"or_equal": True}),
    ],
)
def test_nothing_passes_beside_a_missing_value(type_: str, there: Any, arguments: dict[str, Any]) -> None:
    pairs = [(there, MISSING), (MISSING, there), (MISSING, MISSING)]
    assert passing(type_, pairs, **arguments) == [False, False, False]


def test_a_missing_figure_is_in_no_range() -> None:
    assert passing("expect_figure_to_be_in_range", [(MISSING, 0), (1.0, 0)], at_least=0) == [False, True]


def test_more_figures_are_out_of_range_than_there_are() -> None:
    for pairs in ([(MISSING, 0), (0.0, 0)], [(MISSING, 0), (MISSING, 0), (0.0, 0)], [(MISSING, 0)]):
        assert not any(passing("expect_figure_to_be_in_range", pairs, at_least=1))


def test_a_comparison_that_raises_is_no_judgement() -> None:
    with pytest.raises(CouldNotRunError):
        passing("expect_figures_to_agree", [("many", 1.0)])


def test_an_expectation_that_names_no_row_is_no_judgement_of_rows() -> None:
    """Of a column as a whole Great Expectations says only that it is wrong."""
    frame = pd.DataFrame({"a": [1.0, 2.0]})
    with pytest.raises(CouldNotRunError, match="without naming a row"):
        validate(
            "test", [Expectation("expect_column_sum_to_be_between", {"column": "a", "max_value": 2})], frame
        )
