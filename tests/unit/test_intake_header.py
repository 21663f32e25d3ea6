"""How the columns of a feed may be written in a header, and what a header says about units."""

from __future__ import annotations

import pytest

from orchestration.intake.contract import load_contract
from orchestration.intake.header import Labels, Match, find_header
from orchestration.settings import FEEDS

CONTRACT = load_contract(FEEDS)


def _labels(feed: str) -> Labels:
    return Labels(CONTRACT.feeds[feed], CONTRACT.units_of_measure)


@pytest.mark.parametrize(
    ("feed", "cell", "match"),
    [
        ("tax_payments", "增值税", Match("value_added_tax")),
        ("tax_payments", "增值税（元）", Match("value_added_tax")),
        ("tax_payments", "增值税(万元)", Match("value_added_tax", stated="wan_yuan")),
        ("tax_payments", "Value_Added_Tax", Match("value_added_tax")),
        ("tax_payments", "增值税(含留抵退税)", None),
        ("tax_payments", "增值税小计", None),
        ("enterprise_statistics", "工业增加值 （千元）", Match("industrial_value_added")),
        ("enterprise_statistics", "工业增加值\n【单位：千元】", Match("industrial_value_added")),
        ("enterprise_statistics", "工业增加值(元)", Match("industrial_value_added", stated="yuan")),
        ("enterprise_statistics", "工业增加值", Match("industrial_value_added", bare=True)),
        ("enterprise_statistics", "能源消费量(吨标煤)", Match("energy_consumption")),
        ("enterprise_statistics", "能源消费量(吨)", Match("energy_consumption", stated="tonne")),
        ("enterprise_statistics", "1月平均人数（人）", Match("headcount_01")),
        ("land_parcels", "面积(㎡)", Match("area_m2")),
        ("land_parcels", "面积(亩)", Match("area_m2", stated="mu")),
        ("land_leases", "*合同编号", Match("contract_id")),
        ("land_leases", "承租（购买）方代码", Match("lessee_uscc")),
        ("county_rules", "A类占比（％）", Match("quota_a")),
    ],
)
def test_a_label_names_a_column_with_or_without_its_unit(feed: str, cell: str, match: Match | None) -> None:
    assert _labels(feed).match(cell) == match


def test_the_header_is_the_row_with_most_labels_among_the_first_thirty() -> None:
    labels = _labels("land_confirmed")
    full = [column.label for column in CONTRACT.feeds["land_confirmed"].columns.values()]
    rows = [["2024年"], ["统一社会信用代码", "区县代码"], full, ["x"]]
    found = find_header(rows, labels)
    assert found is not None
    assert (found.row, found.refusal()) == (3, None)
    assert find_header([["统一社会信用代码"], ["x"]], labels) is None  # one label is not a header
    assert find_header([["标题"]] * 30 + [full], labels) is None  # too far down
