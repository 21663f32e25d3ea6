"""The command `mujun`. It says what it does in plain words, and what went wrong without a traceback."""

from __future__ import annotations

import atexit
import gc
import io
import json
import os
import resource
import shlex
import subprocess
import sys
import traceback
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestration.ending import end_when_asked
from orchestration.errors import MachineError, RefusedError, UserError
from orchestration.machine import sentence
from orchestration.settings import FEEDS, Home, default_inbox, policy_folder, using

if TYPE_CHECKING:
    from orchestration.release.register import Release

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)

_home = click.option(
    "--home", type=_FOLDER, help="Folder of warehouse and releases  [default: $MUJUN_HOME or data/home]"
)
_inbox = click.option(
    "--inbox", type=_FOLDER, help="Folder of the departments' drops  [default: $MUJUN_INBOX or data/inbox]"
)
_year = click.option(
    "--year", type=int, required=True, help="Evaluation year: the year whose data is evaluated."
)
_withdraw = click.option(
    "--withdraw",
    metavar="DEPARTMENT",
    multiple=True,
    help="This department took back what is gone from its folder. May be repeated.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="mujun")
def cli() -> None:
    """mujun (亩均): from the departments' drop folder to a published release."""


def _folders(home: Path | None, inbox: Path | None) -> tuple[Home, Path]:
    folder = inbox.expanduser().resolve() if inbox else default_inbox()
    return Home(home.expanduser().resolve()) if home else Home.default(), folder


def _opened(home: Path | None, *, adopt_all: bool = False) -> Home:
    """The home whose releases are asked about; those of a version that kept no log are in the log from now
    on."""
    from orchestration.release.upkeep import adopt
    from orchestration.resources import only_writer

    folders, _ = _folders(home, None)
    if adopt_all or (folders.path / "releases").is_dir():
        try:
            with only_writer(folders, lambda said: click.echo(said, err=True), wait=adopt_all):
                adopt(folders, lambda said: click.echo(said, err=True), only_unlogged=not adopt_all)
        except OSError:
            if adopt_all:
                raise  # it was asked for
            # Else a run is at it, or it is for another account to do.
    return folders


def _check_year(year: int) -> None:
    """The call must name a year of the method; else UserError."""
    from orchestration.policy import load_policy

    policy = load_policy(policy_folder())
    edition = policy.edition(year)
    if year not in policy.years:
        raise UserError(
            f"{year} is too far from the edition {edition}: the years are up to {policy.years[-1]}."
        )


@cli.command()
@_year
@click.option(
    "--stage",
    type=click.Choice(["draft", "notice", "final"]),
    default="draft",
    show_default=True,
    help="测算, 公示 or 公布. A notice and a final are refused while an error stands.",
)
@_inbox
@_home
@_withdraw
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day that waivers are measured by  [default: today]",
)
@click.option("--hand-back", is_flag=True, help="Let the service go on drafting the year after this run.")
def run(
    year: int,
    stage: str,
    inbox: Path | None,
    home: Path | None,
    withdraw: tuple[str, ...],
    as_of: datetime | None,
    hand_back: bool,
) -> None:
    """Evaluate a year: intake, build, check, release."""
    from orchestration.terminal import Terminal

    folders, drops = _folders(home, inbox)
    _check_year(year)
    day = (as_of.date() if as_of else date.today()).isoformat()
    from orchestration.launch import run_job
    from orchestration.run_request import HAND_BACK, job_of
    from orchestration.transform import load_ahead

    load_ahead()
    console = Terminal()
    try:
        run_job(
            job_of(stage),
            year=year,
            home=folders,
            inbox=drops,
            as_of=day,
            withdraw=withdraw,
            tags={HAND_BACK: "yes"} if hand_back else {},
        )
    except RefusedError:
        from orchestration.report import show_findings

        show_findings(console, folders, year)
        click.echo(f"Findings {folders.findings(year)}")
        raise
    from orchestration.release.register import newest
    from orchestration.report import show_release

    release = newest(folders, year, stage)
    assert release is not None  # the job has just made it
    show_release(console, folders, release)


@cli.command()
@_year
@_inbox
@_home
@_withdraw
def intake(year: int, inbox: Path | None, home: Path | None, withdraw: tuple[str, ...]) -> None:
    """Read what was dropped for a year and write the receipts; compute nothing."""
    folders, drops = _folders(home, inbox)
    _check_year(year)
    from orchestration.launch import run_job
    from orchestration.run_request import INTAKE_JOB

    run_job(INTAKE_JOB, year=year, home=folders, inbox=drops, withdraw=withdraw)
    click.echo(f"Receipts  {folders.receipts}/<department>/{year}/")


@cli.command()
@_year
@click.option(
    "--stage",
    type=click.Choice(["draft", "notice", "final"]),
    default="draft",
    show_default=True,
    help="The stage whose feeds are asked for.",
)
@_inbox
@_home
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day that what is not yet there is measured by  [default: today]",
)
def status(year: int, stage: str, inbox: Path | None, home: Path | None, as_of: datetime | None) -> None:
    """Show what each department has delivered for a year, what is missing, when it is due and how late."""
    from orchestration.intake.contract import load_contract
    from orchestration.intake.due_days import due_days
    from orchestration.intake.status import status_of, vanished_drops
    from orchestration.policy import load_policy
    from orchestration.report import show_status
    from orchestration.terminal import Terminal

    folders, drops = _folders(home, inbox)
    contract = load_contract(FEEDS)
    due = due_days(load_policy(policy_folder()), contract, year)
    day = as_of.date() if as_of else date.today()
    feeds = status_of(year, stage, drops, folders.path, contract, due=due, as_of=day)
    show_status(Terminal(), contract, feeds)
    if gone := vanished_drops(drops, folders.path, contract).get(year):
        click.echo(gone, err=True)


@cli.command()
@click.option("--out", type=_FOLDER, required=True, help="Folder to write the workbooks into.")
@click.option(
    "--year", type=int, help="Evaluation year that they are for.  [default: the calendar year before today]"
)
def templates(out: Path, year: int | None) -> None:
    """Write a blank workbook for each feed, with labels, units, choices and an example row."""
    from orchestration.intake.contract import load_contract
    from orchestration.intake.due_days import due_days
    from orchestration.intake.templates import write_templates
    from orchestration.policy import load_policy

    year = year or date.today().year - 1
    policy = load_policy(policy_folder())
    policy.edition(year)  # a year without a method has no templates
    contract = load_contract(FEEDS)
    due = due_days(policy, contract, year)
    written = write_templates(out, contract, policy.counties_in(year), year, due)
    click.echo(f"{len(written)} templates for {year} in {out}")


@cli.command()
@_year
@click.option("--out", type=_FOLDER, required=True, help="Folder to write the workbooks into.")
@_home
def worksheets(year: int, out: Path, home: Path | None) -> None:
    """Write a worksheet for each county (区县核实), filled in from the release of the year that stands."""
    from orchestration.intake.contract import load_contract
    from orchestration.intake.due_days import due_days
    from orchestration.policy import load_policy
    from orchestration.presentation.worksheets import FEED, write_worksheets
    from orchestration.release.register import standing

    folders = _opened(home)
    policy, contract = load_policy(policy_folder()), load_contract(FEEDS)
    release = standing(folders, year)
    if release is None:
        raise UserError(f"There is no release of {year}: `mujun run --year {year}` makes a draft.")
    due = due_days(policy, contract, year).get(FEED, ())
    written = write_worksheets(folders, release, contract, policy.counties, due, out)
    click.echo(f"{len(written)} worksheets by {release.name} in {out}")


@cli.command()
@_year
@click.option("--out", type=_FOLDER, required=True, help="Folder to write the workbooks into.")
@_home
def replies(year: int, out: Path, home: Path | None) -> None:
    """Write a reply to each decided objection (异议答复), and for the office whom each correction moved: the
    notice is computed anew with that correction alone."""
    from orchestration.objections import effects
    from orchestration.presentation.replies import write_replies
    from orchestration.release.register import releases

    folders = _opened(home)
    found = releases(folders, year)
    if not found:
        raise UserError(f"There is no release of {year}: `mujun run --year {year}` makes a draft.")
    release = found[-1]  # decisions stand in the newest, also in a draft beside the notice
    written = write_replies(release, effects(folders, release, click.echo), out)
    click.echo(f"{len(written) - 1} replies by {release.name} in {out}")


@cli.command("runs")
@click.option("--year", type=int, help="Only this evaluation year.")
@click.option("--last", type=click.IntRange(1), default=20, show_default=True, help="How many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON instead.")
@_home
def list_runs(year: int | None, last: int, as_json: bool, home: Path | None) -> None:
    """List what ran: who, how it ended, seconds, rows and memory of each step."""
    from itertools import islice

    from orchestration.run_log import runs_told
    from orchestration.runs_view import as_data, told
    from orchestration.terminal import visible

    folders, _ = _folders(home, None)
    found = list(islice(runs_told(folders, year), last))
    if as_json:
        click.echo(json.dumps(as_data(folders, found), ensure_ascii=False, indent=1))
        return
    for line in (line for run in found for line in told(folders, run)):
        click.echo(visible(line))
    if not found:
        click.echo(f"No logs of runs under {folders.logs}.")


@cli.command()
@_year
@click.option("--policy", type=_FOLDER, help="Folder of another method  [default: that of the release]")
@click.option(
    "--changes", type=_FILE, help="A .csv or .xlsx of changed figures: uscc, county_code, figure, value."
)
@click.option("--release", "name", metavar="ID", help="A release of the year  [default: the one that stands]")
@_home
def simulate(
    year: int, policy: Path | None, changes: Path | None, name: str | None, home: Path | None
) -> None:
    """Compute a released year anew with another method, changed figures, or both, and say who changes class.
    Nothing of the home is touched but simulations/."""

    from orchestration.changed_figures import Figures, read_changes
    from orchestration.intake.contract import load_contract
    from orchestration.policy import load_policy
    from orchestration.presentation.simulation import show_effect, write_effect
    from orchestration.simulation import made_by_other_code, released
    from orchestration.simulation import simulate as compute
    from orchestration.terminal import Terminal
    from orchestration.transform import load_ahead

    folders = _opened(home)
    release = released(folders, year, name)
    folder = (policy or release.path / "policy").expanduser().resolve()
    method, contract = load_policy(folder), load_contract(FEEDS)
    edition = method.edition(year)
    if changes:
        figures = Figures.of(release, method, contract)
        changed = read_changes(changes.expanduser(), figures, method, contract)
    else:
        changed = []
    load_ahead()
    click.echo(f"{release.name} anew by the edition “{edition}”, {len(changed)} changed figures")
    for row in method.rows("editions"):
        if row["first_year"] > year:
            click.echo(
                f"The edition “{row['edition']}” begins in {row['first_year']}: it is not used.", err=True
            )
    if other := made_by_other_code(release):
        click.echo(other, err=True)
    made, effect = compute(folders, release, folder, changed, write_effect)
    show_effect(Terminal(), effect, release.path)
    click.echo(f"Simulation {made}")


@cli.command()
@_year
@click.option("--uscc", required=True, help="Code of the enterprise.")
@click.option("--county", help="Code or name of the county, for an enterprise evaluated in several.")
@click.option(
    "--set",
    "figures",
    metavar="FIGURE=VALUE",
    required=True,
    multiple=True,
    help="A figure by name or label, and its value; blank for none. May be repeated.",
)
@click.option("--release", "name", metavar="ID", help="A release of the year  [default: the one that stands]")
@_home
def whatif(
    year: int, uscc: str, county: str | None, figures: tuple[str, ...], name: str | None, home: Path | None
) -> None:
    """Say what one enterprise would score with other figures, and whom else that would move."""
    from orchestration.transform import load_ahead

    load_ahead()

    from orchestration.changed_figures import Figures, from_words
    from orchestration.intake.contract import load_contract
    from orchestration.policy import load_policy
    from orchestration.presentation.what_if import show_answer
    from orchestration.presentation.wording import read_wording
    from orchestration.simulation import made_by_other_code, released
    from orchestration.terminal import Terminal
    from orchestration.what_if import unit_of, what_if

    folders = _opened(home)
    release = released(folders, year, name)
    unit = unit_of(release, uscc, county)
    method = load_policy(release.path / "policy")
    changes = from_words(Figures.of(release, method, load_contract(FEEDS)), *unit, figures)
    if other := made_by_other_code(release):
        click.echo(other, err=True)
    answer = what_if(folders, release, changes)
    show_answer(Terminal(), answer, changes, read_wording(release.path))


@cli.command("releases")
@click.option("--year", type=int, help="Only this evaluation year.")
@click.option(
    "--adopt",
    is_flag=True,
    help="Give the releases that the log lacks a line in it; where its chain is broken, begin it anew. Your "
    "word that there is no copy of the log to restore.",
)
@_home
def list_releases(year: int | None, adopt: bool, home: Path | None) -> None:
    """List what was released, which release of each year stands, and what came after it."""
    from orchestration.release.listing import told

    folders = _opened(home, adopt_all=adopt)
    for line in told(folders, year):
        click.echo(line)


@cli.command()
@click.option(
    "--keep-drafts", type=click.IntRange(1), help="Of each year  [default: $MUJUN_KEEP_DRAFTS or 5]"
)
@click.option("--keep-runs", type=click.IntRange(1), help="In Dagster  [default: $MUJUN_KEEP_RUNS or 200]")
@click.option("--yes", is_flag=True, help="Do it. Without, what would go is shown and stays.")
@_home
def prune(keep_drafts: int | None, keep_runs: int | None, yes: bool, home: Path | None) -> None:
    """Take old drafts and the history of old runs away. What was delivered, every notice and final, and what
    these rest on always stay."""
    from orchestration import prune as pruning
    from orchestration.launch import opened_instance, prepare
    from orchestration.resources import only_writer
    from orchestration.settings import Kept

    folders, kept = _opened(home), Kept.from_environment()
    prepare(folders)
    with only_writer(folders, click.echo), opened_instance(folders) as instance:
        drafts = pruning.prunable(folders, keep_drafts or kept.drafts)
        runs = pruning.old_runs(instance, keep_runs or kept.runs)
        damaged = pruning.damaged(folders)
        for draft in drafts:
            click.echo(f"{draft.release.name:<20} {draft.bytes / 1e6:8.1f} MB")
        click.echo(
            f"{len(drafts)} drafts, {sum(draft.bytes for draft in drafts) / 1e6:.1f} MB; {len(runs)} runs in "
            f"Dagster's history; {len(damaged)} of its files that were set aside as damaged."
        )
        if not yes:
            click.echo("Nothing was taken away: --yes does it.")
            return
        pruning.prune(folders, drafts, click.echo)
        pruning.forget_runs(instance, folders, runs)
        pruning.compact(folders)
        for path in damaged:
            path.unlink()


@cli.command()
@click.argument("destination", type=_FOLDER)
@_home
def backup(destination: Path, home: Path | None) -> None:
    """Copy the home into the new folder DESTINATION, each file with its hash. A run that goes on is waited
    for."""
    from orchestration.backup import back_up
    from orchestration.release.log import head_said
    from orchestration.resources import only_writer

    folders = _opened(home)
    with only_writer(folders, click.echo):
        told = back_up(folders, destination.expanduser().resolve())
    click.echo(f"Backup    {destination}: {told.files:,} files, {told.bytes / 1e6:,.1f} MB")
    click.echo(f"Log       {head_said(told.log_head)}")


@cli.command()
@click.argument("source", type=_FOLDER)
@_home
def restore(source: Path, home: Path | None) -> None:
    """Bring the backup in SOURCE back as the home, which must not be there or be empty."""
    from orchestration.backup import restore as bring_back
    from orchestration.release.log import head_said

    folders, _ = _folders(home, None)
    told = bring_back(source.expanduser().resolve(), folders)
    click.echo(f"Restored  {folders.path}: {told.files:,} files, as {told.home} was at {told.made_at}")
    click.echo(
        f"Log       {head_said(told.log_head)}. The warehouse is made anew by the next run of each year."
    )


@cli.command()
@click.argument("release")
@click.option("--anchor", metavar="HASH", help="The hash of a line of the log, noted when it was the last.")
@click.option("--key", type=_FILE, help="A public key (PEM): is the release signed by it?")
@_home
def verify(release: str, anchor: str | None, key: Path | None, home: Path | None) -> None:
    """Is RELEASE as it was released, and the log whole? A folder, <year>/<id>, or <year> for the one that
    stands."""
    from orchestration.release import signature
    from orchestration.release.log import ReleaseLog
    from orchestration.release.register import find
    from orchestration.release.verify import faults, notes
    from orchestration.terminal import visible

    folders = _opened(home)
    found = find(folders, release)
    wrong = [*faults(found, folders, anchor), *(signature.faults(found, key) if key else ())]
    for fault in wrong:
        click.echo(visible(fault), err=True)
    if wrong:
        raise UserError(f"{found.name} is not as it was released, or its log is not whole.")
    for note in notes(folders, found):
        click.echo(note)
    log = ReleaseLog.load(folders)
    signed = f", signed by the key {key}" if key else ""
    click.echo(
        f"{found.name}: all {len(found.manifest['outputs'])} files are as released{signed}, and the log is "
        f"whole: {len(log.lines)} lines, the last {log.head}"
    )


@cli.command()
@click.argument("release")
@click.option("--key", type=_FILE, required=True, help="The office's private key (Ed25519, PEM).")
@_home
def sign(release: str, key: Path, home: Path | None) -> None:
    """Sign RELEASE with a key that the office holds, as a file beside it that `verify --key` checks."""
    from orchestration.release.register import find
    from orchestration.release.signature import sign as sign_release

    def password() -> str:
        return str(click.prompt("Password of the key", hide_input=True, err=True))

    click.echo(f"Signature {sign_release(find(_opened(home), release), key, password)}")


@cli.command()
@click.argument("release")
@_home
def reproduce(release: str, home: Path | None) -> None:
    """Rebuild RELEASE from the archive and prove that every table is the same, or say which differs."""
    from orchestration.release.register import find
    from orchestration.reproduce import reproduce as rebuild
    from orchestration.transform import load_ahead

    folders = _opened(home)
    found = find(folders, release)
    load_ahead()
    different = rebuild(folders, found, click.echo)
    if different:
        raise UserError(
            f"{found.year}/{found.id} is not reproduced. These tables differ: {', '.join(different)}."
        )
    click.echo(f"{found.year}/{found.id} is reproduced: every table is the same.")


@cli.command("diff")
@click.argument("before")
@click.argument("after")
@click.option(
    "--xlsx",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write everything into this workbook.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON instead.")
@_home
def compare(before: str, after: str, xlsx: Path | None, as_json: bool, home: Path | None) -> None:
    """Say how release AFTER differs from BEFORE: who moved and why, standards, rules, rows."""
    from rich.console import Console

    from orchestration.presentation.changes import show_changes, write_changes
    from orchestration.release.diff import diff, to_json
    from orchestration.release.reading import DATABASE
    from orchestration.release.register import find

    folders = _opened(home)
    former, later = find(folders, before), find(folders, after)
    for release in (former, later):
        release.check(DATABASE)
    changes = diff(former.path, later.path)
    if xlsx:
        write_changes(xlsx, changes, later.path)
    if as_json:
        click.echo(to_json(changes))
    else:
        show_changes(Console(), changes, later.path)


@cli.command()
@click.option("--year", type=int, help="The release of this year that stands  [default: all years together]")
@click.argument("query", required=False)
@_home
def sql(year: int | None, query: str | None, home: Path | None) -> None:
    """Open the DuckDB shell, to read only, on the tables of all years or of one; or answer QUERY.

    The tables of all years lie in `releases/history.duckdb`; `docs/analysts.md` has questions and answers.
    """
    from orchestration.release.history import keep_history
    from orchestration.release.reading import DATABASE
    from orchestration.release.register import standing
    from orchestration.resources import only_writer

    folders = _opened(home)
    if year is None:
        try:
            with only_writer(folders, lambda said: click.echo(said, err=True), wait=False):
                keep_history(folders, lambda said: click.echo(said, err=True))
        except OSError:
            pass  # a run is at it, or it is for another account to do
        database = folders.history
        if not database.is_file():
            raise UserError(f"There is no {database}: it comes with the first release.")
    else:
        release = standing(folders, year)
        if release is None:
            raise UserError(f"There is no release of {year} under {folders.path / 'releases'}.")
        release.check(DATABASE)
        database = release.path / DATABASE
    shell = Path(sys.executable).with_name("duckdb")
    try:
        sys.exit(
            subprocess.run(
                [shell, "-readonly", database, *([query] if query else [])], check=False
            ).returncode
        )
    except FileNotFoundError:
        raise UserError(f"The DuckDB shell is not at {shell}. Install the package duckdb-cli.") from None


@cli.command()
@_year
@click.option(
    "--uscc", help="Code of the enterprise, of one evaluated as part of another, or of a group's company."
)
@click.option(
    "--county",
    help="Code or name of a county: alone, for its own result; for an enterprise evaluated in several; and "
    "for --all.",
)
@click.option("--park", help="Code or name of a park, for its result.")
@click.option(
    "--html", type=click.Path(path_type=Path, dir_okay=False), help="Write a page that can be printed."
)
@click.option("--json", "as_json", is_flag=True, help="Print the explanation as data.")
@click.option("--all", "whole_county", is_flag=True, help="Write the pages of all enterprises of the county.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="The folder for --all.")
@_home
def explain(
    year: int,
    uscc: str | None,
    county: str | None,
    park: str | None,
    html: Path | None,
    as_json: bool,
    whole_county: bool,
    out: Path | None,
    home: Path | None,
) -> None:
    """Tell how one result came about, to the cell of the departments' files (一企一单)."""
    from orchestration.presentation import explain as explained
    from orchestration.release.reading import DATABASE
    from orchestration.release.register import standing

    folders = _opened(home)
    release = standing(folders, year)
    if release is None:
        raise UserError(f"There is no release of {year} under {folders.path / 'releases'}.")
    release.check(DATABASE)
    if whole_county:
        if uscc or not county or not out:
            raise UserError(
                "--all writes a county's sheets: name the county with --county and a folder with --out."
            )
        from orchestration.presentation.sheet_pages import write_sheets

        code, name = explained.find_county(release.path, county)
        click.echo(f"{name}: {write_sheets(release.path, code, out):,} sheets in {out}")
        return
    if park and (uscc or county):
        raise UserError("Name an enterprise, a county or a park: --park stands alone.")
    if not uscc:
        _explain_territory(folders, release, county, park, html, as_json)
        return
    unit = explained.find_unit(release.path, uscc, county)
    if html:
        from orchestration.presentation.sheet_pages import sheet

        page = sheet(release.path, unit)
        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(page.html, encoding="utf-8")
        click.echo(f"{page.name}  {html}", err=as_json)
    (explanation,) = explained.explain(release.path, unit)
    if as_json:
        click.echo(explained.as_data(explanation))
    elif not html:
        from rich.console import Console

        from orchestration.presentation.explain_sheet import make_sheet
        from orchestration.presentation.explain_view import print_sheet

        print_sheet(Console(), make_sheet(explanation))


def _explain_territory(
    folders: Home,
    release: Release,
    county: str | None,
    park: str | None,
    html: Path | None,
    as_json: bool,
) -> None:
    """Tell how the result of a county or park came about."""
    from rich.console import Console

    from orchestration.presentation.explain_territory import (
        as_data,
        explain_territory,
        make_territory_sheet,
    )
    from orchestration.presentation.explain_view import print_sheet
    from orchestration.release.register import find

    level, named = ("park", park) if park else ("county", county)
    if not named:
        raise UserError(
            "Name an enterprise with --uscc, a county with --county, a park with --park, or all enterprises "
            "of a county with --county, --all and --out."
        )
    if html:
        raise UserError(f"--html is for an enterprise. The page of a county is in {release.path / 'site'}.")
    name = release.manifest["previous_release"]
    territory = explain_territory(release, level, named, find(folders, name) if name else None)
    if as_json:
        click.echo(as_data(territory))
    else:
        print_sheet(Console(), make_territory_sheet(territory))


@cli.group()
def policy() -> None:
    """The method as tables: check them, or begin a new edition."""


@policy.command("check")
@click.argument("folder", metavar="[DIR]", type=_FOLDER, required=False)
def check_policy(folder: Path | None) -> None:
    """Say every fault of the tables in DIR, with file, line and column  [default: the method in use]."""
    from orchestration.intake.contract import load_contract
    from orchestration.intake.due_days import check_calendar
    from orchestration.policy import load_policy

    method = load_policy(where := folder.resolve() if folder else policy_folder())
    check_calendar(method, load_contract(FEEDS))
    editions = ", ".join(f"{row['edition']} from {row['first_year']} on" for row in method.rows("editions"))
    click.echo(f"{where}: {len(method.tables)} tables without a fault. Editions: {editions}.")


@policy.command("new")
@click.option("--from", "former", required=True, metavar="EDITION", help="The edition to begin from.")
@click.option("--edition", required=True, help="The name of the new one.")
@click.option("--first-year", type=int, required=True, help="The first evaluation year that it is for.")
@click.option(
    "--out", type=_FOLDER, help="Leave the method in use as it is, and write the whole into this folder."
)
def new_policy(former: str, edition: str, first_year: int, out: Path | None) -> None:
    """Begin a new edition: copy all that it must say from one that there is, which stays as it is."""
    from orchestration.new_edition import new_edition

    folder = new_edition(policy_folder(), former, edition, first_year, out.resolve() if out else None)
    where = shlex.quote(str(folder))
    click.echo(
        f"{folder} has the edition “{edition}” from {first_year} on. It says what “{former}” says: change "
        "its rows, beginning with title, document_no and issued_on in editions.csv, then "
        f"`mujun policy check {where}`."
    )
    if out:
        click.echo(f"To try it: MUJUN_POLICY={where} mujun run --year {first_year} …")


_port = click.option(
    "--port", type=click.IntRange(1, 65535), default=3000, show_default=True, help="Port to serve."
)
_host = click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address of this machine to serve."
)
_names = click.option(
    "--allow-host",
    "names",
    multiple=True,
    metavar="NAME",
    help="A name by which browsers call this server, beside localhost; needed with --host.",
)


@cli.command()
@_inbox
@_home
@_port
@_host
@_names
def ui(inbox: Path | None, home: Path | None, port: int, host: str, names: tuple[str, ...]) -> None:
    """Serve Dagster's web UI, with schedules and sensors on. It prints the address to open."""
    from orchestration.service import serve_all

    folders, drops = _folders(home, inbox)
    _check_names(host, names)
    gc.enable()  # it serves for months, and what answering a page leaves behind is cyclic
    with using(home=folders.path, inbox=drops):
        status = serve_all(folders, host=host, port=port, names=names or (host,), say=click.echo)
    click.echo("Stopped: the web UI, the daemon, and what they had started.", err=True)
    raise click.exceptions.Exit(status)


def _check_names(host: str, names: tuple[str, ...]) -> None:
    from orchestration.guard import LOCAL_NAMES

    if host not in LOCAL_NAMES and not names:
        raise UserError(f"--host {host} lets others in: say by --allow-host NAME how they call this server.")


@cli.command()
@_home
@_inbox
@click.option(
    "--try", "trial", is_flag=True, help="Send a trial by every channel, and say what became of it."
)
@click.option("--ended", metavar="UNIT", help="Tell that this part of the service has ended for good.")
def notify(home: Path | None, inbox: Path | None, trial: bool, ended: str | None) -> None:
    """Tell what is news and was not told yet, to whom $MUJUN_NOTIFY names (docs/operations.md)."""
    from orchestration.news import part_ended, tried
    from orchestration.notify import tell_directly, tell_news

    folders, drops = _folders(home, inbox)
    if trial or ended:
        if not tell_directly(part_ended(folders, ended) if ended else tried(folders), click.echo):
            raise MachineError("Not every channel took it.")
    else:
        tell_news(folders, drops, click.echo)


@cli.command()
@_home
@_inbox
def doctor(home: Path | None, inbox: Path | None) -> None:
    """Look at versions, folders, modes, disk, service, locks, runs, databases, releases and clock, and say
    what to do. Exit status 1 where something is to be mended."""
    from orchestration.doctor import examine
    from orchestration.terminal import visible

    folders, drops = _folders(home, inbox)
    ill = 0
    with using(home=folders.path, inbox=drops):
        for seen in examine(folders):
            ill += seen.do is not None
            for line in str(seen).split("\n"):
                click.echo(visible(line))
    if ill:
        raise MachineError(f"{ill} to be mended.")


@cli.group()
def serve() -> None:
    """One part of the service, for a machine that starts each by itself (docs/operations.md). `mujun ui` is
    all of them in one."""
    gc.enable()


@serve.command("web")
@_inbox
@_home
@_port
@_host
@_names
def serve_web(inbox: Path | None, home: Path | None, port: int, host: str, names: tuple[str, ...]) -> None:
    """The web UI. It prints the address to open."""
    from orchestration.service import serve_web

    folders, drops = _folders(home, inbox)
    _check_names(host, names)
    with using(home=folders.path, inbox=drops):
        status = serve_web(folders, host=host, port=port, names=names or (host,), say=click.echo)
    raise click.exceptions.Exit(status)


@serve.command("daemon")
@_inbox
@_home
def serve_daemon(inbox: Path | None, home: Path | None) -> None:
    """Schedules, sensors, the queue of runs."""
    from orchestration.service import serve_daemon

    folders, drops = _folders(home, inbox)
    with using(home=folders.path, inbox=drops):
        serve_daemon(folders)


@serve.command("code")
@_inbox
@_home
def serve_code(inbox: Path | None, home: Path | None) -> None:
    """What the other two ask for the project's jobs, and what runs them."""
    from orchestration.service import serve_code

    folders, drops = _folders(home, inbox)
    with using(home=folders.path, inbox=drops):
        serve_code(folders)


def _complain(said: object) -> None:
    """Say what went wrong; a name or a cell in it can do nothing to the terminal."""
    from orchestration.terminal import visible

    for line in f"mujun: {said}".split("\n"):
        click.echo(visible(line), err=True)


def _settle_with_the_machine() -> None:
    """Have names and words in UTF-8 whatever the locale says, a working folder, as many files open as the
    account may, and Ctrl-C and SIGTERM heard; the service ends in its own way."""
    if sys.getfilesystemencoding() != "utf-8":
        os.execve(sys.executable, sys.orig_argv, {**os.environ, "PYTHONUTF8": "1"})
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        Path.cwd()
    except FileNotFoundError:  # the folder was removed under the caller's feet
        os.chdir("/")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if sys.argv[1:2] not in (["ui"], ["serve"]):
        end_when_asked()


def main() -> None:
    """Run the command. Exit status: 0 done, 1 a fault of the machine or of the program, 2 the call is wrong,
    3 refused, 130 and 143 stopped."""
    # The libraries make millions of objects while they load, and keep them: nothing to collect.
    gc.disable()
    _settle_with_the_machine()
    status = 0
    try:
        status = cli.main(standalone_mode=False) or 0  # what it returns is the status of an `Exit`
    except click.ClickException as wrong_call:
        wrong_call.show()
        status = 2
    except click.Abort:
        click.echo("Stopped.", err=True)
        status = 130
    except UserError as error:
        _complain(error)
        status = 2
    except RefusedError as refusal:
        _complain(refusal)
        status = 3
    except MachineError as fault:
        _complain(fault)
        status = 1
    except BrokenPipeError:  # whoever read along has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        status = 1
        if said := sentence(error):
            _complain(said)
        else:
            traceback.print_exc()
            _complain("this is a fault of the program, not of your files; please report it.")
    sys.stdout.flush()
    sys.stderr.flush()
    # Close what is open, but do not take the loaded libraries apart: that costs a second.
    atexit._run_exitfuncs()
    os._exit(status)
