"""An invented city: its enterprises, their figures, and the land they hold.

Belongs here: ordinary enterprises, and how a year moves on. Does not: the rulebook's special cases (`cases`),
files (`generate`). What a feed asks for carries the feed's own column name. Every enterprise is invented: the
organisation part of each credit code ends in a letter that GB 11714 never gives, so no real one can have it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from stdnum.cn import uscc as credit_code

POLICY = Path(__file__).resolve().parents[1] / "policy"
ALL_COUNTIES_FROM = 1000  # enterprises; a smaller city is these thirteen counties
SMALL_CITY = {"500101", "500102", "500105", "500107", "500112", "500116", "500154"}
SMALL_CITY |= {"500155", "500231", "500240", "GXQ", "LJXQ", "WSJK"}
HOME_COUNTIES = {"LJXQ": ("500112", "500105"), "GXQ": ("500107", "500106")}
CODES_OF_ZONES = {"LJXQ": "500112", "GXQ": "500107", "WSJK": "500110"}  # in credit codes and parcel numbers
CLEAN_COUNTY = "500240"  # has no key-monitored enterprise
REGIONS = {"central": (4, 1.3), "new_districts": (4, 1.0), "two_clusters": (3, 0.7)}  # weight, yield of land
CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
STEMS, BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
BRANDS = "澜峰岭岳松柏枫桦棠荷菱芸荟蔚岚岩峻嵘涛沐沛泓泽润涵湛煜炜烨焕煦熠钧铭锐锦鑫铸锋钰瑞璟琦琳瑜璞珩"


class Industry(NamedTuple):
    """What makes an industry's figures look like its own; value added in 万元."""

    codes: tuple[str, ...]
    product: str
    weight: int
    added_per_person: float
    added_in_revenue: float
    rd_in_revenue: float
    added_per_tce: float
    added_per_mu: float
    tax_in_added: float
    emission_kg: float  # per 万元


INDUSTRIES = (
    Industry(("C1371", "1351", "C1312"), "农产品加工", 8, 24, 0.20, 0.005, 4.5, 75, 0.06, 4.0),
    Industry(("C1469", "1432"), "食品", 6, 26, 0.26, 0.008, 5.0, 90, 0.10, 4.0),
    Industry(("C1512", "1523"), "饮品", 3, 38, 0.36, 0.006, 5.5, 105, 0.24, 3.5),
    Industry(("C1819", "1711"), "服饰", 4, 14, 0.25, 0.006, 6.0, 95, 0.08, 1.5),
    Industry(("C2110", "2021"), "木业", 4, 18, 0.24, 0.007, 5.0, 60, 0.09, 5.0),
    Industry(("C2231", "2319"), "包装印务", 5, 25, 0.24, 0.013, 4.0, 100, 0.11, 5.5),
    Industry(("C2614", "2641", "C2651"), "化工", 6, 52, 0.22, 0.020, 0.9, 110, 0.13, 18.0),
    Industry(("C2720", "2740", "C2730"), "药业", 5, 48, 0.36, 0.042, 4.8, 140, 0.20, 4.5),
    Industry(("C2922", "2929"), "塑胶制品", 6, 25, 0.23, 0.014, 3.2, 95, 0.10, 7.0),
    Industry(("C3021", "3011", "C3041"), "建材", 7, 36, 0.27, 0.008, 0.6, 65, 0.13, 15.0),
    Industry(("C3130", "3252"), "金属材料", 4, 46, 0.16, 0.015, 0.7, 85, 0.10, 14.0),
    Industry(("C3311", "3360"), "金属制品", 8, 25, 0.22, 0.015, 4.0, 85, 0.10, 4.0),
    Industry(("C3451", "3484", "C3434"), "机械制造", 9, 29, 0.24, 0.024, 6.0, 110, 0.11, 1.2),
    Industry(("C3525", "3591"), "智能装备", 7, 34, 0.27, 0.034, 8.0, 130, 0.12, 1.0),
    Industry(("C3670", "3660"), "汽车零部件", 14, 31, 0.21, 0.023, 6.5, 125, 0.10, 1.8),
    Industry(("C3752", "3751"), "摩托车配件", 6, 23, 0.19, 0.018, 6.5, 100, 0.09, 1.8),
    Industry(("C3831", "3824", "C3841"), "电气", 7, 35, 0.21, 0.026, 6.0, 130, 0.10, 1.2),
    Industry(("C3974", "3982", "C3912"), "电子科技", 9, 36, 0.19, 0.036, 7.0, 190, 0.07, 1.0),
    Industry(("C4011", "4019"), "仪器仪表", 3, 33, 0.33, 0.046, 11.0, 150, 0.13, 0.8),
    Industry(("C4210", "4220"), "再生资源", 2, 42, 0.13, 0.005, 3.5, 70, 0.12, 4.0),
)
TOBACCO = Industry(("C1620",), "烟草制品", 0, 160, 0.70, 0.004, 20, 500, 0.55, 0.8)
HEAVY = 5.5  # emission_kg from which on half of an industry is monitored
TAX_SHARES = {
    "value_added_tax": 0.50,
    "consumption_tax": 0.0,
    "enterprise_income_tax": 0.24,
    "individual_income_tax": 0.06,
    "property_tax": 0.05,
    "urban_land_use_tax": 0.06,
    "vehicle_vessel_tax": 0.0,
    "land_appreciation_tax": 0.0,
    "stamp_duty": 0.02,
    "urban_construction_tax": 0.0,
    "resource_tax": 0.0,
    "education_surcharge": 0.0,
    "local_education_surcharge": 0.0,
    "policy_relief": 0.0,
}
SURCHARGES = {"urban_construction_tax": 0.07, "education_surcharge": 0.03, "local_education_surcharge": 0.02}
EXTRA_TAXES = {
    "饮品": ("consumption_tax", 0.4),
    "烟草制品": ("consumption_tax", 0.9),
    "建材": ("resource_tax", 0.02),
}
POLLUTANTS = {"cod": 0.30, "ammonia_nitrogen": 0.03, "nitrogen_oxides": 0.42, "voc": 0.25}


@dataclass(slots=True)
class Figures:
    """One year of a site: money in thousand yuan, taxes in yuan, energy in tce, emissions in tonnes."""

    industrial_value_added: int
    operating_revenue: int
    rd_expenditure: int
    energy_consumption: float
    headcounts: list[int]
    headcount_year_end: int
    taxes: dict[str, float]
    emissions: dict[str, float]

    def scaled(self, by: float, taxes_by: float | None = None, heads_by: float | None = None) -> Figures:
        """The same figures, larger or smaller."""
        taxes_by, heads_by = taxes_by or by, heads_by or by
        return Figures(
            round(self.industrial_value_added * by),
            round(self.operating_revenue * by),
            round(self.rd_expenditure * by),
            round(self.energy_consumption * by, 2),
            [round(heads * heads_by) for heads in self.headcounts],
            round(self.headcount_year_end * heads_by),
            {tax: round(paid * taxes_by, 2) for tax, paid in self.taxes.items()},
            {pollutant: round(emitted * by, 3) for pollutant, emitted in self.emissions.items()},
        )


@dataclass(slots=True)
class Parcel:
    """A registered parcel."""

    parcel_id: str
    area_m2: float
    contract_date: date | None
    registered_on: date
    land_use: str = "industrial"
    ended_on: date | None = None


@dataclass(slots=True)
class Lease:
    """A contract over land or buildings."""

    contract_id: str
    lessee_uscc: str
    lessor_uscc: str | None
    tenure: str
    object_type: str
    area_m2: float
    starts_on: date
    ends_on: date | None
    parcel_id: str | None
    project_floor_area_m2: float | None = None
    project_land_area_m2: float | None = None

    def land_area(self) -> float:
        """Rulebook 2.2, m2 (说明 三.6)."""
        if self.project_floor_area_m2 and self.project_land_area_m2:
            return self.area_m2 / self.project_floor_area_m2 * self.project_land_area_m2
        return self.area_m2

    def in_force(self, cut_off: date) -> bool:
        """Rulebook 2.3."""
        return self.starts_on <= cut_off and (self.ends_on is None or self.ends_on >= cut_off)


@dataclass(slots=True, eq=False)
class Site:
    """One enterprise evaluated in one county: a roster row, and what the departments know of it."""

    uscc: str
    enterprise_name: str
    county_code: str
    home_county_code: str | None
    industry: Industry
    industry_code: str
    figures: Figures
    first_year: int
    last_year: int
    key_monitored: bool | None  # None: unknown to the ecology bureau
    tax_credit_grade: str | None
    park_code: str | None = None
    above_scale_since: date | None = None
    suspended_since: date | None = None
    suspended_each_autumn: bool = False
    transition: tuple[str, date] | None = None
    transition_stays_listed: bool = False
    merge_into: Site | None = None
    merge_reason: str | None = None
    reports: bool = True  # to the statistics and the tax bureau
    on_roster: bool = True
    tax_row_comes_twice: bool = False
    double_of: Site | None = None
    taxpayer_name: str = ""
    confirmed_share: float | None = None  # confirmed by computed area
    honours: list[str] = field(default_factory=list)
    incidents: list[str] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    leases_in: list[Lease] = field(default_factory=list)
    leases_out: list[Lease] = field(default_factory=list)

    @property
    def branch_elsewhere(self) -> bool:
        """Whether it is evaluated with a site in another county (rulebook 1.4)."""
        return self.merge_into is not None and self.merge_into.county_code != self.county_code

    @property
    def merge_into_county_code(self) -> str | None:
        """As the roster names the county of that site; blank where it is this one's own."""
        return self.merge_into.county_code if self.merge_into and self.branch_elsewhere else None

    @property
    def merge_into_uscc(self) -> str | None:
        """As the roster names the site that this one is evaluated with."""
        return self.merge_into.uscc if self.merge_into else None

    @property
    def reported_county(self) -> str:
        """Only the evaluating office and the statistics bureau know zones."""
        return self.home_county_code or self.county_code

    @property
    def evaluated(self) -> bool:
        """Whether it is on the roster with an industry in scope (办法 一)."""
        return self.on_roster and self.industry != TOBACCO

    def land_area(self, year: int) -> float:
        """Rulebook 2.1 to 2.7: the land of this roster row on the cut-off date, m2."""
        cut_off = date(year, 12, 31)
        held = [
            parcel
            for parcel in self.parcels
            if parcel.land_use in ("industrial", "warehousing")
            and parcel.registered_on <= cut_off
            and (parcel.ended_on is None or parcel.ended_on > cut_off)
        ]
        new = {
            parcel.parcel_id
            for parcel in held
            if parcel.contract_date is not None
            and (self.above_scale_since is None or self.above_scale_since <= parcel.contract_date)
            and three_years_after(parcel.contract_date) > cut_off
        }
        area = self._area([parcel for parcel in held if parcel.parcel_id not in new], cut_off)
        if area <= 0:
            area = self._area(held, cut_off)
        return round(area * self.confirmed_share, 2) if self.confirmed_share else area

    def _area(self, counted: list[Parcel], cut_off: date) -> float:
        not_added = {parcel.parcel_id for parcel in self.parcels} - {parcel.parcel_id for parcel in counted}
        leased_in = sum(lease.land_area() for lease in self.leases_in if lease.in_force(cut_off))
        leased_out = sum(
            lease.land_area()
            for lease in self.leases_out
            if lease.in_force(cut_off) and lease.tenure == "lease" and lease.parcel_id not in not_added
        )
        return sum(parcel.area_m2 for parcel in counted) + leased_in - leased_out


class Group(NamedTuple):
    """A group that applied for an overall result beside those of its members (说明 一.3)."""

    group_uscc: str
    group_name: str
    evaluating_county_code: str
    members: list[Site]


class Objection(NamedTuple):
    """What an enterprise objected to in the last year's notice, and what came of it; `decided_value` is read
    off its site when the year is told.
    """

    site: Site
    subject: str
    claim: str
    decision: str
    decided_value: Callable[[Site, int], float] | None
    reply: str


@dataclass
class City:
    """Everything that the feeds are made from. `sites` are all, on the roster of a given year or not.
    `mistakes` are what the departments had wrong when the last year's notice was made.
    """

    seed: int
    years: Sequence[int]
    counties: dict[str, dict[str, str]]
    parks: dict[str, str] = field(default_factory=dict)  # code → the county it lies in
    sites: list[Site] = field(default_factory=list)
    waived: list[tuple[str, Site]] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    objections: list[Objection] = field(default_factory=list)
    mistakes: list[tuple[Callable[[Site], None], Site]] = field(default_factory=list)
    numbers: dict[str, Iterator[int]] = field(default_factory=dict)

    def at_the_notice(self) -> City:
        """The city as the departments saw it before the objections."""
        then = deepcopy(self)
        for mistake, site in then.mistakes:
            mistake(site)
        return then

    def random(self, purpose: str) -> Random:
        """A random source of its own per purpose, so that one feed does not disturb another."""
        return Random(f"{self.seed}/{purpose}")

    def next_number(self, series: str) -> int:
        """1, 2, 3, … of a series."""
        return next(self.numbers.setdefault(series, count(1)))

    def new_uscc(self, county: str) -> str:
        """A credit code with a valid check character that no real enterprise can have."""
        number = self.next_number("uscc") * 577_587_013 % len(CODE_ALPHABET) ** 6
        organisation = ""
        for _ in range(6):
            number, position = divmod(number, len(CODE_ALPHABET))
            organisation += CODE_ALPHABET[position]
        body = f"91{CODES_OF_ZONES.get(county, county)}MA{organisation}Y"
        return body + credit_code.calc_check_digit(body)

    def new_parcel_id(self, county: str) -> str:
        """A 28-character 不动产单元号 in the county's cadastre."""
        zone, number = divmod(self.next_number("parcel"), 100_000)
        return f"{CODES_OF_ZONES.get(county, county)}{zone + 1001:06d}GB{number:05d}W00000000"

    def add_parcel(self, site: Site, share: float, contract_date: date | None, **details: Any) -> Parcel:
        """One more parcel for `site`, as a share of what it holds."""
        registered_on = details.pop("registered_on", None) or (contract_date or site.parcels[0].registered_on)
        area = round(share * sum(parcel.area_m2 for parcel in site.parcels), 2)
        parcel = Parcel(
            self.new_parcel_id(site.reported_county), area, contract_date, registered_on, **details
        )
        site.parcels.append(parcel)
        return parcel

    def add_lease(
        self,
        lessee: Site,
        lessor: Site | str | None,
        land_area: float,
        starts_on: date,
        ends_on: date | None = None,
        tenure: str = "lease",
        object_type: str = "land",
        parcel_id: str | None = None,
    ) -> None:
        """A contract that gives `lessee` about `land_area` m2, whatever is let."""
        county = CODES_OF_ZONES.get(lessee.county_code, lessee.county_code)
        number = f"YZ{county}{starts_on.year}{self.next_number('contract'):06d}"
        lessor_uscc = lessor.uscc if isinstance(lessor, Site) else lessor
        area = round(land_area, 2)
        lease = Lease(
            number, lessee.uscc, lessor_uscc, tenure, object_type, area, starts_on, ends_on, parcel_id
        )
        if object_type == "multi_storey":  # a quarter of a building on land of four times the area
            lease.area_m2, lease.project_land_area_m2 = round(area * 2.2, 2), round(area * 4, 2)
            lease.project_floor_area_m2 = round(area * 8.8, 2)
        lessee.leases_in.append(lease)
        if isinstance(lessor, Site):
            lessor.leases_out.append(lease)

    def add_site(self, rng: Random, county: str, industry: Industry, of: Site | None = None) -> Site:
        """Invent one roster row; a further one of the enterprise `of`, where given."""
        homes = [home for home in HOME_COUNTIES.get(county, ()) if home in self.counties]
        first = self.years[0]
        monitored = (5, 1, 4) if industry.emission_kg >= HEAVY else (1, 2, 12)
        site = Site(
            uscc=of.uscc if of else self.new_uscc(county),
            enterprise_name=of.enterprise_name if of else self.new_name(rng, industry),
            county_code=county,
            home_county_code=rng.choice(homes) if homes and rng.random() < 0.85 else None,
            industry=industry,
            industry_code=rng.choice(industry.codes),
            figures=draw_figures(rng, industry),
            first_year=first,
            last_year=self.years[-1],
            key_monitored=rng.choices((county != CLEAN_COUNTY, False, None), monitored)[0],
            tax_credit_grade=rng.choices(("A", "B", "M", "C", None), (30, 45, 12, 5, 8))[0],
        )
        site.taxpayer_name = site.enterprise_name
        if rng.random() < 0.7:
            site.above_scale_since = any_day(rng, 2006, first - 5)
        if rng.random() < 0.08:
            site.confirmed_share = rng.uniform(0.965, 1.035)
        if rng.random() < 0.05:
            site.honours = [
                rng.choice(("little_giant", "green_factory", "single_champion", "other_national"))
            ]
        counties = (site.county_code, site.home_county_code)
        parks = [park for park, lies_in in self.parks.items() if lies_in in counties]
        if parks and rng.random() < 0.6:
            site.park_code = rng.choice(parks)
        self._settle(rng, site)
        self.sites.append(site)
        return site

    def new_name(self, rng: Random, industry: Industry) -> str:
        """A name built from the sexagenary cycle: reads like a company's, and is visibly counted out."""
        number = self.next_number("name")
        brand = STEMS[number % 10] + BRANCHES[number % 12] + BRANDS[number * 7 % len(BRANDS)]
        if rng.random() < 0.08:
            return f"{brand}（重庆）{industry.product}有限公司"
        return f"重庆{brand}{industry.product}{rng.choice(('有限公司', '有限责任公司', '股份有限公司'))}"

    def _settle(self, rng: Random, site: Site) -> None:
        """Land that fits the value added: a site's own for most, for others rented from off the roster."""
        usual = site.industry.added_per_mu * REGIONS[self.counties[site.county_code]["region"]][1]
        mu = site.figures.industrial_value_added / 10 / usual * rng.lognormvariate(0, 0.4)
        area = min(2000.0, max(1.5, mu)) * 10_000 / 15
        first, last = self.years[0], self.years[-1]
        if rng.random() < 0.8:
            pieces = [rng.uniform(0.5, 1.5) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
            for piece in pieces:
                signed = any_day(rng, 2003, first - 5)
                use = "warehousing" if rng.random() < 0.05 else "industrial"
                registered, part = (
                    signed + timedelta(rng.randint(60, 300)),
                    round(area * piece / sum(pieces), 2),
                )
                parcel_id = self.new_parcel_id(site.reported_county)
                site.parcels.append(Parcel(parcel_id, part, signed, registered, use))
        else:
            kind = rng.choices(("multi_storey", "single_storey", "land"), (5, 4, 1))[0]
            until = any_day(rng, last + 1, last + 6) if rng.random() < 0.8 else None
            tenure = rng.choices(("lease", "purchase", "other"), (8, 1, 1))[0]
            self.add_lease(site, None, area, any_day(rng, first - 6, first - 1), until, tenure, kind)

    def grow(self, year: int) -> None:
        """Move every site's figures on to `year`, by some percent."""
        rng = self.random(f"growth {year}")
        for site in self.sites:
            pace = min(1.3, max(0.75, rng.lognormvariate(0.04, 0.08)))
            taxes_pace, heads_pace = pace * rng.uniform(0.93, 1.07), pace**0.5 * rng.uniform(0.97, 1.03)
            site.figures = site.figures.scaled(pace, taxes_pace, heads_pace)
        for site in self.sites:
            if site.double_of:
                site.figures = site.double_of.figures.scaled(2)


def three_years_after(day: date) -> date:
    """The same day; no generated contract is of a 29 February."""
    return day.replace(year=day.year + 3)


def any_day(rng: Random, first_year: int, last_year: int) -> date:
    """A day of these years, never the 29th or later."""
    return date(rng.randint(first_year, last_year), rng.randint(1, 12), rng.randint(1, 28))


def draw_figures(rng: Random, industry: Industry) -> Figures:
    """A first year: log-normal size, ratios scattered around the industry's."""
    staff = min(6000.0, max(12.0, rng.lognormvariate(4.4, 0.95)))
    added = staff * industry.added_per_person * rng.lognormvariate(0, 0.25)  # 万元
    revenue = added / industry.added_in_revenue * rng.lognormvariate(0, 0.15)
    rd = 0.0 if rng.random() < 0.25 else revenue * industry.rd_in_revenue * rng.lognormvariate(0, 0.4)
    tax = added * 10_000 * industry.tax_in_added * rng.lognormvariate(0, 0.3)
    emitted = added * industry.emission_kg / 1000 * rng.lognormvariate(0, 0.4)
    shares = TAX_SHARES | dict([EXTRA_TAXES.get(industry.product, ("land_appreciation_tax", 0.0))])
    taxes = {name: round(tax * share * rng.uniform(0.7, 1.3), 2) for name, share in shares.items()}
    taxes |= {name: round(taxes["value_added_tax"] * share, 2) for name, share in SURCHARGES.items()}
    taxes["vehicle_vessel_tax"] = 360.0 * rng.randint(0, 6)
    if rng.random() < 0.2:
        taxes["policy_relief"] = round(tax * rng.uniform(0.01, 0.08), 2)
    return Figures(
        industrial_value_added=round(added * 10),
        operating_revenue=round(revenue * 10),
        rd_expenditure=round(rd * 10),
        energy_consumption=round(added / industry.added_per_tce * rng.lognormvariate(0, 0.35), 2),
        headcounts=[round(staff * rng.uniform(0.95, 1.05)) for _ in range(12)],
        headcount_year_end=round(staff * rng.uniform(0.95, 1.07)),
        taxes=taxes,
        emissions={name: round(emitted * share, 3) for name, share in POLLUTANTS.items()},
    )


def read_counties(years: Sequence[int]) -> dict[str, dict[str, str]]:
    """The counties of the policy that are in force on the cut-off date of every one of `years`."""
    first, last = f"{years[0]}-12-31", f"{years[-1]}-12-31"
    with (POLICY / "counties.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["county_code"]: row
            for row in csv.DictReader(file)
            if (row["valid_from"] or first) <= first and (row["valid_to"] or last) >= last
        }


def found_city(seed: int, years: Sequence[int], enterprises: int) -> City:
    """A city of `enterprises`, ordinary but for a tobacco plant and those that produce in two counties."""
    city = City(seed, years, read_counties(years))
    rng = city.random("city")
    large = enterprises >= ALL_COUNTIES_FROM
    counties = [code for code in city.counties if large or code in SMALL_CITY]
    city.parks = {
        f"YQ{code}{n}": CODES_OF_ZONES.get(code, code) for code in counties for n in range(1, 2 + large)
    }
    weights = [REGIONS[city.counties[code]["region"]][0] for code in counties]
    for _ in range(enterprises - 1):
        industry = rng.choices(INDUSTRIES, [industry.weight for industry in INDUSTRIES])[0]
        city.add_site(rng, rng.choices(counties, weights)[0], industry)
    city.add_site(rng, counties[0], TOBACCO)
    city.parks[f"YQ{counties[0]}9"] = counties[0]  # nobody has moved in yet
    zones = [zone for zone in HOME_COUNTIES if zone in counties]
    for number, seat in enumerate(city.sites[: max(2, enterprises // 150)]):
        taken = {seat.county_code, seat.reported_county, *HOME_COUNTIES.get(seat.county_code, ())}
        free = [code for code in counties if not taken & {code, *HOME_COUNTIES.get(code, ())}]
        branch_in = [zone for zone in zones if zone in free] if number == 0 else free
        city.add_site(rng, rng.choice(branch_in or free), seat.industry, of=seat)
    return city
