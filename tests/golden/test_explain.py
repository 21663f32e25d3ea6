"""Explanations (一企一单) of every unit of the golden year: each line of arithmetic is worked out again."""

from __future__ import annotations

import html
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from orchestration.errors import UserError
from orchestration.policy import read_policy
from orchestration.presentation.arithmetic import added_up, at_least, figure, number, work_out
from orchestration.presentation.explain import Explanation, explain
from orchestration.presentation.explain_sheet import make_sheet
from orchestration.presentation.explain_view import page, print_sheet
from tests.conftest import mujun
from tests.golden.examples import Released

CHANGED_INTO = {("千元", "万元"): 10, ("元", "万元"): 10_000}  # the units of data/policy/units.csv


@pytest.fixture(scope="module")
def explanations(golden: Released) -> list[Explanation]:
    """An explanation for every evaluated row of the list of enterprises."""
    method = read_policy(golden.folder / "policy")
    with duckdb.connect(str(golden.folder / "release.duckdb"), read_only=True) as connection:
        return [
            explain(connection, method, 2024, member["uscc"], member["county_code"])
            for member in golden.tables["enterprise_member"]
        ]


def lines(explanation: Explanation) -> Iterator[str]:
    """Every line of arithmetic of an explanation."""
    told = [explanation.land_arithmetic, *(measure.arithmetic for measure in explanation.measures)]
    for item in explanation.indicators:
        told += [item.fraction, item.formula or ""]
    for member in explanation.members:
        told += [member.arithmetic, *(contract.arithmetic or "" for contract in member.contracts)]
    if score := explanation.score:
        told += [score.base_arithmetic, score.bonus_arithmetic, score.deduction_arithmetic]
        told.append(score.total_arithmetic)
    for text in told:
        yield from re.split("[；：，]", text)


def worked_out(text: str) -> Decimal:
    """The value of an expression, its labels and units left out."""
    expression = re.sub(r"[^\d.+−×÷()\[\] ]", "", text).translate(str.maketrans("−×÷[]", "-*/()"))
    return Decimal(eval(re.sub(r"\d+(\.\d+)?", lambda found: f"Decimal('{found[0]}')", expression)))


def unit_of(text: str) -> str:
    """The unit behind the last figure."""
    return text.rpartition(" ")[2]


def comes_out(line: str) -> bool:
    """Whether every side of a line says the same, rounded to the decimals of the side it leads to."""
    first, *sides = line.split(" = ")
    for side in sides:
        factor = CHANGED_INTO.get((unit_of(first), unit_of(side)), 1)
        shown = worked_out(side)
        decimals = max(4, -int(shown.as_tuple().exponent))
        computed = (worked_out(first) / factor).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        if computed != shown:
            return False
        first = side
    return True


def test_the_test_can_tell() -> None:
    assert comes_out("30 × [0.9 + (6.5 − 5) ÷ (10 − 5) × (1 − 0.9)] = 27.9")
    assert not comes_out("30 × [0.9 + (6.5 − 5) ÷ (10 − 5) × (1 − 0.9)] = 27.9001")
    assert comes_out("已登记 1,000.5 + 承租 0 − 出租 0 − 未计入 0.25 = 1,000.25 平方米")
    assert comes_out("12 + 3 千元 = 15 千元 = 1.5 万元")
    assert not comes_out("12 + 3 千元 = 15 千元 = 15 万元")
    assert comes_out("1 + (−2.5) = −1.5")


def test_every_line_of_arithmetic_comes_out(explanations: list[Explanation]) -> None:
    told = [line for explanation in explanations for line in lines(explanation)]
    assert len(told) > 5000
    assert sum(" = " in line for line in told) > 3000
    assert not [line for line in told if "≈" in line]
    assert not [line for line in told if " = " in line and not comes_out(line)]


def test_the_lines_lead_to_the_published_figures(explanations: list[Explanation]) -> None:
    for explanation in explanations:
        for item in explanation.indicators:
            if item.value is not None:
                assert item.fraction.endswith(f"= {number(item.value, item.places)}" + item_unit(item.unit))
            if item.formula and item.score:
                assert item.formula.endswith(f" = {number(item.score)}")
        if score := explanation.score:
            assert score.total_arithmetic.endswith(f" = {number(score.total_score)}")
            assert number(score.base_score) in score.base_arithmetic
            for item in explanation.indicators:
                assert item.score == 0 or f" {number(item.score or 0)} " in f" {score.base_arithmetic} "


def item_unit(unit: str) -> str:
    return unit if unit == "%" else f" {unit}"


def test_every_kind_of_unit_has_a_sheet(explanations: list[Explanation]) -> None:
    kinds = {(explanation.unit.treatment, explanation.unit.veto_reason) for explanation in explanations}
    assert kinds == {
        ("classified", None),
        ("vetoed", "suspended"),
        ("vetoed", "zero_tax"),
        ("transition", None),
        ("transition", "suspended"),
        ("transition", "zero_tax"),
    }
    reasons = {parcel.reason for e in explanations for member in e.members for parcel in member.parcels}
    assert reasons == {
        "counted",
        "only_land",
        "land_use",
        "not_yet_registered",
        "ended",
        "newly_granted",
    }
    formulas = " ".join(item.formula or "" for e in explanations for item in e.indicators)
    for special in ("指标无法计算", "负值不参与", "本组没有正值", "平均值不高于最小正值", "< 0，得 0 分"):
        assert special in formulas, special
    for explanation in explanations:
        text = page(make_sheet(explanation))
        assert explanation.unit.enterprise_name in text
        assert (explanation.score is None) == (explanation.unit.treatment == "vetoed")
        assert (explanation.border is None) == (explanation.unit.treatment != "classified")


@pytest.mark.parametrize(
    ("table", "column", "subject"),
    [
        ("enterprise_item", "because", "because"),
        ("park_item", "because", "because"),
        ("enterprise_parcel", "reason", "parcel_reason"),
        ("enterprise_contract", "reason", "{role}_reason"),
        ("enterprise_event", "reason", "{kind}_reason"),
        ("enterprise_result", "treatment", "treatment"),
        ("enterprise_result", "veto_reason", "veto_reason"),
        ("improvement_list", "reason", "improvement_reason"),
    ],
)
def test_what_decides_a_figure_is_put_into_words_by_the_release(
    golden: Released, table: str, column: str, subject: str
) -> None:
    words = {(row["subject"], row["code"]) for row in golden.tables["code_list"] if row["label_zh"]}
    found = {(subject.format_map(row), row[column]) for row in golden.tables[table] if row[column]}
    assert found
    assert found <= words


def test_a_member_leads_to_its_unit(explanations: list[Explanation]) -> None:
    merged = [explanation for explanation in explanations if explanation.asked_uscc != explanation.unit.uscc]
    assert merged
    for explanation in merged:
        assert explanation.asked_uscc in {member.uscc for member in explanation.members}
        assert explanation.unit.uscc == explanation.members[0].uscc
        assert "已并入" in make_sheet(explanation).verdict[0]


class Outside(HTMLParser):
    """What a page asks of the outside."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.asked += [f"{tag} {name}" for name, _ in attributes if name in ("src", "href", "srcset")]


def test_a_page_needs_nothing_from_outside(explanations: list[Explanation]) -> None:
    for explanation in explanations[:20]:
        text = page(make_sheet(explanation))
        parser = Outside()
        parser.feed(text)
        assert parser.asked == []
        assert not re.search(r"url\(|@import|https?:", text)


HOSTILE = "[/bold][red]\u202e\x1b[2J\u200b</script>" + "长" * 30


def test_a_name_is_shown_as_it_is_and_obeyed_by_nobody(explanations: list[Explanation]) -> None:
    one = next(found for found in explanations if found.score)
    sheet = make_sheet(replace(one, unit=replace(one.unit, enterprise_name=HOSTILE)))
    written = StringIO()
    console = Console(file=written, width=400, force_terminal=True)
    print_sheet(console, sheet)
    for shown in (written.getvalue(), html.unescape(page(sheet))):
        assert "[/bold][red]\\u202e\\x1b[2J\\u200b</script>长" in shown
        assert not [hidden for hidden in ("\u202e", "\u200b", "\x1b[2J") if hidden in shown]
    assert "</script>长" not in page(sheet)


def test_growth_is_told_in_the_unit_of_the_method(explanations: list[Explanation]) -> None:
    told = {(item.code, item.change_unit) for found in explanations for item in found.indicators}
    assert ("rd_intensity", " 个百分点") in told
    assert {unit for code, unit in told if code != "rd_intensity"} == {"%"}


def test_the_delivered_figures_add_up_to_the_published_ones(golden: Released) -> None:
    sums: dict[tuple[str, str, str], float] = defaultdict(float)
    for amount in golden.tables["enterprise_amount"]:
        if amount["counted"]:
            sums[amount["county_code"], amount["uscc"], amount["measure"]] += amount["delivered"]
    factors: Mapping[str, float] = {
        "value_added": 10,
        "revenue": 10,
        "rd_expenditure": 10,
        "tax": 10_000,
        "average_headcount": 12,
        "energy": 1,
        "emissions": 1,
    }
    for result in golden.tables["enterprise_result"]:
        for measure, factor in factors.items():
            # Money is zero where it is zero to the cent.
            total = sums.get((result["county_code"], result["uscc"], measure), 0) / factor
            assert (result[measure] or 0) == pytest.approx(total, abs=5e-7), (result["uscc"], measure)
    assert all(re.fullmatch(r"[A-Z]+\d+", row["source_cell"]) for row in golden.tables["enterprise_amount"])


def test_parcels_and_contracts_add_up_to_the_published_land(golden: Released) -> None:
    areas: dict[tuple[str, str, str], float] = defaultdict(float)
    for parcel in golden.tables["enterprise_parcel"]:
        key = parcel["county_code"], parcel["member_uscc"]
        left_out = parcel["reason"] == "newly_granted"
        areas[*key, "registered_m2"] += parcel["area_m2"] * (parcel["counted"] or left_out)
        areas[*key, "not_counted_m2"] += parcel["area_m2"] * left_out
    for contract in golden.tables["enterprise_contract"]:
        name = {"lessee": "leased_in_m2", "lessor": "leased_out_m2"}[contract["role"]]
        areas[contract["county_code"], contract["member_uscc"], name] += (
            contract["land_m2"] * contract["counted"]
        )
    for member in golden.tables["enterprise_member"]:
        for name in ("registered_m2", "not_counted_m2", "leased_in_m2", "leased_out_m2"):
            area = areas.get((member["county_code"], member["uscc"], name), 0)
            assert member[name] == pytest.approx(area, abs=1e-6), (member["uscc"], name)


def test_bonus_and_deduction_are_the_points_of_the_events(golden: Released) -> None:
    points: dict[tuple[str, str, str], float] = defaultdict(float)
    for event in golden.tables["enterprise_event"]:
        points[event["county_code"], event["uscc"], event["kind"]] += event["points"]
    for result in golden.tables["enterprise_result"]:
        if result["total_score"] is not None:
            key = result["county_code"], result["uscc"]
            assert result["bonus"] == min(points.get((*key, "honour"), 0), 10)
            assert result["deduction"] == min(points.get((*key, "incident"), 0), 5)


def test_borders_are_those_found_by_trying(golden: Released) -> None:
    """Every total that somebody has is tried on every unit, all others unchanged."""
    counts = {row["county_code"]: row for row in golden.tables["class_count"]}
    borders = {(row["county_code"], row["uscc"]): row for row in golden.tables["enterprise_border"]}
    for county, count in counts.items():
        cuts = {"A": count["last_a"], "B": count["last_b"], "C": count["last_c"], "D": None}
        results = golden.rows("enterprise_result", county_code=county, treatment="classified")

        def class_of(total: float, others: list[float], cuts: Mapping[str, int | None] = cuts) -> str:
            rank = 1 + sum(other > total for other in others)
            return next(name for name, last in cuts.items() if last is None or rank <= last)

        for result in results:
            others = [other["total_score"] for other in results if other["uscc"] != result["uscc"]]
            tried = {total: class_of(total, others) for total in [*others, result["total_score"]]}
            border, own = borders[county, result["uscc"]], result["class"]
            better = [(name, total) for total, name in tried.items() if name < own]
            # The nearest class above is the last letter below one's own.
            nearest = max((name for name, _ in better), default=None)
            assert border["next_class"] == nearest
            assert border["next_class_total"] == min(
                (total for name, total in better if name == nearest), default=None
            )
            falls = others and class_of(min(others) - 1, others) > own
            keeps = min(total for total, name in tried.items() if name == own)
            assert border["lower_border_total"] == (keeps if falls else None)


def test_a_lifting_value_lifts_and_none_below_does(explanations: list[Explanation]) -> None:
    tried = 0
    for explanation in explanations:
        if not explanation.border or explanation.border.points_missing is None:
            continue
        for item in explanation.indicators:
            if item.lifting_value is None or item.score is None:
                continue
            wanted = item.score + explanation.border.points_missing
            assert score_of(item.lifting_value, item) >= wanted - 1e-6
            if item.lifting_value > 0:
                assert score_of(item.lifting_value * (1 - 1e-6), item) < wanted
            tried += 1
    assert tried > 50


def score_of(value: float, item: object) -> float:
    """The item score of a value by the formula of 办法 二(三), coefficients 1.0, 0.9 and 0.8."""
    weight, largest, mean, smallest = (
        getattr(item, name) for name in ("weight", "standard_max", "standard_mean", "standard_min")
    )
    if value >= largest * (1 - 1e-12):
        return float(weight)
    if value >= mean * (1 - 1e-12):
        return float(weight * (0.9 + (value - mean) / (largest - mean) * 0.1))
    if mean <= smallest:
        return 0.0
    return float(max(weight * (0.8 + (value - smallest) / (mean - smallest) * 0.1), 0.0))


def test_the_command_tells_prints_and_writes(golden: Released, golden_home: Path, tmp_path: Path) -> None:
    scored = golden.rows("enterprise_result", treatment="classified", county_code="500101")[0]
    call = ("explain", "--year", "2024", "--uscc", scored["uscc"].lower())
    told = mujun(*call, home=golden_home, COLUMNS="120")
    assert told.status == 0, told.err
    assert f"综合得分 {number(scored['total_score'])} 分" in told.out
    data = json.loads(mujun(*call, "--json", home=golden_home).out)
    assert data["unit"]["uscc"] == scored["uscc"]
    assert data["score"]["total_score"] == scored["total_score"]
    written = tmp_path / "new" / "sheet.html"
    assert mujun(*call, "--html", written, home=golden_home).status == 0
    assert scored["enterprise_name"] in written.read_text(encoding="utf-8")


def test_the_command_says_what_is_wrong_in_a_sentence(golden: Released, golden_home: Path) -> None:
    rows = golden.tables["enterprise_member"]
    several = next(row["uscc"] for row in rows if sum(other["uscc"] == row["uscc"] for other in rows) > 1)
    call = ("explain", "--year", "2024", "--uscc")
    ended = mujun(*call, several, home=golden_home)
    assert (ended.status, "--county" in ended.err) == (2, True)
    county = golden.rows("enterprise_result", uscc=several)[0]
    for name in (county["county_code"], county["county_code"].lower(), county["county_name"]):
        assert mujun(*call, several, "--county", name, home=golden_home).status == 0
    for arguments, sentence in (
        (("91500000MA0000000X",), "not on the list"),
        ((several, "--county", "火星区"), "but in"),
        (("91500000MA0000000X", "--year", "2022"), "no release of 2022"),
    ):
        ended = mujun(*call, *arguments, home=golden_home)
        assert (ended.status, ended.out) == (2, "")
        assert sentence in ended.err
        assert "Traceback" not in ended.err


def test_whoever_was_left_out_is_told_by_which_rule(golden: Released) -> None:
    evaluated = {row["uscc"] for row in golden.tables["enterprise_member"]}
    left_out = min({key.split("/")[0] for key in golden.found("ROS-01")} - evaluated)
    with (
        duckdb.connect(str(golden.folder / "release.duckdb"), read_only=True) as connection,
        pytest.raises(UserError, match="ROS-01"),
    ):
        explain(connection, read_policy(golden.folder / "policy"), 2024, left_out)


def test_figures_are_shown_whole_or_as_long_as_needed() -> None:
    assert number(1234567.891) == "1,234,567.891"
    assert number(0.1 + 0.2) == "0.3"
    assert number(-0.0) == "0"
    assert number(-2.5) == "−2.5"
    assert number(2 / 3) == "0.6667"
    assert at_least(2 / 3) == Decimal("0.6667")
    assert at_least(0.12341) == Decimal("0.1235")
    # 10 × 2/3 is 6.666666…: with four decimals 6.667, so it takes more to come to 6.6667.
    worked = work_out(Decimal("6.6667"), [2 / 3], lambda share: 10 * share)
    assert worked.text("10 × {}") == "10 × 0.66667 = 6.6667"
    # 36.3333 would give 43.5441, and 43.544 stands for 43.5440.
    worked = work_out(Decimal("43.5440"), [1582.1, 436 / 12], lambda over, under: over / under)
    assert worked.text("{} ÷ {}") == "1,582.1 ÷ 36.33333 = 43.544"
    assert added_up([1.5, -2]) == "1.5 + (−2) = −0.5"
    assert figure(27.25405 + 1e-15) == Decimal("27.25405")
