"""The units and the compose file, as far as can be seen without starting them (`machine` starts them)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from orchestration.cli import cli
from orchestration.settings import PROJECT
from tests.units import DEPLOY, PARTS, by_compose, by_systemd, unit


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    """With the installation where it is here: systemd looks for the program too."""
    for path in DEPLOY.glob("mujun*.*"):
        if path.suffix in (".service", ".target"):
            text = path.read_text(encoding="utf-8").replace("/opt/mujun", str(PROJECT))
            (tmp_path / path.name).write_text(text, encoding="utf-8")
    units = sorted(path.name.replace("@.", "@web.") for path in tmp_path.iterdir())
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"},
    )
    own = [line for line in (verified.stdout + verified.stderr).splitlines() if "mujun" in line]
    assert (verified.returncode, own) == (0, [])


@pytest.mark.parametrize("part", PARTS)
def test_what_is_started_is_a_command_of_mujun_under_its_own_account(part: str) -> None:
    unit_, container = by_systemd(part), by_compose(part)
    for started in (unit_, container):
        program, *arguments = started.command
        assert program == "/opt/mujun/.venv/bin/mujun"
        name, found, rest = cli.resolve_command(cli.make_context("mujun", ["serve"]), arguments)
        assert name == "serve"
        assert found is not None
        assert rest[0] == part
        assert started.user not in ("root", "0", "0:0")
        assert started.environment["MUJUN_HOME"] == "/srv/mujun/home"


def test_no_part_ends_with_another() -> None:
    """`Requires`, `BindsTo` and `PartOf` another service would; of the target they may be part."""
    for part in PARTS:
        sections = unit(f"mujun-{part}.service")
        assert not {"Requires", "BindsTo", "Requisite"} & set(sections["Unit"])
        assert sections["Unit"]["PartOf"] == "mujun.target"
        assert sections["Service"]["Restart"] == "always"
        assert sections["Unit"]["OnFailure"] == "mujun-failed@%n.service"
