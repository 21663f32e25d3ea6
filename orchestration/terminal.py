"""Text of a file on its way to a terminal, a sheet or a page: shown as it is, and never obeyed.

A file's name or a cell may hold an escape sequence, a line break that forges a line of output, a character
that turns the direction of what follows, or `[bold]`, which the console would take for markup. Belongs here:
the one place that makes such text harmless. Does not: what is said.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from rich.console import Console
from rich.text import Text

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """`text` on one line, with every control, format and unprintable character written out as `\\u202e`."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or unicodedata.category(c) == "Zs" else _written(c) for c in text)


def shown(text: str) -> str:
    """Text of a file as it is shown to a person: in its lines, nothing in them that cannot be seen."""
    return text if text.isprintable() else "\n".join(map(visible, text.split("\n")))


def _written(character: str) -> str:
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


class Terminal(Console):
    """A console that shows every text as it is: no markup, no emoji, nothing invisible, one line each.

    Style is given beside the text (`style=`, or a `Text` made of `visible` text), never within it.
    """

    def render_str(self, text: str, **options: Any) -> Text:
        """Every string that is printed comes through here, also the cells and titles of a table."""
        return super().render_str(visible(text), **{**options, "markup": False, "emoji": False})
