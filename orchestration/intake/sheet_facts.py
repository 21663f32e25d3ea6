"""What a workbook says about the cells of a sheet beyond their values."""

from __future__ import annotations

from dataclasses import dataclass, field

Cell = tuple[int, int]  # row and column, both from 1


@dataclass
class SheetFacts:
    """Cells that a reader of values would pass off as blank or as something else, and what is hidden."""

    errors: dict[Cell, str] = field(default_factory=dict)  # such as #DIV/0!
    without_value: set[Cell] = field(default_factory=set)  # formulas of which no result is stored
    percent: set[Cell] = field(default_factory=set)  # numbers shown as a percentage
    scaled: set[Cell] = field(default_factory=set)  # numbers shown divided, as by a thousand
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)  # first and last
