"""Tiny drops: the rows of an inbox said in a few words, written as the departments' files.

A row needs only what a test is about; the other columns get the plainest value that the contract takes.
"""

from __future__ import annotations

import csv
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stdnum.cn import uscc as uscc_numbers

from orchestration.intake.contract import Feed, load_contract
from orchestration.settings import FEEDS

CONTRACT = load_contract(FEEDS)
MU = 2000 / 3  # m2 in one mu: area_m2=10 * MU is 10 mu

_PLAIN = {"text": "无名", "number": 0, "integer": 0, "boolean": "否"}
_TAXES = [name for name, column in CONTRACT.feeds["tax_payments"].columns.items() if column.unit == "yuan"]


def uscc(number: int) -> str:
    """The unified social credit code number `number`, with its check character."""
    stem = f"91500000MA{number:07d}"
    return stem + uscc_numbers.calc_check_digit(stem)


@dataclass
class Drop:
    """What the departments drop for one year."""

    year: int
    rows: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {name: [] for name in CONTRACT.feeds}
    )

    def add(self, feed: str, **values: Any) -> dict[str, Any]:
        """Add a row to a feed; the columns not given are plain."""
        columns = CONTRACT.feeds[feed].columns
        assert values.keys() <= columns.keys(), values.keys() - columns.keys()
        row = {name: values.get(name, self._plain(feed, name)) for name in columns}
        self.rows[feed].append(row)
        return row

    def enterprise(
        self,
        number: int,
        county: str,
        *,
        value_added: float | None = 100.0,
        revenue: float = 400.0,
        rd: float = 8.0,
        energy: float = 50.0,
        headcount: float = 10.0,
        tax: float | None = 20.0,
        land_mu: float | None = 10.0,
        **roster: Any,
    ) -> str:
        """Add an enterprise with its roster, statistics and tax rows and one old parcel; money in 万元.
        With `value_added`, `tax` or `land_mu` None there is no such row. Returns its uscc."""
        code = uscc(number)
        name = roster.pop("enterprise_name", f"样例{number}号厂")
        self.add("enterprise_roster", uscc=code, county_code=county, enterprise_name=name, **roster)
        if value_added is not None:
            self.statistics(
                code,
                county,
                value_added=value_added,
                revenue=revenue,
                rd=rd,
                energy=energy,
                headcount=headcount,
                name=name,
            )
        if tax is not None:
            self.tax(code, county, taxpayer_name=name, value_added_tax=round(tax * 10000, 2))
        if land_mu is not None:
            self.parcel(code, county, land_mu, holder_name=name)
        return code

    def statistics(
        self,
        code: str,
        county: str,
        *,
        value_added: float = 100.0,
        revenue: float = 400.0,
        rd: float = 8.0,
        energy: float = 50.0,
        headcount: float = 10.0,
        name: str = "无名",
    ) -> None:
        """Add a statistics row; money in 万元, the same headcount each month."""
        self.add(
            "enterprise_statistics",
            uscc=code,
            county_code=county,
            enterprise_name=name,
            industrial_value_added=value_added * 10,
            operating_revenue=revenue * 10,
            rd_expenditure=rd * 10,
            energy_consumption=energy,
            headcount_year_end=round(headcount),
            **{f"headcount_{month:02d}": headcount for month in range(1, 13)},
        )

    def tax(self, code: str, county: str, **values: Any) -> None:
        """Add a tax row; taxes in yuan."""
        self.add("tax_payments", uscc=code, county_code=county, **values)

    def emissions(self, code: str, county: str, cod: float, **values: Any) -> None:
        """Add an emissions row of a key monitored enterprise, in tonnes."""
        self.add(
            "pollutant_emissions", uscc=code, county_code=county, cod=cod, **{"key_monitored": "是", **values}
        )

    def honour(self, code: str, awarded_on: str, honour_type: str = "绿色工厂") -> None:
        """Add a title, a document of its own each."""
        number = len(self.rows["honours"]) + 1
        self.add(
            "honours",
            uscc=code,
            honour_type=honour_type,
            awarded_on=awarded_on,
            document_no=f"样证〔{self.year}〕{number}号",
        )

    def incident(self, county: str, occurred_on: str, incident_type: str, **values: Any) -> None:
        """Add an incident in a county; of an enterprise or a park where given."""
        self.add(
            "incidents",
            incident_id=f"I{len(self.rows['incidents']) + 1:05d}",
            county_code=county,
            occurred_on=occurred_on,
            incident_type=incident_type,
            **values,
        )

    def park(self, code: str, county: str) -> None:
        """Add a park."""
        self.add(
            "park_list",
            park_code=code,
            park_name=f"{code}园",
            county_code=county,
            park_type="市级特色工业园区",
        )

    def parcel(self, code: str, county: str, mu: float, **values: Any) -> str:
        """Add a parcel, industrial and registered long ago unless said otherwise; returns its id."""
        parcel_id = values.pop("parcel_id", f"P{len(self.rows['land_parcels']) + 1:05d}")
        self.add(
            "land_parcels",
            parcel_id=parcel_id,
            uscc=code,
            county_code=county,
            **{"land_use": "工业用地", "area_m2": mu * MU, "registered_on": "2010-06-30", **values},
        )
        return str(parcel_id)

    def lease(self, lessee: str, county: str, area_m2: float, **values: Any) -> None:
        """Add a contract: land leased since 2015 from an outsider unless said otherwise."""
        self.add(
            "land_leases",
            contract_id=f"C{len(self.rows['land_leases']) + 1:05d}",
            lessee_uscc=lessee,
            county_code=county,
            area_m2=area_m2,
            **{"tenure": "租赁", "object_type": "土地", "starts_on": "2015-01-01", **values},
        )

    def survey(self, territory_type: str, code: str, mu: float) -> None:
        """Add a row of the land survey."""
        self.add(
            "territory_land", territory_type=territory_type, territory_code=code, industrial_land_ha=mu / 15
        )

    def survey_all(self, mu: float = 1000.0) -> None:
        """Survey the city, and every county and park that the drop names."""
        self.survey("city", "500000", mu)
        counties = {
            row[name]
            for row in self.rows["enterprise_roster"]
            for name in ("county_code", "home_county_code")
        }
        for county in sorted(counties - {""}):
            self.survey("county", county, mu)
        for park in self.rows["park_list"]:
            self.survey("park", park["park_code"], mu)

    def sum_up(self, without: Collection[str] = ()) -> None:
        """Let the statistics bureau report of each county of the roster, but those named, what its
        enterprises add up to, unless it has reported already."""
        done = {row["county_code"] for row in self.rows["county_statistics"]}
        statistics = {row["uscc"]: row for row in self.rows["enterprise_statistics"]}
        placed: dict[str, list[str]] = {}
        for row in self.rows["enterprise_roster"]:
            for county in {row["county_code"], row["home_county_code"]} - {"", *without}:
                placed.setdefault(county, []).append(row["uscc"])
        for county in sorted(placed.keys() - done):
            rows = [statistics[code] for code in placed[county] if code in statistics]
            self.add(
                "county_statistics",
                county_code=county,
                enterprise_count=len(rows),
                industrial_value_added=sum(row["industrial_value_added"] for row in rows),
                operating_revenue=sum(row["operating_revenue"] for row in rows),
            )

    def write(self, inbox: Path, *, suffix: str = "") -> Path:
        """Write one CSV per feed that has rows, or that may be empty; returns the inbox."""
        for name, feed in CONTRACT.feeds.items():
            rows = self.rows[name]
            if rows or (feed.may_be_empty and feed.required_for is not None):
                write_csv(inbox, feed, self.year, rows, suffix=suffix)
        return inbox

    @staticmethod
    def _plain(feed: str, name: str) -> Any:
        column = CONTRACT.feeds[feed].columns[name]
        if column.nullable or name in _TAXES:
            return ""
        return {"industry_code": "3660", "tax_credit_grade": ""}.get(name, _PLAIN.get(column.type, ""))


def write_csv(inbox: Path, feed: Feed, year: int, rows: list[dict[str, Any]], *, suffix: str = "") -> Path:
    """Write rows as `<inbox>/<department>/<year>/<feed><suffix>.csv`."""
    folder = inbox / feed.department / str(year)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{feed.name}{suffix}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else list(feed.columns))
        writer.writeheader()
        writer.writerows(rows)
    return path
