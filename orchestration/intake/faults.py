"""What can be wrong with a cell, and the Chinese sentence for it.

Belongs here: the list of faults and their wording. Does not: finding them (`values`, `feed_rows`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orchestration.intake.contract import ROW_RULES, Column

LONGEST_VALUE = 40
_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")
_LINE_BREAKS = str.maketrans("\r\n\t", "   ")


@dataclass(frozen=True)
class Place:
    """Where a cell is: Excel's row number, address, and the sheet where a workbook has several."""

    row: int
    cell: str | None
    sheet: str | None

    def __str__(self) -> str:
        sheet = f"工作表“{self.sheet}”" if self.sheet else ""
        return f"{sheet}第{self.row}行" + (f" {self.cell}" if self.cell else "")


@dataclass(frozen=True)
class Context:
    """What a sentence may need beyond the cell: reference lists and the names of units."""

    counties: Mapping[str, str]
    retired: Mapping[str, tuple[str, str, str]]
    unit_zh: Mapping[str, str]


def shown_name(name: str) -> str:
    """A delivered name or label as it can stand in a receipt: nothing invisible, one line."""
    name = name.translate(_LINE_BREAKS)
    return "".join("�" if unicodedata.category(c) in _INVISIBLE else c for c in name)


def shown(value: str) -> str:
    """A delivered value as it can stand in a sentence: one line, nothing invisible, not too long."""
    visible = "".join("�" if unicodedata.category(c) in _INVISIBLE else c for c in value.strip())
    return visible if len(visible) <= LONGEST_VALUE else visible[:LONGEST_VALUE] + "…"


_Words = tuple[str, str]  # what is wrong (after the place), how to mend it


def _unit(column: Column, context: Context) -> str:
    return f"（单位：{context.unit_zh[column.unit]}）" if column.unit else ""


def _missing(column: Column, value: str, context: Context) -> _Words:
    said = f"填的是“{shown(value)}”，按空白处理，而该列必填" if value.strip() else "没有填写"
    return said, "请填写后重新提交。"


def _not_a_number(column: Column, value: str, context: Context) -> _Words:
    return f"无法读成数字：“{shown(value)}”", f"请填写纯数字{_unit(column, context)}，不带文字、符号或单位。"


def _not_in_reference(column: Column, value: str, context: Context) -> _Words:
    code = "".join(unicodedata.normalize("NFKC", value).split()).upper()
    if codes := _codes_of_county(code, context):
        return f"填的是区县名称“{shown(value)}”，应填代码", f"请填写它的代码 {'或 '.join(codes)}。"
    if code in context.retired:
        name, successor, successor_name = context.retired[code]
        return (
            f"是已停用的区县代码“{shown(value)}”（{name}）",
            f"请改用现行代码 {successor}（{successor_name}）。",
        )
    return f"不是区县代码表中的代码：“{shown(value)}”", "请填写区县代码表中的代码，如 500101。"


def _codes_of_county(name: str, context: Context) -> list[str]:
    """The codes of the county that somebody wrote by its name: 渝北区, 渝北, 重庆市渝北区."""
    name = name.removeprefix("重庆市").removeprefix("重庆")
    exact = [code for code, county in context.counties.items() if county == name]
    return exact or [
        code
        for code, county in context.counties.items()
        if len(name) > 1 and county in (f"{name}区", f"{name}县")
    ]


def _invalid_code(column: Column, value: str, context: Context) -> _Words:
    if column.check == "uscc":
        return (
            f"不是有效的统一社会信用代码：“{shown(value)}”（位数、字符或校验码不符）",
            "请对照营业执照核对全部18位代码。",
        )
    if column.check == "industry":
        return (
            f"不是有效的行业代码：“{shown(value)}”",
            "请填写 GB/T 4754-2017 四位数字代码，前面可带门类字母，如 C3670；开头的0不能省略。",
        )
    raise KeyError(column.check)


def _not_a_code(column: Column, value: str, context: Context) -> _Words:
    if column.reference is not None:
        return _not_in_reference(column, value, context)
    text = value.strip()
    if text[:1] in "=＝" and len(text) > 1:
        return (
            f"写成了公式或带引号的文字：“{shown(value)}”",
            "请只填代码本身，不带等号和引号；从系统导出的，请先用 Excel 或 WPS 打开，"
            "把该列设为“文本”格式，另存为 .xlsx。",
        )
    if text[:1] in "'＇‘’":
        return f"前面有撇号：“{shown(value)}”", "请删除撇号，只填代码本身（该列设为“文本”格式即可）。"
    blank = "没有代码的，该格留空。" if column.nullable else "请填写完整的代码。"
    if not any(c.isascii() and c.isalnum() for c in text) or (text.isascii() and text.isalpha()):
        return f"填的不是代码：“{shown(value)}”", blank
    return (
        f"含有代码里不会有的字符：“{shown(value)}”",
        "请只填代码本身，不带引号、连字符等符号和说明文字。",
    )


def _invisible(column: Column, value: str, context: Context) -> _Words:
    return f"含有看不见的字符：“{shown(value)}”", "请清空该单元格，重新手工输入（不要复制粘贴）。"


def _choice(column: Column, value: str, context: Context) -> _Words:
    return f"不在可选项中：“{shown(value)}”", f"请从以下选项中选择：{'、'.join(column.choices)}。"


def _row_rule(kind: str) -> Callable[[Column, str, Context], _Words]:
    def words(column: Column, value: str, context: Context) -> _Words:
        said = f"，填的是“{shown(value)}”" if value.strip() else "，没有填写"
        return f"不符合要求：{column.row_rules[kind]}{said}", "请核对后重新填写。"

    return words


def _fixed(wrong: str, remedy: str) -> Callable[[Column, str, Context], _Words]:
    return lambda column, value, context: (
        wrong.format(shown(value), column=column),
        remedy.format(column=column),
    )


FAULTS: Mapping[str, Callable[[Column, str, Context], _Words]] = {
    "missing": _missing,
    "not_a_number": _not_a_number,
    "not_an_integer": _fixed("不是整数：“{}”", "请填写整数。"),
    "negative": _fixed("不能为负数：“{}”", "请核对后填写零或正数。"),
    "too_large": _fixed("超过上限 {column.maximum}：“{}”", "请填写不大于 {column.maximum} 的数。"),
    "not_a_date": _fixed(
        "无法读成日期：“{}”", "请按 2024-03-01、2024/3/1 或 2024年3月1日 的形式填写；Excel 中请设为日期格式。"
    ),
    "not_a_boolean": _fixed("不是“是”或“否”：“{}”", "请填写“是”或“否”。"),
    "not_a_choice": _choice,
    "not_in_reference": _not_in_reference,
    "invalid_code": _invalid_code,
    "scientific_notation": _fixed(
        "被 Excel 变成了科学计数法，末尾数字已丢失：“{}”", "请先把该列设为“文本”格式，再重新输入完整的代码。"
    ),
    "error_value": _fixed("是公式错误“{}”", "请改正公式，或直接填写结果。"),
    "date_for_text": _fixed("被 Excel 变成了日期：“{}”", "请先把该列设为“文本”格式，再按原样重新输入。"),
    "formula_without_value": _fixed(
        "是公式，但文件里没有保存计算结果",
        "请用 Excel 或 WPS 打开、重新计算并保存，或复制后“选择性粘贴为数值”。",
    ),
    "not_a_code": _not_a_code,
    "invisible": _invisible,
    "too_long": _fixed("超过500个字", "请只填名称或要点，不超过500个字。"),
    "merged_cell": _fixed(
        "在合并单元格中，只有合并区域左上角一格有内容", "请取消合并，在每一行都填上该行自己的内容。"
    ),
    "scaled_cell": _fixed(
        "的格式会缩放数字（如按千、按万显示），显示的数与保存的数（{}）不同",
        "请把单元格设为“常规”格式，看清数字后按要求的单位填写。",
    ),
    "percent_cell": _fixed(
        "是百分比格式的单元格，显示的数与保存的数（{}）不同", "请把单元格设为“常规”格式后重新填写数字。"
    ),
    "too_many_cells": _fixed(
        "所在的行比表头多出了单元格，各列可能已错位",
        "请检查这一行：含逗号的数字或文字要加英文双引号，或改用 .xlsx。",
    ),
    "too_few_cells": _fixed(
        "所在的行比表头少了单元格，所缺的列空着算0，各列可能已错位",
        "请在这一行空着的列里填0；或用 Excel、WPS 另存为 .xlsx 提交（CSV 会丢掉行末的空格）。",
    ),
    **{f"row_rule_{kind}": _row_rule(kind) for kind in ROW_RULES},
    "example_left": _fixed(
        "还是模板示例行的内容：“{}”，而同一行的其他单元格已改动",
        "示例行请整行删除，或每一格都改成真实数据。",
    ),
}


def sentence(fault: str, column: Column, value: str, place: Place, context: Context) -> _Words:
    """(reason, remedy) for one faulty cell: what, where, and what to do."""
    wrong, remedy = FAULTS[fault](column, value, context)
    return f"「{column.label}」（{place}）{wrong}。", remedy
