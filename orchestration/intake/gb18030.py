"""GB18030 as Windows and the standards of 2005 and 2022 have it, as a codec for files.

Python's own is of the year 2000: some rare characters of names are private use there, and the € of the code
page 936 (byte 0x80) does not decode. Belongs here: that difference. Does not: telling encodings (`csv_file`).
"""

from __future__ import annotations

import codecs

import numpy as np

NAME = "gb18030_2022"
_EURO = "intake.euro"
_SINCE = dict(
    zip(
        "\ue78d\ue78e\ue78f\ue790\ue791\ue792\ue793\ue794\ue795\ue796"
        "\ue816\ue817\ue818\ue81e\ue826\ue82b\ue82c\ue831\ue832\ue83b\ue843\ue854\ue855\ue864",
        "\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19"
        "\U00020087\U00020089\U000200cc\u9fb4\u9fb5\u9fb6\u9fb7\U000215d7\u9fb8\U0002298f\u9fb9\u9fba\U000241fe\u9fbb",
        strict=True,
    )
)
_FIRST, _LAST = (np.uint16(ord(edge(_SINCE))) for edge in (min, max))
_TABLE = str.maketrans(_SINCE)
_Decoder = codecs.getincrementaldecoder("gb18030")


def _euro(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError) and error.object[error.start] == 0x80:
        return "€", error.start + 1
    raise error


def _may_hold_old(text: str) -> bool:
    """Whether a text has a character of private use; a regular expression would take as long as decoding."""
    units = np.frombuffer(text.encode("utf-16-le"), np.uint16)
    return bool((units - _FIRST <= _LAST - _FIRST).any())


class _Incremental(codecs.IncrementalDecoder):
    def __init__(self, errors: str = "strict") -> None:
        super().__init__(errors)
        self._decoder = _Decoder(_EURO)

    def decode(self, data: bytes, final: bool = False) -> str:  # type: ignore[override]
        text = self._decoder.decode(data, final)
        return text.translate(_TABLE) if _may_hold_old(text) else text

    def reset(self) -> None:
        self._decoder.reset()

    def getstate(self) -> tuple[bytes, int]:
        return self._decoder.getstate()

    def setstate(self, state: tuple[bytes, int]) -> None:
        self._decoder.setstate(state)


def _search(name: str) -> codecs.CodecInfo | None:
    if name != NAME:
        return None
    plain = codecs.lookup("gb18030")
    return codecs.CodecInfo(
        encode=plain.encode,
        decode=lambda data, errors="strict": (_Incremental().decode(bytes(data), True), len(data)),
        incrementalencoder=plain.incrementalencoder,
        incrementaldecoder=_Incremental,
        name=NAME,
    )


codecs.register_error(_EURO, _euro)
codecs.register(_search)
