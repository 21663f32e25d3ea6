"""The scoring models on figures that nobody chose: what must be true of any group (rulebook 5, 7.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.policy import load_policy
from orchestration.settings import policy_folder
from orchestration.transform import loaded_manifest, options

WEIGHT = 35.0
Figure = float | None
Score = tuple[str, float]

# Two decimals and few enterprises: two figures are equal, or differ by far more than a part in 1e9.
positive = st.integers(1, 5000).map(lambda hundredths: hundredths / 100)
figure = st.one_of(positive, positive, st.just(0.0), st.none(), positive.map(lambda value: -value))
group = st.lists(figure, min_size=1, max_size=8)
groups = st.lists(group, min_size=1, max_size=10)  # which do not see each other: one query scores them all
examples = settings(max_examples=40, deadline=None, derandomize=True)


def compiled(models: Sequence[str], folder: Path) -> dict[str, str]:
    """The SQL of models as dbt compiles them, by name; relations are `mujun.main.<model>`."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MUJUN_WAREHOUSE", str(folder / "mujun.duckdb"))
        result = dbtRunner(manifest=loaded_manifest()).invoke(
            ["--quiet", "--log-level-file", "none", "compile", *options(folder), "--select", *models]
        )
        DuckDBConnectionManager.close_all_connections()
    assert result.success, result.exception
    return {node.node.name: node.node.compiled_code for node in result.result.results}


@dataclass(frozen=True)
class Scoring:
    """The scoring models in a database of their own, with the method as it stands."""

    connection: duckdb.DuckDBPyConnection
    items: str
    borders: str

    def score(self, *several: Sequence[Figure]) -> list[list[Score]]:
        """Tier and score of each figure of each group; the groups do not see each other."""
        figures = [
            (group, place, value)
            for group, values in enumerate(several)
            for place, value in enumerate(values)
        ]
        return self.score_rows(figures, len(several))

    def score_rows(self, rows: Sequence[tuple[int, int, Figure]], groups: int = 1) -> list[list[Score]]:
        """The same, of rows (group, place, figure) as they are given."""
        self.connection.register(
            "delivered",
            pa.table(
                {
                    "group_code": [str(group) for group, _, _ in rows],
                    "code": [str(place) for _, place, _ in rows],
                    "value": pa.array([value for _, _, value in rows], pa.float64()),
                }
            ),
        )
        self.connection.execute(
            f"""create or replace table int_measures as
                select 2024 as year, 'enterprise' as level, group_code as county_code, code,
                       'central' as region, group_code, 'tax_per_mu' as indicator,
                       {WEIGHT}::double as weight, value, false as emits_nothing
                from delivered"""
        )
        found = self.connection.execute(
            f"select group_code::integer, code::integer, tier, score from ({self.items}) order by all"
        ).fetchall()
        scores: list[list[Score]] = [[] for _ in range(groups)]
        for group, _, tier, score in found:
            scores[group].append((tier, score))
        return scores


@pytest.fixture(scope="module")
def scoring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scoring]:
    """The models `int_standards`, `int_items` and `int_class_borders`."""
    sql = compiled(["int_standards", "int_items", "int_class_borders"], tmp_path_factory.mktemp("dbt"))
    policy = load_policy(policy_folder())
    parameters = {row["parameter"]: [row["value"]] for row in policy.rows("parameters")}
    connection = duckdb.connect(config={"threads": 1})  # for tables as small as these the fastest
    connection.execute("attach ':memory:' as mujun; use mujun; create schema landing")
    for name, table in (
        ("landing.policy_tiers", policy.tables["tiers"]),
        ("landing.policy_quotas", policy.tables["quotas"]),
        ("stg_policy__parameters", pa.table(parameters)),
    ):
        connection.register("policy_table", table)
        connection.execute(f"create table {name} as from policy_table")
    connection.execute("alter table stg_policy__parameters alter score_decimals type integer")
    connection.execute(
        """create table int_measures (year integer, level varchar, county_code varchar, code varchar,
             region varchar, group_code varchar, indicator varchar, weight double, value double,
             emits_nothing boolean)"""
    )
    connection.execute(f"create view int_standards as {sql['int_standards']}")
    yield Scoring(connection, sql["int_items"], sql["int_class_borders"])
    connection.close()


def by_the_book(values: Sequence[Figure]) -> list[tuple[str, Fraction]]:
    """Rulebook 5.4 in exact arithmetic, written from its text."""
    taking_part = [Fraction(str(value)) for value in values if value is not None and value >= 0]
    positives = [value for value in taking_part if value > 0]
    w = Fraction(str(WEIGHT))
    scores = []
    for figure in values:
        if figure is None or figure < 0:
            scores.append(("缺" if figure is None else "负值", Fraction(0)))
            continue
        x, mean, tenth = Fraction(str(figure)), sum(taking_part, Fraction(0)) / len(taking_part), w / 10
        if not positives:
            scores.append(("一般", Fraction(0)))
        elif x == max(taking_part):
            scores.append(("优", w))
        elif x >= mean:
            scores.append(("较优", 9 * tenth + (x - mean) / (max(taking_part) - mean) * tenth))
        elif mean <= min(positives):
            scores.append(("一般", Fraction(0)))
        else:
            points = 8 * tenth + (x - min(positives)) / (mean - min(positives)) * tenth
            scores.append(("一般", max(points, Fraction(0))))
    return scores


@examples
@given(several=groups)
def test_scores_are_those_of_the_rulebook(scoring: Scoring, several: list[list[Figure]]) -> None:
    for values, scores in zip(several, scoring.score(*several), strict=True):
        for (tier, score), (expected_tier, expected) in zip(scores, by_the_book(values), strict=True):
            assert tier == expected_tier
            assert abs(Fraction(score) - expected) <= Fraction(1, 10000)
            assert 0 <= score <= WEIGHT
        greatest = max((value for value in values if value is not None), default=0)
        if greatest > 0:
            assert all(
                scores[place] == ("优", WEIGHT) for place, value in enumerate(values) if value == greatest
            )


@examples
@given(several=st.lists(st.tuples(group, positive, positive), min_size=1, max_size=10))
def test_raising_a_positive_figure_never_lowers_its_own_score(
    scoring: Scoring, several: list[tuple[list[Figure], float, float]]
) -> None:
    scores = scoring.score(
        *([own, *values] for values, own, _ in several),
        *([own + rise, *values] for values, own, rise in several),
    )
    for before, after in zip(scores[: len(several)], scores[len(several) :], strict=True):
        assert after[0][1] >= before[0][1]


@examples
@given(several=groups, factor=st.sampled_from([0.0001, 0.1, 0.5, 3.0, 10.0, 666.67, 10000.0]))
def test_the_unit_of_the_figures_does_not_matter(
    scoring: Scoring, several: list[list[Figure]], factor: float
) -> None:
    scaled = [[None if value is None else value * factor for value in values] for values in several]
    scores = scoring.score(*several, *scaled)
    for here, there in zip(scores[: len(several)], scores[len(several) :], strict=True):
        assert [tier for tier, _ in here] == [tier for tier, _ in there]
        # A score on the edge between two fourth decimals may fall to either side.
        assert all(abs(a - b) < 0.00011 for (_, a), (_, b) in zip(here, there, strict=True))


@examples
@given(several=groups, seed=st.integers(0, 1000))
def test_the_order_of_the_rows_does_not_matter(
    scoring: Scoring, several: list[list[Figure]], seed: int
) -> None:
    # Thirds and sevenths, whose sums depend on the order in binary.
    rows = [
        (number, place, None if value is None else value / 21)
        for number, values in enumerate(several)
        for place, value in enumerate(values)
    ]
    shuffled = list(rows)
    Random(seed).shuffle(shuffled)
    assert scoring.score_rows(shuffled, len(several)) == scoring.score_rows(rows, len(several))


def test_the_cuts_are_exact_for_every_number_of_enterprises(scoring: Scoring) -> None:
    numbers = range(1, 401)
    scoring.connection.execute(
        f"""create or replace table int_ranks as
            select 2024 as year, 'enterprise' as level, n::varchar as county_code
            from range(1, {numbers.stop}) as counties(n), range(n) as enterprises"""
    )
    scoring.connection.execute(
        "create or replace table stg_commission__county_rules (county_code varchar, quota_a double, "
        "quota_b double, quota_c double)"
    )
    found = scoring.connection.execute(
        f"select county_code::integer, last_a, last_b, last_c from ({scoring.borders}) order by all"
    ).fetchall()
    # Half up: floor(share × n + 1/2). 0.75 × 2 = 1.5 → 2; of 150: 30, 112.5 → 113, 142.5 → 143;
    # of 万州's 152: 30, 114 and 144.4 → 144, which is A 30, B 84, C 30.
    assert found == [
        (n, *(int(Fraction(share * n, 100) + Fraction(1, 2)) for share in (20, 75, 95))) for n in numbers
    ]
