"""Arithmetic as it is shown: with the numbers that stand in it, every line comes out to the published figure.

A figure that comes out even is shown whole; another one rounded, with as many decimals as the line needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal, localcontext

PLACES = 4  # decimals of a figure that does not come out even
EVEN_PLACES = 6  # a figure with no more decimals is shown whole: 0.01 yuan in 万元
_MOST_PLACES = 12
_DIGITS = 14  # beyond these a double holds only traces of the binary fractions
_PRECISION = 60


def figure(value: float, places: int = PLACES) -> Decimal:
    """A figure as it is shown: whole if it comes out even, else rounded to `places`."""
    even = Decimal(f"{value:.{_DIGITS}g}")
    return even if _decimals(even) <= EVEN_PLACES else rounded(Decimal(value), places)


def number(value: float | Decimal, places: int = PLACES) -> str:
    """A figure as text, with thousands separators and without idle zeros."""
    text = f"{value if isinstance(value, Decimal) else figure(value, places):,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−") if text != "-0" else "0"


def operand(value: Decimal) -> str:
    """A figure as it stands within a line: in brackets where it is negative."""
    return f"({number(value)})" if value < 0 else number(value)


def at_least(value: float, places: int = PLACES) -> Decimal:
    """A value that must be reached, rounded up to `places`."""
    return figure(value, _MOST_PLACES).quantize(Decimal(1).scaleb(-places), ROUND_CEILING)


def rounded(value: Decimal, places: int) -> Decimal:
    """Half away from zero, the noise of binary fractions left aside: as the models round."""
    with localcontext(prec=_PRECISION):
        clean = value.quantize(Decimal(1).scaleb(-places - EVEN_PLACES), ROUND_HALF_UP)
        return clean.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int)  # figures are finite
    return max(-exponent, 0)


@dataclass(frozen=True)
class Worked:
    """An arithmetic: its inputs as they are shown, with how many decimals, and the published result."""

    inputs: tuple[Decimal, ...]
    places: int
    result: Decimal
    comes_out: bool

    @property
    def sign(self) -> str:
        """What stands before the result."""
        return "=" if self.comes_out else "≈"

    def text(self, template: str, unit: str = "") -> str:
        """`template` with the inputs put in, and the result."""
        return f"{template.format(*map(operand, self.inputs))} {self.sign} {number(self.result)}{unit}"


def work_out(
    result: Decimal, inputs: Sequence[float], compute: Callable[..., Decimal], places: int = PLACES
) -> Worked:
    """Show `inputs` with the fewest decimals, `places` at least, from which `compute` gives `result`.

    What is shown as 43.544 is 43.5440.
    """
    exact = max(PLACES, _decimals(result))
    for tried in range(places, _MOST_PLACES + 1):
        shown = tuple(figure(value, tried) for value in inputs)
        with localcontext(prec=_PRECISION):
            comes_out = rounded(compute(*shown), exact) == result
        if comes_out:
            break
    return Worked(shown, tried, result, comes_out)


def added_up(parts: Sequence[float], unit: str = "") -> str:
    """A sum with its parts; of one part, just that."""
    total = figure(sum(parts), EVEN_PLACES)
    if len(parts) == 1:
        return f"{number(total)}{unit}"
    worked = work_out(total, parts, lambda *shown: sum(shown, Decimal(0)), places=EVEN_PLACES)
    return worked.text(" + ".join(["{}"] * len(parts)), unit)
