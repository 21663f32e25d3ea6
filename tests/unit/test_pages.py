"""What the pages have of their own: the places of counties on the grid."""

from __future__ import annotations

import csv

from orchestration.policy import load_policy
from orchestration.presentation.year import TILES
from orchestration.settings import PROJECT


def test_every_county_has_a_tile_and_none_shares_one() -> None:
    policy = load_policy(PROJECT / "data" / "policy")
    with TILES.open(encoding="utf-8", newline="") as file:
        tiles = {row["county_code"]: (row["column"], row["row"]) for row in csv.DictReader(file)}
    assert set(tiles) == set(policy.counties)
    for year in (2024, 2025):  # before and after the merger of 2025
        places = [tiles[code] for code in policy.counties_in(year)]
        assert len(places) == len(set(places))
