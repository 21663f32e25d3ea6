"""Every special case of the rulebook, planted among the ordinary enterprises of a city.

One function a case; each is called once in a city of 300 and in proportion in a larger one. A case takes its
enterprises out of a pool, so that no two cases meet in one enterprise. Faults do not belong here: a year with
all of these cases breaks no rule of severity error.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date

from city import (
    HOME_COUNTIES,
    INDUSTRIES,
    TAX_SHARES,
    City,
    Figures,
    Group,
    Objection,
    Site,
    found_city,
    read_counties,
)

ENTERPRISES_PER_CASE = 300
FEWEST = 150  # the special cases need this many to stand among ordinary enterprises
RULE_COUNTY = "500116"  # has its own quotas and transition lengths


class Pool:
    """Ordinary sites with land of their own."""

    def __init__(self, sites: Iterable[Site]) -> None:
        self.by_county: dict[str, list[Site]] = defaultdict(list)
        for site in sites:
            self.by_county[site.county_code].append(site)

    def pair(self) -> tuple[Site, Site]:
        """Two sites of one county: the one with most left."""
        left = max(self.by_county.values(), key=len)
        return left.pop(), left.pop()

    def elsewhere(self, site: Site) -> Site:
        """One site of another county: the one with most left."""
        near = {site.county_code, site.reported_county, *HOME_COUNTIES.get(site.county_code, ())}
        near |= {zone for zone, homes in HOME_COUNTIES.items() if near & set(homes)}
        return max((left for county, left in self.by_county.items() if county not in near), key=len).pop()

    def one(self, county: str | None = None) -> Site:
        """One site, of the given county if there is one left."""
        left = self.by_county.get(county or "") or max(self.by_county.values(), key=len)
        return left.pop()


def merge_same_site(city: City, pool: Pool) -> None:
    """Two firms on one site, land all in the larger one's name (说明 一.3)."""
    target, member = pool.pair()
    member.merge_into, member.merge_reason = target, "same_site"
    member.home_county_code, member.park_code = target.home_county_code, target.park_code
    member.parcels, member.confirmed_share = [], None
    revenues = target.figures.operating_revenue, member.figures.operating_revenue
    member.figures = member.figures.scaled(min(1.0, 0.5 * revenues[0] / revenues[1]))


def merge_group(city: City, pool: Pool) -> None:
    """A group evaluated as one, in two parks, two firms with the same honour; its holding reports nothing."""
    target, plant = pool.pair()
    holding = pool.one(target.county_code)
    plant.merge_into = holding.merge_into = target
    plant.merge_reason, holding.reports = "group", False
    plant.honours, target.honours = ["green_factory"], ["green_factory"]


def stop_production(site: Site, since: date) -> None:
    """Leave a site its guards, some rent, and the taxes on what it owns."""
    taxes = {tax: site.figures.taxes[tax] if tax == "property_tax" else 0.0 for tax in TAX_SHARES}
    site.suspended_since, site.key_monitored = since, None
    site.figures = Figures(-185, 620, 0, 3.4, [5, 5, 5, 5, 5, 4, 4, 4, 4, 4, 4, 4], 4, taxes, {})


def suspend(city: City, pool: Pool) -> None:
    """Out of production for exactly a year on the first cut-off date (vetoed), and for some months only."""
    stop_production(pool.one(), date(city.years[0] - 1, 12, 31))
    pool.one().suspended_each_autumn = True


def pay_no_tax(site: Site) -> None:
    """Zero tax of a going concern: vetoed."""
    site.figures.taxes = dict.fromkeys(TAX_SHARES, 0.0)


def zero_tax(city: City, pool: Pool) -> None:
    """Zero tax with revenue, which the office has looked into."""
    site = pool.one()
    pay_no_tax(site)
    city.waived.append(("TAX-01", site))


def negative(city: City, pool: Pool) -> None:
    """Materials that cost more than the output brought, and a refund beyond the taxes paid."""
    for site in pool.pair():
        site.figures.industrial_value_added = -round(site.figures.industrial_value_added * 0.15)
    pool.one().figures.taxes["value_added_tax"] *= -2.4


def restart(city: City, pool: Pool) -> None:
    """A plant under a new owner, not started again: nothing to measure, in transition, then vetoed."""
    site = pool.one()
    site.transition, site.key_monitored = ("transfer", date(city.years[0], 4, 18)), None
    site.figures = Figures(0, 0, 0, 0.0, [0] * 12, 0, dict.fromkeys(TAX_SHARES, 0.0), {})


def transition(city: City, pool: Pool) -> None:
    """Transitions of both types within their years, beyond them, and shortened by the county."""
    first, last = city.years[0], city.years[-1]
    for since in (date(first, 3, 9), date(last, 7, 26), date(first - 1, 11, 2)):
        site = pool.one()
        site.transition, site.transition_stays_listed = ("transfer", since), since.year < first
    for since in (date(first, 4, 1), date(first - 1, 5, 1), date(first - 2, 10, 1), date(first - 3, 12, 1)):
        site = pool.one(RULE_COUNTY if since.year == first - 1 else None)
        site.above_scale_since, site.transition = since, ("newly_above_scale", since)
        site.transition_stays_listed = since.year == first - 3


def come_and_go(city: City, pool: Pool) -> None:
    """Two enterprises leave the roster after the first year, two come in the last."""
    if len(city.years) > 1:
        for leaving, entering in (pool.pair(), pool.pair()):
            leaving.last_year, entering.first_year = city.years[0], city.years[-1]
            entering.above_scale_since = date(city.years[-1], 6, 1)
            entering.transition = ("newly_above_scale", date(city.years[-1], 6, 1))


def tie(city: City, pool: Pool) -> None:
    """Two enterprises of one county whose every ratio is the same: they share a rank."""
    original, double = pool.pair()
    for site in (original, double):
        site.confirmed_share, site.honours = None, []
    double.double_of, double.figures = original, original.figures.scaled(2)
    double.parcels = [
        replace(parcel, parcel_id=city.new_parcel_id(double.reported_county), area_m2=parcel.area_m2 * 2)
        for parcel in original.parcels
    ]


def confirm(city: City, pool: Pool) -> None:
    """Two areas that the planning bureau confirmed, one of them far from what the registers add up to."""
    pool.one().confirmed_share = 1.02
    pool.one().confirmed_share = 0.91


def rename(city: City, pool: Pool) -> None:
    """An enterprise that the tax bureau, and so its county, still knows by the former name."""
    site = pool.one()
    site.taxpayer_name = site.enterprise_name.replace("有限", "实业有限")


def deliver_beside(city: City, pool: Pool) -> None:
    """An enterprise below scale, known to tax and planning but not on the roster; a tax row come twice."""
    small = pool.one()
    small.on_roster, small.honours, small.confirmed_share = False, [], None
    pool.one().tax_row_comes_twice = True


def new_land(city: City, pool: Pool) -> None:
    """说明 三.5: within three years, exactly three, three next year, before going above scale, all new."""
    first = city.years[0]
    city.add_parcel(pool.one(), 0.3, date(first - 1, 6, 15))
    city.add_parcel(pool.one(), 0.15, date(first - 3, 12, 31))
    city.add_parcel(pool.one(), 0.12, date(first - 2, 5, 20))
    small = pool.one()
    small.above_scale_since = date(first - 1, 4, 1)
    city.add_parcel(small, 0.15, date(first - 2, 8, 16))
    moved = pool.one()
    new = city.add_parcel(moved, 0.9, date(first - 1, 3, 3))
    moved.parcels = [replace(old, ended_on=date(first - 1, 12, 20)) for old in moved.parcels[:-1]] + [new]
    city.add_lease(pool.one(), moved, 0.1 * new.area_m2, date(first, 2, 1), parcel_id=new.parcel_id)


def other_land(city: City, pool: Pool) -> None:
    """Parcels that ended on the cut-off date, were registered after it, or are of another use."""
    first = city.years[0]
    city.add_parcel(pool.one(), 0.1, date(2012, 3, 8), ended_on=date(first, 12, 31))
    city.add_parcel(pool.one(), 0.1, None, registered_on=date(first + 1, 2, 10))
    mixed = pool.one()
    city.add_parcel(mixed, 0.4, date(2014, 9, 2), land_use="other")
    city.add_parcel(mixed, 0.2, date(2013, 5, 6), land_use="warehousing")


def let_land(city: City, pool: Pool) -> None:
    """Land and buildings let within the roster: running, ending, ended, not begun; and sold."""
    first, last = city.years[0], city.years[-1]
    begun, until = date(first - 2, 1, 1), date(last + 3, 12, 31)
    lessor, lessee = pool.pair()
    plot = lessor.parcels[0].parcel_id
    area = 0.05 * min(lessor.parcels[0].area_m2, lessee.parcels[0].area_m2)
    city.add_lease(lessee, lessor, 2 * area, begun, until)
    city.add_lease(
        lessee, lessor, area, begun, date(first, 12, 31), parcel_id=plot
    )  # in force to the last day
    city.add_lease(lessee, lessor, area, begun, until, object_type="single_storey")
    city.add_lease(lessee, lessor, area, begun, None, object_type="multi_storey")
    city.add_lease(lessee, lessor, area, begun, date(first, 12, 30))
    city.add_lease(lessee, lessor, area, date(last + 1, 2, 1), until)
    buyer, seller = pool.pair()
    sold = seller.parcels[0]
    city.add_lease(buyer, seller, 0.1 * sold.area_m2, begun, None, "purchase", "multi_storey", sold.parcel_id)
    city.add_lease(buyer, None, 0.1 * sold.area_m2, begun, None, "other", "single_storey")


def sublet_land(city: City, pool: Pool) -> None:
    """A sublease of a developer's land; land let that the lessor itself was not charged with."""
    first, last = city.years[0], city.years[-1]
    begun, until = date(first - 1, 7, 1), date(last + 4, 6, 30)
    middleman, tenant = pool.pair()
    developer, plot = city.new_uscc(middleman.county_code), city.new_parcel_id(middleman.reported_county)
    rented = 0.5 * middleman.parcels[0].area_m2
    city.add_lease(middleman, developer, rented, begun, until, parcel_id=plot)
    city.add_lease(tenant, middleman, 0.2 * rented, begun, until, parcel_id=plot)
    lessor, lessee = pool.pair()
    new = city.add_parcel(lessor, 0.25, date(first - 1, 2, 7))
    other = city.add_parcel(lessor, 0.2, date(2011, 10, 12), land_use="other")
    for parcel in (new, other):
        city.add_lease(lessee, lessor, 0.3 * parcel.area_m2, begun, until, parcel_id=parcel.parcel_id)


def decorate(city: City, pool: Pool) -> None:
    """Honours up to the cap and beyond it, and one below the national level."""
    kinds = ["listing", "single_champion", "little_giant", "green_factory", "other_national"]
    pool.one().honours = [*kinds, "green_factory"]
    pool.one().honours = ["sub_national"]


def offend(city: City, pool: Pool) -> None:
    """Every type of incident, the accident in a zone, and deductions beyond the cap."""
    for kind in ("major_pollution", "illegal_land", "credit_blacklist"):
        pool.one().incidents = [kind]
    pool.one(next(iter(HOME_COUNTIES))).incidents = ["major_safety"]
    untrusted = pool.one()
    untrusted.incidents, untrusted.tax_credit_grade = ["tax_credit_d"], "D"
    pool.one().incidents = ["illegal_land", "major_safety", "major_pollution", "credit_blacklist"] * 2


def rename_as(site: Site, name: str) -> None:
    """Another name, which every department knows."""
    site.enterprise_name = site.taxpayer_name = name


def branch(city: City, pool: Pool) -> None:
    """A works in another county that keeps no books of its own: evaluated with the group (说明 一.3)."""
    group = pool.one()
    works = pool.elsewhere(group)
    works.merge_into, works.merge_reason = group, "branch"
    rename_as(works, f"{group.enterprise_name}{city.counties[works.county_code]['county_name']}分公司")
    works.confirmed_share, works.industry, works.industry_code = None, group.industry, group.industry_code
    works.figures = works.figures.scaled(0.4)
    works.parcels = [replace(parcel, area_m2=round(parcel.area_m2 * 0.4, 2)) for parcel in works.parcels]


def apply_as_groups(city: City, pool: Pool) -> None:
    """Overall results applied for: by a holding with plants in two counties, by a firm with a subsidiary."""
    parent, sister = pool.pair()
    far = pool.elsewhere(parent)
    holding = city.new_uscc(parent.county_code)
    first, second = pool.pair()
    for uscc, members in ((holding, [parent, sister, far]), (first.uscc, [first, second])):
        brand = members[0].enterprise_name.removeprefix("重庆")[:3]
        for member, ordinal in zip(members, ("", "第二", "第三"), strict=False):
            rename_as(member, f"重庆{brand}{ordinal}{member.industry.product}有限公司")
        group_name = f"重庆{brand}控股集团有限公司" if uscc == holding else members[0].enterprise_name
        city.groups.append(Group(uscc, group_name, members[0].county_code, members))


def object_to_the_notice(city: City, pool: Pool) -> None:
    """Objections of every kind to the last notice; and a figure corrected since that nobody objected to."""
    taxed, measured, staffed, titled, unconvinced, curious, silent = (pool.one() for _ in range(7))
    below_scale = next(site for site in city.sites if not site.on_roster)
    measured.confirmed_share, titled.honours = 0.985, ["green_factory"]

    def half_the_income_tax(site: Site) -> None:
        site.figures.taxes["enterprise_income_tax"] = round(
            site.figures.taxes["enterprise_income_tax"] / 2, 2
        )

    def a_road_in_the_area(site: Site) -> None:
        site.confirmed_share = 1.045

    def agency_workers(site: Site) -> None:
        site.figures.headcounts[6:] = [round(heads * 1.4) for heads in site.figures.headcounts[6:]]

    def a_title_of_the_city(site: Site) -> None:
        site.honours = ["sub_national"]

    def energy_sold_on(site: Site) -> None:
        site.figures.energy_consumption = round(site.figures.energy_consumption * 1.12, 2)

    city.mistakes += [
        (half_the_income_tax, taxed),
        (a_road_in_the_area, measured),
        (agency_workers, staffed),
        (a_title_of_the_city, titled),
        (energy_sold_on, silent),
    ]
    city.objections += [
        Objection(
            taxed,
            "tax",
            "公示税收少计：企业所得税汇算清缴前预缴的后两个季度未计入",
            "upheld",
            lambda site, _: round(sum(site.figures.taxes.values()) / 10_000, 4),
            "经市税务局核对入库记录，后两个季度企业所得税应计入，已更正",
        ),
        Objection(
            measured,
            "land_area_mu",
            "核定面积含厂区外已移交的道路用地，应予扣除",
            "upheld",
            lambda site, year: round(site.land_area(year) * 15 / 10_000, 4),
            "经市规划自然资源局复核，道路用地已移交，核定面积已更正，区县已重新核实",
        ),
        Objection(
            staffed,
            "average_headcount",
            "下半年从业人员误计劳务派遣人员，全年平均人数应按上半年水平计算",
            "partly",
            lambda site, _: round(sum(site.figures.headcounts) / 12, 4),
            "经市统计局核对，劳务派遣人员不应计入；下半年新招人员应计入，不按上半年水平计算",
        ),
        Objection(
            titled,
            "events",
            "当年获得的绿色工厂为国家级称号，误登记为市级",
            "upheld",
            lambda _site, _year: 2,
            "经核对认定文件，称号为国家级，已更正，加2分",
        ),
        Objection(
            unconvinced,
            "value_added",
            "工业增加值低于企业自行测算数",
            "rejected",
            None,
            "工业增加值以市统计局年报数为准，经核对无误",
        ),
        Objection(
            curious,
            "other",
            "认为应与全市同行业企业比较，不应与本区县其他行业企业比较",
            "rejected",
            None,
            "评价标准以本区县参评企业为范围，依据评价办法执行",
        ),
        Objection(
            below_scale,
            "other",
            "要求参加本年度评价",
            "rejected",
            None,
            "本年度未达规模以上，不在评价范围",
        ),
    ]


CASES: tuple[Callable[[City, Pool], None], ...] = (
    merge_same_site,
    merge_group,
    suspend,
    zero_tax,
    negative,
    restart,
    transition,
    come_and_go,
    tie,
    confirm,
    rename,
    deliver_beside,
    new_land,
    other_land,
    let_land,
    sublet_land,
    decorate,
    offend,
    branch,
    apply_as_groups,
    object_to_the_notice,
)


def city_with_cases(seed: int, years: Sequence[int], enterprises: int) -> City:
    """A city with every special case in it."""
    city = found_city(seed, years, enterprises)
    sites_of = Counter(site.uscc for site in city.sites)
    ordinary = [site for site in city.sites if site.parcels and site.evaluated and sites_of[site.uscc] == 1]
    city.random("cases").shuffle(ordinary)
    pool = Pool(ordinary)
    for case in CASES:
        for _ in range(max(1, round(enterprises / ENTERPRISES_PER_CASE))):
            case(city, pool)
    return city


def wanzhou(seed: int, years: Sequence[int]) -> City:
    """万州 as it reported itself: 170 enterprises, 4 of them vetoed and 14 in transition (rulebook 7.3)."""
    counties = {code: county for code, county in read_counties(years).items() if code == "500101"}
    city = City(seed, years, counties, parks={"YQ5001011": "500101"})
    rng = city.random("wanzhou")
    for number in range(170):
        site = city.add_site(rng, "500101", rng.choice(INDUSTRIES))
        if number < 2:
            stop_production(site, date(years[0] - 2, 5, 31))
        elif number < 4:
            pay_no_tax(site)
        elif number < 18:
            site.above_scale_since = date(years[0], 1, number)
            site.transition = ("newly_above_scale", site.above_scale_since)
    return city
