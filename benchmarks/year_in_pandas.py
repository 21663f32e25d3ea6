"""The results of enterprises in plain pandas: `python benchmarks/year_in_pandas.py LANDING OUT`.

The same work as year_in_duckdb.sql, from the same files. Clauses are those of the rulebook.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

KEY = ["uscc", "county_code"]
UNIT = ["unit_uscc", "unit_county_code"]
HEADCOUNTS = [f"headcount_{month:02d}" for month in range(1, 13)]
TAXES = [
    "value_added_tax consumption_tax enterprise_income_tax individual_income_tax property_tax",
    "urban_land_use_tax vehicle_vessel_tax land_appreciation_tax stamp_duty urban_construction_tax",
    "resource_tax education_surcharge local_education_surcharge policy_relief",
]
POLLUTANTS = ["cod", "ammonia_nitrogen", "nitrogen_oxides", "voc"]
INDICATORS = [
    "value_added_per_mu",
    "tax_per_mu",
    "labour_productivity",
    "value_added_per_energy",
    "rd_intensity",
]
RESULT = (
    "county_code county_name region home_county_code uscc enterprise_name industry_code park_code members "
    "land_area_mu value_added tax average_headcount energy emissions revenue rd_expenditure veto_reason "
    f"treatment {' '.join(INDICATORS)} base_score bonus deduction total_score rank class"
)
ITEM = "county_code uscc indicator value weight standard_max standard_mean standard_min tier share score"


def main(landing: Path, out: Path) -> None:
    year = Year(landing)
    units = year.units()
    items = year.items(units[units["treatment"] != "vetoed"])
    year.results(units, items)[RESULT.split()].to_parquet(out / "enterprise_result.parquet", index=False)
    items[ITEM.split()].to_parquet(out / "enterprise_item.parquet", index=False)


class Year:
    """The landed tables of a year, and what is computed of them."""

    def __init__(self, landing: Path) -> None:
        self.landing = landing
        (folder,) = (landing / "run").iterdir()
        self.folder, self.year = folder.name, int(folder.name.removeprefix("year="))
        self.parameters = self.read("policy_parameters").set_index("parameter")["value"]
        self.cut_off = pd.Timestamp(f"{self.year}-{self.parameters['cut_off']}")
        self.roster = self._roster()
        self.sites = self._sites()

    def read(self, table: str, columns: list[str] | None = None) -> pd.DataFrame:
        """A landed table, its days as pandas' own."""
        path = self.landing / table / self.folder / "rows.parquet"
        return pd.read_parquet(
            path, "pyarrow", columns, partitioning=None, to_pandas_kwargs={"date_as_object": False}
        )

    def _roster(self) -> pd.DataFrame:
        """1.1, 1.2, 1.4: who is evaluated, and with whom."""
        roster = self.read("enterprise_roster")
        counties = self.read("policy_counties").set_index("county_code")
        begun = counties["valid_from"].isna() | (counties["valid_from"] <= self.cut_off)
        counties = counties[begun & (counties["valid_to"].isna() | (counties["valid_to"] >= self.cut_off))]
        divisions = self.read("policy_industry_divisions")
        in_scope = roster["industry_code"].str[:2].isin(divisions.loc[divisions["in_scope"], "division"])
        roster["evaluated"] = in_scope & roster["county_code"].isin(counties.index)
        roster["county_name"] = roster["county_code"].map(counties["county_name"])
        roster["region"] = roster["county_code"].map(counties["region"])
        roster["park_code"] = roster["park_code"].where(
            roster["park_code"].isin(self.read("park_list")["park_code"])
        )
        target = roster.loc[roster["evaluated"] & roster["merge_into_uscc"].isna(), KEY]
        named = roster["merge_into_county_code"].fillna(roster["county_code"])
        allowed = (named == roster["county_code"]) | (roster["merge_reason"] == "branch")
        wanted = pd.MultiIndex.from_arrays([roster["merge_into_uscc"], named])
        roster["merges"] = wanted.isin(pd.MultiIndex.from_frame(target)) & allowed
        roster["unit_uscc"] = roster["uscc"].mask(roster["merges"], roster["merge_into_uscc"])
        roster["unit_county_code"] = roster["county_code"].mask(roster["merges"], named)
        return roster

    def _sites(self) -> pd.DataFrame:
        """1.3: of enterprises with several roster rows, by which county a row of a feed finds its own."""
        several = self.roster[self.roster["uscc"].duplicated(keep=False)]
        own = several.assign(named=several["county_code"])
        homes = several.assign(named=several["home_county_code"]).dropna(subset="named")
        found = pd.concat([own, homes.sort_values("county_code")]).drop_duplicates(["uscc", "named"])
        return found[["uscc", "named", "county_code"]]

    def attributed(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows of a feed with the evaluated roster row they belong to (1.3)."""
        known = ["above_scale_since", *UNIT]
        evaluated = self.roster.loc[self.roster["evaluated"], [*KEY, *known]]
        single = self.roster.loc[~self.roster["uscc"].duplicated(keep=False), "uscc"]
        only = rows[rows["uscc"].isin(single)].drop(columns="county_code").merge(evaluated, on="uscc")
        others = rows[rows["uscc"].isin(self.sites["uscc"])].rename(columns={"county_code": "named"})
        others = others.merge(self.sites, on=["uscc", "named"]).drop(columns="named")
        return pd.concat([only, others.merge(evaluated, on=KEY)], ignore_index=True)

    def land(self) -> pd.Series:
        """2, in mu. A parcel and the contracts over it are taken to belong to one roster row."""
        delivered = self.read(
            "land_parcels",
            [*KEY, "parcel_id", "land_use", "area_m2", "contract_date", "registered_on", "ended_on"],
        )
        parcels = self.attributed(delivered)
        land_uses = self.read("policy_land_uses")
        ended = parcels["ended_on"] <= self.cut_off
        used = parcels["land_use"].isin(land_uses.loc[land_uses["counts"], "land_use"])
        registered = used & (parcels["registered_on"] <= self.cut_off) & ~ended
        above_scale = parcels["above_scale_since"].isna() | (
            parcels["above_scale_since"] <= parcels["contract_date"]
        )
        relief = pd.DateOffset(years=int(self.parameters["not_counted_years"]))
        new = registered & above_scale & (parcels["contract_date"] + relief > self.cut_off)
        parcels["held"] = parcels["area_m2"].where(registered & ~new)
        parcels["new"] = parcels["area_m2"].where(new)
        parties = self.attributed(self._parties(delivered, parcels))
        confirmed = self.attributed(self.read("land_confirmed", [*KEY, "confirmed_area_m2"]))
        members = (
            pd.concat([parcels, parties, confirmed])
            .groupby([*KEY, *UNIT])[
                ["held", "new", "leased_in", "leased_out", "new_out", "confirmed_area_m2"]
            ]
            .sum(min_count=1)
        )
        sums = members.fillna(0)
        added, taken_off = sums["held"] + sums["leased_in"], sums["leased_out"]
        # 2.5: new land counts where nothing else would be left.
        none_left = (added <= taken_off) | same(added, taken_off)
        added = added + (sums["new"] - sums["new_out"]).where(none_left, 0)
        area = members["confirmed_area_m2"].fillna((added - taken_off).mask(same(added, taken_off), 0))
        return area.groupby(level=UNIT).sum() * 3 / 2000

    def _parties(self, delivered: pd.DataFrame, parcels: pd.DataFrame) -> pd.DataFrame:
        """2.2 to 2.4: both sides of every contract."""
        leases = self.read("land_leases").rename(columns={"lessor_uscc": "uscc"})
        kinds = parcels[["uscc", "parcel_id", "held", "new"]]
        kinds = delivered[["uscc", "parcel_id"]].merge(kinds, how="left", on=["uscc", "parcel_id"])
        leases = leases.merge(kinds, how="left", on=["uscc", "parcel_id"], indicator="own")
        folded = leases["area_m2"] / leases["project_floor_area_m2"] * leases["project_land_area_m2"]
        land = leases["area_m2"].mask(leases["object_type"] == "multi_storey", folded)
        land = land.where((leases["starts_on"] <= self.cut_off) & ~(leases["ends_on"] < self.cut_off))
        let = land.where(leases["tenure"] == "lease")
        lessors = leases[KEY].assign(
            leased_out=let.where(leases["held"].notna() | (leases["own"] == "left_only")),
            new_out=let.where(leases["new"].notna()),
        )
        lessees = leases[["lessee_uscc", "county_code"]].set_axis(KEY, axis=1).assign(leased_in=land)
        return pd.concat([lessees, lessors.dropna(subset="uscc")])

    def by_unit(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The sums of the figures of `rows` over the members of each unit, missing where there is none."""
        figures = rows.columns.difference(KEY)
        return self.attributed(rows).groupby(UNIT)[list(figures)].sum(min_count=1)

    def events(self, table: str, kind: str, day: str, policy: str, points: str) -> pd.DataFrame:
        """The honours or incidents of the year with their points."""
        rows = self.read(table)
        rows = rows[rows[day].dt.year == self.year]
        worth = self.read(policy).set_index(kind)[points]
        return rows.assign(points=rows[kind].map(worth))

    def units(self) -> pd.DataFrame:
        """3, 4, 6.2, 6.3: amounts, indicators and treatment of each unit."""
        rows = self.read("enterprise_statistics")
        statistics = rows[KEY].assign(
            value_added=rows["industrial_value_added"] / 10,
            revenue=rows["operating_revenue"] / 10,
            rd_expenditure=rows["rd_expenditure"] / 10,
            energy=rows["energy_consumption"],
            average_headcount=rows[HEADCOUNTS].sum(axis=1, skipna=False) / 12,
        )
        rows = self.read("tax_payments")
        taxes = rows[KEY].assign(tax=rows[" ".join(TAXES).split()].sum(axis=1, skipna=False) / 10000)
        rows = self.read("pollutant_emissions")
        rows = rows[rows["key_monitored"]]
        emissions = rows[KEY].assign(emissions=rows[POLLUTANTS].sum(axis=1, skipna=False))
        honours = self.events("honours", "honour_type", "awarded_on", "policy_honours", "points")
        incidents = self.events(
            "incidents", "incident_type", "occurred_on", "policy_incidents", "enterprise_points"
        )
        evaluated = self.roster[self.roster["evaluated"]]
        titles = evaluated[["uscc", *UNIT]].drop_duplicates().merge(honours[["uscc", "points"]], on="uscc")

        units = evaluated[~evaluated["merges"]].set_index(KEY)
        units.index.names = UNIT
        units["members"] = evaluated.groupby(UNIT).size()
        units["land_area_mu"] = self.land()
        units = units.join([self.by_unit(rows) for rows in (statistics, taxes, emissions)])
        for money in ("value_added", "revenue", "rd_expenditure", "tax"):
            units[money] = units[money].mask(in_yuan(units[money]) == 0, 0)
        units["emissions"] = units["emissions"].fillna(0)
        units["bonus"] = titles.groupby(UNIT)["points"].sum()
        units["deduction"] = self.by_unit(incidents[[*KEY, "points"]])["points"]
        for points, cap in (("bonus", "bonus_cap"), ("deduction", "deduction_cap_enterprise")):
            units[points] = units[points].fillna(0).clip(upper=float(self.parameters[cap]))
        units = units.drop(columns=UNIT).reset_index(names=KEY)

        lengths = units["transition_type"].map(
            self.read("policy_transitions").set_index("transition_type")["years"]
        )
        rules = self.read("county_rules").set_index("county_code")
        for kind, column in (
            ("transfer", "transfer_years"),
            ("newly_above_scale", "newly_above_scale_years"),
        ):
            own = units["county_code"].map(rules[column])
            lengths = lengths.mask((units["transition_type"] == kind) & own.notna(), own)
        passed = self.year - units["transition_since"].dt.year
        units["treatment"] = "classified"
        suspension = pd.DateOffset(years=int(self.parameters["suspension_years"]))
        units["veto_reason"] = pd.Series(None, index=units.index, dtype="str")
        units.loc[units["tax"] == 0, "veto_reason"] = "zero_tax"
        units.loc[units["suspended_since"] + suspension <= self.cut_off, "veto_reason"] = "suspended"
        units.loc[units["veto_reason"].notna(), "treatment"] = "vetoed"
        units.loc[(passed >= 0) & (passed < lengths), "treatment"] = "transition"

        units["value_added_per_mu"] = ratio(units["value_added"], units["land_area_mu"])
        units["tax_per_mu"] = ratio(units["tax"], units["land_area_mu"])
        units["labour_productivity"] = ratio(units["value_added"], units["average_headcount"])
        units["value_added_per_energy"] = ratio(units["value_added"], units["energy"])
        earning = units["revenue"].where(in_yuan(units["revenue"]) > 0)
        units["rd_intensity"] = units["rd_expenditure"] / earning * 100
        return units

    def items(self, scored: pd.DataFrame) -> pd.DataFrame:
        """5: what each indicator of a scored unit earns."""
        items = scored.melt([*KEY, "region"], INDICATORS, "indicator", "value")
        weights = self.read("policy_weights")
        weights = weights.loc[weights["level"] == "enterprise", ["region", "indicator", "weight"]]
        items = items.merge(weights, on=["region", "indicator"])
        value = items["value"]
        taking_part = items.assign(value=value.where(value >= 0), positive=value.where(value > 0))
        groups = taking_part.groupby(["county_code", "indicator"])
        items["standard_max"] = largest = groups["value"].transform("max")
        items["standard_mean"] = mean = groups["value"].transform("mean")
        items["standard_min"] = smallest = groups["positive"].transform("min")
        tiers = self.read("policy_tiers").set_index("tier")["coefficient"]
        best, better, ordinary = tiers["优"], tiers["较优"], tiers["一般"]
        cases = [
            value.isna(),
            value < 0,
            smallest.isna(),
            (value >= largest) | same(value, largest),
            (value >= mean) | same(value, mean),
        ]
        items["tier"] = np.select(cases, ["缺", "负值", "一般", "优", "较优"], "一般")
        above = better + (value - mean) / (largest - mean) * (best - better)
        below = ordinary + (value - smallest) / (mean - smallest) * (better - ordinary)
        below = below.where((mean > smallest) & ~same(mean, smallest), 0)
        items["share"] = np.select(cases, [0, 0, 0, best, above], below)
        items["score"] = self.rounded((items["share"] * items["weight"]).clip(lower=0))
        return items

    def results(self, units: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
        """6, 7: totals, ranks and classes."""
        base = self.rounded(items.groupby(KEY)["score"].sum()).rename("base_score")
        results = units.join(base, on=KEY)
        results["total_score"] = self.rounded(results["base_score"] + results["bonus"] - results["deduction"])
        vetoed = results["treatment"] == "vetoed"
        results.loc[vetoed, ["bonus", "deduction"]] = np.nan
        classified = results[results["treatment"] == "classified"]
        in_county = classified.groupby("county_code")["total_score"]
        results["rank"] = in_county.rank(method="min", ascending=False).astype("Int64")
        placed = results["county_code"].map(in_county.size())
        rules = self.read("county_rules").set_index("county_code")
        quotas = self.read("policy_quotas").set_index("class")["share"]
        cut, results["class"] = pd.Series(0.0, results.index), pd.Series(None, results.index, dtype="str")
        better = pd.Series(False, index=results.index)
        for name in "ABC":
            share = results["county_code"].map(rules[f"quota_{name.lower()}"]).fillna(quotas[name])
            # Whole ten-thousandths, since 0.75 x 2 must be 1.5 to the last digit.
            cut = cut + (share * 10_000).round()
            last = (cut * placed + 500_000) // 1_000_000
            reached = (results["rank"] <= last).fillna(False) & ~better
            results.loc[reached, "class"] = name
            better |= reached
        results.loc[vetoed | (results["rank"].notna() & ~better), "class"] = "D"
        return results

    def rounded(self, figure: pd.Series) -> pd.Series:
        """Half away from zero, without the noise of binary fractions."""
        scale = 10 ** int(self.parameters["score_decimals"])
        scaled = (figure * scale).round(6)
        return np.sign(scaled) * np.floor(scaled.abs() + 0.5) / scale


def same(a: pd.Series, b: pd.Series) -> pd.Series:
    return (a == b) | ((a - b).abs() < 1e-9 * np.maximum(a.abs(), b.abs()))


def ratio(numerator: pd.Series, denominator: pd.Series) -> pd.Series:
    return numerator / denominator.where(denominator > 0)


def in_yuan(wan_yuan: pd.Series) -> pd.Series:
    return (wan_yuan * 10_000).round(2)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
