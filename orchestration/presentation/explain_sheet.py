"""The sheet of a unit (一企一单): an explanation in the words of the enterprise it is about.

Belongs here: what the sheet says, section by section, in Chinese. Does not: how it is shown (`explain_view`),
where the numbers come from (`explain`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby

from orchestration.presentation.arithmetic import EVEN_PLACES, at_least, figure, number, rounded
from orchestration.presentation.explain import (
    Basis,
    Border,
    Delivery,
    Event,
    Explanation,
    Group,
    GroupExplanation,
    Indicator,
    Member,
    Score,
    Source,
    day,
    in_unit,
)


@dataclass(frozen=True)
class Facts:
    """Labels and what stands behind them, in lines."""

    lines: Sequence[tuple[str, str]]
    title: str = ""


@dataclass(frozen=True)
class Table:
    """Rows under headings; the columns in `numbers` are figures. A `narrow` one can stand in halves, side by
    side; a `wide` one has long texts."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()
    title: str = ""
    narrow: bool = False
    wide: bool = False


@dataclass(frozen=True)
class Scale:
    """Where a value lies between nothing and the maximum of its group, and where the mean does."""

    value: float
    mean: float
    maximum: float
    label: str


Block = str | Facts | Table | Scale


@dataclass(frozen=True)
class Section:
    """A part of the sheet; `clause` is what of the policy it follows."""

    title: str
    clause: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Sheet:
    """What is said of one unit: `verdict` first, the reasons after it."""

    title: str
    stage: str
    basis: str
    identity: Facts
    class_name: str
    verdict: Sequence[str]
    sections: Sequence[Section] = field(default_factory=tuple)


def make_sheet(explanation: Explanation) -> Sheet:
    """The sheet of the unit that is explained."""
    release = explanation.release
    sections = [_standing(explanation), _items(explanation), _land(explanation), _amounts(explanation)]
    if explanation.events:
        sections.append(_events(explanation))
    sections += [_group(group, in_full=False) for group in explanation.groups]
    return Sheet(
        title=f"{release.year}年度制造业亩均效益综合评价一企一单",
        stage=release.stage_said,
        basis=_basis(release),
        identity=_identity(explanation),
        class_name=explanation.unit.class_name or "",
        verdict=tuple(_verdict(explanation)),
        sections=tuple(section for section in sections if section.blocks),
    )


def make_group_sheet(explanation: GroupExplanation) -> Sheet:
    """The sheet of a group's company that is not evaluated itself."""
    release = explanation.release
    first, *others = explanation.groups
    return Sheet(
        title=f"{release.year}年度制造业亩均效益综合评价集团总体评价结果",
        stage=release.stage_said,
        basis=_basis(release),
        identity=Facts([("企业名称", first.group_name), ("统一社会信用代码", first.group_uscc)]),
        class_name="" if others else first.class_name or "",
        verdict=[_verdict_of_group(group) for group in explanation.groups],
        sections=[_group(group, in_full=True) for group in explanation.groups],
    )


def _basis(release: Basis) -> str:
    return f"依据：《{release.edition}》（{release.document_no}）；统计截止日{day(release.cut_off)}"


def _verdict_of_group(group: Group) -> str:
    stands = f"集团总体综合得分 {number(group.total_score)} 分"
    if group.would_be_rank is None:
        return f"{stands}；{group.county_name}没有参与分档的企业，不确定相当的名次和等级。"
    return (
        f"{stands}，在{group.county_name}相当于第 {group.would_be_rank} 名、{group.class_name} 类；"
        "不占名额，成员和其他企业的结果不受影响。"
    )


def _group(group: Group, *, in_full: bool) -> Section:
    """The overall result of a group: its sums, its items, and which rank its total would have. What each
    member brings and scored by itself is told `in_full` only: a member's sheet tells of no other enterprise
    more than is public."""
    sums = [
        (
            measure.label_zh,
            measure.arithmetic
            if in_full or measure.value is None
            else f"{number(measure.value, EVEN_PLACES)} {measure.unit}",
        )
        for measure in group.measures
    ]
    return Section(
        f"集团总体评价结果（{group.application_no}）",
        "说明 一.3",
        [
            Facts(
                [
                    ("集团", f"{group.group_name}（{group.group_uscc}）"),
                    ("批准", f"{group.approved_by}，{day(group.approved_on)}"),
                    ("总体结果", _verdict_of_group(group)),
                    ("指标得分", f"{group.base_arithmetic} 分"),
                    ("综合得分", f"{group.total_arithmetic} 分"),
                ]
            ),
            Table(
                ("成员", "代码", "评价区县", "自身等级", *(["自身得分"] if in_full else [])),
                [
                    (
                        member.enterprise_name,
                        member.uscc,
                        member.county_name,
                        member.class_name or "—",
                        *([_or_none(member.total_score)] if in_full else []),
                    )
                    for member in group.members
                ],
                frozenset({4}),
            ),
            Facts(sums, "各成员合计"),
            Table(
                ("指标", "计算", "档次", "权数", "得分", "标准值（最大、平均、最小正值）"),
                [
                    (
                        item.label_zh,
                        item.fraction,
                        item.tier,
                        number(item.weight),
                        number(item.score),
                        "、".join(
                            _or_none(value)
                            for value in (item.standard_max, item.standard_mean, item.standard_min)
                        ),
                    )
                    for item in group.items
                ],
                frozenset({3, 4}),
                f"按{group.county_name}企业的标准值计分；不低于最大值的为优档",
                wide=True,
            ),
        ],
    )


def _or_none(value: float | None) -> str:
    return "—" if value is None else number(value)


def _identity(explanation: Explanation) -> Facts:
    unit = explanation.unit
    lines = [
        ("企业名称", unit.enterprise_name),
        ("统一社会信用代码", unit.uscc),
        ("评价区县", f"{unit.county_name}（{unit.county_code}，{unit.region}）"),
        ("行业代码", unit.industry_code),
    ]
    if unit.park_code:
        lines.append(("园区", f"{unit.park_name}（{unit.park_code}）"))
    lines += [("合并评价", _merged(member)) for member in explanation.members[1:]]
    return Facts(lines)


def _merged(member: Member) -> str:
    reason = f"，{member.merge_reason}" if member.merge_reason else ""
    return f"{member.enterprise_name}（{member.uscc}{reason}）"


def _verdict(explanation: Explanation) -> Iterable[str]:
    """Class, score and rank in a sentence or two, and why there is no class where there is none."""
    unit, score = explanation.unit, explanation.score
    if explanation.asked_uscc != unit.uscc:
        yield (
            f"所查企业 {explanation.asked_uscc} 已并入 {unit.enterprise_name}，数据合并计算，"
            "评价结果见下（说明 一.3）。"
        )
    if unit.treatment == "vetoed":
        yield f"直接列入 D 类，不予计分：{unit.veto}。不占用分档比例。"
    elif unit.treatment == "transition":
        assert unit.transition_since is not None  # a transition without a date does not count as one
        yield (
            f"处于过渡期（{unit.transition_type}，{day(unit.transition_since)}起，第 {unit.transition_year} "
            f"个评价年度，共 {unit.transition_years} 个）：只评价、不分类，不占用分档比例（办法 二(五)4）。"
        )
        if unit.veto_reason:
            yield f"另有否决情形（{unit.veto_label}），因处于过渡期，不适用否决。"
    elif unit.transition_type:
        yield f"名单所列过渡期（{unit.transition_type}）不在规定年限以内，按一般企业评价（办法 二(五)4）。"
    if score:
        rank = ""
        if explanation.border:
            rank = (
                f"，在{unit.county_name}参与分类的 {explanation.border.classified} 户企业中"
                f"排第 {unit.rank} 名，列入 {unit.class_name} 类"
            )
        yield f"综合得分 {number(score.total_score)} 分{rank}。"


def _standing(explanation: Explanation) -> Section:
    """The total, and how far the classes above and below are."""
    score, border = explanation.score, explanation.border
    blocks: list[Block] = []
    if score:
        blocks.append(Facts(list(_total(score))))
    if border:
        lines = list(_borders(explanation, border))
        if explanation.firmness:
            lines.append(("等级稳定性", explanation.firmness))
        blocks.append(Facts(lines))
        blocks += _lifts(explanation, border)
    return Section("得分与等级", "办法 二(三)①、二(四)2、二(五)1、2", blocks)


def _total(score: Score) -> Iterable[tuple[str, str]]:
    yield "指标得分", f"{score.base_arithmetic} 分"
    yield "加分", score.bonus_arithmetic
    yield "减分", score.deduction_arithmetic
    yield "综合得分", f"{score.total_arithmetic} 分"


def _borders(explanation: Explanation, border: Border) -> Iterable[tuple[str, str]]:
    unit = explanation.unit
    ranks = f"第 {border.first_rank} 名至第 {border.last_rank} 名"
    if border.last_rank is None:
        ranks = f"第 {border.first_rank} 名起"
    elif border.last_rank == border.first_rank:
        ranks = f"第 {border.first_rank} 名"
    yield f"{unit.class_name} 类", f"{ranks}（并列者同享较好名次）；本企业第 {unit.rank} 名"
    if border.next_class and border.next_class_total is not None and border.points_missing is not None:
        yield (
            f"升入 {border.next_class} 类",
            f"综合得分至少 {number(border.next_class_total)} 分，还差 {number(border.points_missing)} 分"
            "（其他企业得分不变）",
        )
    else:
        yield "上一档", "已在最高一档" if unit.class_name == "A" else "本区县上一档没有名额"
    if border.lower_border_total is not None and explanation.score:
        spare = number(explanation.score.total_score - border.lower_border_total)
        yield (
            f"保住 {unit.class_name} 类",
            f"综合得分至少 {number(border.lower_border_total)} 分，现高出 {spare} 分",
        )
    else:
        yield "下一档", "其后没有企业" if unit.class_name != "D" else "已在最低一档"


def _lifts(explanation: Explanation, border: Border) -> Iterable[Block]:
    """Which single indicators would reach the class above, the shortest way first."""
    if not border.next_class or border.points_missing is None:
        return
    reaching = [item for item in explanation.indicators if item.lifting_value is not None]
    if not reaching:
        yield f"没有哪一项指标单独提高即可升入 {border.next_class} 类，需几项一起提高。"
        return
    reaching.sort(key=lambda item: item.code != border.best_indicator)
    yield Table(
        ("单独提高一项", "现值", "至少达到", "单位", "单项得分"),
        [_lift(item, border.points_missing) for item in reaching],
        frozenset({1, 2}),
        f"任一项单独达到下列数值，即可升入 {border.next_class} 类（标准值、其他指标和其他企业均不变）",
    )


def _lift(item: Indicator, points_missing: float) -> tuple[str, ...]:
    assert item.lifting_value is not None
    assert item.score is not None
    reached = number(figure(item.score) + figure(points_missing))
    return (
        item.label_zh,
        _value(item, item.value),
        number(at_least(item.lifting_value)),
        item.unit,
        f"{number(item.score)} → {reached}",
    )


def _value(item: Indicator, value: float | None) -> str:
    return "—" if value is None else number(value, item.places)


def _items(explanation: Explanation) -> Section:
    """Every indicator: value, standards, tier, formula."""
    scored = explanation.score is not None
    blocks: list[Block] = []
    if scored:
        blocks.append(
            Table(
                ("指标", "单位", "实际值", "档次", "权数", "得分", "失分", "单项名次"),
                [
                    (
                        item.label_zh,
                        item.unit,
                        _value(item, item.value),
                        item.tier or "",
                        number(item.weight),
                        number(item.score or 0),
                        number(item.points_lost or 0),
                        f"{item.item_rank}/{item.ranked}",
                    )
                    for item in explanation.indicators
                ],
                frozenset({2, 4, 5, 6, 7}),
            )
        )
    for item in explanation.indicators:
        if item.value is not None and item.standard_mean is not None and item.standard_max:
            scale = Scale(item.value, item.standard_mean, item.standard_max, item.label_zh)
            blocks += [Facts(list(_item(item)), item.label_zh), scale]
        else:
            blocks.append(Facts(list(_item(item)), item.label_zh))
    if not scored:
        blocks.insert(0, "不予计分，以下数值仅供对照。")
    return Section("各项指标", "办法 二(二)、二(三)②，说明 二", blocks)


def _item(item: Indicator) -> Iterable[tuple[str, str]]:
    yield "实际值", item.fraction
    if item.standard_mean is None:
        yield "标准值", "本组没有可比企业"
    else:
        smallest = "没有正值" if item.standard_min is None else f"最小正值 {_value(item, item.standard_min)}"
        yield (
            "标准值",
            f"最大值 {_value(item, item.standard_max)}，平均值 {_value(item, item.standard_mean)}，{smallest}"
            f"（本组 {item.participants} 户）",
        )
    if item.tier and item.formula:
        yield "档次", f"{item.tier}（{item.because}）"
        yield "得分", item.formula
    if item.previous_value is not None:
        change = ""
        if item.change is not None:
            change = f"，{_growth(rounded(Decimal(item.change), 1), item.change_unit)}"
        yield "上年", f"{_value(item, item.previous_value)}{in_unit(item.unit)}{change}"


def _growth(change: Decimal, unit: str) -> str:
    if change == 0:
        return "本年基本持平"
    return f"本年{'增长' if change > 0 else '下降'} {number(abs(change))}{unit}"


def _land(explanation: Explanation) -> Section:
    """Parcel by parcel and contract by contract, member by member."""
    several = len(explanation.members) > 1
    blocks: list[Block] = [Facts([("用地面积", explanation.land_arithmetic)])]
    for member in explanation.members:
        name = f"{member.enterprise_name}：" if several else ""
        if several:
            blocks.append(Facts([("用地", member.arithmetic)], member.enterprise_name))
        elif member.land_area_m2 is not None:
            blocks.append(Facts([("面积计算", member.arithmetic)]))
        if member.parcels:
            blocks.append(_parcels(member, name))
        if member.contracts:
            blocks.append(_contracts(member, name))
            blocks += [
                Facts([(f"合同 {contract.contract_id}", f"多层厂房折算用地：{contract.arithmetic}")])
                for contract in member.contracts
                if contract.arithmetic
            ]
    return Section("用地面积", "说明 三", blocks)


def _parcels(member: Member, name: str) -> Table:
    return Table(
        ("不动产单元号", "用途", "面积（平方米）", "日期", "认定", "出处"),
        [
            (
                parcel.parcel_id,
                parcel.land_use,
                number(parcel.area_m2, 6),
                _dates(签约=parcel.contract_date, 登记=parcel.registered_on, 终止=parcel.ended_on),
                parcel.why,
                _place(parcel.source, parcel.source_cell),
            )
            for parcel in member.parcels
        ],
        frozenset({2}),
        f"{name}宗地",
        wide=True,
    )


def _contracts(member: Member, name: str) -> Table:
    return Table(
        ("合同编号", "身份", "方式与标的", "折算用地（平方米）", "起止日期", "认定", "出处"),
        [
            (
                contract.contract_id,
                "出租方" if contract.role == "lessor" else "承租（购买）方",
                f"{contract.tenure}，{contract.object_type}",
                number(contract.land_m2, 6),
                _dates(起=contract.starts_on, 止=contract.ends_on),
                contract.why,
                _place(contract.source, contract.source_cell),
            )
            for contract in member.contracts
        ],
        frozenset({3}),
        f"{name}合同",
        wide=True,
    )


def _dates(**days: date | None) -> str:
    return "\n".join(f"{label} {day_}" for label, day_ in days.items() if day_)


def _place(source: Source, cell: str | None) -> str:
    """File, sheet and cell."""
    sheet = f" {source.sheet}" if source.sheet else ""
    return f"{source.file}{sheet} {cell or f'第{source.row}行'}"


def _amounts(explanation: Explanation) -> Section:
    """What the departments delivered, row by row of their files, and what it adds up to."""
    names = {member.uscc: member.enterprise_name for member in explanation.members}
    remarks = {"emissions": "（只计入区县、园区，不参与企业评分）"}
    blocks: list[Block] = [
        Facts(
            [
                (measure.label_zh, measure.arithmetic + remarks.get(measure.code, ""))
                for measure in explanation.measures
                if measure.arithmetic
            ]
        )
    ]
    for delivery in explanation.deliveries:
        owner = f"{names[delivery.member_uscc]}：" if len(names) > 1 else ""
        source = delivery.source
        sheet = f"，工作表“{source.sheet}”" if source.sheet else ""
        blocks.append(
            Table(
                ("数据项", "填报数", "单位", "单元格"),
                list(_delivered(explanation, delivery)),
                frozenset({1}),
                f"{owner}{source.department}《{source.feed}》，文件 {source.file}{sheet}，第 {source.row} 行",
                narrow=True,
            )
        )
    return Section("数据来源", "说明 二，办法 四(一)", blocks)


def _delivered(explanation: Explanation, delivery: Delivery) -> Iterable[tuple[str, ...]]:
    labels = {measure.code: measure.label_zh for measure in explanation.measures}
    for measure, found in groupby(delivery.amounts, key=lambda amount: amount.measure):
        amounts = list(found)
        for amount in amounts:
            left_out = "" if amount.counted else "（非重点排放企业，不计）"
            yield (
                amount.label_zh + left_out,
                number(amount.delivered, 6),
                amount.unit,
                amount.source_cell or "—",
            )
        if len(amounts) > 1 and measure in labels:
            total = sum(amount.delivered for amount in amounts)
            yield f"{labels[measure]}：合计", number(total, 6), amounts[0].unit, ""


def _events(explanation: Explanation) -> Section:
    """Honours and incidents, those that do not count too."""
    return Section(
        "加分减分事项",
        "办法 二(五)1、2",
        [
            Table(
                ("类别", "事项", "文号或编号", "日期", "分值", "认定", "出处"),
                [_event(event) for event in explanation.events],
                frozenset({4}),
                wide=True,
            )
        ],
    )


def _event(event: Event) -> tuple[str, ...]:
    sign = {"honour": "+", "incident": "−"}[event.kind] if event.points else ""
    return (
        {"honour": "加分", "incident": "减分"}[event.kind],
        event.type,
        event.document,
        str(event.happened_on),
        f"{sign}{number(event.points)}",
        event.why,
        _place(event.source, None),
    )
