"""The questions of `docs/analysts.md`: each SQL runs on the sample and gives the answer written below it."""

from __future__ import annotations

import importlib.util

import pytest

from orchestration.settings import PROJECT
from tests.conftest import Outcome

_spec = importlib.util.spec_from_file_location("answers", PROJECT / "docs" / "answers.py")
assert _spec is not None
assert _spec.loader is not None
answers = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(answers)

PAGE = answers.PAGE.read_text(encoding="utf-8")
QUESTIONS = list(answers.questions(PAGE))


def test_every_question_is_found() -> None:
    assert len(QUESTIONS) == PAGE.count("```sql") == 29


@pytest.mark.parametrize(
    ("heading", "sql", "written"), QUESTIONS, ids=[heading for heading, _, _ in QUESTIONS]
)
def test_the_answer_is_the_one_written(sample: Outcome, heading: str, sql: str, written: str) -> None:
    database = answers.asked_of(PAGE, heading, sample.home / "releases", 2024)
    assert answers.answer(database, sql) == written
