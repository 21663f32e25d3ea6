"""What a production installation holds: the lock, the bill of materials, the table of licences."""

from __future__ import annotations

import json
import re

from packaging.utils import canonicalize_name

from docs.bill import BILL, LICENCES, licences
from orchestration.settings import PROJECT


def locked(name: str) -> dict[str, str]:
    """The packages of a lock with their versions."""
    text = (PROJECT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))


def test_production_has_no_test_tools_and_the_versions_that_are_tested() -> None:
    runs, develops = locked("requirements.lock"), locked("requirements-dev.lock")
    assert runs.items() < develops.items()
    assert "dagster-postgres" in runs
    assert not {"pytest", "hypothesis", "selenium", "mypy", "ruff", "aiosmtpd"} & runs.keys()


def test_the_bill_and_the_licences_are_of_the_lock() -> None:
    """`make bill` after `make lock`."""
    bill = json.loads(BILL.read_text(encoding="utf-8"))
    assert {canonicalize_name(part["name"]): part["version"] for part in bill["components"]} == {
        canonicalize_name(name): version for name, version in locked("requirements.lock").items()
    }
    assert [part["name"] for part in bill["components"] if not part["licenses"]] == []
    assert LICENCES.read_text(encoding="utf-8") == licences(bill)
