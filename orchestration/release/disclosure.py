"""Which sums of a release would tell of single enterprises (意见 四(四): 依法依规实施数据分级分类共享).

A sum is unsafe if it covers fewer than three enterprises, or if two of them make up most of it. So is what is
left of sums when others are taken off them, however often: what can be had by subtraction is not hidden.

The scores of counties and parks are restricted for the same reason: a base score, less the items that follow
from the figures shown, is the item of the figure that is hidden, and leads to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt

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

    def safe(self, amounts: npt.ArrayLike) -> bool:
        """Whether the sum of `amounts`, one per enterprise, may be seen. The sum of nobody tells nothing."""
        sizes = np.abs(np.nan_to_num(np.asarray(amounts, dtype=float)))
        if not sizes.size:
            return True
        two_largest = np.sort(sizes)[-2:].sum()
        return len(sizes) >= self.enterprises and bool(two_largest * 100 < self.dominance * sizes.sum())


Cells = set[tuple[str, str]]
Sum = tuple[str, str]  # its level and code
Members = npt.NDArray[np.bool_]
Groups = npt.NDArray[np.float64]

_NEAR = 1e-6  # of whole numbers
_CITY = ("city", "")


def hidden_cells(release: duckdb.DuckDBPyConnection, limits: Limits) -> Mapping[str, Cells]:
    """The (code, figure) to hide of counties, of parks, and of the city, whose code is blank."""
    units = release.execute(_UNITS).df()
    sums = {_CITY: np.ones(len(units), dtype=bool)}
    for (code,) in release.execute("select county_code from county_result").fetchall():
        # DuckDB gives SQL's null as NaN; a unit without a home county is at home where it is evaluated.
        sums["county", code] = ((units.county_code == code) | (units.home_county_code == code)).to_numpy()
    for (code,) in release.execute("select park_code from park_result").fetchall():
        sums["park", code] = (units.park_code == code).to_numpy()
    system = _System(sums)
    hidden = {amount: system.hidden(units[amount].to_numpy(dtype=float), limits) for amount in AMOUNTS}
    return {
        level: _figures({a: {code for kind, code in sums_ if kind == level} for a, sums_ in hidden.items()})
        for level in ("county", "park", "city")
    }


class _System:
    """All sums of a release, of whichever amount. Whoever is in the same sums cannot be told apart: a sum is
    taken as one of such groups."""

    def __init__(self, sums: Mapping[Sum, Members]) -> None:
        self._sums = sums
        members = np.array(list(sums.values()))
        _, first, group = np.unique(members, axis=1, return_index=True, return_inverse=True)
        self._group = group.ravel()
        self._made_of = dict(zip(sums, members[:, first].astype(float), strict=True))
        self._told: dict[tuple[Sum, ...], tuple[Groups, Members]] = {}

    def hidden(self, amounts: npt.NDArray[np.float64], limits: Limits) -> set[Sum]:
        """The sums not to show: those that are unsafe, and the smallest of those that, added up and taken off
        each other, give an unsafe one, until none does. The sum of the city, the first, counts as known."""
        hidden = {name for name, members in self._sums.items() if not limits.safe(amounts[members])}
        sizes = {name: np.nansum(np.abs(amounts[members])) for name, members in self._sums.items()}
        safe: dict[bytes, bool] = {}

        def unsafe(part: Groups) -> bool:
            key = part.tobytes()
            if key not in safe:
                safe[key] = limits.safe(amounts[part[self._group] > 0])
            return not safe[key]

        while True:
            shown = (_CITY, *(name for name in self._sums if name != _CITY and name not in hidden))
            parts, taken = self._told_by(shown)
            told = next((at for at, part in enumerate(parts) if unsafe(part)), None)
            if told is None:
                return hidden
            among = (shown[at] for at in np.flatnonzero(taken[told]) if at)
            hidden.add(min(among, key=lambda name: (sizes[name], name)))

    def _told_by(self, shown: tuple[Sum, ...]) -> tuple[Groups, Members]:
        """What comes out of the sums shown, a part a row, and which of them it takes."""
        if shown not in self._told:
            rows = np.array([self._made_of[name] for name in shown])
            parts = _parts(shown, rows)
            shares = parts @ np.linalg.pinv(rows)  # how often each sum is taken to come nearest to the part
            taken = np.abs(shares) > _NEAR
            found = np.isclose(shares @ rows, parts, atol=_NEAR).all(axis=1) & taken[:, 1:].any(axis=1)
            self._told[shown] = parts[found], taken[found]
        return self._told[shown]


def _parts(shown: Sequence[Sum], rows: Groups) -> Groups:
    """What may come out of the sums shown: each group; what two sums share, and what one has beyond another;
    what a sum has beyond all those within it; what counties count twice."""
    levels = np.array([level for level, _ in shown])
    own = rows[levels != _CITY[0]]
    pairs = np.argwhere(own @ own.T > 0)
    one, other = own[pairs[:, 0]], own[pairs[:, 1]]
    parts = [np.eye(rows.shape[1]), one * other, one * (1 - other)]
    within = rows @ (1 - rows).T == 0  # [i, j]: i lies in j
    for level in ("county", "park"):
        inside = (within & (levels == level)[:, None]).astype(float)
        np.fill_diagonal(inside, 0)
        parts.append(rows * (inside.T @ rows == 0))
    parts.append((rows[levels == "county"].sum(axis=0, keepdims=True) > 1).astype(float))
    every = np.concatenate(parts)
    return np.unique(every[every.any(axis=1)], axis=0)


def _figures(hidden: Mapping[str, set[str]]) -> Cells:
    """A figure is hidden where any amount that it is made of is."""
    return {
        (code, figure)
        for figure, amounts in _MADE_OF.items()
        for amount in amounts
        for code in hidden[amount]
    }
