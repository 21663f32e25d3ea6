"""What can be wrong with a cell, and the Chinese sentence for it.

Belongs here: the list of faults and their wording. Does not: finding them (`values`, `feed_rows`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orchestration.intake.contract import Column

LONGEST_VALUE = 40


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


def shown(value: str) -> str:
    """A delivered value as it can stand in a sentence: one line, nothing invisible, not too long."""
    visible = "".join("�" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in value.strip())
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
    if code in context.retired:
        name, successor, successor_name = context.retired[code]
        return (
            f"是已停用的区县代码“{shown(value)}”（{name}）",
            f"请改用现行代码 {successor}（{successor_name}）。",
        )
    return f"不是区县代码表中的代码：“{shown(value)}”", "请填写区县代码表中的代码，如 500101。"


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
    return f"含有看不见的字符：“{shown(value)}”", "请删除该单元格内容后重新手工输入代码。"


def _choice(column: Column, value: str, context: Context) -> _Words:
    return f"不在可选项中：“{shown(value)}”", f"请从以下选项中选择：{'、'.join(column.choices)}。"


def _row_rule(column: Column, value: str, context: Context) -> _Words:
    said = f"，填的是“{shown(value)}”" if value.strip() else "，没有填写"
    return f"不符合要求：{column.row_rule}{said}", "请核对后重新填写。"


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
    "percent_cell": _fixed(
        "是百分比格式的单元格，显示的数与保存的数（{}）不同", "请把单元格设为“常规”格式后重新填写数字。"
    ),
    "too_many_cells": _fixed(
        "所在的行比表头多出了单元格，各列可能已错位",
        "请检查这一行：含逗号的数字或文字要加英文双引号，或改用 .xlsx。",
    ),
    "row_rule": _row_rule,
    "example_left": _fixed(
        "还是模板示例行的内容：“{}”，而同一行的其他单元格已改动",
        "示例行请整行删除，或每一格都改成真实数据。",
    ),
}


def sentence(fault: str, column: Column, value: str, place: Place, context: Context) -> _Words:
    """(reason, remedy) for one faulty cell: what, where, and what to do."""
    wrong, remedy = FAULTS[fault](column, value, context)
    return f"「{column.label}」（{place}）{wrong}。", remedy
