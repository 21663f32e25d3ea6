"""Publishing: the judged tables of a year become a release, written aside, then renamed.

Belongs here: writing the release's folder. Does not: what is in the tables (the models), whether it may be
published (the judgement, which is read again here so that no other route publishes).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.accounts import account_and_host, account_of
from orchestration.errors import RefusedError, UserError
from orchestration.files import ASIDE, flush_file, flush_folder, make_folder, write_whole
from orchestration.intake.contract import STAGES, load_contract
from orchestration.judgement import Judged, built_on, check_laid_down, fingerprint, recorded, waivers_in_force
from orchestration.policy import load_policy
from orchestration.presentation.checks_page import write_checks_page
from orchestration.presentation.county_workbook import write_county_workbooks
from orchestration.presentation.filing_forms import write_filing_forms
from orchestration.presentation.findings_workbook import write_department_findings, write_findings
from orchestration.presentation.measure_lists import write_measure_lists
from orchestration.presentation.package_guides import write_package_guides, write_package_tables
from orchestration.presentation.public_list import write_public_list
from orchestration.presentation.public_page import write_public_page
from orchestration.presentation.site import write_county_sites, write_site
from orchestration.presentation.wording import INTERNAL
from orchestration.presentation.workbook import write_workbook
from orchestration.release.compared import Compared
from orchestration.release.diff import compare_with_former
from orchestration.release.editions import trial
from orchestration.release.log import ReleaseLog, line_for
from orchestration.release.measures import write_measure_tables
from orchestration.release.packages import write_packages
from orchestration.release.reading import DATABASE, MANIFEST
from orchestration.release.register import Release, newest, releases, sha256, standing
from orchestration.release.schema import (
    TABLE_KEY,
    TABLE_KEY_COLUMNS,
    TABLE_KEY_SAYS,
    PublishedTable,
    published_tables,
    table_keys,
)
from orchestration.release.upkeep import discard, point_at_standing
from orchestration.rows import at_once, fetch
from orchestration.run_inputs import changes_figures, is_agreed, is_compared, is_landed
from orchestration.settings import Home, code_version, feeds_folder
from orchestration.transform import documentation
from orchestration.workers import Worker

_WITHOUT_FIGURES = ("docs/", "site/assets/")  # what is the same in every release of one code
_DICTIONARY = "column_dictionary"
_DICTIONARY_COLUMNS = {
    "table_name": "表: Table that the column is in",
    "column_name": "列: Name of the column",
    "label_zh": "中文名: What departments call it",
    "unit": "计量单位: Unit of its figures; null for none",
    "definition": "定义（英文）: What it means, in English",
    "definition_zh": "定义: What it means, in Chinese",
    "clause": "依据: Clause of the policy",
    "sensitivity": "密级: public or restricted",
}


def write_documentation(folder: Path) -> None:
    """Put dbt's documentation of the models, one page that opens from disk, into `<folder>/docs`."""
    (folder / "docs").mkdir()
    shutil.copyfile(documentation(), folder / "docs" / "index.html")


# What a release holds beside its tables; each is made from what is in its folder, and from what stands before
# it in its list. Half is made in a process of its own: at first what needs no package, meanwhile the packages
# here, and then the workbooks made of these.
_Output = Callable[[Path], None]
_PACKAGES: tuple[_Output, ...] = (write_packages, write_measure_tables)
_MEANWHILE: tuple[_Output, ...] = (write_workbook, write_site)
_BESIDE: tuple[_Output, ...] = (write_county_workbooks,)
_OUTPUTS: tuple[_Output, ...] = (
    write_package_tables,
    write_findings,
    write_checks_page,
    write_public_list,
    write_public_page,
    write_measure_lists,
    write_filing_forms,
    write_department_findings,
    write_documentation,
)
_OF_THE_SITE: tuple[_Output, ...] = (write_county_sites,)


def _load_for_workbooks() -> None:
    """What the workbooks need is loaded with this module."""


def _write(output: tuple[_Output, Path]) -> None:
    write, folder = output
    write(folder)


WORKBOOKS = Worker("the workbooks", _load_for_workbooks, _write)


def publish(
    home: Home, year: int, stage: str, edition: str, policy: Path, asked_by: str | None = None
) -> Release:
    """Publish `year` at `stage` by the method in the folder `policy`; returns the release. Where the newest
    release of that stage has this very content, that one, and nothing is written. `asked_by`: what an
    automatic run was wanted for; None where a person asked.

    RefusedError, with what stands against it, where the recorded verdict does not allow it; the former
    release and `current` then stay as they were. Whatever else stops it leaves nothing behind either.
    """
    folder = home.releases(year)
    make_folder(folder)
    log = ReleaseLog.load(home)
    last = max([log.last_number(year), *(release.number for release in releases(home, year))])
    release = Release(year, id_ := f"r{last + 1:03d}-{stage}", folder / id_)
    part = folder / (release.id + ASIDE)
    try:
        manifest = _draw_up(home, part, release, edition, policy)
        former = newest(home, year, stage)
        if former and _content_of(former) == manifest["content"]:
            return former
        if asked_by:
            manifest["run"]["asked_by"] = asked_by
        _write_outputs(part, manifest)
        _share(home, part, log)
        settle(part)
        log.with_line(**line_for(manifest, sha256(part / MANIFEST)), **_accounts(manifest))
        part.rename(release.path)
        flush_folder(folder)
    finally:
        discard(part)
    point_at_standing(home, year, lambda _: None)
    return release


def write_judged_findings(warehouse: duckdb.DuckDBPyConnection, year: int, path: Path) -> None:
    """Write the findings of the recorded judgement of `year` as the workbook `path`, released or refused:
    they are laid out as the tables of a release, and shown as those are."""
    judged = recorded(warehouse, year)
    assert judged is not None  # whoever asks has just recorded it
    tables = [table for table in published_tables() if table.relation.startswith("judgement.")]
    with tempfile.TemporaryDirectory(prefix="mujun-") as name:
        folder = Path(name)
        with laid_out(warehouse, year, folder, tables):
            pass
        shutil.copytree(feeds_folder(), folder / "feeds")
        _write_manifest(
            folder,
            {
                "year": year,
                "release": None,
                "stage": judged.stage,
                "for_publication": judged.stage != "draft",
                "as_of": judged.as_of.isoformat(),
                "made_at": judged.judged_at.isoformat(),
            },
        )
        write_findings(folder)
        write_whole(path, (folder / "findings.xlsx").read_bytes())


def _draw_up(home: Home, part: Path, release: Release, edition: str, policy: Path) -> dict[str, Any]:
    """Write the tables, the method and the contract into `part`; returns the manifest so far."""
    year = release.year
    with duckdb.connect(str(home.warehouse), config=dict(home.engine(year))) as warehouse:
        judged = _allowed(warehouse, home, year, release.stage)
        _write_tables(warehouse, year, part)
        manifest = _manifest(warehouse, year, release.id, edition, judged)
    shutil.copytree(policy, part / "policy", ignore=shutil.ignore_patterns("*.md"))
    method = load_policy(part / "policy")
    if not is_landed(home.landing, year, method):
        raise RefusedError(
            f"The method is no longer the one that {year} was computed by. Run the year again."
        )
    shutil.copytree(feeds_folder(), part / "feeds", ignore=shutil.ignore_patterns("*.md"))
    if not is_agreed(home.landing, year, load_contract(part / "feeds")):
        raise RefusedError(
            f"The contract is no longer the one that {year} was computed by. Run the year again."
        )
    attempt = trial(home, year, release.stage, method)
    manifest["trial"] = attempt.zh if attempt else None
    manifest["method"] = _method_files(policy)
    compared = Compared.of(home, year, method)
    if not is_compared(home.landing, year, compared):
        raise RefusedError(
            f"The releases that {year} is compared with are no longer those it was computed by. Run it again."
        )
    manifest |= compared.names()
    manifest["noticed_on"] = _noticed_on(manifest, compared.notice)
    former_final = newest(home, year, "final") or newest(home, year - 1, "final")
    manifest["former_final"] = former_final.name if former_final else None
    stands = standing(home, year)
    higher = stands and STAGES.index(stands.stage) > STAGES.index(release.stage)
    manifest["stands_beside"] = stands.id if stands and higher else None
    manifest["content"] = content_hash(part, manifest)
    return manifest


def _noticed_on(manifest: Mapping[str, Any], former: Release | None) -> str | None:
    """The day of the notice that objections are about (意见 四(四)): of a notice its own, of a final that of
    the newest notice before it, by `as_of`; None where there was none."""
    if manifest["stage"] == "notice":
        return str(manifest["as_of"])
    return str(former.trusted_manifest()["as_of"]) if former else None


def _method_files(policy: Path) -> list[dict[str, Any]]:
    """The tables of the method as they lay in `policy`: who owns each, and when it was last changed."""
    found = []
    for path in sorted(policy.iterdir()):
        if path.is_file() and path.suffix != ".md":
            status = path.stat()
            changed_at = datetime.fromtimestamp(status.st_mtime, UTC).isoformat(timespec="seconds")
            account = account_of(status.st_uid)
            found.append(
                {"name": path.name, "sha256": sha256(path), "account": account, "changed_at": changed_at}
            )
    return found


def _accounts(manifest: Mapping[str, Any]) -> dict[str, str | None]:
    """Who owned the delivered waivers, and who the tables of the method: what a line of the log says of
    them."""
    waivers = {
        file["account"] for file in manifest["inputs"] if file["feed"] == "waivers" and file["account"]
    }
    policy = {file["account"] for file in manifest["method"]}
    return {
        "waivers_account": ", ".join(sorted(waivers)) or None,
        "policy_account": ", ".join(sorted(policy)) or None,
    }


def _content_of(release: Release) -> str | None:
    """What a former release says; None where it is no longer what was released, and so no reason to make
    none."""
    try:
        return str(release.trusted_manifest()["content"])
    except UserError:
        return None


def _write_outputs(part: Path, manifest: dict[str, Any]) -> None:
    """Write what a release holds beside its tables, and last its manifest, which names every file."""
    _write_manifest(part, manifest)
    compare_with_former(part)
    for write in _MEANWHILE:
        WORKBOOKS.send((write, part))
    for write in _PACKAGES:
        write(part)
    for write in _BESIDE:
        WORKBOOKS.send((write, part))
    for write in _OUTPUTS:
        write(part)
    for _ in _MEANWHILE:
        WORKBOOKS.receive()
    for write in _OF_THE_SITE:
        write(part)
    for _ in _BESIDE:
        WORKBOOKS.receive()
    write_package_guides(part)
    with ThreadPoolExecutor() as beside:
        manifest["outputs"] = [*beside.map(partial(_said_of, part), outputs(part))]
    _write_manifest(part, manifest)


def _said_of(part: Path, name: str) -> dict[str, Any]:
    return {"name": name, "sha256": sha256(part / name), "bytes": (part / name).stat().st_size}


def _share(home: Home, part: Path, log: ReleaseLog) -> None:
    """Let what shows figures and holds none, where the release made last has the very same, be one file on
    the disk: 4 MB a release. Where a file system cannot do that, each has its own."""
    for line in log.lines[-1:]:
        former = home.releases(line.year) / line.id
        for name in outputs(part):
            if not (name.startswith(_WITHOUT_FIGURES) and (former / name).is_file()):
                continue
            if sha256(former / name) == sha256(part / name):
                with suppress(OSError):
                    os.link(former / name, part / ASIDE)
                    (part / ASIDE).replace(part / name)


def _write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    (folder / MANIFEST).write_text(
        json.dumps(manifest, ensure_ascii=False, indent=1, default=str), encoding="utf-8"
    )


def content_hash(folder: Path, manifest: Mapping[str, Any]) -> str:
    """A hash of what a release says: its year, stage, edition, code and inputs, the method and the contract
    in force, and every table as Parquet. Days are left out: when a file was received, and by which day
    waivers were measured, which tells only in the findings."""
    said = {name: manifest[name] for name in ("year", "stage", "edition", "code_version")}
    said["engine"] = manifest.get("engine")
    said["inputs"] = [{**file, "account": None} for file in manifest["inputs"]]
    tables = {path.name: sha256(path) for path in sorted((folder / "parquet").iterdir())}
    del tables["source_file.parquet"]
    if manifest["stage"] == "notice":
        # What it is compared with is the notice before: made again of the same files it is the same notice.
        objections = pq.read_table(folder / "parquet" / "objection.parquet")
        said_now = objections.drop_columns(["notice_release", "figure_before"]).to_pylist()
        tables["objection.parquet"] = json.dumps(said_now, default=str)
    policy = load_policy(folder / "policy")
    if manifest["for_publication"]:
        said["office"] = policy.office(date.fromisoformat(manifest["as_of"]))
    rules = [
        policy.fingerprint(manifest["year"]),
        load_contract(folder / "feeds").fingerprint(manifest["year"]),
    ]
    return hashlib.sha256(json.dumps([said, tables, rules], sort_keys=True).encode()).hexdigest()


def _allowed(warehouse: duckdb.DuckDBPyConnection, home: Home, year: int, stage: str) -> Judged:
    judged = recorded(warehouse, year)
    if judged is None:
        raise RefusedError(f"{year} has not been judged.")
    if judged.stage != stage:
        raise RefusedError(f"{year} was judged as a {judged.stage}, not as a {stage}.")
    if judged.fingerprint != fingerprint(warehouse, year):
        raise RefusedError(f"The tables of {year} are no longer those that were judged. Run the year again.")
    if changes_figures(home.landing, year):
        raise RefusedError(f"Figures of {year} were changed by a simulation. Run the year again.")
    check_laid_down(warehouse, home, year)
    if blocking := judged.blocking():
        rules = ", ".join(
            f"{verdict['rule_id']} ({verdict['reason'] or verdict['findings']})" for verdict in blocking
        )
        raise RefusedError(f"The {stage} of {year} is refused. What stands against it: {rules}.")
    return judged


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _write_tables(warehouse: duckdb.DuckDBPyConnection, year: int, folder: Path) -> None:
    """Write `release.duckdb`, commented, and `parquet/<table>.parquet`, both in the order of the keys, which
    makes the Parquet the same for the same rows."""
    (folder / "parquet").mkdir(parents=True)
    copy = partial(_copy, folder=folder / "parquet")
    with laid_out(warehouse, year, folder, published_tables(), then=copy):
        write_dictionary(warehouse)
        for name in (_DICTIONARY, TABLE_KEY):
            copy(warehouse, name)


def _copy(connection: duckdb.DuckDBPyConnection, name: str, folder: Path) -> None:
    path = _quoted(str(folder / f"{name}.parquet"))
    connection.execute(f"copy release.main.{name} to {path} (format parquet, compression zstd)")


@contextmanager
def laid_out(
    warehouse: duckdb.DuckDBPyConnection,
    year: int,
    folder: Path,
    tables: Iterable[PublishedTable],
    then: Callable[[duckdb.DuckDBPyConnection, str], object] = lambda *_: None,
) -> Iterator[None]:
    """Write `<folder>/release.duckdb` with `tables`, commented; meanwhile it is attached as `release`. `then`
    is called with a connection and the name of each that has its rows."""
    warehouse.execute("set preserve_insertion_order = true")
    warehouse.execute(f"attach {_quoted(str(folder / DATABASE))} as release (read_write)")
    named = {table.name: table for table in tables}

    def lay_out(cursor: duckdb.DuckDBPyConnection, name: str) -> None:
        table = named[name]
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        cursor.execute(
            f"create table release.main.{table.name} as select {columns} from mujun.{table.relation} "
            f"where year = {year} order by {', '.join(table.key)}"
        )
        then(cursor, name)

    at_once(warehouse, lay_out, named)
    _comment(warehouse, named.values())
    yield
    warehouse.execute("checkpoint release")
    warehouse.execute("detach release")


def _comment(warehouse: duckdb.DuckDBPyConnection, tables: Iterable[PublishedTable]) -> None:
    comments = []
    for table in tables:
        comment = _quoted(f"{table.description}（{INTERNAL}）")
        comments.append(f"comment on table release.main.{table.name} is {comment}")
        comments += [
            f'comment on column release.main.{table.name}."{column.name}" is {_quoted(column.comment)}'
            for column in table.columns
        ]
    warehouse.execute(";".join(["begin", *comments, "commit"]))


def write_dictionary(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Describe every published column in the database that is attached as `release`, and how tables join."""
    rows = [
        (table.name, c.name, c.label_zh, c.unit, c.definition, c.definition_zh, c.clause, c.sensitivity)
        for table in published_tables()
        for c in table.columns
    ]
    texts = (pa.array(column, pa.string()) for column in zip(*rows, strict=True))
    columns = pa.table(dict(zip(_DICTIONARY_COLUMNS, texts, strict=True)))
    said = "列说明: one row per published column"
    _write_described(warehouse, _DICTIONARY, said, _DICTIONARY_COLUMNS, columns)
    keys = table_keys({table.name for table in published_tables()})
    _write_described(warehouse, TABLE_KEY, TABLE_KEY_SAYS, TABLE_KEY_COLUMNS, keys)


def _write_described(
    warehouse: duckdb.DuckDBPyConnection, name: str, said: str, columns: Mapping[str, str], rows: pa.Table
) -> None:
    """A table that tells of the others, commented as they are."""
    warehouse.register("given", rows)
    warehouse.execute(f"create table release.main.{name} as from given")
    warehouse.unregister("given")
    warehouse.execute(f"comment on table release.main.{name} is {_quoted(f'{said}（{INTERNAL}）')}")
    for column, comment in columns.items():
        warehouse.execute(f"comment on column release.main.{name}.{column} is {_quoted(comment)}")


def _manifest(
    warehouse: duckdb.DuckDBPyConnection, year: int, release_id: str, edition: str, judged: Judged
) -> dict[str, Any]:
    inputs = fetch(
        warehouse,
        "select department, feed, file_name, account, sha256, in_force, status, rows_read, rows_accepted, "
        "rows_quarantined from source_file where year = ? order by file_id",
        [year],
    )
    severities = {"error": 0, "warning": 0, "waived": 0}
    for severity, waived, count in warehouse.execute(
        "select severity, waived, count(*) from judgement.finding where year = ? group by all", [year]
    ).fetchall():
        severities["waived" if waived else severity] += count
    return {
        "release": release_id,
        "year": year,
        "stage": judged.stage,
        "for_publication": judged.stage != "draft",
        "edition": edition,
        "code_version": code_version(),
        "engine": built_on(warehouse),
        "as_of": judged.as_of.isoformat(),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "run": account_and_host(),
        "judged": judged.fingerprint,
        "findings": severities,
        "waivers": waivers_in_force(warehouse, year),
        "inputs": inputs,
    }


def outputs(folder: Path) -> Iterator[str]:
    """The files of a release but its manifest, by their names within it."""
    return (
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).as_posix() != MANIFEST
    )


_AT_ONCE = 8  # files that are on their way to the disk


def settle(folder: Path) -> None:
    """Bring every file and folder to the disk and take away the right to write."""
    with ThreadPoolExecutor(_AT_ONCE) as beside:
        for _ in beside.map(_settle, (*folder.rglob("*"), folder)):
            pass


def _settle(path: Path) -> None:
    flush_file(path)
    path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
