"""What would lift a unit (rulebook 8.3), in odd groups: held against trying values one by one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from random import Random

import duckdb
import pyarrow as pa
import pytest

from orchestration.policy import load_policy
from orchestration.settings import policy_folder
from tests.unit.test_scores import compiled

WEIGHTS = {"tax_per_mu": 35.0, "rd_intensity": 10.0}
Figure = float | None
KINDS: Mapping[str, Callable[[Random], Figure]] = {
    "plain": lambda random: random.lognormvariate(1, 1),
    "many zeros": lambda random: 0.0 if random.random() < 0.6 else random.lognormvariate(1, 1),
    "no positive": lambda random: random.choice([0.0, None, -1.0]),
    "all equal": lambda random: 5.0,
    "heavy tail": lambda random: random.lognormvariate(0, 3),
    "all close": lambda random: 10 + random.random() / 10,
    "whole": lambda random: float(random.choice([0, 1, 1, 2, 3, 10])),
    "missing, negative": lambda random: random.choice([None, -1.0, 0.0, random.lognormvariate(1, 1)]),
}


def points(values: Sequence[Figure], weight: float) -> list[int]:
    """Scores (5.4) in whole ten-thousandths of a point, written from the rulebook's text."""

    def at_most(a: float, b: float) -> bool:
        return a <= b or a - b < 1e-9 * max(abs(a), abs(b))

    taking_part = [value for value in values if value is not None and value >= 0]
    positive = [value for value in taking_part if value > 0]
    found = []
    for value in values:
        share = 0.0
        if value is not None and value >= 0 and positive:
            best, mean, least = max(taking_part), sum(sorted(taking_part)) / len(taking_part), min(positive)
            if at_most(best, value):
                share = 1
            elif at_most(mean, value):
                share = 0.9 + 0.1 * (value - mean) / (best - mean)
            elif not at_most(mean, least):
                share = max(0.8 + 0.1 * (value - least) / (mean - least), 0)
        found.append(math.floor(round(share * weight * 10_000, 6) + 0.5))
    return found


class County:
    """Some units that are a group, with figures of each indicator, and with a total."""

    def __init__(self, code: str, values: Mapping[str, Sequence[Figure]], others: Sequence[int]) -> None:
        """`values` by indicator; `others` are the points that each has by what else there is."""
        self.code = code
        self.values = {name: list(figures) for name, figures in values.items()}
        self.points = {name: points(self.values[name], weight) for name, weight in WEIGHTS.items()}
        self.totals = [
            sum(of_one) + other for *of_one, other in zip(*self.points.values(), others, strict=True)
        ]
        self.last = [round(len(others) * quota) for quota in (0.2, 0.75, 0.95)]  # of A, B and C

    @classmethod
    def by_chance(cls, random: Random, n: int) -> County:
        code = str(random.random())
        values = {}
        for name in WEIGHTS:
            kind = random.choice(list(KINDS.values()))
            values[name] = [kind(random) for _ in range(n)]
        return cls(code, values, [random.randrange(300_000, 550_000, 100) for _ in range(n)])

    def rank(self, unit: int) -> int:
        """How many are better, and one."""
        return 1 + sum(total > self.totals[unit] for total in self.totals)

    def is_lifted(self, unit: int, name: str, value: float) -> bool:
        """Whether the unit would be in a better class with this value, everybody measured anew."""
        values = [value if place == unit else figure for place, figure in enumerate(self.values[name])]
        now = [
            total - before + after
            for total, before, after in zip(
                self.totals, self.points[name], points(values, WEIGHTS[name]), strict=True
            )
        ]
        rank = 1 + sum(total > now[unit] for total in now)
        return sum(rank > last for last in self.last) < sum(self.rank(unit) > last for last in self.last)


# The seventh, at zero, has to come before the second, whose figure is the smallest. That one's points jump
# down where the mean passes it, at 8 * 0.796462 - 3.808375 = 2.563320; the two are equal a little before.
AT_THE_MEAN = County(
    "at the mean",
    {
        "tax_per_mu": [3.011913, 0.796462, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        "rd_intensity": [1.0] * 8,
    },
    [424_837, 446_333, 514_606, 403_193, 299_624, 350_411, 418_444, 483_641],
)


@pytest.fixture(scope="module")
def counties() -> list[County]:
    """Always the same ones; the last few are so large that nearly all of a county is left out of account."""
    random = Random(20231)
    sizes = [*(random.choice([2, 3, 4, 5, 6, 8, 12]) for _ in range(120)), 40, 60, 80]
    return [AT_THE_MEAN, *(County.by_chance(random, n) for n in sizes)]


@pytest.fixture(scope="module")
def lifts(
    counties: list[County], tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, int, str], float]:
    """What the model `int_lifts` tells of them, by county, unit and indicator."""
    sql = compiled(["int_lifts"], tmp_path_factory.mktemp("dbt"))["int_lifts"]
    policy = load_policy(policy_folder())
    parameters = {row["parameter"]: [row["value"]] for row in policy.rows("parameters")}
    units = [(county, unit) for county in counties for unit in range(len(county.totals))]
    items = [(county, unit, name) for county, unit in units for name in WEIGHTS]
    tables = {
        "landing.policy_tiers": policy.tables["tiers"],
        "landing.policy_indicators": policy.tables["indicators"],
        "stg_policy__parameters": pa.table({"year": [2024], **parameters}),
        "int_borders": pa.table(
            {
                "year": [2024] * len(units),
                "county_code": [county.code for county, _ in units],
                "uscc": [str(unit) for _, unit in units],
                "rank": [county.rank(unit) for county, unit in units],
                "total_score": [county.totals[unit] / 10_000 for county, unit in units],
            }
        ),
        "int_class_borders": pa.table(
            {
                "county_code": [county.code for county in counties],
                **{
                    f"last_{name}": [county.last[place] for county in counties]
                    for place, name in enumerate("abc")
                },
            }
        ),
        "int_items": pa.table(
            {
                "level": ["enterprise"] * len(items),
                "county_code": [county.code for county, _, _ in items],
                "group_code": [county.code for county, _, _ in items],
                "code": [str(unit) for _, unit, _ in items],
                "indicator": [name for _, _, name in items],
                "value": [county.values[name][unit] for county, unit, name in items],
                "weight": [WEIGHTS[name] for _, _, name in items],
                "score": [county.points[name][unit] / 10_000 for county, unit, name in items],
            }
        ),
    }
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("attach ':memory:' as mujun; use mujun; create schema landing")
        for name, table in tables.items():
            connection.register("given", table)
            connection.execute(f"create table {name} as from given")
        connection.execute("alter table stg_policy__parameters alter score_decimals type integer")
        found = connection.execute(
            f"select county_code, uscc::integer, indicator, lifting_value from ({sql})"
        ).fetchall()
    return {(county, unit, name): value for county, unit, name, value in found}


def test_8_3_the_value_that_lifts_is_the_least_of_its_own_indicator(
    counties: list[County], lifts: dict[tuple[str, int, str], float]
) -> None:
    told = 0
    for county in counties:
        for name, figures in county.values.items():
            greatest = max((value for value in figures if value), default=1.0)
            for unit, figure in enumerate(figures):
                others = figures[:unit] + figures[unit + 1 :]
                # Where any positive value does it, a millionth of the smallest other one is told.
                next_to_nothing = 1.1e-6 * min(
                    (value for value in others if value and value > 0), default=1.0
                )
                own = max(figure or 0.0, 0.0)
                case = (county.code, unit, name)
                lifting = lifts.get(case, math.inf)
                if math.isfinite(lifting):
                    told += 1
                    assert county.is_lifted(unit, name, lifting), case
                probes = [lifting * (1 - 1e-5)] if math.isfinite(lifting) else []
                probes += [own + greatest * part for part in (0.001, 0.03, 0.1, 0.2, 0.3)]
                probes += [
                    own + greatest * part for part in (0.5, 0.7, 0.9, 1, 1.2, 1.5, 2, 3, 5, 10, 1e3, 1e6)
                ]
                for probe in probes:
                    if own < probe < lifting * (1 - 1e-6) and lifting > next_to_nothing:
                        assert not county.is_lifted(unit, name, probe), (case, probe, lifting)
    assert told > 300


def test_8_3_two_meet_just_before_the_points_of_one_jump(
    lifts: dict[tuple[str, int, str], float],
) -> None:
    """With the mean m = (3.808375 + x) / 8 the unit and the rival are equal where

    518,444 + 350,000 * (0.9 + 0.1 * (x - m) / (3.011913 - m))
      = 546,333 + 350,000 * (0.9 + 0.1 * (0.796462 - m) / (3.011913 - m)),

    that is, x - 0.796462 = 27,889 / 35,000 * (3.011913 - m) = 1.765473 at m = 0.796289; half a last decimal
    of a point less does."""
    assert lifts["at the mean", 6, "tax_per_mu"] == pytest.approx(2.56193, abs=4e-5)


def test_8_3_where_nobody_has_a_positive_value_any_is_the_whole_weight(
    counties: list[County], lifts: dict[tuple[str, int, str], float]
) -> None:
    alone = [
        (county.code, unit, name)
        for county in counties
        for name, figures in county.values.items()
        if not any(value and value > 0 for value in figures)
        for unit in range(len(figures))
    ]
    assert {lifts[case] for case in alone if case in lifts} == {1e-6}
