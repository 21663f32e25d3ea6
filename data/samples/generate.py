"""Write an inbox of made-up years, as departments deliver them: a city (`city`, `cases`) → feed rows → files.

Belongs here: what each department tells of the city, and how its clerks write it down. Labels and choices
come from the feed contract. The same arguments give the same bytes.

    python data/samples/generate.py --out data/samples/inbox --notice data/samples/inbox-notice
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import follow_up
import xlsxwriter
from cases import FEWEST, RULE_COUNTY, city_with_cases, wanzhou
from city import City, Site
from follow_up import Result

from orchestration.intake.contract import Column, Contract, Feed, load_contract

FEEDS = Path(__file__).resolve().parents[1] / "feeds"
MU_PER_M2 = 0.0015
LISTED_YEARS = {"transfer": 1, "newly_above_scale": 3}  # for which the office lists a transition
SPLITS = {  # one file for each value of this column of counties.csv
    "enterprise_statistics": "region_zh",
    "tax_payments": "region_zh",
    "land_parcels": "region_zh",
    "county_verification": "county_name",
    "county_filings": "county_name",
}
# What comes after the notice of a year; objections first, which are there, undecided, before it ends.
WITH_THE_RESULT = ("objections", "measures", "improvement_plans", "county_filings")
ENCODINGS = {  # the others come as .xlsx; of several, the files of a feed take turns
    "tax_payments": ("gb18030", "xlsx"),
    "county_verification": ("xlsx", "xlsx", "gb18030"),
    "land_parcels": ("xlsx", "gb18030", "xlsx"),
    "land_confirmed": ("gb18030",),
    "incidents": ("utf-8-sig",),
    "county_statistics": ("utf-8-sig",),
    "pollutant_emissions": ("utf-8-sig",),
    "new_industrial_land": ("utf-8",),
}
DATE_FORMS = (
    "{0:%Y-%m-%d}",
    "{0.year}/{0.month}/{0.day}",
    "{0.year}.{0.month}.{0.day}",
    "{0:%Y年%m月%d日}",
    "{0:%Y%m%d}",
)
BLANKS = ("", "-", "—", "/")
FULL_WIDTH = str.maketrans("0123456789-", "０１２３４５６７８９−")
FULL_WIDTH_BRACKETS = str.maketrans("()", "（）")
Sources = tuple[object, ...]


class Year:
    """What the departments know of one year. A method for each feed that is delivered, named after it, yields
    for every row the objects to read its columns from: the first that has a key or an attribute of the
    column's name gives it. `noticed`: as they knew it at the notice. `previous` and `results` are what the
    year before and this one came to.
    """

    def __init__(self, city: City, year: int, *, noticed: bool = False, previous: list[Result] | None = None):
        self.city = city.at_the_notice() if noticed else city
        self.year = year
        self.noticed = noticed
        self.previous = previous or []
        self.results: list[Result] = []
        self.sites = of_year(self.city, year)
        self.evaluated = [site for site in self.sites if site.evaluated]
        self.surveyed = [site for site in of_year(city, year) if site.evaluated]

    def rows(self, feed: Feed) -> Iterator[list[Any]]:
        """The rows of a feed, in the order of its columns."""
        for sources in getattr(self, feed.name)():
            yield [_look_up(column, sources) for column in feed.columns]

    def enterprise_roster(self) -> Iterator[Sources]:
        for site in self.sites:
            kind, since = site.transition or (None, None)
            over = kind and since and not 0 <= self.year - since.year < LISTED_YEARS[kind]
            if over and not site.transition_stays_listed:
                kind = since = None
            given: dict[str, Any] = {"transition_type": kind, "transition_since": since}
            given["data_centre"] = site.industry.product == "电子科技" and site.uscc[15] == "7"
            if site.suspended_each_autumn:
                given["suspended_since"] = date(self.year, 9, 12)
            if site.on_roster:
                yield given, site

    def park_list(self) -> Iterator[Sources]:
        kinds = ("economic_zone", "high_tech_zone", "municipal_park")
        for number, (park, county) in enumerate(self.city.parks.items()):
            place, ordinal = (
                self.city.counties[park[2:-1]]["county_name"],
                "一二三四五六七八九"[int(park[-1]) - 1],
            )
            name = f"{place}示例{ordinal}园"
            kind = kinds[number % len(kinds)]
            yield ({"park_code": park, "park_name": name, "county_code": county, "park_type": kind},)

    def honours(self) -> Iterator[Sources]:
        kinds = [(site, kind) for site in self.sites for kind in site.honours]
        for number, (site, kind) in enumerate(kinds, 1):
            day = (
                date(self.year, number % 12 + 1, number % 28 + 1)
                if number != 5
                else date(self.year - 1, 12, 29)
            )
            document = f"渝样证〔{day.year}〕{number}号"
            yield {"honour_type": kind, "awarded_on": day, "document_no": document}, site

    def incidents(self) -> Iterator[Sources]:
        events: list[Sources] = [
            ({"incident_type": kind}, site) for site in self.sites for kind in site.incidents
        ]
        if events:
            park, county = next(iter(self.city.parks.items()))
            place = {"uscc": None, "county_code": county, "park_code": None}
            events.append(({"incident_type": "major_pollution"}, place))
            events.append(({"incident_type": "major_safety"}, place | {"park_code": park}))
            events.append(({"occurred_on": date(self.year - 1, 12, 30)}, *events[0]))
        for number, event in enumerate(events, 1):
            day = date(self.year, number % 12 + 1, number % 28 + 1)
            yield *event, {"incident_id": f"JF{self.year}{number:04d}", "occurred_on": day}

    def county_verification(self) -> Iterator[Sources]:
        rng = self.city.random(f"verification {self.year}")
        for site in self.evaluated:
            area = round(site.land_area(self.year) * MU_PER_M2 * rng.uniform(0.997, 1.003), 4)
            day = date(self.year + 1, 3, rng.randint(1, 28))
            yield {"verified_area_mu": area, "verified_on": day}, site

    def waivers(self) -> Iterator[Sources]:
        approval: dict[str, Any] = {
            "reason": "已核实：当年享受免税政策，无应缴税款",
            "approved_by": "市亩均办",
        }
        approval |= {"approved_on": date(self.year + 1, 4, 10), "expires_on": date(self.year + 10, 12, 31)}
        for rule, site in self.city.waived if self.year == self.city.years[-1] else ():
            key = f"{site.uscc}/{site.county_code}"
            yield {"rule_id": rule, "finding_key": key, "figure_1": None, "figure_2": None}, approval

    def group_applications(self) -> Iterator[Sources]:
        for number, group in enumerate(self.city.groups, 1):
            approval = {"approved_by": "市亩均办", "approved_on": date(self.year + 1, 4, 8)}
            for member in group.members:
                yield approval | {"application_no": f"JT{self.year}-{number:02d}"}, group, member

    def objections(self) -> Iterator[Sources]:
        made = self.city.objections if self.year == self.city.years[-1] else ()
        for number, objection in enumerate(made, 1):
            received = {
                "objection_no": f"YY{self.year}-{number:02d}",
                "received_on": date(self.year + 1, 5, 19 + number % 4),
            }
            outcome: dict[str, Any] = dict.fromkeys(("decision", "decided_value", "decided_on", "reply"))
            if not self.noticed:
                value = objection.decided_value and objection.decided_value(objection.site, self.year)
                outcome = {"decided_value": value, "decided_on": date(self.year + 1, 6, 3 + number % 3)}
            yield received, outcome, objection, objection.site

    def measures(self) -> Iterator[Sources]:
        for measure in follow_up.measures(self.year, self.city.years[0], self.city.counties):
            yield (measure,)

    def improvement_plans(self) -> Iterator[Sources]:
        for plan in follow_up.improvement_plans(self.year, self.previous, self.city.counties):
            yield (plan,)

    def county_filings(self) -> Iterator[Sources]:
        for filing in follow_up.county_filings(self.year, self.results, self.city.counties):
            yield (filing,)

    def county_rules(self) -> Iterator[Sources]:
        if RULE_COUNTY in self.city.counties:
            quotas = {"quota_a": 25, "quota_b": 52.5, "quota_c": 17.5, "quota_d": 5}
            yield {"county_code": RULE_COUNTY, "transfer_years": 1, "newly_above_scale_years": 2}, quotas

    def enterprise_statistics(self) -> Iterator[Sources]:
        for site in self.sites:
            if site.reports and site.on_roster:
                heads = {
                    f"headcount_{month:02d}": heads for month, heads in enumerate(site.figures.headcounts, 1)
                }
                yield heads, site.figures, site

    def county_statistics(self) -> Iterator[Sources]:
        rng = self.city.random(f"county totals {self.year}")
        enterprises, added, revenue = Counter[str](), Counter[str](), Counter[str]()
        for site in self.evaluated:
            for county in {site.county_code, site.reported_county} if site.reports else ():
                enterprises[county] += 1
                added[county] += site.figures.industrial_value_added
                revenue[county] += site.figures.operating_revenue
        for county in sorted(enterprises):
            yield (
                {"county_code": county, "enterprise_count": enterprises[county]},
                {"industrial_value_added": round(added[county] * rng.uniform(0.998, 1.002))},
                {"operating_revenue": round(revenue[county] * rng.uniform(0.998, 1.002))},
            )

    def tax_payments(self) -> Iterator[Sources]:
        for site in self.sites:
            for _ in range(site.reports + site.tax_row_comes_twice):
                yield {"county_code": site.reported_county}, site.figures.taxes, site

    def pollutant_emissions(self) -> Iterator[Sources]:
        for site in self.sites:
            if site.key_monitored is not None:
                yield {"county_code": site.reported_county}, site.figures.emissions, site

    def land_parcels(self) -> Iterator[Sources]:
        for site in self.sites:
            holder = {"county_code": site.reported_county, "holder_name": site.enterprise_name}
            for parcel in site.parcels:
                if parcel.registered_on < date(self.year + 1, 3, 1):
                    yield holder, parcel, site

    def land_leases(self) -> Iterator[Sources]:
        for site in self.sites:
            for lease in site.leases_in:
                yield {"county_code": site.reported_county}, lease

    def land_confirmed(self) -> Iterator[Sources]:
        for site in self.sites:
            if site.confirmed_share:
                area = site.land_area(self.year)
                yield {"county_code": site.reported_county, "confirmed_area_m2": area}, site

    def territory_land(self) -> Iterator[Sources]:
        used: Counter[tuple[str, str]] = Counter({("park", park): 40_000 for park in self.city.parks})
        for site in self.surveyed:
            unit = site if site.branch_elsewhere else site.merge_into or site
            territories = {("county", unit.county_code), ("county", unit.reported_county), ("city", "500000")}
            if unit.park_code:
                territories.add(("park", unit.park_code))
            for territory in territories:
                used[territory] += round(site.land_area(self.year))
        for (kind, code), area in sorted(used.items()):
            hectares = area / self.city.random(f"survey {kind} {code}").uniform(0.6, 0.9) / 10_000
            yield {"territory_type": kind, "territory_code": code}, {"industrial_land_ha": round(hectares, 2)}

    def new_industrial_land(self) -> Iterator[Sources]:
        rng = self.city.random(f"grants {self.year}")
        for number in range(6 + len(self.sites) // 100):
            county = rng.choice(list(self.city.parks.values()))
            signed = date(self.year - (number == 3), rng.randint(1, 12), rng.randint(1, 28))
            grant = {
                "parcel_id": self.city.new_parcel_id(county),
                "county_code": county,
                "contract_date": signed,
            }
            yield (
                grant,
                {"area_m2": round(rng.lognormvariate(10.2, 0.6), 2), "standard_land": rng.random() < 0.85},
            )


def of_year(city: City, year: int) -> list[Site]:
    """The sites that there are in a year."""
    return [site for site in city.sites if site.first_year <= year <= site.last_year]


def _look_up(column: str, sources: Sources) -> Any:
    for source in sources:
        if isinstance(source, dict):
            if column in source:
                return source[column]
        elif hasattr(source, column):
            return getattr(source, column)
    raise LookupError(f"No source of this row has the column {column}.")


@dataclass(frozen=True)
class Clerk:
    """How one file is filled in."""

    rng: Random
    header: str  # label, wide label or name
    date_form: str  # blank: a date cell
    numbers: str  # plain, grouped, by hand
    own_columns: bool
    title: bool

    @classmethod
    def of_file(cls, rng: Random, number: int) -> Clerk:
        """The clerk of the `number`th file: the habits take turns, so that each of them occurs."""
        return cls(
            rng=rng,
            header=("label", "label", "name", "wide label")[number % 4],
            date_form=("", *DATE_FORMS)[number % 6],
            numbers=("plain", "grouped", "by hand")[number % 3],
            own_columns=number % 5 in (1, 2),
            title=number % 4 != 2,
        )

    def heading(self, column: Column) -> str:
        """The column's header."""
        if self.header == "name":
            return column.name
        return column.label.translate(FULL_WIDTH_BRACKETS) if self.header == "wide label" else column.label

    def cell(self, column: Column, value: Any) -> Any:
        """The value as this clerk writes it."""
        by_hand = self.numbers == "by hand"
        value = spelt(column, value)
        if value is None or (by_hand and value == 0 and column.blank_is == "0" and self.rng.random() < 0.5):
            return self.rng.choice(BLANKS) if by_hand else ""
        if isinstance(value, date):
            return self.date_form.format(value) if self.date_form else value
        if self.numbers == "plain":
            return int(value) if column.type == "code" and value.isdigit() else value  # as Excel takes it
        if isinstance(value, str):
            return value
        text = f"{value:,.2f}" if isinstance(value, float) and value == round(value, 2) else f"{value:,}"
        return text.translate(FULL_WIDTH) if by_hand and self.rng.random() < 0.1 else text

    def table(self, feed: Feed, rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
        """Header and rows, the columns in the clerk's order, and with them some that nobody asked for."""
        columns = list(enumerate(feed.columns.values()))
        if self.own_columns:
            self.rng.shuffle(columns)
        table: list[list[Any]] = [[self.heading(column) for _, column in columns]]
        table += [[self.cell(column, row[position]) for position, column in columns] for row in rows]
        if self.own_columns:
            remarks = ["备注", *self.rng.choices(("", "", "已核"), k=len(table) - 1)]
            table = [[number or "序号", *cells, remarks[number]] for number, cells in enumerate(table)]
        return table


def spelt(column: Column, value: Any) -> Any:
    """A choice by its label and a boolean in Chinese; everything else as it is."""
    if column.type == "choice" and value is not None:
        return next(label for label, code in column.choices.items() if code == value)
    if column.type == "boolean":
        return "是" if value else "否"
    return value


def write_csv(path: Path, encoding: str, lines: Iterable[Sequence[Any]]) -> None:
    """A comma-separated file as Excel saves it."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(lines)


def write_workbook(path: Path, title: Sequence[str], table: Sequence[Sequence[Any]]) -> None:
    """A workbook with title lines above the header, the first one merged across."""
    workbook = xlsxwriter.Workbook(path)
    workbook.set_properties({"created": datetime(2024, 1, 1)})  # else the clock's: other bytes every time
    centred, dates = workbook.add_format({"align": "center"}), workbook.add_format({"num_format": "yyyy/m/d"})
    sheet = workbook.add_worksheet(title[0])
    sheet.merge_range(0, 0, 0, len(table[0]) - 1, title[0], centred)
    sheet.write_column(1, 0, title[1:])
    for number, cells in enumerate(table, len(title)):
        for column, cell in enumerate(cells):
            if isinstance(cell, date):
                sheet.write_datetime(number, column, cell, dates)
            elif isinstance(cell, str):
                sheet.write_string(number, column, cell)
            else:
                sheet.write_number(number, column, cell)
    workbook.close()


def deliver(year: Year, feeds: Iterable[Feed], contract: Contract, out: Path, files: Iterator[int]) -> None:
    """Write feeds as departments do: several files a feed, every clerk with other habits."""
    for feed in feeds:
        folder = out / feed.department / str(year.year)
        folder.mkdir(parents=True, exist_ok=True)
        split, encodings = SPLITS.get(feed.name), ENCODINGS.get(feed.name, ("xlsx",))
        county = list(feed.columns).index("county_code") if split else 0
        parts: dict[str, list[list[Any]]] = defaultdict(list)
        for row in year.rows(feed):
            parts[f"_{year.city.counties[row[county]][split]}" if split else ""].append(row)
        for number, (part, rows) in enumerate(sorted(parts.items()) or [("", [])]):
            clerk = Clerk.of_file(year.city.random(f"{year.year} {feed.name}{part}"), next(files))
            table = clerk.table(feed, rows)
            title = [f"重庆市{year.year}年{feed.label}", f"填报单位：{contract.departments[feed.department]}"]
            stem = (feed.name if clerk.header == "name" else feed.label) + part
            encoding = encodings[number % len(encodings)]
            if encoding == "xlsx":
                write_workbook(folder / f"{stem}.xlsx", title, table)
            else:
                write_csv(folder / f"{stem}.csv", encoding, [[line] for line in title if clerk.title] + table)


def deliver_plain(year: Year, feeds: Iterable[Feed], out: Path) -> None:
    """Write feeds as one plain CSV each, for large numbers."""
    for feed in feeds:
        folder = out / feed.department / str(year.year)
        folder.mkdir(parents=True, exist_ok=True)
        columns = list(feed.columns.values())
        rows = ([spelt(*cell) for cell in zip(columns, row, strict=True)] for row in year.rows(feed))
        write_csv(folder / f"{feed.label}.csv", "utf-8", ([column.label for column in columns], *rows))


def deliver_to_the_end(city: City, contract: Contract, out: Path, notice: Path) -> None:
    """Write whole years, with what their results lead to; and the last one as it stood at its notice."""
    with_the_result = [contract.feeds[name] for name in WITH_THE_RESULT]
    previous: list[Result] = []
    for number in city.years:
        if number > city.years[0]:
            city.grow(number)
        if number == city.years[-1]:
            noticed = Year(city, number, noticed=True)
            deliver(noticed, [*ordinary(contract), contract.feeds["objections"]], contract, notice, count())
        year, files = Year(city, number, previous=previous), count()
        deliver(year, ordinary(contract), contract, out, files)
        previous = year.results = follow_up.results_of(number, out)
        deliver(year, with_the_result, contract, out, files)


def ordinary(contract: Contract) -> list[Feed]:
    """The feeds that a result is made from; that of the groups last, as it stands beside the result."""
    feeds = [feed for feed in contract.feeds.values() if feed.name not in WITH_THE_RESULT]
    return sorted(feeds, key=lambda feed: feed.name == "group_applications")


def main() -> None:
    """Read the command line, invent the city, write its years."""
    parser = argparse.ArgumentParser(
        description="Write an inbox of made-up years, as departments deliver them."
    )
    parser.add_argument("--out", type=Path, required=True, help="the inbox to write into")
    parser.add_argument(
        "--case", choices=("city", "wanzhou"), default="city", help="wanzhou: 170 enterprises there"
    )
    parser.add_argument("--enterprises", type=int, default=300, help=f"of the city, at least {FEWEST}")
    parser.add_argument(
        "--years", type=int, nargs="+", default=[2023, 2024], help="evaluation years, in a row"
    )
    parser.add_argument("--seed", type=int, default=72, help="the same seed gives the same files")
    parser.add_argument("--plain", action="store_true", help="one plain CSV a feed, for large numbers")
    parser.add_argument(
        "--notice",
        type=Path,
        help="tell each year to its end, with objections, measures, plans and filings (by the results of the "
        "pipeline itself), and write here how the last one stood at its notice",
    )
    arguments = parser.parse_args()
    years = sorted(set(arguments.years))
    if years != list(range(years[0], years[-1] + 1)):
        parser.error("--years: the years must follow each other, for figures grow from one to the next.")
    for inbox in filter(None, (arguments.out, arguments.notice)):
        if inbox.exists() and any(inbox.iterdir()):
            parser.error(f"{inbox} is not empty; files of another city would stay among the new ones.")
    if arguments.notice and (arguments.plain or arguments.case == "wanzhou"):
        parser.error("--notice: neither --plain nor 万州 has a notice.")
    if arguments.case == "city" and arguments.enterprises < FEWEST:
        parser.error(f"--enterprises: the special cases need at least {FEWEST}.")
    if arguments.case == "wanzhou":
        city = wanzhou(arguments.seed, years)
    else:
        city = city_with_cases(arguments.seed, years, arguments.enterprises)
    contract = load_contract(FEEDS)
    if arguments.notice:
        deliver_to_the_end(city, contract, arguments.out, arguments.notice)
        return
    for year in years:
        if year > years[0]:
            city.grow(year)
        if arguments.plain:
            deliver_plain(Year(city, year), ordinary(contract), arguments.out)
        else:
            deliver(Year(city, year), ordinary(contract), contract, arguments.out, count())


if __name__ == "__main__":
    main()
