"""How the result of one unit came about (一企一单): from the cells of the departments' files to its class.

Belongs here: reading one release and putting its numbers into the formulas. Does not: how the sheet looks
(`explain_sheet`), how a line comes out (`arithmetic`), what the figures are (`dbt_project`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, TypeVar

import duckdb

from orchestration.errors import UserError
from orchestration.policy import LAND, Policy
from orchestration.presentation.arithmetic import (
    EVEN_PLACES,
    PLACES,
    added_up,
    figure,
    number,
    operand,
    work_out,
)
from orchestration.presentation.wording import filled
from orchestration.release.reading import MEMBERS
from orchestration.rows import Row, fetch

T = TypeVar("T")

_LEFT_OUT = {
    "ROS-01": "its industry is not evaluated (ROS-01)",
    "ROS-02": "its county is not in force (ROS-02)",
}


@dataclass(frozen=True)
class Source:
    """A row of a department's file, in Chinese: `row` as Excel numbers it, `sheet` null for a CSV."""

    department: str
    feed: str
    file: str
    sheet: str | None
    row: int


@dataclass(frozen=True)
class Amount:
    """One delivered figure, in the unit of the contract, and its cell; `measure` is what it is added to."""

    column_name: str
    label_zh: str
    measure: str
    delivered: float
    unit: str
    counted: bool
    source_cell: str | None


@dataclass(frozen=True)
class Delivery:
    """The figures that one row of a department's file gives for a member."""

    member_uscc: str
    source: Source
    amounts: tuple[Amount, ...]


@dataclass(frozen=True)
class Parcel:
    """A parcel, in m2: whether it counts, and why (说明 三.1, 2, 5)."""

    parcel_id: str
    land_use: str
    area_m2: float
    contract_date: date | None
    registered_on: date
    ended_on: date | None
    counted: bool
    reason: str
    why: str
    source: Source
    source_cell: str | None


@dataclass(frozen=True)
class LandContract:
    """A contract as lessee or as lessor, in m2: whether it adds or takes off land, and why (说明 三.3, 4, 6).

    `arithmetic` is how a multi-storey building is folded into land; null for any other object.
    """

    contract_id: str
    role: str
    counterparty_uscc: str | None
    tenure: str
    object_type: str
    area_m2: float
    land_m2: float
    arithmetic: str | None
    parcel_id: str | None
    starts_on: date
    ends_on: date | None
    counted: bool
    reason: str
    why: str
    source: Source
    source_cell: str | None


@dataclass(frozen=True)
class Member:
    """A row of the list of enterprises evaluated in the unit, and its land in m2 (说明 一.3, 三)."""

    uscc: str
    enterprise_name: str
    merge_reason: str
    source: Source
    parcels: tuple[Parcel, ...]
    contracts: tuple[LandContract, ...]
    computed_m2: float
    confirmed_m2: float | None
    land_area_m2: float | None
    arithmetic: str


@dataclass(frozen=True)
class Measure:
    """A sum over the members, in the published unit, null where nobody delivered anything."""

    code: str
    label_zh: str
    unit: str
    value: float | None
    arithmetic: str


@dataclass(frozen=True)
class Indicator:
    """An indicator: its fraction, the standards it was measured by, the formula of its score (办法 二(三)).

    A vetoed unit has no tier, formula, score or rank; `because` is the case of the method, in Chinese. Values
    are shown with `places` decimals, as many as the arithmetic needs.
    """

    code: str
    label_zh: str
    unit: str
    value: float | None
    fraction: str
    weight: float
    standard_max: float | None
    standard_mean: float | None
    standard_min: float | None
    participants: int
    places: int
    tier: str | None
    because: str | None
    formula: str | None
    score: float | None
    points_lost: float | None
    item_rank: int | None
    ranked: int | None
    previous_value: float | None
    change: float | None
    change_unit: str
    lifting_value: float | None


@dataclass(frozen=True)
class Event:
    """An honour or an incident: its document, its points, why it counts or not (办法 二(五)1, 2)."""

    member_uscc: str
    kind: str
    type: str
    document: str
    happened_on: date
    points: float
    counted: bool
    reason: str
    why: str
    source: Source


@dataclass(frozen=True)
class Score:
    """Base score + bonus − deduction, each with its arithmetic (办法 二(三)①)."""

    base_score: float
    base_arithmetic: str
    bonus: float
    bonus_arithmetic: str
    deduction: float
    deduction_arithmetic: str
    total_score: float
    total_arithmetic: str


@dataclass(frozen=True)
class Border:
    """Where a classified unit stands between the classes (办法 二(四)2), while all others keep their totals.

    Its class has the ranks `first_rank` to `last_rank`, to the end where that is null.
    """

    classified: int
    first_rank: int
    last_rank: int | None
    next_class: str | None
    next_class_total: float | None
    points_missing: float | None
    lower_border_total: float | None
    best_indicator: str | None


@dataclass(frozen=True)
class Basis:
    """The release that was read: its year, its stage, and the method it rests on."""

    year: int
    stage: str
    edition: str
    document_no: str
    cut_off: date
    stage_said: str


@dataclass(frozen=True)
class Unit:
    """The unit (rulebook 1.4) and its treatment (4): classified, transition or vetoed."""

    uscc: str
    enterprise_name: str
    county_code: str
    county_name: str
    region: str
    industry_code: str
    park_code: str | None
    park_name: str | None
    treatment: str
    veto_reason: str | None
    veto: str | None
    veto_label: str | None
    suspended_since: date | None
    transition_type: str
    transition_since: date | None
    transition_year: int | None
    transition_years: int | None
    rank: int | None
    class_name: str | None


@dataclass(frozen=True)
class GroupItem:
    """An indicator of a group: its fraction over the sums, the standards of the county that evaluates it."""

    indicator: str
    label_zh: str
    unit: str
    fraction: str
    tier: str
    weight: float
    standard_max: float | None
    standard_mean: float | None
    standard_min: float | None
    value: float | None
    score: float
    points_lost: float


@dataclass(frozen=True)
class GroupMember:
    """A member of a group and its own result, which the group's does not touch."""

    county_code: str
    uscc: str
    enterprise_name: str
    county_name: str
    total_score: float | None
    class_name: str | None


@dataclass(frozen=True)
class Group:
    """The overall result of a group (rulebook 1.8): a guest at the standards of a county, in which it takes
    no part. `would_be_rank` and `class_name` are null where that county has nobody classified."""

    application_no: str
    group_uscc: str
    group_name: str
    county_name: str
    approved_by: str
    approved_on: date
    members: tuple[GroupMember, ...]
    measures: tuple[Measure, ...]
    items: tuple[GroupItem, ...]
    total_score: float
    total_arithmetic: str
    base_arithmetic: str
    would_be_rank: int | None
    class_name: str | None


@dataclass(frozen=True)
class GroupExplanation:
    """How the overall results of a group's company came about, one for each application."""

    release: Basis
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Explanation:
    """How the result of one unit came about; `asked_uscc` is whom it was asked of, the unit or a member.

    Money in 万元, land in mu, energy in tce. A vetoed unit has no score; only a classified one has a border.
    `firmness` says in how many scenarios it keeps its class. `groups` are those that it is a member of, or
    whose company it is.
    """

    release: Basis
    asked_uscc: str
    unit: Unit
    members: tuple[Member, ...]
    land_arithmetic: str
    deliveries: tuple[Delivery, ...]
    measures: tuple[Measure, ...]
    indicators: tuple[Indicator, ...]
    events: tuple[Event, ...]
    score: Score | None
    border: Border | None
    firmness: str | None
    groups: tuple[Group, ...]


def explain(
    connection: duckdb.DuckDBPyConnection, method: Policy, year: int, uscc: str, county: str | None = None
) -> Explanation:
    """How the result came about of the unit that `uscc` is evaluated in, by the release behind `connection`,
    which carries `method`.

    `county`, a code or a name, is needed where `uscc` is evaluated in several. UserError where the release
    does not have it, or not in that county, or in several.
    """
    asked = uscc.strip().upper()
    found = _Reader(connection, method, year, asked, county)
    result = found.one("enterprise_result")
    members, deliveries, events = found.members(), found.deliveries(), found.events()
    measures = found.measures(result, deliveries)
    indicators = found.indicators(measures)
    return Explanation(
        release=found.release(),
        asked_uscc=asked,
        unit=found.unit(result),
        members=members,
        land_arithmetic=found.land_arithmetic(members),
        deliveries=deliveries,
        measures=measures,
        indicators=indicators,
        events=events,
        score=found.score(result, indicators, events) if result["total_score"] is not None else None,
        border=found.border(),
        firmness=found.firmness(result),
        groups=found.groups(),
    )


def explain_group(
    connection: duckdb.DuckDBPyConnection, method: Policy, year: int, uscc: str
) -> GroupExplanation | None:
    """How the overall results came about of the group whose company is `uscc`; None where it has none, or is
    evaluated itself."""
    found = _Release(connection, method, year)
    asked = uscc.strip().upper()
    groups = found.groups_where("group_uscc = ?", asked)
    return GroupExplanation(found.release(), groups) if groups and not found.evaluated(asked) else None


def as_data(explanation: Explanation | GroupExplanation) -> str:
    """The explanation as JSON, days as YYYY-MM-DD."""
    return json.dumps(asdict(explanation), ensure_ascii=False, indent=1, default=str)


def in_unit(unit: str) -> str:
    """A unit as it stands behind a figure."""
    return unit if unit == "%" else f" {unit}"


def day(date_: date) -> str:
    """A day as it is written in Chinese."""
    return f"{date_.year}年{date_.month}月{date_.day}日"


def _made(kind: type[T], row: Row, **told: Any) -> T:
    """An object of `kind`: what is `told`, and the rest from the columns of the same name."""
    own = {field.name for field in fields(kind)} - told.keys()  # type: ignore[arg-type]
    return kind(**told, **{name: row[name] for name in own})


def _of(member: Row, rows: Iterable[Row]) -> Iterable[Row]:
    key = (member["county_code"], member["uscc"])
    return (
        row
        for row in rows
        if (row.get("member_county_code", member["county_code"]), row["member_uscc"]) == key
    )


_TARGET_FIRST = "(county_code, uscc) <> (unit_county_code, unit_uscc), uscc, county_code"


class _Release:
    """A release, read for what it says of groups, and for the words and figures of its year."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, method: Policy, year: int) -> None:
        self._connection = connection
        edition = method.edition(year)
        self._counties = method.counties
        self._fractions = method.fractions(edition)
        self._measures = [*method.amounts(edition), LAND]
        self._year = year
        self._codes = {(row["subject"], row["code"]): row for row in self._rows("select * from code_list")}
        if ("because", "best") not in self._codes:
            raise UserError(
                f"This release of {year} was made before mujun 0.3.0 and does not say why a score is what it "
                f"is. Explain it by the version that made it, or run {year} again."
            )
        self._cut_off = date.fromisoformat(self._value("run", "cut_off"))

    def _rows(self, sql: str, *parameters: object) -> list[Row]:
        return fetch(self._connection, sql, parameters)

    def _has(self, table: str) -> bool:
        return bool(self._rows("select 1 from duckdb_tables() where table_name = ?", table))

    def _label(self, subject: str, code: str | None) -> str:
        """The Chinese label of a code; empty for none."""
        return "" if code is None else self._codes[subject, code]["label_zh"]

    def _said(self, subject: str, code: str, figures: Row | None = None) -> str:
        """What the release says of a code, with the figures of a row put in, and the clause it follows."""
        row = self._codes[subject, code]
        return f"{filled(row['sentence_zh'], figures or {})}（{row['clause']}）"

    def _value(self, subject: str, code: str) -> str:
        """What the method says of a code."""
        return str(self._codes[subject, code]["value"])

    def release(self) -> Basis:
        """What the release is."""
        return Basis(
            year=self._year,
            stage=self._value("run", "stage"),
            edition=self._label("run", "edition"),
            document_no=self._value("run", "edition"),
            cut_off=self._cut_off,
            stage_said=self._codes["stage", self._value("run", "stage")]["sentence_zh"],
        )

    def evaluated(self, uscc: str) -> bool:
        """Whether an enterprise is evaluated, by itself or as part of another."""
        return bool(self._rows("select 1 from enterprise_member where uscc = ? limit 1", uscc))

    def groups_where(self, which: str, *values: object) -> tuple[Group, ...]:
        """The groups that a condition names, by the numbers of their applications."""
        if not self._has("group_result"):
            return ()  # made by a version that evaluated none
        rows = self._rows(f"select * from group_result where {which} order by application_no", *values)
        return tuple(map(self._group, rows))

    def _group(self, row: Row) -> Group:
        number_ = row["application_no"]
        members = self._rows(
            """select unit.*, unit.class as class_name
               from group_member as member
               inner join enterprise_result as unit using (county_code, uscc)
               where application_no = ? order by county_code, uscc""",
            number_,
        )
        measures = tuple(
            replace(measure, arithmetic=_of_members(measure, members))
            for measure in self._sums("group_result", row, ())
        )
        items = {
            item["indicator"]: item
            for item in self._rows("select * from group_item where application_no = ?", number_)
        }
        base, bonus, deduction, total = (
            number(row[name]) for name in ("base_score", "bonus", "deduction", "total_score")
        )
        return _made(
            Group,
            row,
            county_name=self._counties[row["evaluating_county_code"]],
            members=tuple(_made(GroupMember, member) for member in members),
            measures=measures,
            items=tuple(
                self._group_item(items[code], {measure.code: measure for measure in measures})
                for code in self._fractions
                if code in items
            ),
            total_arithmetic=f"{base} + {bonus} − {deduction} = {total}",
            base_arithmetic=added_up(
                [item["score"] for code in self._fractions if (item := items.get(code))]
            ),
            class_name=row["class"],
        )

    def _group_item(self, item: Row, measures: Mapping[str, Measure]) -> GroupItem:
        code = item["indicator"]
        unit = self._codes["indicator", code]["unit"]
        return _made(
            GroupItem,
            item,
            label_zh=self._label("indicator", code),
            unit=unit,
            fraction=_fraction(self._fractions[code], item["value"], PLACES, unit, measures),
        )

    def _sums(self, table: str, row: Row, deliveries: Sequence[Delivery]) -> tuple[Measure, ...]:
        """What the indicators are made of, of a row of `table`, in the published units; those that it has."""
        described = {
            found["column_name"]: found
            for found in self._rows("select * from column_dictionary where table_name = ?", table)
        }
        return tuple(
            Measure(
                code=code,
                label_zh=described[code]["label_zh"],
                unit=described[code]["unit"],
                value=row[code],
                arithmetic=_added_up(code, row[code], described[code]["unit"], deliveries),
            )
            for code in self._measures
            if code in described
        )


class _Reader(_Release):
    """A release, read for one unit."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        method: Policy,
        year: int,
        asked: str,
        county: str | None,
    ) -> None:
        super().__init__(connection, method, year)
        self._county_code, self._uscc = self._find(asked, county)

    def _all(self, table: str, order: str = "uscc", unit: str = "") -> list[Row]:
        """The rows of a table that are about the unit, which `unit` (a prefix) county_code and uscc name."""
        return self._rows(
            f"select * from {table} where {unit}county_code = ? and {unit}uscc = ? order by {order}",
            self._county_code,
            self._uscc,
        )

    def one(self, table: str) -> Row:
        """The one row of a table that is about the unit."""
        (row,) = self._all(table)
        return row

    def _find(self, uscc: str, county: str | None) -> tuple[str, str]:
        """County code and uscc of the unit that `uscc` is evaluated in."""
        found = self._rows(
            f"""select member.county_code, unit.county_name, member.unit_county_code, member.unit_uscc
               from {MEMBERS} as member
               inner join enterprise_result as unit
                   on member.unit_county_code = unit.county_code and member.unit_uscc = unit.uscc
               where member.uscc = ? order by member.county_code""",
            uscc,
        )
        if not found:
            raise UserError(f"{uscc} was not evaluated for {self._year}: {self._why_not(uscc)}.")
        there = ", ".join(f"{row['county_code']} {row['county_name']}" for row in found)
        named = [
            row
            for row in found
            if county is None or county.strip().upper() in (row["county_code"], row["county_name"])
        ]
        if not named:
            raise UserError(f"{uscc} was not evaluated in “{county}” for {self._year}, but in {there}.")
        if len(named) > 1:
            raise UserError(f"{uscc} is evaluated in several counties: {there}. Name one with --county.")
        return named[0]["unit_county_code"], named[0]["unit_uscc"]

    def _why_not(self, uscc: str) -> str:
        for rule_id, reason in _LEFT_OUT.items():
            if self._rows(
                "select 1 from finding where rule_id = ? and starts_with(finding_key, ? || '/')",
                rule_id,
                uscc,
            ):
                return reason
        return "it is not on the list of enterprises"

    def _source(self, feed: str, row: Row) -> Source:
        return Source(
            department=self._label("department", self._value("feed", feed)),
            feed=self._label("feed", feed),
            file=row["source_file"],
            sheet=row["source_sheet"],
            row=int(row["source_row_key"].rpartition("!")[2]),
        )

    def unit(self, result: Row) -> Unit:
        """Who the unit is, and how it is treated."""
        (target,) = self._all("enterprise_member")
        parks = self._rows("select name from park_result where park_code = ?", result["park_code"])
        return _made(
            Unit,
            {**target, **result},
            region=self._label("region", result["region"]),
            park_name=next((park["name"] for park in parks), None),
            transition_type=self._label("transition_type", target["transition_type"]),
            class_name=result["class"],
            veto=self._veto(result, target),
            veto_label=self._label("veto_reason", result["veto_reason"]),
        )

    def _veto(self, result: Row, target: Row) -> str | None:
        """Why the unit is or would be vetoed."""
        if result["veto_reason"] is None:
            return None
        since = target["suspended_since"]
        return self._said("veto_reason", result["veto_reason"], {"suspended_since": since and day(since)})

    def members(self) -> tuple[Member, ...]:
        """The members of the unit, the target first."""
        parcels = self._all("enterprise_parcel", "parcel_id")
        contracts = self._all("enterprise_contract", "contract_id, role")
        return tuple(
            _made(
                Member,
                row,
                merge_reason=self._label("merge_reason", row["merge_reason"]),
                source=self._source("enterprise_roster", row),
                parcels=tuple(map(self._parcel, _of(row, parcels))),
                contracts=tuple(map(self._contract, _of(row, contracts))),
                arithmetic=self._land_of_member(row),
            )
            for row in self._all(MEMBERS, _TARGET_FIRST, unit="unit_")
        )

    def _parcel(self, row: Row) -> Parcel:
        return _made(
            Parcel,
            row,
            land_use=self._label("land_use", row["land_use"]),
            why=self._said("parcel_reason", row["reason"]),
            source=self._source("land_parcels", row),
        )

    def _contract(self, row: Row) -> LandContract:
        folded = None
        if row["object_type"] == "multi_storey":
            worked = work_out(
                figure(row["land_m2"], EVEN_PLACES),
                [row["area_m2"], row["project_floor_area_m2"], row["project_land_area_m2"]],
                lambda area, floor, land: area / floor * land,
                places=EVEN_PLACES,
            )
            folded = worked.text("{} ÷ {} × {}", " 平方米")
        return _made(
            LandContract,
            row,
            tenure=self._label("tenure", row["tenure"]),
            object_type=self._label("object_type", row["object_type"]),
            arithmetic=folded,
            why=self._said(f"{row['role']}_reason", row["reason"]),
            source=self._source("land_leases", row),
        )

    def _land_of_member(self, row: Row) -> str:
        if row["land_area_m2"] is None:
            return "没有任何宗地、合同或核定面积"
        worked = work_out(
            figure(row["computed_m2"], EVEN_PLACES),
            [row[name] for name in ("registered_m2", "leased_in_m2", "leased_out_m2", "not_counted_m2")],
            lambda registered, leased_in, leased_out, left_out: (
                registered + leased_in - leased_out - left_out
            ),
            places=EVEN_PLACES,
        )
        computed = worked.text("已登记 {} + 承租 {} − 出租 {} − 未计入 {}", " 平方米")
        if row["confirmed_m2"] is None:
            return computed
        confirmed = number(row["confirmed_m2"], EVEN_PLACES)
        return f"规划自然资源部门核定 {confirmed} 平方米，以核定为准；按登记和合同计算：{computed}"

    def land_arithmetic(self, members: Sequence[Member]) -> str:
        """The land of the unit, in m2 and in mu."""
        land = self.one("enterprise_land")
        if land["land_area_m2"] is None:
            return "没有用地数据"
        factor = Decimal(self._value("unit", "m2"))
        worked = work_out(
            figure(land["land_area_mu"], EVEN_PLACES),
            [land["land_area_m2"]],
            lambda area: area * factor,
            places=EVEN_PLACES,
        )
        in_mu = worked.text(f"{{}} 平方米 × {number(factor)}", " 亩")
        areas = [member.land_area_m2 for member in members if member.land_area_m2 is not None]
        return in_mu if len(areas) == 1 else f"{added_up(areas, ' 平方米')}；{in_mu}"

    def deliveries(self) -> tuple[Delivery, ...]:
        """The rows that departments delivered for the members, their figures in the order of the contract."""
        rows = self._all(
            "enterprise_amount",
            "member_uscc <> uscc, member_uscc, feed, source_file, source_row_key, position",
        )
        of_one_row = groupby(
            rows, lambda row: (row["member_uscc"], row["feed"], row["source_file"], row["source_row_key"])
        )
        return tuple(self._delivery(list(amounts)) for _, amounts in of_one_row)

    def _delivery(self, amounts: Sequence[Row]) -> Delivery:
        first = amounts[0]
        return Delivery(
            member_uscc=first["member_uscc"],
            source=self._source(first["feed"], first),
            amounts=tuple(_made(Amount, row) for row in amounts),
        )

    def measures(self, result: Row, deliveries: Sequence[Delivery]) -> tuple[Measure, ...]:
        """What the indicators are made of, and the emissions, in the published units."""
        return self._sums("enterprise_result", result, deliveries)

    def groups(self) -> tuple[Group, ...]:
        """The groups that the unit is a member of, or whose company it is."""
        return self.groups_where(
            "group_uscc = ? or application_no in "
            "(select application_no from group_member where county_code = ? and uscc = ?)",
            self._uscc,
            self._county_code,
            self._uscc,
        )

    def indicators(self, measures: Sequence[Measure]) -> tuple[Indicator, ...]:
        """The indicators of the unit, in the order of the method."""
        by_code = {measure.code: measure for measure in measures}
        items = {row["indicator"]: row for row in self._all("enterprise_item")}
        diagnoses = {row["indicator"]: row for row in self._all("enterprise_diagnosis")}
        return tuple(
            self._indicator(code, diagnoses[code], items.get(code), by_code)
            for code in self._fractions
            if code in diagnoses
        )

    def _indicator(self, code: str, row: Row, item: Row | None, measures: Mapping[str, Measure]) -> Indicator:
        standards = self._rows(
            "select * from standard where level = 'enterprise' and group_code = ? and indicator = ?",
            row["group_code"],
            code,
        )
        # Where all are vetoed, nobody sets a standard.
        standard = standards[0] if standards else {"min": None, "n": 0}
        formula, places = (None, PLACES) if item is None else self._formula(item)
        unit = self._codes["indicator", code]["unit"]
        return _made(
            Indicator,
            row,
            code=code,
            label_zh=self._label("indicator", code),
            unit=unit,
            fraction=_fraction(self._fractions[code], row["value"], places, unit, measures),
            standard_min=standard["min"],
            participants=standard["n"],
            places=places,
            because=None if item is None else self._label("because", item["because"]),
            formula=formula,
            # A release that does not say it tells every growth in per cent.
            change_unit=" 个百分点" if self._value("indicator", code) == "point" else "%",
        )

    def _formula(self, item: Row) -> tuple[str, int]:
        """The formula of an item score with the numbers put in, and the decimals that they need."""
        sentence = self._codes["because", item["because"]]["sentence_zh"]
        score, weight = figure(item["score"]), number(item["weight"])
        if item["coefficient_from"] is None:
            return sentence, PLACES
        own = number(item["coefficient_from"])
        if item["coefficient_to"] is None:
            said = filled(sentence, {"weight": weight, "coefficient_from": own})
            return f"{said} = {number(score)}", PLACES
        coefficients = figure(item["coefficient_from"]), figure(item["coefficient_to"])
        worked = work_out(
            score,
            [item["value"], item["value_from"], item["value_to"]],
            lambda *shown: max(_efficacy(figure(item["weight"]), coefficients, *shown), Decimal(0)),
        )
        places = dict(zip(("value", "value_from", "value_to"), map(operand, worked.inputs), strict=True))
        places |= {"weight": weight, "coefficient_from": own, "coefficient_to": number(coefficients[1])}
        said = filled(sentence, places)
        # A zero value can fall below nothing (rulebook 5.4).
        result = "< 0，得 0 分" if item["share"] < 0 else f"{worked.sign} {number(score)}"
        return f"{said} {result}", worked.places

    def events(self) -> tuple[Event, ...]:
        """The honours of the members, then their incidents."""
        feeds = {"honour": "honours", "incident": "incidents"}
        return tuple(
            _made(
                Event,
                row,
                type=self._label(f"{row['kind']}_type", row["type"]),
                why=self._said(f"{row['kind']}_reason", row["reason"]),
                source=self._source(feeds[row["kind"]], row),
            )
            for row in self._all("enterprise_event", "kind, happened_on, member_uscc, type, document")
        )

    def score(self, result: Row, indicators: Sequence[Indicator], events: Sequence[Event]) -> Score:
        """The total of a scored unit, and its parts."""
        base, bonus, deduction, total = (
            number(result[name]) for name in ("base_score", "bonus", "deduction", "total_score")
        )
        return _made(
            Score,
            result,
            base_arithmetic=added_up([item.score for item in indicators if item.score is not None]),
            bonus_arithmetic=self._points(events, "honour", "bonus_cap"),
            deduction_arithmetic=self._points(events, "incident", "deduction_cap_enterprise"),
            total_arithmetic=f"{base} + {bonus} − {deduction} = {total}",
        )

    def _points(self, events: Sequence[Event], kind: str, cap_name: str) -> str:
        points = [event.points for event in events if event.kind == kind and event.counted]
        cap = float(self._value("parameter", cap_name))
        if not points:
            return "无"
        capped = f"，累计不超过 {number(cap)} 分，计 {number(cap)} 分" if sum(points) > cap else ""
        return added_up(points, " 分") + capped

    def border(self) -> Border | None:
        """Where the unit stands between the classes; null if it is not classified."""
        found = self._all("enterprise_border")
        if not found:
            return None
        (counts,) = self._rows("select * from class_count where county_code = ?", self._county_code)
        last = {"A": counts["last_a"], "B": counts["last_b"], "C": counts["last_c"]}
        own = found[0]["class"]
        return _made(
            Border,
            found[0],
            first_rank=max((rank for name, rank in last.items() if name < own), default=0) + 1,
            last_rank=last.get(own),
        )

    def firmness(self, result: Row) -> str | None:
        """In how many scenarios the unit keeps its class, and where it does not in all, between which classes
        it moves; null if it is not classified."""
        if not self._has("enterprise_firmness"):
            return None  # made by a version that tried none
        found = self._all("enterprise_firmness")
        if not found:
            return None
        row = result | found[0]
        said = ("kept",) if row["firmness"] == row["scenarios"] else ("kept", "range")
        return "；".join(filled(self._codes["firmness", code]["sentence_zh"], row) for code in said)


def _efficacy(
    weight: Decimal, coefficients: tuple[Decimal, Decimal], value: Decimal, own: Decimal, upper: Decimal
) -> Decimal:
    """本档基础分 + 调整分 (办法 二(三)②): what the formula of a tier earns."""
    share = (value - own) / (upper - own) * (coefficients[1] - coefficients[0])
    return weight * (coefficients[0] + share)


def _added_up(code: str, value: float | None, unit: str, deliveries: Sequence[Delivery]) -> str:
    """The delivered figures of a measure added up row by row, and what that is in the published unit."""
    by_row = [
        [amount for amount in delivery.amounts if amount.measure == code and amount.counted]
        for delivery in deliveries
    ]
    amounts = [amount for row in by_row for amount in row]
    if value is None:
        return "没有数据"
    if not amounts:
        return ""  # emissions of whoever is not monitored; land, which has an arithmetic of its own
    if code == "average_headcount":
        months = len({amount.column_name for amount in amounts})
        worked = work_out(
            figure(value, EVEN_PLACES),
            [sum(amount.delivered for amount in amounts)],
            lambda persons: persons / months,
            places=EVEN_PLACES,
        )
        return worked.text(f"各月平均人数之和 {{}} ÷ {months}", f" {unit}")
    delivered_unit = amounts[0].unit
    added = added_up([sum(amount.delivered for amount in row) for row in by_row if row], f" {delivered_unit}")
    return added if delivered_unit == unit else f"{added} = {number(value, EVEN_PLACES)} {unit}"


def _of_members(measure: Measure, members: Sequence[Row]) -> str:
    """A sum of a group with what each member brings."""
    brought = [row[measure.code] for row in members if row[measure.code] is not None]
    return added_up(brought, f" {measure.unit}") if brought else "没有数据"


def _fraction(
    fraction: tuple[str, str, int],
    value: float | None,
    places: int,
    unit: str,
    measures: Mapping[str, Measure],
) -> str:
    """An indicator as a fraction with the numbers put in, or why it cannot be computed (rulebook 3.5)."""
    upper_code, lower_code, factor = fraction
    upper, lower = measures[upper_code], measures[lower_code]
    if value is None:
        for measure in (upper, lower):
            if measure.value is None:
                return f"没有{measure.label_zh}数据，无法计算"
        return f"{lower.label_zh}不大于零，无法计算"
    assert upper.value is not None
    assert lower.value is not None
    worked = work_out(
        figure(value, places),
        [upper.value, lower.value],
        lambda numerator, denominator: numerator / denominator * factor,
        places=places,
    )
    percent = f" × {factor}" if factor != 1 else ""
    return worked.text(f"{{}} {upper.unit} ÷ {{}} {lower.unit}{percent}", in_unit(unit))
