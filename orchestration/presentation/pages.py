"""Pages of HTML from the templates in `templates/`: text is escaped, and nothing in it is invisible.

Belongs here: rendering. Does not: what a page says (`site`, `checks_page`, `explain_view`).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from orchestration.terminal import shown

_TEMPLATES = Path(__file__).with_name("templates")


def render(template: str, **said: Any) -> str:
    """The page that `template` makes of what is `said`; a name that it lacks raises."""
    return _environment().get_template(template).render(said)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        finalize=_harmless,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _harmless(value: Any) -> Any:
    """Text as it is shown to a person; what a template made itself stays."""
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value
