"""Which sums of a release would tell of single enterprises (意见 四(四): 依法依规实施数据分级分类共享).

A sum is unsafe if it covers fewer than three enterprises, or if two of them make up most of it. So is what is
left of a larger sum when the sums within it are taken off: what can be had by subtraction is not hidden.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

AMOUNTS = ("value_added", "tax", "average_headcount", "energy", "emissions", "revenue", "rd_expenditure")

# What each published figure of a territory would tell of.
_MADE_OF: Mapping[str, tuple[str, ...]] = {
    **{amount: (amount,) for amount in AMOUNTS},
    "value_added_per_mu": ("value_added",),
    "tax_per_mu": ("tax",),
    "labour_productivity": ("value_added", "average_headcount"),
    "value_added_per_energy": ("value_added", "energy"),
    "value_added_per_emission": ("value_added", "emissions"),
    "rd_intensity": ("rd_expenditure", "revenue"),
}

_UNITS = f"""
    select county_code, home_county_code, park_code, {", ".join(AMOUNTS)}
    from enterprise_result
    order by county_code, uscc
"""


@dataclass(frozen=True)
class Limits:
    """A sum covers at least `enterprises`, and no two of them make up `dominance` per cent of it."""

    enterprises: int
    dominance: float

    def safe(self, amounts: pd.Series) -> bool:
        """Whether the sum of `amounts`, one per enterprise, may be seen. The sum of nobody tells nothing."""
        sizes = np.abs(np.nan_to_num(amounts.to_numpy(dtype=float)))
        if not sizes.size:
            return True
        two_largest = np.sort(sizes)[-2:].sum()
        return len(sizes) >= self.enterprises and bool(two_largest * 100 < self.dominance * sizes.sum())


Cells = set[tuple[str, str]]


def hidden_cells(release: duckdb.DuckDBPyConnection, limits: Limits) -> tuple[Cells, Cells]:
    """The (code, figure) to hide among the counties, and among the parks."""
    units = release.execute(_UNITS).df()
    # DuckDB gives SQL's null as NaN; a unit without a home county is at home where it is evaluated.
    counties = {
        code: units[(units.county_code == code) | (units.home_county_code == code)]
        for (code,) in release.execute("select county_code from county_result").fetchall()
    }
    parks = {
        code: units[units.park_code == code]
        for (code,) in release.execute("select park_code from park_result").fetchall()
    }
    counties_hidden: dict[str, set[str]] = {}
    parks_hidden: dict[str, set[str]] = {}
    for amount in AMOUNTS:
        hidden_parks = {code for code, base in parks.items() if not limits.safe(base[amount])}
        hidden_counties = {code for code, base in counties.items() if not limits.safe(base[amount])}
        for code, base in counties.items():
            if code not in hidden_counties:
                inside = {park: parks[park] for park in sorted(set(base.park_code.dropna()) & parks.keys())}
                if not _hide_by_subtraction(base, inside, hidden_parks, amount, limits):
                    hidden_counties.add(code)
        _hide_by_subtraction(units, counties, hidden_counties, amount, limits)
        counties_hidden[amount], parks_hidden[amount] = hidden_counties, hidden_parks
    return _figures(counties_hidden), _figures(parks_hidden)


def _hide_by_subtraction(
    whole: pd.DataFrame, parts: Mapping[str, pd.DataFrame], hidden: set[str], amount: str, limits: Limits
) -> bool:
    """Hide parts, the smallest first, until what is left of the whole without those shown is safe; returns
    whether that could be had. `hidden` is added to."""
    by_size = sorted(parts, key=lambda code: (parts[code][amount].abs().sum(), code))
    while True:
        shown = [code for code in by_size if code not in hidden]
        rest = whole.drop(index=_rows(parts, shown), errors="ignore")
        if limits.safe(rest[amount]):
            return True
        if not shown:
            return False
        hidden.add(shown[0])


def _rows(parts: Mapping[str, pd.DataFrame], codes: Collection[str]) -> list[int]:
    return [row for code in codes for row in parts[code].index]


def _figures(hidden: Mapping[str, set[str]]) -> Cells:
    """A figure is hidden where any amount that it is made of is."""
    return {
        (code, figure)
        for figure, amounts in _MADE_OF.items()
        for amount in amounts
        for code in hidden[amount]
    }
