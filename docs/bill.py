"""The bill of materials (CycloneDX) and the table of licences, of a production installation; `make bill`.

`cyclonedx-py` reads what is installed. The table is made of the bill, so that the two cannot differ. Left out
of the bill: addresses, which are the packages' own matter, and where this installation lies.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
BILL, LICENCES = HERE / "bill.cdx.json", HERE / "licences.md"

# Where the metadata of a package says nothing, or half: what its licence file says.
BY_ITS_FILE = {
    "antlr4-python3-runtime": "BSD-3-Clause",
    "protobuf": "BSD-3-Clause",
    "text-unidecode": "Artistic-1.0-Perl OR GPL-2.0-or-later",  # the user's choice
}
CLASSIFIER = "License :: OSI Approved :: "
_HEAD = """\
# Licences

What a production installation holds (`requirements.lock`), with the licence that each package declares.
`make bill` makes it of [bill.cdx.json](bill.cdx.json), the bill of materials (CycloneDX). mujun itself is
under Apache-2.0 ([LICENSE](../LICENSE)). The packages are installed from a registry as they are; none is
changed.

| package | version | licence |
|---|---|---|
"""


def read_bill(python: Path) -> dict[str, Any]:
    """The bill of what the environment of `python` holds."""
    tool, project = Path(sys.executable).with_name("cyclonedx-py"), HERE.parent / "pyproject.toml"
    made = subprocess.run(
        [tool, "environment", python, "--pyproject", project, "--output-reproducible"],
        stdout=subprocess.PIPE,
        check=True,
    )
    bill: dict[str, Any] = json.loads(made.stdout)
    for component in bill["components"]:
        component.pop("externalReferences", None)
        if expression := BY_ITS_FILE.get(component["name"]):
            component["licenses"] = [{"expression": expression}]
    return bill


def licences(bill: dict[str, Any]) -> str:
    """The table: SPDX where a package declares that, else the words of its classifiers."""
    lines = []
    for component in sorted(bill["components"], key=lambda found: found["name"].lower()):
        said = [
            entry.get("expression") or entry["license"].get("id") or entry["license"]["name"]
            for entry in component["licenses"]
        ]
        spdx = [words for words in said if not words.startswith(CLASSIFIER)]
        told = ", ".join(spdx or [words.removeprefix(CLASSIFIER) for words in said])
        lines.append(f"| {component['name']} | {component['version']} | {told} |\n")
    return _HEAD + "".join(lines)


if __name__ == "__main__":
    installed = read_bill(Path(sys.argv[1]))
    BILL.write_text(json.dumps(installed, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    LICENCES.write_text(licences(installed), encoding="utf-8")
