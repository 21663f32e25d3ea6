"""Changed figures of a simulation, as a person lists them (rulebook 13.2).

Belongs here: reading the list, or the words of a command, and telling every cell that is faulty. Does not:
what a change does (`recompute` and the models), which figures may be changed (the contract's measures).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from orchestration.changeable import caps_of, changeable, signed
from orchestration.effects import ChangedFigure
from orchestration.errors import UserError
from orchestration.intake.contract import Column, Contract, Feed, normalise_label
from orchestration.intake.csv_file import read_csv
from orchestration.intake.faults import Context, Place, shown, shown_name
from orchestration.intake.feed_rows import FILE, FeedReader, FeedRows
from orchestration.intake.header import Labels
from orchestration.intake.raw import ROW, RawFile, column_letters
from orchestration.intake.refusal import RefusalError
from orchestration.intake.tables import ReadFile, cell_faults, places_named
from orchestration.intake.worker import WorkbookReader
from orchestration.policy import Policy
from orchestration.release.register import Release
from orchestration.release.schema import published_tables

_SHOWN = 50  # faults that are told; how many there are besides is told too

# As a cell of a file, its commas between thousands alone.
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d*)?|[+-]?\.\d+", re.ASCII)


@dataclass(frozen=True)
class Figures:
    """What may be changed of the units of a release: by figure its label and unit, whether it may be
    negative, and its cap; the units by (uscc, county_code), and their members by the same."""

    labels: Mapping[str, str]
    units_of_measure: Mapping[str, str]
    signed: frozenset[str]
    caps: Mapping[str, float]
    units: frozenset[tuple[str, str]]
    members: Mapping[tuple[str, str], tuple[str, str]]

    @classmethod
    def of(cls, release: Release, policy: Policy, contract: Contract) -> Figures:
        """Those of `release`, by the method and the contract that hold for the simulation."""
        (result,) = (table for table in published_tables() if table.name == "enterprise_result")
        described = {column.name: column for column in result.columns}
        figures = changeable(contract)
        with release.database() as connection:
            units = connection.execute("select uscc, county_code from enterprise_result").fetchall()
            members = connection.execute(
                "select uscc, county_code, unit_uscc, unit_county_code from enterprise_member"
            ).fetchall()
        return cls(
            labels={name: described[name].label_zh for name in figures},
            units_of_measure={name: described[name].unit or "" for name in figures},
            signed=signed(contract),
            caps=caps_of(policy, release.year),
            units=frozenset(units),
            members={(uscc, county): (unit, place) for uscc, county, unit, place in members},
        )

    def named(self, text: str) -> str | None:
        """The figure that `text` names, by its code or its label; None for none."""
        names = {normalise_label(name): code for code, label in self.labels.items() for name in (label, code)}
        return names.get(normalise_label(text))

    def fault_of_unit(self, uscc: str, county_code: str) -> str | None:
        """Why it is no unit that can be changed, in Chinese; None where it is one."""
        if (uscc, county_code) in self.units:
            return None
        if unit := self.members.get((uscc, county_code)):
            return f"{uscc}在{county_code}不单独评价，已并入{unit[0]}（{unit[1]}），请填写后者"
        return f"{uscc}在{county_code}不是本次发布中的评价企业"

    def fault_of_value(self, figure: str, value: float | None) -> str | None:
        """Why the figure cannot take this value, in Chinese; None where it can."""
        label, unit = self.labels[figure], self.units_of_measure[figure]
        if figure in self.caps:
            cap = self.caps[figure]
            if value is None or not 0 <= value <= cap:
                return f"{label}应在0至{cap:g}{unit}之间，不得为空"
        elif value is not None and value < 0 and figure not in self.signed:
            return f"{label}不应为负数"
        return None


def from_words(figures: Figures, uscc: str, county_code: str, words: Sequence[str]) -> list[ChangedFigure]:
    """The changes of one unit from `FIGURE=VALUE`; a blank value is none. UserError with every fault."""
    faults, changes = [], {}
    if fault := figures.fault_of_unit(uscc, county_code):
        raise UserError(fault + "。")
    for word in words:
        name, given, text = word.partition("=")
        figure = figures.named(name)
        if not given or figure is None:
            known = "、".join(f"{label} {code}" for code, label in figures.labels.items())
            faults.append(f"“{shown(word)}”应写作 指标=数值，指标是：{known}。")
            continue
        plain = text.strip()
        if plain and not _NUMBER.fullmatch(plain):
            faults.append(f"“{shown(word)}”的数值读不出来。")
            continue
        value = float(plain.replace(",", "")) if plain else None
        if fault := figures.fault_of_value(figure, value):
            faults.append(f"“{shown(word)}”：{fault}。")
        elif figure in changes:
            faults.append(f"“{shown(word)}”：{figures.labels[figure]}给了两次。")
        else:
            changes[figure] = ChangedFigure(uscc, county_code, figure, value)
    if faults:
        raise UserError("\n".join(faults))
    return list(changes.values())


def read_changes(path: Path, figures: Figures, policy: Policy, contract: Contract) -> list[ChangedFigure]:
    """The changes that the .csv or .xlsx at `path` lists, in its columns uscc, county_code, figure, value, by
    name or label, read as a department's file is. UserError that names every faulty cell."""
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise UserError(f"{path} 应是 .csv 或 .xlsx 文件。")
    if not path.is_file():
        raise UserError(f"没有文件 {path}。")
    rows, files = _read(path, _feed(figures), policy, contract)
    context = Context(policy.counties, policy.retired_counties, contract.unit_names)
    faults = [f"{fault.reason}{fault.remedy}" for fault in cell_faults(rows, rows.faults, files, context)]
    for duplicate in rows.duplicates:
        places = places_named(duplicate.places, files)
        faults.append(f"{places}给同一企业的同一指标重复填写。请只保留一行。")
    changes = []
    for row in rows.accepted.to_pylist():
        change = ChangedFigure(row["uscc"], row["county_code"], row["figure"], row["value"])
        faults += _faults(change, figures, files[row[FILE]], row[ROW])
        changes.append(change)
    if faults:
        more = [f"另有 {len(faults) - _SHOWN} 处。"] if len(faults) > _SHOWN else []
        raise UserError(
            "\n".join([f"{shown_name(path.name)} 有 {len(faults)} 处错误：", *faults[:_SHOWN], *more])
        )
    if not changes:
        raise UserError(f"{shown_name(path.name)} 没有数据行。")
    return changes


def _feed(figures: Figures) -> Feed:
    """The list as a feed, so that it is read as one."""
    columns = {
        column.name: column
        for column in (
            Column("uscc", "统一社会信用代码", "code"),
            Column("county_code", "区县代码", "code", also=("评价区县代码",), reference="counties"),
            Column("figure", "指标", "choice", choices={zh: code for code, zh in figures.labels.items()}),
            Column("value", "数值", "number", nullable=True, signed=True),
        )
    }
    return Feed(
        name="changed_figures",
        label="变动数据",
        department="",
        grain="one changed figure of one unit",
        key=("uscc", "county_code", "figure"),
        columns=columns,
        every_column=columns,
    )


def _read(path: Path, feed: Feed, policy: Policy, contract: Contract) -> tuple[FeedRows, Sequence[ReadFile]]:
    labels = Labels(feed, contract.units_of_measure)
    raws: list[RawFile] = []
    with ThreadPoolExecutor(1) as pool, WorkbookReader() as workbooks:
        reader = FeedReader(feed, {"counties": policy.counties}, pool)
        try:
            if path.suffix.lower() == ".csv":
                with reader.file(0) as sink:
                    raws.append(read_csv(path, labels, sink))
            else:
                for number, (raw, table, flaws) in enumerate(workbooks.read(path, ".xlsx", labels)):
                    with reader.file(number) as sink:
                        sink.add(table, flaws)
                        sink.leave_out(raw.left_out)
                    raws.append(raw)
        except RefusalError as refused:
            raise UserError(f"{shown_name(path.name)}：{''.join(refused.args)}") from refused
        return reader.finish(), [ReadFile(path.name, raw, number) for number, raw in enumerate(raws)]


def _faults(change: ChangedFigure, figures: Figures, file: ReadFile, row: int) -> Iterator[str]:
    """What is wrong with a row whose cells read well."""

    def at(column: str) -> Place:
        cell = f"{column_letters(file.raw.place_of[column])}{row}" if column in file.raw.place_of else None
        return Place(row, cell, file.raw.sheet if file.raw.several_sheets else None)

    if fault := figures.fault_of_unit(change.uscc, change.county_code):
        yield f"「统一社会信用代码」（{at('uscc')}）{fault}。"
    if fault := figures.fault_of_value(change.figure, change.value):
        yield f"「数值」（{at('value')}）{fault}。"
