"""Nothing hidden can be recovered: an auditor with all public packages of a year, and one county's, tries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from orchestration.release.disclosure import Base, Limits, Sum, hidden_sums

LIMITS = Limits(enterprises=3, dominance=85)
TAX = "tax"
MARGIN = 0.1
CITY: Sum = ("city", "")

Enterprise = Mapping[str, object]


def enterprise(number: int, county: str, tax: float, **more: object) -> Enterprise:
    """One enterprise; evaluated alone, without a park and at home where it is evaluated unless said."""
    plain = {
        "unit_uscc": f"U{number}",
        "unit_county_code": county,
        "home_county_code": county,
        "park_code": None,
    }
    return {"uscc": f"U{number}", "county_code": county, TAX: tax, **plain, **more}


def base(enterprises: Sequence[Enterprise], parks: Sequence[str] = ()) -> Base:
    """A release of these enterprises, not published yet."""
    members = pd.DataFrame(list(enterprises), dtype=object)
    members[TAX] = members[TAX].astype(float)
    sums = {CITY: np.ones(len(members), dtype=bool)}
    for code in sorted({*members["county_code"], *members["home_county_code"]}):
        sums["county", code] = ((members.county_code == code) | (members.home_county_code == code)).to_numpy(
            bool
        )
    for code in parks:
        sums["park", code] = (members.park_code == code).to_numpy(bool)
    return Base(members, sums)


def published(releases: Sequence[Base]) -> list[Base]:
    """The releases one after the other, each with what its public package shows."""
    shown: list[Base] = []
    for release in releases:
        hidden = hidden_sums([*shown, release], TAX, LIMITS)
        shown.append(replace(release, shown={TAX: frozenset(release.sums) - hidden}))
    return shown


class Auditor:
    """Whoever holds the first `packages` public packages of the year, and that of `county`: knows which
    figures are the same in two releases, and that none is negative."""

    def __init__(self, releases: Sequence[Base], packages: int, county: str | None) -> None:
        self._places: dict[tuple[Any, Any], int] = {}
        for release in releases:
            for row in release.members.itertuples():
                self._places.setdefault((row.uscc, row.tax), len(self._places))
        self.figures = np.array([value for _, value in self._places])
        self.known = np.zeros(len(self.figures), dtype=bool)
        for release in releases:
            known = ["county_code", "home_county_code", "unit_county_code"]
            own = (release.members[known] == county).any(axis=1)
            self.known |= self.row(release, own.to_numpy(bool)) > 0
        rows = [
            self.row(release, members)
            for release in releases[:packages]
            for name, members in release.sums.items()
            if name in release.shown[TAX]
        ]
        self._rows = np.array(rows).reshape(-1, len(self.figures))
        self._box = [(x, x) if sure else (0, 1e6) for x, sure in zip(self.figures, self.known, strict=True)]

    def row(self, release: Base, members: np.ndarray) -> np.ndarray:
        """Which figures a sum of a release covers."""
        row = np.zeros(len(self.figures))
        for at in np.flatnonzero(members):
            line = release.members.iloc[at]
            row[self._places[line.uscc, line.tax]] += 1
        return row

    def interval(self, row: np.ndarray) -> tuple[float, float]:
        """Between what the sum `row` must lie."""
        found = [
            linprog(sign * row, A_eq=self._rows, b_eq=self._rows @ self.figures, bounds=self._box)
            for sign in (1, -1)
        ]
        assert all(one.success for one in found)
        return found[0].fun, -found[1].fun

    def learns(self, row: np.ndarray) -> str | None:
        """What it learns of a sum, if it comes within the margin on either side."""
        true, (low, high) = float(row @ self.figures), self.interval(row)
        most = true - min(MARGIN * true, row * ~self.known @ self.figures)  # no less than nothing is unknown
        slack = 1e-6 * max(true, 1)
        if high < true * (1 + MARGIN) - slack or low > most + slack or high - low < slack:
            return f"{true} is between {low} and {high}"
        return None


def recovered(releases: Sequence[Base]) -> Iterator[str]:
    """Every hidden figure that a package lets somebody bound within the margin who could not before."""
    counties = {code for release in releases for code in release.members.county_code}
    for county in (None, *sorted(counties)):
        for last in range(len(releases)):
            before, now = (Auditor(releases[: last + 1], last + more, county) for more in (0, 1))
            for number, release in enumerate(releases[: last + 1]):
                for name, members in release.sums.items():
                    row = now.row(release, members)
                    hidden = name not in release.shown[TAX] and (row * ~now.known).any()
                    if hidden and (told := now.learns(row)) and not before.learns(row):
                        yield f"{county} learns of {name} in {number}, by {last}: {told}"
            for at in np.flatnonzero(~now.known & (now.figures > 0)):
                row = np.eye(len(now.figures))[at]
                if (told := now.learns(row)) and not before.learns(row):
                    yield f"{county} learns of an enterprise, by {last}: {told}"


def city() -> list[Enterprise]:
    """Four counties of five enterprises alike."""
    return [enterprise(n, f"C{n % 4}", 10.0 + n) for n in range(20)]


def test_what_nothing_makes_unsafe_is_shown() -> None:
    (only,) = published([base(city())])
    assert only.shown[TAX] == frozenset(only.sums)


def test_a_county_cannot_take_its_own_off_to_find_another() -> None:
    """C9 has two enterprises. With one more county hidden, that county would find C9 as the city less all it
    knows: two more are."""
    (only,) = published([base([*city(), enterprise(90, "C9", 30.0), enterprise(91, "C9", 31.0)])])
    hidden = set(only.sums) - only.shown[TAX]
    assert ("county", "C9") in hidden
    assert len(hidden) == 3
    assert list(recovered([only])) == []


def test_a_complement_once_hidden_stays_hidden() -> None:
    """The notice hides P2 since P1, one enterprise, could be had from it and its county. In the final P1 has
    three, so that nothing of it needs to be hidden: shown, both would tell what it was."""
    small = [enterprise(90, "C0", 50.0, park_code="P1")]
    rest = [
        {**one, "park_code": "P2"} if one["county_code"] == "C0" else one
        for one in city()
    ]  # fmt: skip
    joined = [enterprise(n, "C0", 40.0, park_code="P1") for n in (91, 92)]
    notice, final = published(
        [base([*rest, *small], ["P1", "P2"]), base([*rest, *small, *joined], ["P1", "P2"])]
    )
    for release in (notice, final):
        assert {("park", "P1"), ("park", "P2")}.isdisjoint(release.shown[TAX])
    assert list(recovered([notice, final])) == []


def test_who_leaves_a_sum_between_two_releases_is_not_told_by_the_difference() -> None:
    before = city()
    gone = [one for one in before if one["uscc"] != "U4"]
    releases = published([base(before), base(gone)])
    assert ("county", "C0") not in releases[1].shown[TAX]
    assert list(recovered(releases)) == []


def test_what_is_unchanged_is_shown_again() -> None:
    first, second = published([base(city()), base(city())])
    assert second.shown == first.shown


def test_what_an_earlier_package_gave_away_hides_nothing_more() -> None:
    """The notice, of a program that knew no better, shows a county of two."""
    pair = [enterprise(90, "C9", 30.0), enterprise(91, "C9", 31.0)]
    notice = base([*city(), *pair])
    notice = replace(notice, shown={TAX: frozenset(notice.sums)})
    final = base([*city(), *pair])
    assert hidden_sums([notice, final], TAX, LIMITS) == {("county", "C9")}


SIZES = st.sampled_from([0.0, 0.5, 3.0, 10.0, 11.0, 12.0, 40.0, 300.0])


@st.composite
def years(draw: st.DrawFn) -> list[Base]:
    """Two or three releases of a small city; between them figures are corrected, enterprises merge, move to
    another county or park, come and go."""
    counties, parks = ["C0", "C1", "C2", "Z"], ["P0", "P1", "P2"]

    def one(number: int) -> dict[str, object]:
        county = draw(st.sampled_from(counties))
        home = draw(st.sampled_from(counties)) if county == "Z" else county
        park = draw(st.sampled_from([None, None, *parks]))
        return {**enterprise(number, county, draw(SIZES)), "home_county_code": home, "park_code": park}

    enterprises = [one(number) for number in range(draw(st.integers(4, 18)))]
    releases = [base(enterprises, parks)]
    for again in range(draw(st.integers(1, 2))):
        enterprises = [dict(each) for each in enterprises]
        for _ in range(draw(st.integers(0, 3))):
            at = draw(st.integers(0, len(enterprises) - 1))
            change = draw(st.sampled_from(["figure", "merge", "move", "park", "gone", "new"]))
            match change:
                case "figure":
                    enterprises[at][TAX] = draw(SIZES)
                case "merge":
                    enterprises[at] |= {
                        name: enterprises[0][name] for name in ("unit_uscc", "unit_county_code")
                    }
                case "move":
                    enterprises[at]["county_code"] = enterprises[at]["home_county_code"] = draw(
                        st.sampled_from(counties)
                    )
                case "park":
                    enterprises[at]["park_code"] = draw(st.sampled_from([None, *parks]))
                case "gone" if len(enterprises) > 4:
                    del enterprises[at]
                case _:
                    enterprises.append(one(100 * (again + 1) + len(enterprises)))
        releases.append(base(enterprises, parks))
    return releases


@settings(max_examples=12, deadline=None, derandomize=True, phases=[Phase.generate])
@given(years())
def test_nobody_recovers_what_is_hidden(releases: list[Base]) -> None:
    assert list(recovered(published(releases))) == []


@pytest.mark.parametrize(
    ("amounts", "safe"),
    [
        ([], True),  # the sum of nobody tells nothing
        ([5.0], False),
        ([5.0, 5.0], False),
        ([5.0, 5.0, 5.0], True),  # 10 of 15 is 67 %
        ([50.0, 35.0, 15.0], False),  # 85 of 100: two that make it up
        ([50.0, 34.0, 16.0], True),  # 84 of 100
        ([0.0, 0.0, 0.0], False),  # zero tells that each is zero
    ],
)
def test_when_a_sum_may_be_seen(amounts: list[float], safe: bool) -> None:
    assert LIMITS.safe(amounts) is safe
