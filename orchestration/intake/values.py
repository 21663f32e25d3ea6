"""Cells as text → values of the contract's types, a whole column at a time.

Belongs here: what a text means (the CELLS paragraph of the contract). Does not: which text stands where
(`csv_file`, `workbook`), rules over a row or between rows (`feed_rows`). Nothing is guessed: what does not
read is null, with the code of its fault.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from orchestration.intake.contract import Column, normalise_label
from orchestration.intake.faults import FAULTS

TYPES: dict[str, pa.DataType] = {
    "text": pa.string(),
    "code": pa.string(),
    "choice": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "date": pa.date32(),
    "boolean": pa.bool_(),
}

FAULT_NUMBER = {code: number for number, code in enumerate(FAULTS, start=1)}  # 0 is: nothing wrong

_SPACE = r"[\s\x0b\x1c-\x1f\x{85}\x{1680}\x{2028}\x{2029}]"  # what NFKC leaves of white space
_BLANKS = ("", "-", "--", "—", "——", "–", "―", "/")
_SPACED_BLANK = rf"^(?:-{_SPACE}+-|—{_SPACE}+—)$"
_WORD = r"[\p{L}\p{N}]"
_NUMBER = r"^[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:[eE][+-]?\d+)?$|^[+-]?\.\d+(?:[eE][+-]?\d+)?$"
_SCIENTIFIC = r"^\d(?:\.\d+E\+?|E\+)\d+$"
_INVISIBLE = r"[\p{Cc}\p{Cf}]"
_INVISIBLE_IN_TEXT = r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f\x{80}-\x{84}\x{86}-\x{9f}\p{Cf}]"  # line breaks aside
LONGEST_TEXT = 500
_NO_CODES = ("NULL", "NONE", "NAN", "NIL", "N/A")  # what programs write for nothing
_MARKS = "\"'“”‘’‚„‟‛`´=＝＇＂"  # what no code has
_INDUSTRY = r"^[A-Z]?\d{4}$"
_USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_DATE = re.compile(
    r"(?:(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})年\s*(\d{1,2})月\s*(\d{1,2})日|(\d{4})(\d\d)(\d\d))"
    r"(?:(?:T|\s+)0{1,2}:00(?::00(?:\.0+)?)?(?:Z|\+00:00)?)?",
    re.ASCII,
)
_ERRORS = (
    "#NULL!",
    "#DIV/0!",
    "#VALUE!",
    "#REF!",
    "#NAME?",
    "#NUM!",
    "#N/A",
    "#GETTING_DATA",
    "#SPILL!",
    "#CALC!",
)
_BOOLEANS = {"是": True, "否": False, "TRUE": True, "FALSE": False}
_EXACT_INTEGERS = float(1 << 53)


@dataclass(frozen=True)
class Converted:
    """A column read: `values` of the contract's type, null where blank or faulty; `faults` as numbers."""

    values: pa.Array
    blank: pa.Array
    faults: pa.Array  # int8, see FAULT_NUMBER

    def marked(self, where: pa.Array, fault: str) -> Converted:
        """The same with `fault` noted `where` nothing else is wrong yet, and the value taken out there."""
        if not pc.any(where).as_py():
            return self
        new = pc.and_(where, pc.equal(self.faults, 0))
        return replace(
            self,
            values=pc.if_else(where, pa.scalar(None, self.values.type), self.values),
            faults=pc.if_else(new, pa.scalar(FAULT_NUMBER[fault], pa.int8()), self.faults),
        )

    def overruled(self, faults: pa.Array) -> Converted:
        """The same with `faults` (int8, null where the reader knows of none) instead of what was read."""
        known = pc.is_valid(faults)
        return replace(
            self,
            values=pc.if_else(known, pa.scalar(None, self.values.type), self.values),
            faults=pc.coalesce(faults, self.faults),
        )


def convert(column: Column, cells: pa.Array, references: Mapping[str, Collection[str]]) -> Converted:
    """Read `cells` (strings, none null) as `column` says; `references` are the codes that exist, by list."""
    nothing_wrong = pa.repeat(pa.scalar(0, pa.int8()), len(cells))
    if column.type == "text":
        text = pc.utf8_trim_whitespace(cells)
        blank = _is_blank_text(text)
        read = Converted(pc.if_else(blank, pa.scalar(None, pa.string()), text), blank, nothing_wrong)
        read = read.marked(_true(pc.greater(pc.utf8_length(read.values), LONGEST_TEXT)), "too_long")
        read = read.marked(_true(pc.match_substring_regex(text, _INVISIBLE_IN_TEXT)), "invisible")
    else:
        text = pc.utf8_trim_whitespace(_nfkc(cells))
        blank = _is_blank(text)
        text = pc.if_else(blank, pa.scalar(None, pa.string()), text)
        read = _READERS[column.type](column, text, Converted(text, blank, nothing_wrong), references)
    if pc.any(pc.starts_with(text, "#")).as_py():
        errors = pc.is_in(pc.utf8_upper(text), pa.array(_ERRORS))
        read = read.overruled(
            pc.if_else(errors, pa.scalar(FAULT_NUMBER["error_value"], pa.int8()), pa.scalar(None, pa.int8()))
        )
    if column.required:
        return read.marked(blank, "missing")
    if column.blank_is is not None:
        stands_for = _constant(column)
        return replace(read, values=pc.if_else(blank, stands_for, read.values))
    return read


def shown_value(column: Column, value: object) -> str:
    """A value as a department writes it: the label of a choice, 是 and 否, a number without idle decimals."""
    if value is None:
        return ""
    if column.type == "choice":
        return next((label for label, code in column.choices.items() if code == value), str(value))
    if column.type == "boolean":
        return "是" if value in (True, "true") else "否"
    return str(value).removesuffix(".0") if column.type == "number" else str(value)


def _constant(column: Column) -> pa.Scalar:
    """The value that a blank cell of `column` stands for."""
    plain = replace(column, blank_is=None, nullable=True)
    return convert(plain, pa.array([column.blank_is]), {}).values[0]


def _nfkc(cells: pa.Array) -> pa.Array:
    return cells if pc.all(pc.string_is_ascii(cells)).as_py() else pc.utf8_normalize(cells, "NFKC")


def _is_blank(text: pa.Array) -> pa.Array:
    """Whether a text (NFKC, trimmed) stands for nothing. The rare forms with white space inside come last."""
    blank = pc.is_in(text, pa.array(_BLANKS))
    dashed = pc.or_(pc.starts_with(text, "-"), pc.starts_with(text, "—"))
    if pc.any(pc.and_not(dashed, blank)).as_py():
        return pc.or_(blank, pc.match_substring_regex(text, _SPACED_BLANK))
    return blank


def _is_blank_text(text: pa.Array) -> pa.Array:
    """The same of texts that stay as delivered: only those without a letter or digit need NFKC to tell."""
    wordless = pc.invert(pc.match_substring_regex(text, _WORD))
    if not pc.any(wordless).as_py():
        return pc.invert(pc.is_valid(text))
    marks = pc.utf8_normalize(pc.if_else(wordless, text, "字"), "NFKC")
    return _is_blank(pc.utf8_trim_whitespace(marks))


def _number(column: Column, text: pa.Array, read: Converted, _: object) -> Converted:
    if not pc.all(pc.string_is_ascii(text)).as_py():
        text = pc.replace_substring(text, "\N{MINUS SIGN}", "-")
    reads = pc.match_substring_regex(text, _NUMBER)
    digits = pc.if_else(reads, text, pa.scalar(None, pa.string()))
    if pc.any(pc.match_substring(digits, ",")).as_py():
        digits = pc.replace_substring(digits, ",", "")
    values = pc.add(pc.cast(digits, pa.float64()), 0.0)  # -0 is 0
    finite = pc.fill_null(pc.is_finite(values), True)
    read = replace(read, values=values)
    read = read.marked(_true(pc.invert(reads)), "not_a_number").marked(pc.invert(finite), "not_a_number")
    if column.type == "integer":
        values = read.values
        whole = pc.and_(pc.equal(values, pc.round(values)), pc.less(pc.abs(values), _EXACT_INTEGERS))
        read = read.marked(_true(pc.invert(whole)), "not_an_integer")
        read = replace(read, values=pc.cast(read.values, pa.int64()))
    if not column.signed:
        read = read.marked(_true(pc.less(read.values, 0)), "negative")
    if column.maximum is not None:
        read = read.marked(_true(pc.greater(read.values, column.maximum)), "too_large")
    return read


def _code(
    column: Column, text: pa.Array, read: Converted, references: Mapping[str, Collection[str]]
) -> Converted:
    plain = pc.all(pc.ascii_is_alnum(text)).as_py()
    if plain:
        read = replace(read, values=pc.ascii_upper(text))  # most columns: nothing to take out
    else:
        code = pc.utf8_upper(pc.replace_substring_regex(text, _SPACE, ""))
        code = pc.replace_substring_regex(code, r"^(\d+)\.0+$", r"\1")
        read = replace(read, values=code)
        read = read.marked(_true(pc.match_substring_regex(code, _SCIENTIFIC)), "scientific_notation")
        read = read.marked(_true(pc.match_substring_regex(code, _INVISIBLE)), "invisible")
    if not column.check and (not plain or pc.any(pc.ascii_is_alpha(text)).as_py()):
        written = pc.match_substring_regex(read.values, _written(column))
        written = pc.and_not(written, pc.is_in(read.values, pa.array(_NO_CODES)))
        read = read.marked(_true(pc.invert(written)), "not_a_code")
    if column.reference is not None:
        known = pc.is_in(read.values, pa.array(list(references[column.reference]), pa.string()))
        read = read.marked(pc.and_(pc.invert(known), pc.is_valid(read.values)), "not_in_reference")
    if column.check == "industry":
        read = read.marked(_true(pc.invert(pc.match_substring_regex(read.values, _INDUSTRY))), "invalid_code")
        read = replace(read, values=pc.utf8_ltrim(read.values, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    if column.check == "uscc":
        valid = _each(read.values, lambda value: _is_uscc(value) or None, pa.bool_())
        read = read.marked(pc.and_(pc.is_null(valid), pc.is_valid(read.values)), "invalid_code")
    return read


def _written(column: Column) -> str:
    """How a code is written, by the name of its column. One that a department gives as it likes may be a
    word."""
    if column.name.endswith("uscc"):
        return "^[A-Z]*[0-9][0-9A-Z]*$"
    if column.name.endswith("county_code"):
        return "^[0-9A-Z]+$"
    if column.name in ("park_code", "parcel_id", "industry_code"):
        return "^[0-9A-Z_-]+$"
    return f"^[^{_MARKS}]+$"


def is_written_as_code(column: Column, code: str) -> bool:
    """Whether `code` (NFKC, upper case, no white space) is surely a code of `column`, and no word of a
    note."""
    is_code = code not in _NO_CODES and re.match(_written(column), code) is not None
    return is_code and re.search("[0-9A-Z]", code) is not None


def is_choice(column: Column, text: str) -> bool:
    """Whether `text` (NFKC) is one of the choices of `column`, by label or code."""
    return normalise_label(text) in _choice_codes(column)


def is_blank(text: str) -> bool:
    """Whether a text (NFKC, trimmed) stands for nothing."""
    return text in _BLANKS or (text[0] in "-—" and "".join(text.split()) in ("--", "——"))


def _is_uscc(code: str) -> bool:
    """Whether `code` is written as GB 32100-2015 says and its check character is right."""
    from stdnum.cn.uscc import calc_check_digit

    return bool(_USCC.fullmatch(code)) and calc_check_digit(code[:-1]) == code[-1]


def _date(column: Column, text: pa.Array, read: Converted, _: object) -> Converted:
    return _mapped(text, read, parse_date, "not_a_date", pa.date32())


def parse_date(text: str) -> dt.date | None:
    """A date as departments write it, with a midnight time or none; None where it does not read."""
    found = _DATE.fullmatch(text)
    if not found:
        return None
    year, month, day = (part for place, part in enumerate(found.groups()) if part and place != 1)
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _boolean(column: Column, text: pa.Array, read: Converted, _: object) -> Converted:
    return _mapped(text, read, lambda value: _BOOLEANS.get(value.upper()), "not_a_boolean", pa.bool_())


def _choice(column: Column, text: pa.Array, read: Converted, _: object) -> Converted:
    codes = _choice_codes(column)
    return _mapped(text, read, lambda value: codes.get(normalise_label(value)), "not_a_choice", pa.string())


def _choice_codes(column: Column) -> dict[str, str]:
    return {normalise_label(name): code for label, code in column.choices.items() for name in (label, code)}


def _mapped(
    text: pa.Array, read: Converted, meaning: Callable[[str], object], fault: str, kind: pa.DataType
) -> Converted:
    values = _each(text, meaning, kind)
    return replace(read, values=values).marked(pc.and_(pc.is_null(values), pc.is_valid(text)), fault)


def _each(text: pa.Array, meaning: Callable[[str], object], kind: pa.DataType) -> pa.Array:
    """`meaning` of every text, asked once per distinct text; null stays null."""
    encoded = pc.dictionary_encode(text)
    meanings = pa.array([meaning(value) for value in encoded.dictionary.to_pylist()], kind)
    return meanings.take(encoded.indices)


def _true(mask: pa.Array) -> pa.Array:
    """`mask` with null as false."""
    return pc.fill_null(mask, False)


_READERS = {
    "code": _code,
    "number": _number,
    "integer": _number,
    "date": _date,
    "boolean": _boolean,
    "choice": _choice,
}
