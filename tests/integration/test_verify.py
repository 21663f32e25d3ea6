"""What `mujun verify` sees: a home that somebody has been at, whatever was made to fit."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from orchestration.errors import UserError
from orchestration.release import signature
from orchestration.release.listing import told
from orchestration.release.log import ReleaseLog
from orchestration.release.register import Release, find
from orchestration.release.upkeep import adopt, discard, put_right
from orchestration.release.verify import faults, notes
from orchestration.settings import Home
from tests.conftest import Outcome, mujun
from tests.integration.conftest import FINAL

RELEASE = Path("releases", "2024", FINAL)


@pytest.fixture
def home(sample: Outcome, tmp_path: Path) -> Home:
    """A copy of a home's releases, rights and links as they are."""
    shutil.copytree(sample.home / "releases", tmp_path / "releases", symlinks=True)
    return Home(tmp_path)


def rewrite(path: Path, content: bytes) -> None:
    """Change a file of a release as its owner can, and leave the rights as they were."""
    for changed in (path.parent, path):
        changed.chmod(changed.stat().st_mode | stat.S_IWUSR)
    path.write_bytes(content)
    for changed in (path.parent, path):
        changed.chmod(changed.stat().st_mode & ~stat.S_IWUSR)


def rewrite_manifest(home: Home, change: Callable[[dict[str, Any]], object]) -> str:
    """Change what the manifest says; returns its new hash."""
    path = home.path / RELEASE / "manifest.json"
    manifest = json.loads(path.read_bytes())
    change(manifest)
    rewrite(path, json.dumps(manifest, ensure_ascii=False).encode())
    return hashlib.sha256(path.read_bytes()).hexdigest()


def raise_a_class(home: Home) -> str:
    """Who is of class D is of class A, and the manifest has the hash of the file that says so."""
    path = home.path / RELEASE / "parquet" / "enterprise_result.parquet"
    altered = home.path / "altered.parquet"
    duckdb.execute(
        "copy (select * replace (case when class = 'D' then 'A' else class end as class) from "
        f"read_parquet('{path}')) to '{altered}'"
    )
    rewrite(path, altered.read_bytes())
    altered.unlink()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()

    def fit(manifest: dict[str, Any]) -> None:
        for output in manifest["outputs"]:
            if output["name"] == "parquet/enterprise_result.parquet":
                output["sha256"] = digest

    return rewrite_manifest(home, fit)


def make_writable(path: Path) -> None:
    path.chmod(path.stat().st_mode | stat.S_IWUSR)


def replace_by_link(folder: Path) -> None:
    (folder / "index.html").unlink()
    (folder / "index.html").symlink_to("/etc/passwd")


def add_entry(home: Home, add: Callable[[Path], object], within: str = "") -> None:
    folder = home.path / RELEASE / within
    make_writable(folder)
    add(folder)
    folder.chmod(folder.stat().st_mode & ~stat.S_IWUSR)


def log_path(home: Home) -> Path:
    return home.path / "releases" / "log.jsonl"


def rename_stage(home: Home) -> None:
    (home.path / RELEASE).rename(home.path / "releases" / "2024" / "r004-notice")
    point_at(home, "r004-notice")


def point_at(home: Home, name: str) -> None:
    link = home.path / "releases" / "2024" / "current"
    link.unlink()
    link.symlink_to(name)


def move_the_year(home: Home) -> None:
    elsewhere = home.releases(2023).rename(home.path / "elsewhere")
    home.releases(2023).symlink_to(elsewhere)


TAMPERED: dict[str, tuple[Callable[[Home], object], str]] = {
    "a class, the manifest made to fit": (raise_a_class, "its manifest is not the one that"),
    "an approver in the manifest": (
        lambda home: rewrite_manifest(home, lambda m: m["waivers"][0].update(approved_by="另一人")),
        "its manifest is not the one that",
    ),
    "a stage in the manifest": (
        lambda home: rewrite_manifest(home, lambda m: m.update(stage="draft")),
        "says in its manifest that it is a draft",
    ),
    "a folder of another stage": (rename_stage, "has no line in releases/log.jsonl"),
    "current": (lambda home: point_at(home, "../2023/r001-final"), "current names ../2023/r001-final"),
    "current.txt": (
        lambda home: (home.path / "releases/2024/current.txt").write_text("r009-final\n"),
        "current.txt names r009-final",
    ),
    "a file": (
        lambda home: rewrite(home.path / RELEASE / "site/index.html", b"<html>"),
        "site/index.html was changed",
    ),
    "a file more": (lambda home: add_entry(home, lambda f: (f / "note.txt").touch()), "note.txt is not part"),
    "a manifest below": (
        lambda home: add_entry(home, lambda f: (f / "manifest.json").touch(), "site"),
        "site/manifest.json is not part",
    ),
    "an empty folder": (
        lambda home: add_entry(home, lambda f: (f / "new").mkdir(), "site"),
        "folder site/new",
    ),
    "a link in place of a file": (
        lambda home: add_entry(
            home,
            replace_by_link,
            "site",
        ),
        "site/index.html is a link",
    ),
    "a right to write": (
        lambda home: make_writable(home.path / RELEASE / "parquet"),
        "parquet may be written to",
    ),
    "a stray entry beside the releases": (
        lambda home: (home.path / "releases/2024/r007").mkdir(),
        "releases/2024/r007 is no release",
    ),
    "a line of the log taken out": (
        lambda home: log_path(home).write_bytes(log_path(home).read_bytes().split(b"\n", 1)[1]),
        "line 1: the line before it is not the one that it names",
    ),
    "an account in the log": (
        lambda home: log_path(home).write_text(
            log_path(home).read_text(encoding="utf-8").replace('"host": "', '"host": "x', 1), encoding="utf-8"
        ),
        "line 2: the line before it is not the one that it names",
    ),
    "a release that others rest on taken away": (
        lambda home: discard(home.releases(2023)),
        "2023/r001-final was taken away: 2024/r001-draft was made after it",
    ),
    "a year's folder elsewhere": (move_the_year, "releases/2023 is a link"),
    "no log": (lambda home: log_path(home).unlink(), "has no line in releases/log.jsonl"),
}


@pytest.mark.parametrize(("tamper", "said"), TAMPERED.values(), ids=TAMPERED.keys())
def test_what_was_changed_is_seen(home: Home, tamper: Callable[[Home], object], said: str) -> None:
    assert faults(find(home, "2024"), home) == []
    tamper(home)
    found = faults(find(home, "2024"), home)
    assert any(said in fault for fault in found), found


def test_a_log_written_anew_does_not_have_the_anchor(home: Home) -> None:
    """Class, manifest and the whole chain made to fit: only the hash that was noted elsewhere tells."""
    anchor = ReleaseLog.load(home).head
    digest = raise_a_class(home)
    lines = log_path(home).read_text(encoding="utf-8").splitlines()
    last = json.loads(lines[-1]) | {"sha256": digest}
    log_path(home).write_text("\n".join([*lines[:-1], json.dumps(last)]) + "\n", encoding="utf-8")
    release = find(home, "2024")
    assert faults(release, home) == []
    assert "no line has the hash" in faults(release, home, anchor)[0]
    # A hash that was noted earlier still has its line: all after it chain on.
    assert faults(release, home, hashlib.sha256(lines[0].encode()).hexdigest()) == []


def test_nothing_is_published_after_a_broken_chain(home: Home) -> None:
    log_path(home).write_bytes(b"{}\n" + log_path(home).read_bytes())
    with pytest.raises(UserError, match="line 1: it cannot be read"):
        ReleaseLog.load(home).with_pruned(2024, FINAL, pruned_at="", account="", host="")


def test_a_home_without_a_log_gets_one_and_says_so(home: Home) -> None:
    """A release of a version that kept none is adopted; one that had a line and lost it is not, but by a
    person's word."""
    log_path(home).unlink()
    said: list[str] = []
    put_right(home, said.append)
    # Nothing but what follows for the history: it holds no release that the log does not name.
    assert [line for line in said if not line.startswith("history   without: ")] == []
    assert "nothing vouches for these releases" in list(told(home, None))[-1]
    adopt(home, said.append, only_unlogged=False)
    assert {line.adopted for line in ReleaseLog.load(home).lines} == {True}
    release = find(home, "2024")
    assert faults(release, home) == []
    assert "nothing vouches for it before that" in notes(home, release)[0]


def test_a_release_of_a_version_without_a_log_is_adopted_once(home: Home) -> None:
    """All of them when the log begins; one that turns up later was put there, whatever version it names."""
    rewrite_manifest(home, lambda manifest: manifest.pop("run"))
    log_path(home).unlink()
    put_right(home, lambda _: None)
    assert [(line.year, line.adopted) for line in ReleaseLog.load(home).lines] == [(2024, True)]
    shutil.copytree(home.path / RELEASE, home.releases(2024) / "r009-final", symlinks=True)
    path = home.releases(2024) / "r009-final" / "manifest.json"
    rewrite(path, path.read_bytes().replace(FINAL.encode(), b"r009-final"))
    put_right(home, lambda _: None)
    assert len(ReleaseLog.load(home).lines) == 1
    assert "2024/r009-final has no line in releases/log.jsonl" in faults(find(home, "2024"), home)


def test_an_adoption_that_cannot_be_is_told(home: Home) -> None:
    """It was asked for: nobody may think that it was done."""
    log_path(home).unlink()
    (home.path / "warehouse").write_text("")
    refused = mujun("releases", "--adopt", home=home.path)
    assert refused.status == 1
    assert "A file stands where a folder must be" in refused.err
    assert not log_path(home).exists()
    assert mujun("releases", home=home.path).status == 0


def test_a_line_without_a_folder_is_an_abandoned_number(home: Home) -> None:
    ReleaseLog.load(home).with_line(
        year=2024, id="r005-final", stage="final", made_at="", account="a", host="h", sha256="0" * 64
    )
    release = find(home, "2024")
    assert faults(release, home) == []
    assert any("2024/r005-final has a line in the log and no folder" in note for note in notes(home, release))
    assert ReleaseLog.load(home).last_number(2024) == 5


def test_a_line_cut_off_by_a_crash_is_no_line(home: Home) -> None:
    whole = log_path(home).read_bytes()
    log_path(home).write_bytes(whole + b'{"year": 20')
    assert ReleaseLog.load(home).faults == []
    ReleaseLog.load(home).with_line(
        year=2024, id="r005-final", stage="final", made_at="", account="a", host="h", sha256="0" * 64
    )
    assert ReleaseLog.load(home).faults == []
    assert log_path(home).read_bytes().startswith(whole + b'{"year": 2024')


def test_what_is_relied_on_is_held_against_the_log(home: Home) -> None:
    raise_a_class(home)
    with pytest.raises(UserError, match="is not what was released"):
        find(home, "2024").table("enterprise_result")
    with pytest.raises(UserError, match="is not what was released"):
        find(home, "2024").check("release.duckdb")


def test_a_manifest_that_cannot_be_read_is_named(home: Home) -> None:
    rewrite(home.path / RELEASE / "manifest.json", b'{"year": 2024')
    with pytest.raises(UserError, match=f"manifest of 2024/{FINAL} cannot be read"):
        find(home, "2024").table("enterprise_result")
    assert any("cannot be read" in fault for fault in faults(find(home, "2024"), home))
    listed = mujun("releases", home=home.path)
    assert listed.status == 0
    assert "cannot be read" in listed.out


def test_a_copy_is_held_against_the_log(sample: Outcome, home: Home, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(home.path / RELEASE, tmp_path / "a copy"))
    verified = mujun("verify", copy, home=sample.home)
    assert (verified.status, verified.err) == (0, "")
    elsewhere = mujun("verify", copy, home=tmp_path / "other")
    assert elsewhere.status == 2
    assert "names no release with this manifest" in elsewhere.err
    assert Release(2024, FINAL, Path("/copy")).home is None  # a folder that is in none


def test_a_release_is_signed_by_a_key_of_the_office(home: Home, tmp_path: Path) -> None:
    office, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    files = [tmp_path / name for name in ("office.pem", "office.pub", "other.pub")]
    locked = serialization.BestAvailableEncryption(b"geheim")
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    files[0].write_bytes(office.private_bytes(pem, pkcs8, locked))
    for file, key in zip(files[1:], (office, other), strict=True):
        public = key.public_key()
        file.write_bytes(public.public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
    release = find(home, "2024")
    assert "has no signature" in signature.faults(release, files[1])[0]
    signature.sign(release, files[0], lambda: "geheim")
    assert signature.faults(release, files[1]) == []
    assert f"no signature of 2024/{FINAL} by this key" in signature.faults(release, files[2])[0]
    assert faults(release, home) == []
    with pytest.raises(UserError, match="password"):
        signature.sign(release, files[0], lambda: "falsch")
    rewrite_manifest(home, lambda manifest: manifest.update(as_of="2025-01-01"))
    assert signature.faults(release, files[1]) != []
    with pytest.raises(UserError, match="not what was released"):
        signature.sign(release, files[0], lambda: "geheim")


def test_current_is_put_right(home: Home) -> None:
    point_at(home, "r009-final")
    (home.path / "releases/2024/r005-final.part").mkdir()
    said: list[str] = []
    put_right(home, said.append)
    assert said == [f"current   now names 2024/{FINAL}; it named r009-final and {FINAL}"]
    assert faults(find(home, "2024"), home) == []
