"""The judge in a process of its own, so that Great Expectations loads beside the work that comes before.

Belongs here: the process and its pipe. Does not: judging (`judge`).
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from expectations.judge import JudgeRequest, Verdict, judge, warm_up


@contextmanager
def judging_process() -> Iterator[Callable[[JudgeRequest], list[Verdict]]]:
    """A function that judges in another process, which starts to load at once and ends with the block.

    What the judge raises is raised here; RuntimeError where its process has ended unasked.
    """
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(there,), name="judge", daemon=True)
    process.start()
    there.close()

    def ask(request: JudgeRequest) -> list[Verdict]:
        try:
            here.send(request)
            answer: list[Verdict] | Exception = here.recv()
        except (EOFError, OSError) as error:
            raise RuntimeError("the judge's process has ended without an answer") from error
        if isinstance(answer, Exception):
            raise answer
        return answer

    try:
        yield ask
    finally:
        here.close()
        process.join()


def _serve(requests: Connection) -> None:
    warm_up()
    while True:
        try:
            request = requests.recv()
        except (EOFError, OSError):
            return
        try:
            requests.send(judge(request))
        except Exception as error:
            requests.send(error)
