"""The words of `data/wordings`: what is said before there is a release, or beside what one carries itself.

Belongs here: reading the file. Does not: the words of one release (`presentation.wording`).
"""

from __future__ import annotations

import csv

from orchestration.settings import WORDINGS

Words = dict[str, dict[str, str]]  # labels by subject and code
Sentences = dict[str, dict[str, dict[str, str]]]  # text and clause by subject and code


def _read() -> tuple[Words, Sentences]:
    words: Words = {}
    sentences: Sentences = {}
    with WORDINGS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            words.setdefault(row["subject"], {})[row["code"]] = row["label_zh"]
            if text := row["sentence_zh"]:
                said = {"text": text, "clause": row["clause"]}
                sentences.setdefault(row["subject"], {})[row["code"]] = said
    return words, sentences


SHIPPED, SENTENCES = _read()  # in the order of the file
