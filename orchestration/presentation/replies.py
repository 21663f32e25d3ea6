"""The reply to each objection (异议答复), one A4 page, and for the office what each correction moved.

Belongs here: what stands in a reply, all of it recorded: the decision, the figure before and after, the
class. Does not: deciding; computing what a correction moves (`objections`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from orchestration.files import write_whole
from orchestration.presentation.wording import INTERNAL, Wording, read_wording
from orchestration.release.reading import open_release
from orchestration.release.register import Release
from orchestration.rows import Row, fetch
from orchestration.workbooks import Book, Column, Table, height_of, lines_of

EFFECTS = "异议影响.xlsx"
_WIDTHS = (20, 66)

_OBJECTIONS = """
    select
        objection.*,
        coalesce(member.enterprise_name, objection.uscc) as enterprise_name,
        unit.class,
        unit.treatment,
        unit.total_score
    from objection
    left join enterprise_member as member
        on objection.uscc = member.uscc and objection.county_code = member.county_code
    left join enterprise_result as unit
        on member.unit_uscc = unit.uscc and member.unit_county_code = unit.county_code
    order by objection.objection_no
"""


def write_replies(release: Release, moved: Mapping[str, Sequence[Row]], out: Path) -> list[Path]:
    """Write a reply for each decided objection of `release` into `out`, numbered in the order of the
    objections, and the workbook of their effects, which says which file is whose and whom each correction
    `moved`; returns the paths."""
    words = read_wording(release.path)
    with open_release(release.path) as connection:
        objections = fetch(connection, _OBJECTIONS)
        choices = {
            (row["subject"], row["code"]): row["label_zh"]
            for row in fetch(connection, "select subject, code, label_zh from code_list")
        }
    out.mkdir(parents=True, exist_ok=True)
    written, listed = [], []
    for number, objection in enumerate(objections, start=1):
        name = ""
        if objection["decision"] is not None:
            name = f"异议答复_{number:03d}.xlsx"
            write_whole(out / name, _reply(release, words, choices, objection))
            written.append(out / name)
        listed.append([objection["objection_no"], objection["enterprise_name"], name])
    write_whole(out / EFFECTS, _effects(release, words, listed, moved))
    return [*written, out / EFFECTS]


def _reply(release: Release, words: Wording, choices: Mapping[tuple[str, str], str], row: Row) -> bytes:
    title = f"{release.year}年度制造业亩均效益综合评价异议答复"
    book = Book(None, title=title, created=_made_at(release), handling="")
    sheet = book.sheet("异议答复", _WIDTHS, one_page=True)
    sheet.hide_gridlines(2)
    sheet.set_row(0, 36)
    sheet.merge_range(0, 0, 0, 1, title, book.style(bold=True, font_size=16, align="center"))
    label = book.style(border=1, bold=True, bg_color="#F2F2F2", text_wrap=True, valign="top")
    cell = book.style(border=1, text_wrap=True, valign="top")
    lines = _lines(release, words, choices, row)
    for line, pair in enumerate(lines, start=2):
        sheet.set_row(line, max(height_of(max(map(lines_of, pair, _WIDTHS))), 22))
        sheet.write_string(line, 0, pair[0], label)
        sheet.write_string(line, 1, pair[1], cell)
    sheet.write_string(len(lines) + 3, 1, "市亩均办（盖章）        年    月    日", book.style(align="right"))
    return book.close()


def _lines(
    release: Release, words: Wording, choices: Mapping[tuple[str, str], str], row: Row
) -> list[tuple[str, str]]:
    """What a reply says, line by line."""

    def told(column: str) -> str:
        value = row[column]
        return "" if value is None else choices.get((column, value), str(value))

    unit = words.units_of_measure.get(("enterprise_result", row["subject"]), "")
    outcome = row["class"] or words.codes["treatment"].get(row["treatment"], "不在参评名单内")
    lines = [
        (words.labels["objection", "objection_no"], row["objection_no"]),
        ("企业", f"{row['enterprise_name']}（{row['uscc']}）"),
        ("评价区县", words.counties.get(row["county_code"], row["county_code"])),
        (words.labels["objection", "received_on"], told("received_on")),
        (words.labels["objection", "subject"], told("subject")),
        (words.labels["objection", "claim"], told("claim")),
        (words.labels["objection", "decision"], told("decision")),
        (words.labels["objection", "decided_on"], told("decided_on")),
        (words.labels["objection", "reply"], told("reply")),
    ]
    if row["decided_value"] is not None:
        lines.append((words.labels["objection", "decided_value"], _figure(row["decided_value"], unit)))
    if row["figure_before"] is not None:
        lines.append(
            (f"公示数值（{release.year}/{row['notice_release']}）", _figure(row["figure_before"], unit))
        )
    if row["figure_after"] is not None:
        lines.append((f"现数值（{release.name}）", _figure(row["figure_after"], unit)))
    return [*lines, ("评价结果", outcome)]


def _effects(
    release: Release, words: Wording, listed: Sequence[Sequence[Any]], moved: Mapping[str, Sequence[Row]]
) -> bytes:
    """For the office: which reply is whose, and whom each correction moved."""
    replies = Table(
        "答复清单",
        [Column("异议编号", width=16), Column("企业", width=48), Column("答复文件", width=24)],
        listed,
        about="每件异议和答复文件；未处理的没有答复",
        landscape=False,
    )
    columns = [
        Column("异议编号", width=16),
        Column("区县", width=18, words=words.counties),
        Column("企业", width=44),
        Column("公示等级", width=9, centred=True),
        Column("更正后等级", width=9, centred=True),
        Column("公示名次", width=9, figure="0"),
        Column("更正后名次", width=9, figure="0"),
        Column("公示得分", unit="分", width=11, figure="0.0000"),
        Column("更正后得分", unit="分", width=11, figure="0.0000"),
    ]
    shown = ("county_code", "enterprise_name", "class_before", "class_after", "rank_before", "rank_after")
    rows = [
        [number, *(row[name] for name in (*shown, "total_score_before", "total_score_after"))]
        for number, units in moved.items()
        for row in units
    ]
    about = "只改这一件异议的数值，其他一律按公示，重新计算后等级、名次或得分有变化的企业"
    effect = Table("更正影响", columns, rows, about=about, parted_by=0)
    title = f"{release.year}年度异议答复与更正影响"
    book = Book(None, title=title, created=_made_at(release), handling=INTERNAL)
    counts = [(table.name, len(table.rows)) for table in (replies, effect)]
    book.cover([("发布编号", release.name)], counts, (replies, effect), counted="件数")
    book.add(replies)
    book.add(effect)
    return book.close()


def _figure(value: float, unit: str) -> str:
    return f"{value:,.4f}".rstrip("0").rstrip(".") + (f" {unit}" if unit else "")


def _made_at(release: Release) -> dt.datetime:
    return dt.datetime.fromisoformat(release.manifest["made_at"]).replace(tzinfo=None)
