"""Lines over sizes as SVG, both axes logarithmic, for light and dark pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT, LEFT, TOP, GAP = 300, 220, 50, 56, 60
COLOURS = ("#c0392b", "#2471a3", "#b7950b")
STYLE = (
    "text{font:12px sans-serif;fill:#333}line{stroke:#ddd}"
    "@media(prefers-color-scheme:dark){text{fill:#ccc}line{stroke:#444}}"
)
Lines = Mapping[str, Mapping[int, float]]  # name → size → figure


def chart(panels: Mapping[str, Lines]) -> str:
    """One panel beside the other, each with its title; the names of the lines above."""
    width = len(panels) * (WIDTH + LEFT + GAP)
    parts = [f"<style>{STYLE}</style>"]
    for number, name in enumerate(next(iter(panels.values()))):
        x = LEFT + number * 160
        parts.append(f'<rect x="{x}" y="8" width="18" height="4" fill="{COLOURS[number]}"/>')
        parts.append(f'<text x="{x + 24}" y="15">{escape(name)}</text>')
    for number, (title, lines) in enumerate(panels.items()):
        parts.append(f'<g transform="translate({LEFT + number * (WIDTH + LEFT + GAP)} {TOP})">')
        parts += [*_panel(title, lines), "</g>"]
    size = f'width="{width}" height="{HEIGHT + TOP + 40}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n' + "\n".join(parts) + "\n</svg>\n"


def _panel(title: str, lines: Lines) -> Iterator[str]:
    points = [point for line in lines.values() for point in line.items()]
    yield f'<text x="0" y="-14">{escape(title)}</text>'
    if not points:
        return
    sizes = sorted({size for size, _ in points})
    low = floor(min(log10(figure) for _, figure in points))
    high = max(ceil(max(log10(figure) for _, figure in points)), low + 1)
    span = log10(sizes[-1] / sizes[0]) or 1

    def across(size: int) -> float:
        return WIDTH * log10(size / sizes[0]) / span

    def down(figure: float) -> float:
        return HEIGHT * (high - log10(figure)) / (high - low)

    for exponent in range(low, high + 1):
        y = down(10**exponent)
        yield f'<line x1="0" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="-6" y="{y + 4:.1f}" text-anchor="end">{10**exponent:g}</text>'
    for size in sizes:
        x = across(size)
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{HEIGHT}"/>'
        yield f'<text x="{x:.1f}" y="{HEIGHT + 18}" text-anchor="middle">{size:,}</text>'
    for colour, line in zip(COLOURS, lines.values(), strict=False):
        path = [(across(size), down(figure), figure) for size, figure in sorted(line.items())]
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in path)
        yield f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for x, y, figure in path:
            dot = f'cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"'
            yield f"<circle {dot}><title>{figure:.2f}</title></circle>"
