"""Pages of HTML from the templates in `templates/`: text is escaped, and nothing in it is invisible.

Belongs here: rendering. Does not: what a page says (`site`, `checks_page`, `sheet_pages`).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from orchestration.terminal import shown

_TEMPLATES = Path(__file__).with_name("templates")
FILES = Path(__file__).with_name("site_files")  # the scripts and styles that pages share
_DATA = "const {name} = JSON.parse(document.getElementById({name!r}).textContent);\n"


def render(template: str, **said: Any) -> str:
    """The page that `template` makes of what is `said`; a name that it lacks raises."""
    return _environment().get_template(template).render(said)


def alone(
    template: str,
    scripts: Iterable[str],
    data: Mapping[str, Markup],
    styles: Iterable[str] = ("site.css",),
    **said: Any,
) -> str:
    """A page that is one file: `scripts` and `styles`, files of `site_files`, stand in it, and `data`, each a
    constant of its scripts by its name. No other script may run in it."""
    names = list(scripts)
    script = "".join(_DATA.format(name=name) for name in data) + "".join(map(_file, names)) if names else ""
    digest = hashlib.sha256(script.encode()).digest()
    return render(
        template,
        **said,
        data=data,
        styles=Markup("".join(map(_file, styles))),
        scripts=Markup(script),
        hash=Markup(base64.b64encode(digest).decode()),
    )


def safe_json(value: Any) -> Markup:
    """A value as JSON that can end no element, whatever text is in it."""
    return safe(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str))


def safe(literal: str) -> Markup:
    """JSON as it can stand in an element."""
    return Markup(literal.replace("<", "\\u003c"))


@cache
def _file(name: str) -> str:
    return (FILES / name).read_text(encoding="utf-8")


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
