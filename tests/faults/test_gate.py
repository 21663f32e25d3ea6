"""The gate: what stops a release, by whatever route it is asked for."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from expectations.catalogue import load_catalogue
from expectations.verdicts import Status
from orchestration.errors import RefusedError, UserError
from orchestration.intake.contract import load_contract
from orchestration.judgement import Judged, begin_models, lay_out_frames, note_models, record
from orchestration.machine import sentence
from orchestration.new_edition import new_edition
from orchestration.policy import load_policy
from orchestration.publish import publish
from orchestration.release.editions import trial
from orchestration.release.register import standing
from orchestration.run_inputs import land_contract, land_policy
from orchestration.settings import FEEDS, Engine, Home, policy_folder, using
from tests.faults.conftest import JudgedCase


@pytest.mark.parametrize(
    ("rule_id", "severity", "status", "stopped"),
    [
        ("STA-01", "error", Status.FAILED, {"notice", "final"}),
        ("STA-01", "error", Status.WAIVED, set()),
        ("STA-01", "error", Status.NOT_APPLICABLE, set()),
        ("STA-01", "error", Status.COULD_NOT_RUN, {"notice", "final"}),
        ("STA-03", "warning", Status.FAILED, set()),
        ("STA-03", "warning", Status.COULD_NOT_RUN, {"notice", "final"}),
        ("POL-05", "error", Status.FAILED, {"draft", "notice", "final"}),
        ("POL-05", "error", Status.COULD_NOT_RUN, {"draft", "notice", "final"}),
        ("POL-05", "error", Status.PASSED, set()),
    ],
)
def test_what_stops_which_stage(rule_id: str, severity: str, status: Status, stopped: set[str]) -> None:
    verdicts: dict[str, dict[str, object]] = {
        name: {"rule_id": name, "severity": "error", "status": "passed"} for name in load_catalogue()
    }
    verdicts[rule_id] = {"rule_id": rule_id, "severity": severity, "status": str(status)}
    stages = ("draft", "notice", "final")
    judged = {
        stage: Judged(stage, date(2025, 6, 1), datetime(2025, 6, 1), "", list(verdicts.values()))
        for stage in stages
    }
    assert {stage for stage in judged if judged[stage].blocking()} == stopped


@pytest.fixture
def home(holds: JudgedCase, tmp_path: Path) -> Home:
    """A home whose year was judged as a final and may be published."""
    shutil.copytree(holds.outcome.home, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")


def refused(home: Home, stage: str = "final") -> str:
    """Why the year is not published; what was released stays as it was."""
    before = standing(home, 2024)
    with pytest.raises(RefusedError) as refusal:
        publish(home, 2024, stage, "2023-72", policy_folder())
    assert standing(home, 2024) == before
    return str(refusal.value)


def test_what_was_changed_after_the_judgement_is_not_published(home: Home) -> None:
    with duckdb.connect(str(home.warehouse)) as warehouse:
        warehouse.execute("update enterprise_result set total_score = total_score + 1 where rank = 1")
    assert "no longer those that were judged" in refused(home)


def test_a_year_is_published_with_the_method_it_was_computed_by(home: Home, tmp_path: Path) -> None:
    changed = Path(shutil.copytree(policy_folder(), tmp_path / "policy"))
    tolerances = changed / "tolerances.csv"
    text = tolerances.read_text(encoding="utf-8")
    assert ",LND-05,tolerance,0.05," in text
    tolerances.write_text(text.replace(",LND-05,tolerance,0.05,", ",LND-05,tolerance,0.5,"), encoding="utf-8")
    before = standing(home, 2024)
    with pytest.raises(RefusedError, match="The method is no longer"):
        publish(home, 2024, "final", "2023-72", changed)
    assert standing(home, 2024) == before
    assert not list(home.releases(2024).glob("*.part"))


def test_a_year_is_published_with_the_contract_it_was_computed_by(home: Home, tmp_path: Path) -> None:
    """Also where the new one was laid down after the judgement, of which the models know nothing."""
    feeds = Path(shutil.copytree(FEEDS, tmp_path / "feeds"))
    path = feeds / "tax_payments.yaml"
    text = path.read_text(encoding="utf-8")
    assert "may_be_empty" not in text
    path.write_text(text + "\nmay_be_empty: true\n", encoding="utf-8")
    with using(feeds=feeds):
        assert "The contract is no longer" in refused(home)
    land_contract(home.landing, 2024, load_contract(feeds), "final", load_policy(policy_folder()))
    with using(feeds=feeds):
        assert "built by another method, contract" in refused(home)


def changed_method(folder: Path) -> Path:
    """The method with two quotas changed under the name that it has."""
    shutil.copytree(policy_folder(), folder)
    quotas = folder / "quotas.csv"
    text = quotas.read_text(encoding="utf-8")
    quotas.write_text(text.replace("A,20", "A,25").replace("B,55", "B,50"), encoding="utf-8")
    return folder


def test_another_content_is_not_published_under_the_name_of_an_edition(home: Home, tmp_path: Path) -> None:
    """Also where the models were computed by it."""
    changed = changed_method(tmp_path / "policy")
    land_policy(home.landing, 2024, load_policy(changed))
    with duckdb.connect(str(home.warehouse)) as warehouse:
        begin_models(warehouse)
        note_models(warehouse, home, 2024, Engine.duckdb)
    with pytest.raises(UserError, match="quotas A: share 25, not 20; quotas B: share 50, not 55"):
        publish(home, 2024, "final", "2023-72", changed)
    assert not list(home.releases(2024).glob("*.part"))


def test_an_edition_is_what_mujun_and_every_release_say_under_its_name(home: Home, tmp_path: Path) -> None:
    changed = load_policy(changed_method(tmp_path / "policy"))
    assert trial(home, 2025, "final", load_policy(policy_folder())) is None
    for where, said in (
        (home, "2024/r001-notice"),
        (Home(tmp_path / "new"), "the method that came with mujun"),
    ):
        with pytest.raises(UserError, match=f"is not what {said} says"):
            trial(where, 2025, "notice", changed)
        draft = trial(where, 2025, "draft", changed)
        assert draft is not None
        assert said in draft.en


def test_nothing_is_published_by_a_contract_that_is_not_mujun_s(tmp_path: Path) -> None:
    """Two columns with each other's labels would be a method of nobody."""
    same, feeds = (Path(shutil.copytree(FEEDS, tmp_path / name)) for name in ("same", "feeds"))
    path, (one, other) = feeds / "enterprise_statistics.yaml", ("工业增加值(千元)", "营业收入(千元)")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(one, "?").replace(other, one).replace("?", other), encoding="utf-8")
    where, method = Home(tmp_path / "home"), load_policy(policy_folder())
    with using(feeds=same):
        assert trial(where, 2024, "final", method) is None
    with using(feeds=feeds):
        with pytest.raises(UserError, match="Only a draft may be"):
            trial(where, 2024, "notice", method)
        draft = trial(where, 2024, "draft", method)
    assert draft is not None


def test_a_new_edition_leaves_the_years_before_as_they_were(home: Home, tmp_path: Path) -> None:
    release = standing(home, 2024)
    more = Path(shutil.copytree(policy_folder(), tmp_path / "policy"))
    new_edition(more, "2023-72", "2025-1", 2025)
    assert publish(home, 2024, "final", "2023-72", more) == release


def test_a_year_is_published_at_the_stage_it_was_judged_for(home: Home) -> None:
    assert "was judged as a final, not as a notice" in refused(home, "notice")


def test_a_year_that_was_not_judged_is_not_published(home: Home) -> None:
    with duckdb.connect(str(home.warehouse)) as warehouse:
        warehouse.execute("delete from judgement.judged")
    assert "has not been judged" in refused(home)


def test_the_verdict_is_read_again_where_a_release_is_made(home: Home) -> None:
    with duckdb.connect(str(home.warehouse)) as warehouse:
        warehouse.execute("update judgement.verdict set status = 'could_not_run' where rule_id = 'TAX-03'")
    assert "TAX-03" in refused(home)


def test_a_rule_without_a_verdict_stops_a_release(home: Home) -> None:
    with duckdb.connect(str(home.warehouse)) as warehouse:
        warehouse.execute("delete from judgement.verdict where rule_id = 'TAX-03'")
    assert "TAX-03 (it has no verdict)" in refused(home)


def test_models_of_another_stage_year_or_day_are_not_judged(home: Home) -> None:
    """Whoever asks for the judgement alone: feeds that only a final needs were never missed in a draft, and
    a plan is overdue by the day for which the models were built."""
    with duckdb.connect(str(home.warehouse)) as warehouse:
        with pytest.raises(RefusedError, match="as a final by 2025-06-01, not of 2024 as a notice"):
            record(warehouse, home, 2024, "notice", date(2025, 6, 1), [])
        with pytest.raises(RefusedError, match="not of 2024 as a final by 2025-06-02"):
            record(warehouse, home, 2024, "final", date(2025, 6, 2), [])
        with pytest.raises(RefusedError, match="not of 2023 as a final"):
            record(warehouse, home, 2023, "final", date(2025, 6, 1), [])


def test_models_of_other_files_are_not_judged(home: Home) -> None:
    with duckdb.connect(str(home.warehouse)) as warehouse:
        warehouse.execute(
            "update source_file set sha256 = 'other' where year = 2024 and feed = 'tax_payments'"
        )
        with pytest.raises(RefusedError, match="came in after the models were built"):
            record(warehouse, home, 2024, "final", date(2025, 6, 1), [])


def test_models_of_another_method_or_half_built_are_not_judged(home: Home, tmp_path: Path) -> None:
    """Whoever asks for the judgement alone, with a method that came after the models, or models that were
    killed."""
    day, method = date(2025, 6, 1), load_policy(policy_folder())
    with duckdb.connect(str(home.warehouse)) as warehouse:
        record(warehouse, home, 2024, "final", day, [])
        land_policy(home.landing, 2024, load_policy(changed_method(tmp_path / "policy")))
        with pytest.raises(RefusedError, match="built by another method"):
            record(warehouse, home, 2024, "final", day, [])
        land_policy(home.landing, 2024, method)
        record(warehouse, home, 2024, "final", day, [])
        begin_models(warehouse)
        with pytest.raises(RefusedError, match="not built to their end"):
            record(warehouse, home, 2024, "final", day, [])
        warehouse.execute("create table judgement.built as select '' as laid_down")  # by 0.3.0
        with pytest.raises(RefusedError, match="not built to their end by this version"):
            record(warehouse, home, 2024, "final", day, [])


def test_a_model_that_raises_or_is_gone_leaves_no_frame(home: Home, tmp_path: Path) -> None:
    raises = replace(load_catalogue()["STA-01"], where="cast('x' as integer) = 1")
    gone = replace(raises, id="STA-98", of="chk_sta_98__gone", where=None)
    with duckdb.connect(str(home.warehouse)) as warehouse:
        warehouse.execute(f"create view {gone.of} as select 1 as uscc")  # an earlier run left it
        lay_out_frames(warehouse, [raises, gone], tmp_path / "frames")
    left = sorted(path.name for path in (tmp_path / "frames").iterdir())
    assert left == [f"{raises.id}.error", "waivers.parquet"]
    assert "Could not convert string 'x'" in (tmp_path / "frames" / left[0]).read_text(encoding="utf-8")


def test_want_of_memory_is_no_fault_of_a_rule(home: Home, tmp_path: Path) -> None:
    """The run ends and says what to set; a rule that could not run would refuse the release."""
    large = replace(
        load_catalogue()["STA-01"], where="(select len(list(i)) from range(50_000_000) as t(i)) > 0"
    )
    with (
        duckdb.connect(
            str(home.warehouse), config={"memory_limit": "32MiB", "max_temp_directory_size": "1MiB"}
        ) as warehouse,
        pytest.raises(duckdb.OutOfMemoryException) as raised,
    ):
        lay_out_frames(warehouse, [large], tmp_path / "frames")
    assert "raise the limit (`MUJUN_MEMORY_MIB`" in str(sentence(raised.value))
