"""How much is taken in: files beyond the limits are refused before anything of them is copied.

Belongs here: which files those are. Does not: how large the limits are (`settings.Limits`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from orchestration.intake.inbox import Drop
from orchestration.intake.refusal import RefusalError
from orchestration.settings import Limits

_MIB = 1 << 20
_SPLIT = "请核对导出是否正确，删除多余内容；数据量很大时请按区县拆分成几个文件。"
_TAKE_OUT = "请取走本部门文件夹中重复的、不需要的文件后重新提交。"


def beyond_limits(
    drops: Sequence[Drop], in_force: Collection[str], limits: Limits
) -> Mapping[str, RefusalError]:
    """The files (`file_id`) that are refused for their size, with the reason.

    A department's files count up to its limit, those `in_force` first; the run's limit is met by leaving
    files of those departments that deliver most. So nobody's flood takes another's place.
    """
    refused: dict[str, RefusalError] = {}
    by_department: dict[str, list[Drop]] = {}
    for drop in sorted(drops, key=lambda drop: drop.file_id not in in_force):
        if drop.size > limits.file * _MIB:
            reason = f"文件有{_mib(drop.size)} MiB，超过每个文件{limits.file:,} MiB的上限，未读取。"
            refused[drop.file_id] = RefusalError(reason, _SPLIT)
        else:
            by_department.setdefault(drop.department, []).append(drop)
    taken = 0
    for files in sorted(by_department.values(), key=lambda files: sum(drop.size for drop in files)):
        total, held = sum(drop.size for drop in files), 0
        for drop in files:
            said = f"此文件有{_mib(drop.size)} MiB，未读取。"
            if held + drop.size > limits.department * _MIB:
                reason = f"本部门该年度的文件共{_mib(total)} MiB，超过{limits.department:,} MiB的上限，{said}"
            elif taken + drop.size > limits.run * _MIB:
                reason = f"各部门的文件合计超过一次读取{limits.run:,} MiB的上限，本部门的最多，{said}"
            else:
                held, taken = held + drop.size, taken + drop.size
                continue
            refused[drop.file_id] = RefusalError(reason, _TAKE_OUT)
    return refused


def _mib(size: int) -> str:
    return f"{size / _MIB:,.1f}"
