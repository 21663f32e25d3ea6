"""The archive: every file ever seen, as delivered, under the SHA-256 of its content.

Belongs here: taking a file in before anything reads it. Does not: who delivered it and when (`versions`).
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path


def archive_file(source: Path, archive: Path) -> str:
    """Store `source` as `<archive>/<sha256>`, whole or not at all; returns the SHA-256."""
    digest = _sha256(source)
    kept = archive / digest
    if kept.exists() and kept.stat().st_size == source.stat().st_size:
        return digest
    aside = archive / f".{digest}.{os.getpid()}"
    try:
        shutil.copyfile(source, aside, follow_symlinks=False)
        digest = _sha256(aside)  # of what was copied: the source may have grown meanwhile
        aside.chmod(0o444)
        aside.replace(archive / digest)
    finally:
        aside.unlink(missing_ok=True)
    return digest


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
