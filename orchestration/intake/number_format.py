"""What a number format does to a number: whether the reader of the sheet sees another than is stored.

Belongs here: format codes as Excel and WPS write them. Does not: which cell has which (`xlsx_facts`,
`xls_facts`).
"""

from __future__ import annotations

import re

PERCENT_IDS = frozenset({9, 10})  # built in, without a code in the file
_PART = re.compile(r'"([^"]*)"|[\\!](.)|\[[^\]]*\]|[_*].|(.)', re.DOTALL)  # in brackets: colour, locale
_DIGIT, _LITERAL = "0#?", "\0"


def is_percent(code: str) -> bool:
    """Whether the format shows a number times a hundred."""
    return any("%" in shape for shape, _ in _sections(code))


def is_scaled(code: str) -> bool:
    """Whether the format shows a number divided: by thousands, or by a point or digit that is only text."""
    return any(_divides(shape, literals) for shape, literals in _sections(code))


def _divides(shape: str, literals: list[str]) -> bool:
    digits = [place for place, mark in enumerate(shape) if mark in _DIGIT]
    if not digits:
        return False
    whole = [place for place in digits if "." not in shape[:place]]
    for last in (digits[-1], whole[-1] if whole else digits[-1]):
        if shape[last + 1 : last + 2] == ",":
            return True
    texts = iter(literals)
    for run in re.findall(f"{_LITERAL}+|[^{_LITERAL}]+", shape):
        if run[0] == _LITERAL:
            text = "".join(next(texts) for _ in run).strip()
            if text and all(c.isdigit() or c in ".,．。·" for c in text) and not text.isspace():
                return True
    return False


def _sections(code: str) -> list[tuple[str, list[str]]]:
    """The sections for numbers: the marks of each, with texts as one sign apiece, and those texts."""
    sections: list[tuple[str, list[str]]] = [("", [])]
    for quoted, escaped, mark in _PART.findall(code):
        shape, literals = sections[-1]
        if mark == ";":
            sections.append(("", []))
        elif mark:
            sections[-1] = (shape + mark, literals)
        elif quoted or escaped:
            sections[-1] = (shape + _LITERAL, [*literals, quoted or escaped])
    return sections[:3]
