"""A pair of tiny drops per rule: what it lets pass, and what breaks it and nothing else.

A pair is a function that adds one case to the drop, an enterprise of its own, say. It does so in two ways
that differ in one figure: just within the rule, and just beyond it. It returns the keys of the findings that
are due where it breaks. All pairs make up two drops: one in which everything holds, one in which everything
breaks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tests.drops import CONTRACT, MU, Drop, uscc

Value = TypeVar("Value")

# The county of all cases that nobody needs to see apart, and two others for cases that lie in several.
HERE, THERE, ELSEWHERE = "500103", "500106", "500107"
# Counties of their own: for the cases that look at sums, medians or surveys of a county.
SUMS, MEDIANS, SURVEYED, UNLISTED, LEFT_OUT = "500101", "500102", "500110", "500111", "500113"
NOT_IN_FORCE = "500157"  # from November 2025 on
PARK_HERE, PARK_THERE, PARK_NOWHERE, PARK_UNSURVEYED = "Q001", "Q002", "Q003", "Q004"
FILED, FILED_TOO, FILED_BESIDES, NOBODY = "500114", "500115", "500116", "500119"
AS_OF, NOTICED = "2025-06-01", "2025-05-23"


@dataclass
class Case:
    """The two years' drops in the making: what holds in every rule, or what breaks each of them; and what of
    the second lay there at its notice.

    `follows` are findings that a case can not do without.
    """

    breaks: bool
    before: Drop = field(default_factory=lambda: Drop(2023))
    noticed: Drop = field(default_factory=lambda: Drop(2024))
    this: Drop = field(default_factory=lambda: Drop(2024))
    follows: dict[str, set[str]] = field(default_factory=dict)
    omitted: set[str] = field(default_factory=set)
    strange_files: list[str] = field(default_factory=list)
    unverified: set[str] = field(default_factory=set)
    unsurveyed: set[str] = field(default_factory=set)
    unplanned: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.this.park(PARK_HERE, HERE)
        self.noticed.park(PARK_HERE, HERE)
        self.this.park(PARK_THERE, THERE)

    def either(self, *, holds: Value, breaks: Value) -> Value:
        """The figure that the pair is about."""
        return breaks if self.breaks else holds

    @property
    def as_of(self) -> str:
        """The day of the run: five working days lie between it and the notice's, 26 to 30 May, or four."""
        return self.either(holds=AS_OF, breaks="2025-05-30")

    def follow(self, rule_id: str, key: str) -> None:
        """Say that a finding of another rule follows."""
        self.follows.setdefault(rule_id, set()).add(key)

    def verify(self, code: str, county: str, mu: float, name: str) -> None:
        """Add the county's verification of a roster row."""
        self.this.add(
            "county_verification",
            uscc=code,
            county_code=county,
            taxpayer_name=name,
            verified_area_mu=mu,
            verified_on="2025-03-01",
        )

    def waive(self, rule_id: str, key: str, expires_on: str = AS_OF) -> None:
        """Add a waiver."""
        self.this.add(
            "waivers",
            rule_id=rule_id,
            finding_key=key,
            reason="已核实",
            approved_by="某处",
            approved_on="2025-05-01",
            expires_on=expires_on,
        )

    def plan(self, code: str, county: str, due_on: str = AS_OF) -> None:
        """Add a row to the register of improvement."""
        self.this.add(
            "improvement_plans",
            uscc=code,
            county_code=county,
            batch="帮扶提升",
            plan="技术改造",
            responsible="某局",
            started_on="2025-01-02",
            due_on=due_on,
            status="推进中",
        )

    def file(self, code: str, county: str, **filed: str | float) -> None:
        """Add an enterprise as its county filed it."""
        row = {"class": "B", "document_no": "某府〔2025〕1号"} | filed
        self.this.add("county_filings", uscc=code, county_code=county, **row)

    def apply(self, application: str, members: list[str], **told: str) -> None:
        """Add an application for a group's result, of members in HERE; `told` is what the last row says."""
        for code in members:
            row = {
                "group_uscc": uscc(990),
                "group_name": "样例（集团）公司",
                "evaluating_county_code": HERE,
                "approved_by": "某委",
                "approved_on": "2025-03-01",
            }
            row |= told if code == members[-1] else {}
            self.this.add(
                "group_applications", application_no=application, uscc=code, county_code=HERE, **row
            )

    def object(self, code: str, **decided: str | float) -> str:
        """Add an objection to a tax; returns its number."""
        number = f"Y{len(self.this.rows['objections']) + 1:03d}"
        row = {"decision": "采纳", "decided_on": "2025-05-27"} | decided
        self.this.add(
            "objections",
            objection_no=number,
            uscc=code,
            county_code=HERE,
            received_on="2025-05-26",
            subject="税收",
            claim="税收有误",
            **row,
        )
        return number

    def write_notice(self, inbox: Path) -> Path:
        """Write what lay there at the notice; returns the inbox."""
        _survey(self.noticed, set())
        self.noticed.sum_up()
        return self.noticed.write(inbox)

    def write(self, inbox: Path) -> Path:
        """Write both years, with what every drop needs beside its cases; returns the inbox."""
        for drop in (self.before, self.this):
            _survey(drop, self.unsurveyed)
        _verify(self)
        for row in self.before.rows["enterprise_roster"]:
            if row["uscc"] not in self.unplanned:
                self.plan(row["uscc"], row["county_code"])
        self.this.sum_up(without=[NOT_IN_FORCE])
        self.before.write(inbox)
        self.this.write(inbox)
        for feed in self.omitted:
            department = CONTRACT.feeds[feed].department
            (inbox / department / str(self.this.year) / f"{feed}.csv").unlink()
        for name in self.strange_files:
            (inbox / "commission" / str(self.this.year) / name).write_text("一,二\n1,2\n", encoding="utf-8")
        return inbox


Pair = Callable[[Case], set[str]]
PAIRS: dict[str, Pair] = {}


def pair(rule_id: str) -> Callable[[Pair], Pair]:
    """Register the pair of a rule."""

    def register(add_case: Pair) -> Pair:
        assert rule_id not in PAIRS, rule_id
        PAIRS[rule_id] = add_case
        return add_case

    return register


def _survey(drop: Drop, unsurveyed: set[str]) -> None:
    """Survey the city, and each county and park that the drop names and that was not surveyed otherwise."""
    done = {row["territory_code"] for row in drop.rows["territory_land"]} | unsurveyed
    counties = {
        row[name] for row in drop.rows["enterprise_roster"] for name in ("county_code", "home_county_code")
    }
    parks = {row["park_code"] for row in drop.rows["park_list"]}
    for level, codes in (("city", {"500000"}), ("county", counties - {"", NOT_IN_FORCE}), ("park", parks)):
        for code in sorted(codes - done):
            drop.survey(level, code, 1000)


def _verify(case: Case) -> None:
    """Let the counties verify every roster row as it is: 10 mu with every parcel of 10 mu."""
    done = {(row["uscc"], row["county_code"]) for row in case.this.rows["county_verification"]}
    for row in case.this.rows["enterprise_roster"]:
        code, county = row["uscc"], row["county_code"]
        if (code, county) not in done and code not in case.unverified:
            parcels = (parcel for parcel in case.this.rows["land_parcels"] if parcel["uscc"] == code)
            area = sum(parcel["area_m2"] for parcel in parcels if not parcel["ended_on"])
            case.verify(code, county, area / MU, row["enterprise_name"])


# --- intake: the cells of a feed that nothing else looks at -------------------------------------------------


def _new_land(case: Case, parcel: str, area: float | str) -> None:
    case.this.add(
        "new_industrial_land",
        parcel_id=parcel,
        county_code=HERE,
        contract_date="2024-05-01",
        area_m2=area,
        standard_land="是",
    )


@pair("INT-01")
def a_cell_that_does_not_read(case: Case) -> set[str]:
    _new_land(case, "N1", case.either(holds="12", breaks="约12"))
    row = len(case.this.rows["new_industrial_land"]) + 1  # below the header
    return {f"new_industrial_land/new_industrial_land.csv/{row}"}


@pair("INT-02")
def a_feed_that_is_not_there(case: Case) -> set[str]:
    # honours may be empty, but a file there must be
    case.omitted |= case.either(holds=set(), breaks={"honours"})
    return {"honours"}


@pair("INT-03")
def two_rows_that_contradict_each_other(case: Case) -> set[str]:
    _new_land(case, "N3", 10)
    _new_land(case, case.either(holds="N4", breaks="N3"), 11)
    return {"new_industrial_land/N3"}


@pair("INT-04")
def a_file_of_no_feed(case: Case) -> set[str]:
    case.strange_files += case.either(holds=[], breaks=["通讯录.csv"])
    return {"unknown/通讯录.csv"}


@pair("INT-05")
def a_row_delivered_twice(case: Case) -> set[str]:
    _new_land(case, "N5", 10)
    _new_land(case, case.either(holds="N6", breaks="N5"), 10)
    return {"new_industrial_land/N5"}


# --- roster -------------------------------------------------------------------------------------------------


@pair("ROS-01")
def an_industry_that_is_not_evaluated(case: Case) -> set[str]:
    # C13-C43 without C16; a row left out counts for no county
    code = case.this.enterprise(101, LEFT_OUT, industry_code=case.either(holds="4390", breaks="4411"))
    case.this.enterprise(102, LEFT_OUT)
    case.this.add(
        "county_statistics",
        county_code=LEFT_OUT,
        enterprise_count=case.either(holds=2, breaks=1),
        industrial_value_added=case.either(holds=2000, breaks=1000),
        operating_revenue=case.either(holds=8000, breaks=4000),
    )
    return {f"{code}/{LEFT_OUT}"}


@pair("ROS-02")
def a_county_no_longer_in_force(case: Case) -> set[str]:
    code = case.this.enterprise(103, HERE, home_county_code=case.either(holds=THERE, breaks=NOT_IN_FORCE))
    return {f"{code}/{HERE}"}


@pair("ROS-03")
def a_park_in_another_county(case: Case) -> set[str]:
    code = case.this.enterprise(104, HERE, park_code=case.either(holds=PARK_HERE, breaks=PARK_THERE))
    return {f"{code}/{HERE}"}


@pair("ROS-04")
def a_merger_into_nobody(case: Case) -> set[str]:
    # only a branch may be evaluated in another county
    target = case.this.enterprise(105, HERE)
    code = case.this.enterprise(
        106,
        THERE,
        merge_into_uscc=target,
        merge_into_county_code=HERE,
        merge_reason=case.either(holds="异地分支", breaks="集团"),
    )
    return {f"{code}/{THERE}"}


@pair("ROS-05")
def a_transition_that_is_over(case: Case) -> set[str]:
    # newly above scale: three evaluation years, 2022, 2023, 2024
    code = case.this.enterprise(
        107,
        HERE,
        transition_type="新升规",
        transition_since=case.either(holds="2022-01-01", breaks="2021-12-31"),
    )
    return {f"{code}/{HERE}"}


@pair("ROS-06")
def a_home_that_is_no_other_county(case: Case) -> set[str]:
    code = case.this.enterprise(108, HERE, home_county_code=case.either(holds=THERE, breaks=HERE))
    return {f"{code}/{HERE}"}


@pair("ROS-07")
def a_member_larger_than_its_target(case: Case) -> set[str]:
    target = case.this.enterprise(109, HERE, revenue=400)
    case.this.enterprise(
        110,
        HERE,
        revenue=case.either(holds=400, breaks=400.1),
        merge_into_uscc=target,
        merge_reason="同一厂区",
    )
    return {f"{target}/{HERE}"}


@pair("ROS-08")
def a_park_that_is_not_in_the_list(case: Case) -> set[str]:
    code = case.this.enterprise(111, HERE, park_code=case.either(holds=PARK_HERE, breaks=PARK_NOWHERE))
    return {f"{code}/{HERE}"}


# --- matching -----------------------------------------------------------------------------------------------


@pair("MAT-01")
def no_statistics(case: Case) -> set[str]:
    code = case.this.enterprise(201, HERE, value_added=case.either(holds=100, breaks=None))
    return {f"{code}/{HERE}"}


@pair("MAT-02")
def no_tax(case: Case) -> set[str]:
    code = case.this.enterprise(202, HERE, tax=case.either(holds=20, breaks=None))
    return {f"{code}/{HERE}"}


@pair("MAT-03")
def no_land(case: Case) -> set[str]:
    code = case.this.enterprise(203, HERE, land_mu=case.either(holds=10, breaks=None))
    return {f"{code}/{HERE}"}


@pair("MAT-04")
def statistics_of_an_enterprise_that_is_not_on_the_roster(case: Case) -> set[str]:
    code = uscc(204)
    if case.breaks:
        case.this.statistics(code, HERE)
    else:
        case.this.enterprise(204, HERE)
    return {code}


@pair("MAT-05")
def a_name_that_differs(case: Case) -> set[str]:
    # width, white space and the kind of brackets do not matter
    code = case.this.enterprise(205, HERE, enterprise_name="样例（渝）厂", land_mu=None)
    case.this.parcel(code, HERE, 10, holder_name=case.either(holds="样例 [渝]厂", breaks="样例（京）厂"))
    return {f"{code}/{HERE}/planning"}


@pair("MAT-06")
def a_row_that_belongs_to_none_of_several(case: Case) -> set[str]:
    code = case.this.enterprise(206, HERE)
    name = case.this.rows["enterprise_roster"][-1]["enterprise_name"]
    case.this.add("enterprise_roster", uscc=code, county_code=UNLISTED, enterprise_name=name)
    case.this.statistics(code, UNLISTED, name=name)
    case.this.tax(code, UNLISTED, taxpayer_name=name, value_added_tax=200000)
    case.this.parcel(code, UNLISTED, 10, holder_name=name)
    for county in (HERE, UNLISTED):
        case.verify(code, county, 10, name)
    county = case.either(holds=UNLISTED, breaks=ELSEWHERE)
    case.this.incident(county, "2024-07-01", "新增违法用地", uscc=code)
    return {f"incidents/{case.this.rows['incidents'][-1]['incident_id']}"}


@pair("MAT-07")
def a_parcel_in_another_county(case: Case) -> set[str]:
    code = case.this.enterprise(207, HERE, land_mu=None)
    name = case.this.rows["enterprise_roster"][-1]["enterprise_name"]
    parcel = case.this.parcel(code, case.either(holds=HERE, breaks=THERE), 10, holder_name=name)
    return {f"{parcel}/{code}"}


@pair("MAT-08")
def a_taxpayer_verified_under_another_name(case: Case) -> set[str]:
    code = case.this.enterprise(208, HERE, enterprise_name="样例甲厂")
    case.verify(code, HERE, 10, case.either(holds="样例甲厂", breaks="样例乙厂"))
    return {f"{code}/{HERE}"}


# --- statistics ---------------------------------------------------------------------------------------------


@pair("STA-01")
def value_added_above_revenue(case: Case) -> set[str]:
    code = case.this.enterprise(301, HERE, revenue=400, value_added=case.either(holds=400, breaks=400.1))
    return {f"{code}/{HERE}"}


@pair("STA-02")
def research_above_revenue(case: Case) -> set[str]:
    code = case.this.enterprise(302, HERE, revenue=400, rd=case.either(holds=400, breaks=400.1))
    return {f"{code}/{HERE}"}


@pair("STA-03")
def twelve_months_like_the_year_end(case: Case) -> set[str]:
    # looked at from 50 persons on
    code = case.this.enterprise(303, HERE, headcount=50)
    case.this.rows["enterprise_statistics"][-1]["headcount_12"] = case.either(holds=51, breaks=50)
    return {f"{code}/{HERE}"}


@pair("STA-04")
def a_year_end_far_from_the_average(case: Case) -> set[str]:
    # average 10; of 20 at the end of the year 50 % are 10, of 21 they are 10.5
    code = case.this.enterprise(304, HERE, headcount=10)
    case.this.rows["enterprise_statistics"][-1]["headcount_year_end"] = case.either(holds=20, breaks=21)
    return {f"{code}/{HERE}"}


@pair("STA-05")
def output_without_energy(case: Case) -> set[str]:
    code = case.this.enterprise(305, HERE, energy=case.either(holds=0.01, breaks=0))
    return {f"{code}/{HERE}"}


@pair("STA-06")
def output_without_anybody(case: Case) -> set[str]:
    code = case.this.enterprise(306, HERE, headcount=case.either(holds=1, breaks=0))
    return {f"{code}/{HERE}"}


@pair("STA-07")
def productivity_far_from_the_median(case: Case) -> set[str]:
    # 100 / 10 = 10 twice, so the median is 10; 20 times that is 200 = 2000 / 10
    for number in (307, 308):
        case.this.enterprise(number, MEDIANS)
    code = case.this.enterprise(309, MEDIANS, revenue=4000, value_added=case.either(holds=2000, breaks=2001))
    return {f"{code}/{MEDIANS}"}


@pair("STA-08")
def a_county_that_does_not_add_up(case: Case) -> set[str]:
    # counted 1000 thousand yuan: 4.97 from 995.03, of which 0.5 % are 4.975; 4.98 from 995.02
    case.this.enterprise(310, SUMS, value_added=100)
    case.this.add(
        "county_statistics",
        county_code=SUMS,
        enterprise_count=1,
        industrial_value_added=case.either(holds=995.03, breaks=995.02),
        operating_revenue=4000,
    )
    return {f"{SUMS}/industrial_value_added"}


# --- tax ----------------------------------------------------------------------------------------------------


@pair("TAX-01")
def revenue_without_tax(case: Case) -> set[str]:
    code = case.this.enterprise(401, HERE, tax=case.either(holds=0.01, breaks=0))
    return {f"{code}/{HERE}"}


@pair("TAX-02")
def tax_without_revenue(case: Case) -> set[str]:
    revenue = case.either(holds=40.0, breaks=0.0)
    code = case.this.enterprise(402, HERE, tax=20, revenue=revenue, value_added=0, rd=0)
    return {f"{code}/{HERE}"}


@pair("TAX-03")
def tax_above_half_of_revenue(case: Case) -> set[str]:
    tax = case.either(holds=20, breaks=20.01)
    code = case.this.enterprise(403, HERE, tax=tax, revenue=40, value_added=30)
    return {f"{code}/{HERE}"}


@pair("TAX-04")
def output_of_a_suspended_enterprise(case: Case) -> set[str]:
    # suspended on 31 December 2023: a year on the cut-off date; other taxes than value-added tax may be due
    value_added = case.either(holds=0, breaks=5)
    code = case.this.enterprise(404, HERE, suspended_since="2023-12-31", value_added=value_added, energy=2)
    case.this.rows["tax_payments"][-1] |= {"value_added_tax": "", "property_tax": 200000}
    return {f"{code}/{HERE}"}


@pair("TAX-05")
def a_grade_without_its_incident(case: Case) -> set[str]:
    code = case.this.enterprise(405, HERE)
    case.this.rows["tax_payments"][-1]["tax_credit_grade"] = "D"
    what = case.either(holds="纳税信用D级", breaks="企业信用黑名单")
    case.this.incident(HERE, "2024-03-01", what, uscc=code)
    return {code}


# --- land ---------------------------------------------------------------------------------------------------


@pair("LND-01")
def land_that_is_all_gone(case: Case) -> set[str]:
    # no land at all lies below the least area of LND-10 too
    code = case.this.enterprise(501, HERE)
    case.this.rows["land_parcels"][-1]["ended_on"] = case.either(holds="", breaks="2020-01-01")
    if case.breaks:
        case.follow("LND-10", f"{code}/{HERE}")
    return {f"{code}/{HERE}"}


@pair("LND-02")
def more_leased_out_than_there_is(case: Case) -> set[str]:
    # 10 mu registered and as many confirmed: what was computed differs from that by more than 5 % (LND-05)
    code = case.this.enterprise(502, HERE)
    case.this.lease(uscc(998), HERE, case.either(holds=0.4, breaks=10.001) * MU, lessor_uscc=code)
    case.this.add("land_confirmed", uscc=code, county_code=HERE, confirmed_area_m2=10 * MU)
    if case.breaks:
        case.follow("LND-05", f"{code}/{HERE}")
    return {f"{code}/{HERE}"}


@pair("LND-03")
def a_parcel_of_two_holders(case: Case) -> set[str]:
    case.this.enterprise(503, HERE)
    parcel = case.this.rows["land_parcels"][-1]["parcel_id"]
    case.this.enterprise(504, HERE)
    second = case.this.rows["land_parcels"][-1]
    second["parcel_id"] = case.either(holds=second["parcel_id"], breaks=parcel)
    return {parcel}


@pair("LND-04")
def a_county_that_verifies_another_area(case: Case) -> set[str]:
    # 1 % of 10 mu
    code = case.this.enterprise(505, HERE)
    name = case.this.rows["enterprise_roster"][-1]["enterprise_name"]
    case.verify(code, HERE, case.either(holds=10.1, breaks=10.11), name)
    return {f"{code}/{HERE}"}


@pair("LND-05")
def a_confirmed_area_unlike_the_computed(case: Case) -> set[str]:
    # 5 % of 10 mu confirmed
    code = case.this.enterprise(506, HERE, land_mu=case.either(holds=10.5, breaks=10.51))
    name = case.this.rows["enterprise_roster"][-1]["enterprise_name"]
    case.this.add("land_confirmed", uscc=code, county_code=HERE, confirmed_area_m2=10 * MU)
    case.verify(code, HERE, 10, name)
    return {f"{code}/{HERE}"}


@pair("LND-06")
def more_land_than_the_county_has(case: Case) -> set[str]:
    # 110 % of 15 mu
    case.this.enterprise(507, SURVEYED, land_mu=case.either(holds=16.5, breaks=16.51))
    case.this.survey("county", SURVEYED, 15)
    return {SURVEYED}


@pair("LND-07")
def more_floor_than_the_building_has(case: Case) -> set[str]:
    # 1000 m2 of floor in a project on 500 m2 of land: 1000 / 1000 x 500 = 500 m2 = 0.75 mu, or 0.7508 mu
    code = case.this.enterprise(508, HERE)
    name = case.this.rows["enterprise_roster"][-1]["enterprise_name"]
    case.this.lease(
        code,
        HERE,
        1000,
        object_type="多层厂房",
        project_floor_area_m2=case.either(holds=1000, breaks=999),
        project_land_area_m2=500,
    )
    case.verify(code, HERE, 10.75, name)
    return {case.this.rows["land_leases"][-1]["contract_id"]}


@pair("LND-08")
def a_lease_of_land_that_is_not_the_lessors(case: Case) -> set[str]:
    code = case.this.enterprise(509, HERE)
    own = case.this.rows["land_parcels"][-1]
    parcel = case.either(holds=own["parcel_id"], breaks="P-NOBODY")
    case.this.lease(uscc(998), HERE, 1 * MU, lessor_uscc=code, parcel_id=parcel)
    case.verify(code, HERE, 9, own["holder_name"])
    return {case.this.rows["land_leases"][-1]["contract_id"]}


@pair("LND-09")
def a_park_that_nobody_surveyed(case: Case) -> set[str]:
    case.this.park(PARK_UNSURVEYED, HERE)
    case.this.enterprise(510, HERE, park_code=PARK_UNSURVEYED)
    case.unsurveyed |= case.either(holds=set(), breaks={PARK_UNSURVEYED})
    return {f"park/{PARK_UNSURVEYED}"}


@pair("LND-10")
def an_area_too_small_to_be_true(case: Case) -> set[str]:
    code = case.this.enterprise(511, HERE, land_mu=case.either(holds=0.5, breaks=0.499))
    return {f"{code}/{HERE}"}


# --- ecology, events ----------------------------------------------------------------------------------------


@pair("ENV-01")
def output_without_emissions(case: Case) -> set[str]:
    code = case.this.enterprise(601, HERE)
    name = case.this.rows["enterprise_roster"][-1]["enterprise_name"]
    case.this.emissions(code, HERE, case.either(holds=0.01, breaks=0), enterprise_name=name)
    return {f"{code}/{HERE}"}


@pair("EVT-01")
def an_incident_of_another_year(case: Case) -> set[str]:
    case.this.incident(HERE, case.either(holds="2024-12-31", breaks="2025-01-01"), "新增违法用地")
    return {f"incidents/{case.this.rows['incidents'][-1]['incident_id']}"}


@pair("EVT-02")
def an_incident_of_nobody_on_the_roster(case: Case) -> set[str]:
    code = case.this.enterprise(602, HERE)
    who = case.either(holds=code, breaks=uscc(997))
    case.this.incident(HERE, "2024-07-01", "新增违法用地", uscc=who)
    return {f"incidents/{case.this.rows['incidents'][-1]['incident_id']}"}


@pair("EVT-03")
def an_incident_in_a_park_of_another_county(case: Case) -> set[str]:
    # ELSEWHERE shares no jointly built zone with HERE
    county = case.either(holds=HERE, breaks=ELSEWHERE)
    case.this.incident(county, "2024-07-01", "较大及以上安全生产事故", park_code=PARK_HERE)
    return {case.this.rows["incidents"][-1]["incident_id"]}


# --- year on year: 2023 is the same either way --------------------------------------------------------------


@pair("YOY-01")
def value_added_that_leaps(case: Case) -> set[str]:
    case.before.enterprise(701, HERE, value_added=100)
    code = case.this.enterprise(701, HERE, value_added=case.either(holds=150, breaks=150.1))
    return {f"{code}/{HERE}"}


@pair("YOY-02")
def tax_that_leaps(case: Case) -> set[str]:
    case.before.enterprise(702, HERE, tax=20)
    code = case.this.enterprise(702, HERE, tax=case.either(holds=10, breaks=9.99))
    return {f"{code}/{HERE}"}


@pair("YOY-03")
def land_that_leaps(case: Case) -> set[str]:
    case.before.enterprise(703, HERE, land_mu=10)
    code = case.this.enterprise(703, HERE, land_mu=case.either(holds=12, breaks=12.01))
    return {f"{code}/{HERE}"}


@pair("YOY-04")
def headcount_that_leaps(case: Case) -> set[str]:
    case.before.enterprise(704, HERE, headcount=10)
    code = case.this.enterprise(704, HERE, headcount=case.either(holds=15, breaks=15.1))
    return {f"{code}/{HERE}"}


@pair("YOY-05")
def an_enterprise_that_is_gone(case: Case) -> set[str]:
    code = case.before.enterprise(705, HERE)
    if not case.breaks:
        case.this.enterprise(705, HERE)
    return {f"{code}/{HERE}"}


# --- groups, the notice, filing, follow-up ------------------------------------------------------------------


@pair("ROS-09")
def a_member_of_another_park(case: Case) -> set[str]:
    target = case.this.enterprise(112, HERE, park_code=case.either(holds=PARK_HERE, breaks=""))
    code = case.this.enterprise(113, HERE, park_code=PARK_HERE, merge_into_uscc=target, merge_reason="集团")
    return {f"{code}/{HERE}"}


@pair("GRP-01")
def a_group_of_somebody_who_is_no_unit(case: Case) -> set[str]:
    members = [case.this.enterprise(number, HERE) for number in (901, 902)]
    stranger = case.either(holds=members[1], breaks=uscc(999))
    case.apply("G1", [members[0], stranger])
    return {f"G1/{stranger}/{HERE}"}


@pair("GRP-02")
def a_group_of_two_names(case: Case) -> set[str]:
    # names are compared without white space and whatever their brackets
    members = [case.this.enterprise(number, HERE) for number in (903, 904)]
    case.apply("G2", members, group_name=case.either(holds="样例 [集团]公司", breaks="样例（集体）公司"))
    return {"G2"}


@pair("GRP-03")
def a_group_where_nobody_is_scored(case: Case) -> set[str]:
    members = [case.this.enterprise(number, HERE) for number in (905, 906)]
    county = case.either(holds=HERE, breaks=NOBODY)
    for row in range(2):
        case.apply("G3", members[row : row + 1], evaluating_county_code=county)
    return {"G3"}


@pair("OBJ-01")
def an_objection_that_nobody_decided(case: Case) -> set[str]:
    code = case.this.enterprise(911, HERE)
    decided = {"decision": "不采纳"}
    return {case.object(code, **case.either(holds=decided, breaks={"decision": "", "decided_on": ""}))}


@pair("OBJ-02")
def a_correction_that_is_not_what_was_decided(case: Case) -> set[str]:
    # 25 万元 differ from 25.02 by 0.08 %, from 25.03 by 0.12 %
    code = case.noticed.enterprise(912, HERE, tax=20)
    case.this.enterprise(912, HERE, tax=25)
    return {case.object(code, decided_value=case.either(holds=25.02, breaks=25.03))}


@pair("OBJ-03")
def a_notice_too_short(case: Case) -> set[str]:
    code = case.noticed.enterprise(913, HERE)  # `as_of` is what it is about
    case.noticed.emissions(code, HERE, cod=1)
    return {"2024"}


@pair("OBJ-04")
def an_objection_of_a_stranger(case: Case) -> set[str]:
    code = case.this.enterprise(914, HERE)
    return {case.object(case.either(holds=code, breaks=uscc(999)), decision="不采纳")}


@pair("OBJ-05")
def a_correction_that_nobody_asked_for(case: Case) -> set[str]:
    code = case.noticed.enterprise(915, HERE, tax=20)
    case.this.enterprise(915, HERE, tax=25)
    case.object(code, decision=case.either(holds="部分采纳", breaks="不采纳"))
    return {f"{code}/{HERE}/tax"}


@pair("FIL-01")
def a_class_filed_otherwise(case: Case) -> set[str]:
    # alone in its county: rank 1 is beyond 0.2 × 1, rounded, and within 0.75 × 1
    code = case.this.enterprise(921, FILED)
    case.file(code, FILED, **{"class": case.either(holds="B", breaks="A")})
    return {f"{code}/{FILED}"}


@pair("FIL-02")
def a_stranger_filed(case: Case) -> set[str]:
    code = case.this.enterprise(922, FILED_TOO)
    filed = case.either(holds=code, breaks=uscc(999))
    case.file(filed, FILED_TOO)
    return {f"{code}/{FILED_TOO}", f"{filed}/{FILED_TOO}"}


@pair("FIL-03")
def a_total_filed_otherwise(case: Case) -> set[str]:
    # alone in its county it has 100
    code = case.this.enterprise(923, FILED_BESIDES)
    case.file(code, FILED_BESIDES, total_score=case.either(holds=100.0001, breaks=100.0002))
    return {f"{code}/{FILED_BESIDES}"}


@pair("FUP-01")
def a_class_d_without_a_plan(case: Case) -> set[str]:
    code = case.before.enterprise(931, HERE, suspended_since="2020-01-01")
    case.this.enterprise(931, HERE)
    case.unplanned |= case.either(holds=set(), breaks={code})
    return {f"{code}/{HERE}"}


@pair("FUP-02")
def a_plan_overdue(case: Case) -> set[str]:
    # due on the day of the run, or on the day before
    code = case.this.enterprise(932, HERE)
    case.plan(code, HERE, case.either(holds=AS_OF, breaks="2025-05-29"))
    return {f"{code}/{HERE}"}


@pair("FUP-03")
def a_plan_for_a_stranger(case: Case) -> set[str]:
    code = case.this.enterprise(933, HERE)
    named = case.either(holds=code, breaks=uscc(999))
    case.plan(named, HERE)
    return {f"{named}/{HERE}"}


# --- verification, waivers ----------------------------------------------------------------------------------


@pair("VER-01")
def an_enterprise_that_nobody_verified(case: Case) -> set[str]:
    code = case.this.enterprise(801, HERE)
    case.unverified |= case.either(holds=set(), breaks={code})
    return {f"{code}/{HERE}"}


@pair("WVR-01")
def a_waiver_that_has_expired(case: Case) -> set[str]:
    # too little land, waived to the day of the run, or to the day before: then it stands again
    code = case.this.enterprise(802, HERE, land_mu=0.4)
    case.waive("LND-10", f"{code}/{HERE}", case.either(holds=AS_OF, breaks="2025-05-29"))
    case.follow("LND-10", f"{code}/{HERE}")
    return {f"LND-10/{code}/{HERE}"}


@pair("WVR-02")
def a_waiver_that_meets_nothing(case: Case) -> set[str]:
    # the land is too small, or it is not
    code = case.this.enterprise(803, HERE, land_mu=case.either(holds=0.4, breaks=0.5))
    case.waive("LND-10", f"{code}/{HERE}")
    if not case.breaks:
        case.follow("LND-10", f"{code}/{HERE}")
    return {f"LND-10/{code}/{HERE}"}
