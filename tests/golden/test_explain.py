"""Explanations (一企一单) of every unit of the golden year: each line of arithmetic is worked out again."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from orchestration.errors import UserError
from orchestration.presentation.arithmetic import added_up, at_least, figure, number, work_out
from orchestration.presentation.explain import Explanation, Unit, explain, find_unit
from orchestration.presentation.explain_sheet import Facts, Sheet, make_sheet
from orchestration.presentation.explain_view import print_sheet
from orchestration.rows import Row
from tests.conftest import mujun
from tests.golden.examples import Released

CHANGED_INTO = {("千元", "万元"): 10, ("元", "万元"): 10_000}  # the units of data/policy/units.csv


@pytest.fixture(scope="module")
def explanations(golden: Released) -> list[Explanation]:
    """An explanation for every evaluated row of the list of enterprises."""
    units = [
        Unit(member["uscc"], member["unit_county_code"], member["unit_uscc"])
        for member in golden.tables["enterprise_member"]
    ]
    return list(explain(golden.folder, *units))


@pytest.fixture(scope="module")
def sheets(explanations: list[Explanation]) -> list[Sheet]:
    """What the terminal tells of each."""
    return [make_sheet(explanation) for explanation in explanations]


def lines(sheet: Sheet) -> Iterator[str]:
    """Every line of a sheet, in parts that may be arithmetic."""
    for section in sheet.sections:
        for block in section.blocks:
            if isinstance(block, Facts):
                for _, text in block.lines:
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


def test_every_line_of_arithmetic_comes_out(sheets: list[Sheet]) -> None:
    told = [line for sheet in sheets for line in lines(sheet)]
    assert len(told) > 5000
    assert sum(" = " in line for line in told) > 3000
    assert not [line for line in told if "≈" in line]
    assert not [line for line in told if " = " in line and not comes_out(line)]


def test_the_lines_lead_to_the_published_figures(
    explanations: list[Explanation], sheets: list[Sheet]
) -> None:
    for explanation, sheet in zip(explanations, sheets, strict=True):
        told = list(lines(sheet))
        (unit,) = explanation.tables["enterprise_result"]
        for item in explanation.tables["enterprise_item"]:
            if item["score"] and item["because"] not in ("missing", "given"):
                assert any(line.endswith(f" = {number(item['score'])}") for line in told), item
            if (value := unit[item["indicator"]]) is not None:
                name = explanation.words["indicators"][item["indicator"]][1]
                shown = re.compile(rf"= {re.escape(number(value))[:-1]}.*{re.escape(name)}$")
                assert any(map(shown.search, told)), item
        if unit["total_score"] is not None:
            assert any(line.endswith(f" = {number(unit['total_score'])} 分") for line in told)


def test_every_kind_of_unit_has_a_sheet(explanations: list[Explanation], sheets: list[Sheet]) -> None:
    units = [explanation.tables["enterprise_result"][0] for explanation in explanations]
    assert {(unit["treatment"], unit["veto_reason"]) for unit in units} == {
        ("classified", None),
        ("vetoed", "suspended"),
        ("vetoed", "zero_tax"),
        ("transition", None),
        ("transition", "suspended"),
        ("transition", "zero_tax"),
    }
    reasons = {parcel["reason"] for e in explanations for parcel in e.tables["enterprise_parcel"]}
    assert reasons == {
        "counted",
        "only_land",
        "land_use",
        "not_yet_registered",
        "ended",
        "newly_granted",
    }
    told = " ".join(line for sheet in sheets for line in lines(sheet))
    for special in ("指标无法计算", "负值不参与", "本组没有正值", "平均值不高于最小正值", "< 0"):
        assert special in told, special
    for unit, sheet in zip(units, sheets, strict=True):
        assert dict(sheet.identity.lines)["企业名称"] == unit["enterprise_name"]
        ended = [sentence for sentence in sheet.verdict if sentence.startswith("解除否决")]
        assert len(ended) == (unit["treatment"] == "vetoed")


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


def test_a_member_leads_to_its_unit(golden: Released, sheets: list[Sheet]) -> None:
    merged = [row for row in golden.tables["enterprise_member"] if row["uscc"] != row["unit_uscc"]]
    assert merged
    for row in merged:
        unit = find_unit(golden.folder, row["uscc"], row["county_code"])
        assert (unit.county_code, unit.uscc) == (row["unit_county_code"], row["unit_uscc"])
        (told,) = (make_sheet(one) for one in explain(golden.folder, unit))
        assert told.verdict[0].startswith(f"{row['uscc']}并入")
        break
    assert sum("并入" in sheet.verdict[0] for sheet in sheets) >= len(merged)


HOSTILE = "[/bold][red]\u202e\x1b[2J\u200b</script>" + "长" * 30


def test_a_name_is_shown_as_it_is_and_obeyed_by_nobody(explanations: list[Explanation]) -> None:
    one = next(found for found in explanations if found.tables["enterprise_item"])
    (unit,) = one.tables["enterprise_result"]
    hostile = {**one.tables, "enterprise_result": [{**unit, "enterprise_name": HOSTILE}]}
    written = StringIO()
    console = Console(file=written, width=400, force_terminal=True)
    print_sheet(console, make_sheet(replace(one, tables=hostile)))
    shown = written.getvalue()
    assert "[/bold][red]\\u202e\\x1b[2J\\u200b</script>长" in shown
    assert not [hidden for hidden in ("\u202e", "\u200b", "\x1b[2J") if hidden in shown]


def test_a_page_holds_its_unit_alone_and_needs_nothing_from_outside(
    golden: Released, golden_home: Path, tmp_path: Path
) -> None:
    """All of a county's sheets by the command: each file has no way out, and no code or name of another."""
    county, *_ = golden.rows("enterprise_result", treatment="classified")
    of_county = golden.rows("enterprise_result", county_code=county["county_code"])
    call = ("explain", "--year", "2024", "--county", county["county_name"], "--all", "--out", tmp_path)
    ended = mujun(*call, home=golden_home)
    assert ended.status == 0, ended.err
    assert f"{len(of_county):,} sheets" in ended.out
    pages = {path.stem: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert set(pages) == {unit["uscc"] for unit in of_county}
    own = {
        unit["uscc"]: {
            row["uscc"]
            for row in golden.tables["enterprise_member"]
            if (row["unit_county_code"], row["unit_uscc"]) == (unit["county_code"], unit["uscc"])
        }
        for unit in of_county
    }
    everybody = {row["uscc"] for row in golden.tables["enterprise_member"]}
    outside = r"url\(|@import|https?:(?!//www\.w3\.org/2000/svg)|<link[^>]+href=\"(?!data:,)|<script[^>]+src"
    for code, page in pages.items():
        assert not re.search(outside, page)
        named = set(re.findall(r"\b9150\w{14}\b", page)) & everybody
        partners = {
            contract["counterparty_uscc"]
            for contract in golden.tables["enterprise_contract"]
            if contract["uscc"] == code
        }
        # What it named itself, and was told is wrong.
        told = {row["message"] for row in golden.tables["finding"] if row["finding_key"].startswith(code)}
        assert {one for one in named - own[code] - partners if not any(one in text for text in told)} == set()
    scripts = {
        script for page in pages.values() for script in re.findall(r"<script>(.*?)</script>", page, re.S)
    }
    (script,) = scripts
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert all(f"script-src 'sha256-{digest}'" in page for page in pages.values())


def test_the_delivered_figures_add_up_to_the_published_ones(golden: Released) -> None:
    sums: dict[tuple[str, str, str], float] = defaultdict(float)
    amounts = list(golden.amounts())
    for amount in amounts:
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
    assert all(re.fullmatch(r"[A-Z]+\d+", row["source_cell"]) for row in amounts)


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


def test_a_lifting_value_lifts_and_none_below_does(golden: Released) -> None:
    """Every unit and indicator is tried: the standards, scores and ranks of the county are taken anew."""
    ranked = {
        (row["county_code"], row["uscc"]): row["total_score"]
        for row in golden.rows("enterprise_result", treatment="classified")
    }
    cuts = {row["county_code"]: row for row in golden.tables["class_count"]}
    lifting = {
        (row["county_code"], row["uscc"], row["indicator"]): row["lifting_value"]
        for row in golden.tables["enterprise_diagnosis"]
    }
    groups = defaultdict(list)
    for row in golden.tables["enterprise_item"]:
        groups[row["county_code"], row["indicator"]].append(row)
    lifts = nulls = above = 0
    for (county, indicator), rows in groups.items():
        last = [cuts[county][name] for name in ("last_a", "last_b", "last_c")]
        largest = max((row["value"] for row in rows if row["value"] is not None), default=0)

        def class_with(own: Row, value: float | None, rows: list[Row] = rows, last: list[int] = last) -> int:
            values = [value if row is own else row["value"] for row in rows]
            taking_part = [each for each in values if each is not None and each >= 0]
            positive = [each for each in taking_part if each > 0]
            standard = {
                "max": max(taking_part, default=0),
                "mean": math.fsum(taking_part) / max(len(taking_part), 1),
                "min": min(positive, default=0),
            }
            totals = {}
            for row, each in zip(rows, values, strict=True):
                if (row["county_code"], row["uscc"]) in ranked:
                    scored = each if positive and each is not None and each >= 0 else None
                    points = 0.0 if scored is None else score_of(scored, row["weight"], standard)
                    rest = ranked[row["county_code"], row["uscc"]] - row["score"]
                    totals[row["uscc"]] = round(rest + math.floor(round(points * 1e4, 6) + 0.5) / 1e4, 4)
            rank = 1 + sum(total > totals[own["uscc"]] for total in totals.values())
            return sum(rank > place for place in last)

        for row in rows:
            if (county, row["uscc"]) not in ranked:
                continue
            value, own = lifting[county, row["uscc"], indicator], max(row["value"] or 0, 0)
            now = class_with(row, row["value"])
            if value is None:
                tried = [own + largest * share for share in (0.01, 0.3, 0.7, 1, 2, 10, 1e3)]
                assert not now or all(class_with(row, each) >= now for each in tried), row
                nulls += 1
                continue
            assert class_with(row, value) < now, row
            if own > 0 and value > own * (1 + 1e-6):  # else within what counts as equal
                below = [own + (value - own) * share for share in (0.3, 0.9)] + [value * (1 - 1e-7)]
                assert all(class_with(row, each) >= now for each in below), row
            lifts, above = lifts + 1, above + (value > largest)
    assert lifts > 100
    assert nulls > 100
    assert above > 20


def score_of(value: float, weight: float, standard: Mapping[str, float]) -> float:
    """The item score of a value by the formula of 办法 二(三), coefficients 1.0, 0.9 and 0.8."""
    largest, mean, smallest = (standard[name] for name in ("max", "mean", "min"))
    if value >= largest * (1 - 1e-9):
        return float(weight)
    if value >= mean * (1 - 1e-9):
        return float(weight * (0.9 + (value - mean) / (largest - mean) * 0.1))
    if mean <= smallest:
        return 0.0
    return float(max(weight * (0.8 + (value - smallest) / (mean - smallest) * 0.1), 0.0))


def test_the_command_tells_prints_and_writes(golden: Released, golden_home: Path, tmp_path: Path) -> None:
    scored = golden.rows("enterprise_result", treatment="classified", county_code="500101")[0]
    call = ("explain", "--year", "2024", "--uscc", scored["uscc"].lower())
    told = mujun(*call, home=golden_home, COLUMNS="120")
    assert told.status == 0, told.err
    assert f"综合得分{number(scored['total_score'])}分" in told.out
    data = json.loads(mujun(*call, "--json", home=golden_home).out)
    (unit,) = data["enterprise_result"]
    assert (unit["uscc"], unit["total_score"]) == (scored["uscc"], scored["total_score"])
    cells = {(row["source_file"], row["source_sheet"], row["cell"]) for row in data["delivered"]}
    assert cells == {
        (row["source_file"], row["source_sheet"], row["source_cell"])
        for row in golden.amounts()
        if (row["county_code"], row["uscc"]) == (scored["county_code"], scored["uscc"])
    }
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
    with pytest.raises(UserError, match="ROS-01"):
        find_unit(golden.folder, left_out)


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
