"""What `deploy/` has the system start: the lines, accounts and environment of the units and of the compose
file, as they stand there."""

from __future__ import annotations

import configparser
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from orchestration.settings import PROJECT

DEPLOY = PROJECT / "deploy"
PARTS = ("code", "daemon", "web")


@dataclass(frozen=True)
class Started:
    """A process as the system starts it."""

    command: tuple[str, ...]
    user: str
    environment: Mapping[str, str]


def unit(name: str) -> configparser.ConfigParser:
    """A unit, by sections and settings."""
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string((DEPLOY / name).read_text(encoding="utf-8"))
    return parser


def environment_of(path: str) -> dict[str, str]:
    """The lines of the environment file that is installed as `path`."""
    text = (DEPLOY / Path(path).name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def by_systemd(part: str) -> Started:
    service = unit(f"mujun-{part}.service")["Service"]
    return Started(
        tuple(shlex.split(service["ExecStart"])), service["User"], environment_of(service["EnvironmentFile"])
    )


def by_compose(part: str) -> Started:
    service = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"][part]
    return Started(tuple(service["command"]), service["user"], environment_of(service["env_file"]))
