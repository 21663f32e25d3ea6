"""The commands of `docs/handover.md`, as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import textwrap
from pathlib import Path

import openpyxl

from orchestration.settings import PROJECT
from tests.conftest import COMMAND

PAGE = PROJECT / "docs" / "handover.md"


def text_of(folder: Path) -> str:
    """What the cells of the roster's workbook say."""
    (path,) = folder.glob("参评企业名单.xlsx")
    sheets = openpyxl.load_workbook(path, read_only=True)
    return " ".join(str(value) for sheet in sheets for row in sheet.values for value in row)


def test_the_checklists_can_be_followed(tmp_path: Path) -> None:
    blocks = re.findall(r"^ *```sh\n(.+?)^ *```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert len(blocks) > 3
    (tmp_path / "data").symlink_to(PROJECT / "data")
    ended = subprocess.run(
        ["bash", "-e", "-c", "".join(map(textwrap.dedent, blocks))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": f"{COMMAND.parent}:{os.environ['PATH']}"},
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "2026-01 from 2025 on" in ended.stdout
    # The new year's workbooks name its due days; the merged county stands where its predecessors did.
    assert "2026-03-15" in text_of(tmp_path / "templates")
    counties = text_of(tmp_path / "templates-merged")
    assert "500299" in counties
    assert "500237" not in counties
