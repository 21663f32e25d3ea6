"""Why a file is refused whole (INT-04), in the words of the receipt."""

from __future__ import annotations


class RefusalError(Exception):
    """A file cannot be taken: `reason` says what is wrong with it, `remedy` what to do (both Chinese)."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason, remedy)
        self.reason = reason
        self.remedy = remedy
