"""What somebody should hear of: runs that failed, were refused or are stuck, what was published, files that
are late, a disk that fills.

It is read from the home each time: logs of runs, landing, calendar, disk. Belongs here: what is news, and its
words, in Chinese: what happened, and the next step. Does not: who is told, and whether they were (`notify`).
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, get_args

from orchestration.accounts import account_and_host
from orchestration.errors import MachineError, UserError
from orchestration.intake.contract import STAGE_NAMES, STAGES, load_contract
from orchestration.intake.due_days import due_days
from orchestration.intake.status import missing_feeds, vanished_drops
from orchestration.living import lives
from orchestration.policy import load_policy
from orchestration.release.register import standing
from orchestration.run_log import FAILED, PUBLISHED, REFUSED, RunTold, runs_told
from orchestration.settings import FEEDS, Home, policy_folder
from orchestration.terminal import visible

Kind = Literal["failed", "refused", "published", "stuck", "late", "disk_low"]
KINDS: tuple[Kind, ...] = get_args(Kind)
RECENT = timedelta(days=3)  # what is older is no news, told or not
_GIB = 1 << 30
_LONGEST = 1000  # characters of a reason
_JOBS = {
    "draft_year": "测算",
    "notice_year": "公示",
    "final_year": "公布",
    "take_in_year": "读取部门文件",
    "open_year": "生成空白表",
}


@dataclass(frozen=True)
class News:
    """One thing to tell. `key` is the same as long as it is the same thing."""

    key: str
    kind: Kind
    title: str
    happened: str
    next_step: str

    @property
    def text(self) -> str:
        return f"{self.title}\n\n发生了什么：{self.happened}\n下一步：{self.next_step}\n"


def news_of(home: Home, inbox: Path, *, stuck_after: timedelta, disk_low: float) -> Iterator[News]:
    """What is news in a home now. `disk_low`: the GiB below which room is short. Where the inbox does not
    answer or the method is faulty, that is news, and the rest is told all the same."""
    now = datetime.now(UTC)
    for run in runs_told(home):
        began = datetime.fromisoformat(run.began["at"])
        if now - began > RECENT:
            break
        if found := _of_run(home, run, now - began > stuck_after):
            yield found
    free = shutil.disk_usage(home.path).free / _GIB
    if free < disk_low:
        yield News(
            "disk_low",
            "disk_low",
            f"亩均：磁盘空间不足，剩余 {free:.1f} GiB",
            f"{_where(home)} 所在磁盘只剩 {free:.1f} GiB，低于 {disk_low:g} GiB。",
            "腾出空间：mujun prune 先列出可以清理的旧测算，确认后再清理。空间用尽时运行会停下。",
        )
    for name, found_there in (("inbox", _of_inbox(home, inbox)), ("calendar", _late(home, now))):
        try:
            yield from found_there
        except (OSError, MachineError, UserError) as fault:
            reason = visible(str(fault))[:_LONGEST]
            yield News(
                f"stuck/{name}/{_digest(reason)}",
                "stuck",
                "亩均：收件目录或办法无法读取",
                f"{reason}（{_where(home)}）",
                "按原因处理：检查共享目录是否挂载，用 mujun policy check 检查办法。此前自动测算等待。",
            )


def tried(home: Home) -> News:
    """A trial of the channels."""
    return News(
        "trial",
        "stuck",
        "亩均：通知测试",
        f"这是一条测试通知（{_where(home)}）。",
        "收到即表示通知可用，不需要处理。",
    )


def part_ended(home: Home, unit: str) -> News:
    """A part of the service that the system does not start again."""
    return News(
        f"ended/{unit}",
        "stuck",
        f"亩均：服务 {unit} 已停止",
        f"{unit} 多次启动失败，系统不再启动它（{_where(home)}）。",
        f"journalctl -u {unit} 看原因；处理后 systemctl restart {unit}。mujun doctor 检查机器和目录。",
    )


def _of_run(home: Home, run: RunTold, is_long: bool) -> News | None:
    year, job = run.began["year"], _JOBS.get(run.began["job"], run.began["job"])
    what, of_run = f"{year}年{job}" if year else job, f"（运行 {run.run_id}，{_where(home)}）"
    if run.ended is None:
        living = lives(home, run.run_id)
        if living and is_long:
            return News(
                f"stuck/{run.run_id}",
                "stuck",
                f"亩均：{what}久未结束",
                f"{what}于 {_day(run.began['at'])} 开始，至今没有结束{of_run}。",
                "用 mujun runs 看它停在哪一步、在等谁；不再需要时在界面上取消，或结束该进程，再运行。",
            )
        if living is False:
            return _failure(run, what, "进程中途被终止，或机器停机。", of_run)
        return None
    outcome, release = run.ended["outcome"], str(run.ended.get("release", ""))
    reason = visible(str(run.ended.get("error", "")))[:_LONGEST]
    if outcome == FAILED:
        return _failure(run, what, reason, of_run)
    if outcome == REFUSED:
        return News(
            f"refused/{run.began['job']}/{year}/{_digest(reason)}",
            "refused",
            f"亩均：{what}被拒绝",
            f"{reason}{of_run}",
            f"看 {home.findings(year)}：每条问题写明由谁修改；改好或豁免后再运行一次。已公布的不受影响。",
        )
    if outcome == PUBLISHED and not release.endswith(f"-{STAGES[0]}"):
        return News(
            f"published/{release}",
            "published",
            f"亩均：{what}已生成 {release}",
            f"{release} 已生成{of_run}。",
            f"核对 {home.path / 'releases' / release}，记下 mujun verify 给出的日志末行，再对外发布。",
        )
    return None


def _failure(run: RunTold, what: str, reason: str, of_run: str) -> News:
    return News(
        f"failed/{run.began['job']}/{run.began['year']}/{_digest(reason)}",
        "failed",
        f"亩均：{what}失败",
        f"{reason}{of_run}",
        "按原因处理后再运行一次；mujun doctor 检查机器和目录。没有做完的部分不算数，已公布的不受影响。",
    )


def _of_inbox(home: Home, inbox: Path) -> Iterator[News]:
    for year, said in vanished_drops(inbox, home.path, load_contract(FEEDS)).items():
        yield News(
            f"stuck/inbox/{year}",
            "stuck",
            f"亩均：{year}年收件目录中已收文件不见了",
            f"{visible(said)[:_LONGEST]}（{_where(home)}）",
            "检查共享目录是否挂载。确是部门撤回的，运行时加 --withdraw 部门。此前自动测算等待。",
        )


def _late(home: Home, now: datetime) -> Iterator[News]:
    """The feeds that are missing after a due day of the year that has ended: a piece of news per due day."""
    today, policy, contract = now.astimezone().date(), load_policy(policy_folder()), load_contract(FEEDS)
    year = today.year - 1
    if year not in policy.years:
        return
    stands = standing(home, year)
    days = [(day, feed) for feed, found in due_days(policy, contract, year).items() for day in found]
    for stage in STAGES[STAGES.index(stands.stage) + 1 if stands and stands.stage != STAGES[0] else 0 :]:
        missing = {feed.name for feed in missing_feeds(year, stage, home.path, contract)}
        for on in sorted({day.on for day, _ in days if day.stage == stage and day.on < today}):
            late = [name for day, name in days if (day.stage, day.on) == (stage, on) and name in missing]
            if not late:
                continue
            told = "；".join(
                f"{contract.departments[contract.feeds[name].department]} {contract.feeds[name].label}"
                for name in late
            )
            yield News(
                f"late/{year}/{stage}/{on}",
                "late",
                f"亩均：{year}年{STAGE_NAMES[stage]}所需文件逾期，缺 {len(late)} 项",
                f"截止日 {on} 已过，还没有收到：{told}（{_where(home)}）。",
                f"催促上述部门。mujun status --year {year} --stage {stage} 逐项列出收到与所缺。",
            )


def _where(home: Home) -> str:
    return f"{account_and_host()['host']}:{home.path}"


def _day(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M}"


def _digest(text: str) -> str:
    """The same for the same reason: of three attempts that fail alike one is told."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
