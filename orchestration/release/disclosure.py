"""Which sums of a release would tell of single enterprises (意见 四(四): 依法依规实施数据分级分类共享).

A sum is unsafe if it covers fewer than three enterprises, or if two of them make up most of it; it is hidden.
So is every further sum without which what is hidden could be had by subtraction, or narrowed down. Asked is
what an auditor would ask: whoever holds every public package ever published for the year (its notices and
finals), and the package of one county, can neither compute a hidden figure nor bound it within 10 %, and the
same of every part of what is seen that would be unsafe by itself.

- What is known are equations: each sum shown, of each release, over the figures of the members of its base.
  A figure that is the same in two releases is one unknown, one that was corrected is two: knowing which were
  corrected is the most that anyone can know. Moved, merged, new and gone enterprises are in other sums.
- A county knows the figures of the enterprises that it evaluates, with their branches elsewhere, of those
  whose home it is, and of the branches that lie in it.
- An amount is not less than zero where nobody has a negative one (value added and tax may be negative; their
  unknowns then have no floor).
- A cell once hidden for a year stays hidden: what was hidden as the complement of another would give it
  away when it is shown later, and what is hidden for one enterprise's sake could be guessed from the next.
- What earlier packages give away by themselves cannot be taken back: it is no reason to hide more.

The scores of counties and parks are restricted for the same reason: a base score, less the items that follow
from the figures shown, is the item of the figure that is hidden, and leads to it. Of its own, a county is
told those that do not (`packages`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from orchestration.release.intervals import Mask, Matrix, Vector, bounded
from orchestration.release.reading import MEMBERS

MARGIN = 0.1  # of itself: how far a hidden figure must be able to lie from what it is, both ways

Parts = Mapping[str, tuple[str, ...]]  # what each published figure of a territory would tell of
SHOWING = ("county_result", "park_result", "city_target")  # the public tables that show sums

Cells = set[tuple[str, str]]  # code, figure
Sum = tuple[str, str]  # its level and code
_CITY: Sum = ("city", "")


def _of_its_own(column: str) -> str:
    """SQL: what a branch in another county says itself; of any other member, what its unit says."""
    return (
        f"case when member.unit_county_code <> member.county_code then member.{column} else unit.{column} end"
    )


_MEMBERS = f"""
    select
        member.* exclude (home_county_code, park_code),
        coalesce({_of_its_own("home_county_code")}, member.county_code) as home_county_code,
        {_of_its_own("park_code")} as park_code
    from {MEMBERS} as member
    inner join enterprise_result as unit
        on member.unit_county_code = unit.county_code and member.unit_uscc = unit.uscc
    order by member.county_code, member.uscc
"""
_WHERE = ("uscc", "county_code", "unit_county_code", "unit_uscc", "home_county_code", "park_code")


def _amounts(made_of: Parts) -> list[str]:
    return [figure for figure, parts in made_of.items() if parts == (figure,)]


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
        two_largest = sizes.sum() if len(sizes) < 3 else np.partition(sizes, -2)[-2:].sum()
        return len(sizes) >= self.enterprises and bool(two_largest * 100 < self.dominance * sizes.sum())


@dataclass(frozen=True)
class Base:
    """What the sums of one release are made of: a row per member with its amounts, and which members each sum
    covers. `shown` are the sums that its public package shows, by amount; of the release in the making, none.
    """

    members: pd.DataFrame
    sums: Mapping[Sum, npt.NDArray[np.bool_]]
    shown: Mapping[str, frozenset[Sum]] = field(default_factory=dict)


def read_base(release: duckdb.DuckDBPyConnection, made_of: Parts, package: Path | None = None) -> Base:
    """The base of the release behind `release`, with what its public package, the folder `package`, shows."""
    amounts = _amounts(made_of)
    columns = [duckdb.ColumnExpression(name) for name in (*_WHERE, *amounts)]
    members = release.sql(_MEMBERS).select(*columns).df().fillna(dict.fromkeys(amounts, 0.0))
    sums = {_CITY: np.ones(len(members), dtype=bool)}
    for (code,) in release.execute("select county_code from county_result order by 1").fetchall():
        own = (members.county_code == code) | (members.home_county_code == code)
        sums["county", code] = own.to_numpy(dtype=bool)
    for (code,) in release.execute("select park_code from park_result order by 1").fetchall():
        sums["park", code] = (members.park_code == code).to_numpy(dtype=bool)
    return Base(members, sums, {} if package is None else _shown(package, made_of))


def _shown(package: Path, made_of: Parts) -> Mapping[str, frozenset[Sum]]:
    """The sums that a public package shows, by amount."""
    shown: dict[str, set[Sum]] = {amount: set() for amount in _amounts(made_of)}
    for level in ("county", "park"):
        table = pd.read_parquet(package / f"{level}_result.parquet")
        for amount in shown:
            codes = table.loc[table[amount].notna(), f"{level}_code"]
            shown[amount] |= {(level, code) for code in codes}
    city = pd.read_parquet(package / "city_target.parquet")
    for indicator in city.loc[city["value"].notna(), "indicator"]:
        for amount in made_of.get(indicator, ()):
            shown[amount].add(_CITY)
    return {amount: frozenset(sums) for amount, sums in shown.items()}


def hidden_cells(bases: Sequence[Base], limits: Limits, made_of: Parts) -> Mapping[str, Cells]:
    """The (code, figure) to hide of counties, of parks, and of the city, whose code is blank, in the last of
    `bases`; the others are the releases whose public packages were published before it for the same year."""
    hidden = {amount: hidden_sums(bases, amount, limits) for amount in _amounts(made_of)}
    return {
        level: _figures(
            {a: {code for kind, code in sums if kind == level} for a, sums in hidden.items()}, made_of
        )
        for level in ("county", "park", "city")
    }


def all_cells(release: duckdb.DuckDBPyConnection, made_of: Parts) -> Mapping[str, Cells]:
    """The (code, figure) of every county and park: what a draft shows to nobody but those whose it is."""
    cells = {}
    for level in ("county", "park"):
        codes = {code for (code,) in release.execute(f"select {level}_code from {level}_result").fetchall()}
        cells[level] = _figures(dict.fromkeys(_amounts(made_of), codes), made_of)
    return cells


def hidden_sums(bases: Sequence[Base], amount: str, limits: Limits) -> set[Sum]:
    """The sums of one amount to hide in the last of `bases`."""
    return _System(bases, amount, limits).hidden()


def _figures(hidden: Mapping[str, set[str]], made_of: Parts) -> Cells:
    """A figure is hidden where any amount that it is made of is."""
    return {
        (code, figure) for figure, amounts in made_of.items() for amount in amounts for code in hidden[amount]
    }


_KNOWS = ("county_code", "home_county_code", "unit_county_code")  # the counties that know a member's figures
_LEAST = 1e-6  # how far a hidden nothing must be able to rise
_PUBLIC = -1  # who holds no county's package

Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class _Part:
    """Sums that hang together: `rows` of those shown at `shown`, and `hidden`, over the same columns."""

    shown: Places
    rows: Matrix
    hidden: Places
    columns: Places


class _System:
    """All sums of one amount, over the releases of a year.

    A column is a group: members that are in the same sums of every release, and known to the same counties,
    so that nobody can tell them apart. A row is a sum of a release. The city's row is taken as what is left
    of it without the counties shown: that says the same, and lets counties be looked at one by one.
    """

    def __init__(self, bases: Sequence[Base], amount: str, limits: Limits) -> None:
        self._limits = limits
        figures, at = _figures_of_year([base.members for base in bases], amount)
        self._amounts = figures["amount"].to_numpy(dtype=float)
        self._owners = figures["owner"].to_numpy()
        self._names = [(number, name) for number, base in enumerate(bases) for name in base.sums]
        covers = np.zeros((len(self._names), len(figures)), dtype=bool)
        for row, (number, name) in enumerate(self._names):
            covers[row, at[number]] = bases[number].sums[name]
        codes = sorted({code for base in bases for column in _KNOWS for code in base.members[column]})
        knows = np.zeros((len(codes), len(figures)), dtype=bool)
        for number, base in enumerate(bases):
            for column in _KNOWS:
                knows[:, at[number]] |= base.members[column].to_numpy() == np.array(codes)[:, None]
        alike = np.ascontiguousarray(np.packbits(np.vstack([covers, knows]), axis=0).T)
        keys = alike.view(np.dtype((np.void, alike.shape[1]))).ravel()
        _, first, group = np.unique(keys, return_index=True, return_inverse=True)
        self._group = group
        self._rows = covers[:, first].astype(float)
        self._knows = knows[:, first]
        self._sums = np.bincount(self._group, self._amounts)
        self._sizes = self._rows @ np.bincount(self._group, np.abs(self._amounts))
        negative = np.bincount(self._group, self._amounts < 0) > 0
        self._room = np.where(negative, 10 * np.abs(self._amounts).sum() + 1, self._sums)
        self._city = np.array([name == _CITY for _, name in self._names])
        self._county = np.array([name[0] == "county" for _, name in self._names])
        self._release = np.array([number for number, _ in self._names])
        self._now = self._release == len(bases) - 1
        self._before = np.array(
            [not now and name in bases[number].shown[amount] for now, (number, name) in
             zip(self._now, self._names, strict=True)]
        )  # fmt: skip
        # What an earlier package shows is known, whether it is shown again or not.
        known = {row.tobytes() for row in self._rows[self._before]}
        self._again = np.array([row.tobytes() in known for row in self._rows]) & self._now
        self._safe: dict[bytes, bool] = {}

    def hidden(self) -> set[Sum]:
        """The sums of the last release not to show."""
        once = {
            name for at, (_, name) in enumerate(self._names) if not self._now[at] and not self._before[at]
        }
        hide = np.array(
            [now and (name in once or not self._is_safe(row)) for now, (_, name), row in
             zip(self._now, self._names, self._rows, strict=True)]
        )  # fmt: skip
        settled: set[tuple[int, bytes, bytes]] = set()
        while True:
            told = next(self._told(hide, settled), None)
            if told is None:
                return {self._names[at][1] for at in np.flatnonzero(hide)}
            hide[told] = True

    def _told(self, hide: Mask, settled: set[tuple[int, bytes, bytes]]) -> Iterator[int]:
        """The sums to hide next, since something could be told from those shown. `settled` remembers for whom
        which sums tell nothing, or nothing that could still be helped."""
        for part in self._parts(hide):
            knows = self._knows[:, part.columns]
            holders = np.flatnonzero(knows.any(axis=1) & ~knows.all(axis=1))
            for holder in (_PUBLIC, *holders.tolist()):
                key = (holder, part.shown.tobytes(), part.hidden.tobytes())
                if key in settled:
                    continue
                for margin, prices in self._bounded(part, holder, hide):
                    among = np.flatnonzero((prices != 0) & self._now & ~hide & ~self._again)
                    # With none among them, earlier packages give it away by themselves.
                    if len(among):
                        yield min(among.tolist(), key=lambda at: self._preference(at, margin))
                settled.add(key)

    def _preference(self, at: int, margin: float) -> tuple[bool, bool, float, Sum]:
        """What is hidden first: not the city; the smallest sum that leaves the margin, else the largest."""
        size, name = float(self._sizes[at]), self._names[at][1]
        return name == _CITY, size < margin, size if size >= margin else -size, name

    def _left(self, shown: Mask) -> Matrix:
        """The rows, those of the city without the counties shown."""
        rows = self._rows.copy()
        for at in np.flatnonzero(self._city).tolist():
            rows[at] -= self._rows[self._of_city(at, shown)].sum(axis=0)
        return rows

    def _of_city(self, city: int, shown: Mask) -> Mask:
        return self._county & shown & (self._release == self._release[city])

    def _parts(self, hide: Mask) -> Iterator[_Part]:
        """The sums that hang together with each other, those hidden too."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        shown = self._before | (self._now & ~hide)
        rows = self._left(shown)
        row, column = np.nonzero(rows)
        size = len(rows) + rows.shape[1]
        links = coo_array((np.ones(len(row)), (row, column + len(rows))), shape=(size, size))
        _, label = connected_components(links, directed=False)
        of_row, of_column = label[: len(rows)], label[len(rows) :]
        for one in np.unique(of_row[rows.any(axis=1)]):
            columns = np.flatnonzero(of_column == one)
            seen = np.flatnonzero((of_row == one) & shown & ~self._again)
            hidden = np.flatnonzero((of_row == one) & ~shown)
            if len(seen):
                yield _Part(seen, rows[np.ix_(seen, columns)], hidden, columns)

    def _bounded(self, part: _Part, holder: int, hide: Mask) -> Iterator[tuple[float, Vector]]:
        """What the sums of `part` bound too closely for `holder`: the margin that it should have, and the
        price of each sum in that bound."""
        shown = self._before | (self._now & ~hide)
        unknown = np.ones(len(self._sums), dtype=bool) if holder == _PUBLIC else ~self._knows[holder]
        room = self._room * unknown
        rows = part.rows * unknown[part.columns]
        hidden = self._left(shown)[np.ix_(part.hidden, part.columns)] * unknown[part.columns]
        concealed = part.hidden[hidden.any(axis=1)]
        unsafe = np.array(
            [piece for piece in _pieces(rows, self._county[part.shown], unknown[part.columns])
             if not self._is_safe(piece, part.columns)]
        ).reshape(-1, len(part.columns))  # fmt: skip
        targets = np.concatenate([hidden[hidden.any(axis=1)], unsafe])
        if not len(targets):
            return
        sizes = np.concatenate(
            [np.abs(self._rows[concealed] @ self._sums), np.abs(unsafe @ self._sums[part.columns])]
        )
        # No more than all that is not known of a sum can be missing from it.
        most = np.concatenate([self._rows[concealed] @ room, unsafe @ room[part.columns]])
        margins = np.maximum(MARGIN * sizes, _LEAST)
        for found in bounded(rows, room[part.columns], targets, margins, np.minimum(MARGIN * sizes, most)):
            prices = np.zeros(len(self._names))
            prices[part.shown] = found.prices
            for city in part.shown[self._city[part.shown]].tolist():
                prices[self._of_city(city, shown)] -= prices[city]
            if found.target < len(concealed) and self._city[concealed[found.target]]:
                prices[self._of_city(int(concealed[found.target]), shown)] += 1
            yield float(margins[found.target]), prices

    def _is_safe(self, groups: Vector, columns: Places | None = None) -> bool:
        """Whether the sum of some groups may be seen: enterprises evaluated together count as one."""
        of = np.flatnonzero(groups) if columns is None else columns[np.flatnonzero(groups)]
        key = of.tobytes()
        if key not in self._safe:
            members = np.isin(self._group, of)
            _, owner = np.unique(self._owners[members], return_inverse=True)
            self._safe[key] = self._limits.safe(np.bincount(owner, self._amounts[members]))
        return self._safe[key]


def _figures_of_year(
    releases: Sequence[pd.DataFrame], amount: str
) -> tuple[pd.DataFrame, list[npt.NDArray[np.intp]]]:
    """Every figure of the year once (`amount`, `owner`), and where those of each release's members stand.

    Members of one code with the same figure are the same from release to release; `owner` is a number for the
    unit that the member is evaluated in, by the last release that has it.
    """
    numbers: dict[tuple[str, float, int], int] = {}
    owners: dict[int, str] = {}
    at = []
    for members in releases:
        seen: dict[tuple[str, float], Iterator[int]] = {}
        places = []
        for code, county, unit, value in zip(
            members["uscc"], members["unit_county_code"], members["unit_uscc"], members[amount], strict=True
        ):
            nth = next(seen.setdefault((code, value), count()))
            place = numbers.setdefault((code, value, nth), len(numbers))
            owners[place] = f"{county}/{unit}"
            places.append(place)
        at.append(np.array(places, dtype=np.intp))
    figures = pd.DataFrame(
        {
            "amount": [value for _, value, _ in numbers],
            "owner": pd.factorize(pd.Series([owners[place] for place in numbers.values()], dtype=object))[0],
        }
    )
    return figures, at


def _pieces(rows: Matrix, of_county: Mask, unknown: Mask) -> Matrix:
    """What may come out of the sums shown: each group; each sum; what two share, and what one has beyond
    another; what a county has beyond the parks within it; what counties count twice."""
    held = (rows > 0).astype(float)
    pairs = np.argwhere(held @ held.T > 0)
    one, other = held[pairs[:, 0]], held[pairs[:, 1]]
    within = held @ (1 - held).T == 0  # [i, j]: i lies in j
    inside = (within & ~of_county[:, None]).astype(float)
    np.fill_diagonal(inside, 0)
    beyond = held * (inside.T @ held == 0)
    every = np.concatenate(
        [
            np.eye(rows.shape[1])[unknown],
            held,
            one * other,
            one * (1 - other),
            beyond,
            (rows < 0).astype(float),
        ]
    )
    return np.unique(every[every.any(axis=1)], axis=0)
