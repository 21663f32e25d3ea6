"""What a text outside the data says about units: `单位：万元`, `（金额：万元）`, `本表金额均以万元计`.

Belongs here: the STATED UNITS paragraph of the contract: telling a statement from a text that merely holds
the same characters. Does not: which texts are asked (`header`, `furniture`), labels of columns (`header`).

A text is made plain first (full width, traditional forms, quotes, characters spread by spaces); then a unit
counts by where it stands: alone, in brackets, or as the whole phrase after a word such as 单位.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest

from orchestration.intake.contract import Column, Feed, UnitOfMeasure

LONGEST_TEXT = 1000
_MEASURED = ("money", "area", "energy", "mass", "people")
_OTHER_FORMS = str.maketrans("萬億圓頃畝噸單額圆仟佰拾∶", "万亿元顷亩吨单额元千百十:")
_QUOTES = dict.fromkeys(map(ord, "\"'“”‘’‟‛„«»‹›「」『』〝〞《》〈〉＂＇`"))
_OPEN, _CLOSE = r"(\[{【〔〖", r")\]}】〕〗"
_STOP = rf"\s:,;、。.!?/|_\-—–~·…+*=#\\{_OPEN}{_CLOSE}"  # what ends a phrase
_SPREAD = re.compile(r"(?<![^\W_]{2})(?<=[^\W\d_a-z])\s+(?=[^\W\d_a-z](?![^\W\d_a-z]))")
_SPLIT_UNIT = re.compile(r"(?<=[百千万亿平公标])\s+(?=[千万亿元吨亩平方公米顷里斤])")
_TIMES = "[十百千万亿wk]*"
_SUBJECT = (
    "单位|金额|税额|数额|款额|总额|额度|价税|面积|用地|重量|产量|排放量|消费量|能耗|用量|人数|币种|计量"
)
_LINK = r"(?:单位|均|都|皆|各|统一|一律|采用|使用|表示|为|是|以|按|用|系|人民币|rmb|cny|计量|货币|[:\s])*"
_AFTER = rf"(?=$|[{_STOP}]|人民币|计|为|填|列|表示|反映|统计|核算|单位|起报)"
_NUMERAL = re.compile(r"[\d零〇一二三四五六七八九十百千万亿两几数.,余多]\s*$")
_OFFICE = re.compile(
    rf"[^\W\d_](?<![额币量积数价值均的其内表])单位(?:名称)?[:为是\s]\s*[^{_STOP}]*"
)  # 填报单位：…, 责任单位：… name somebody
_SOMEBODY = re.compile(rf"(?:人|名称|部门|机构|地址)[:]\s*[^{_STOP}]*")
_BARE = ("十", "百", "千", "亿", "w", "千万", "百万", "十万")  # alone, a number rather than a unit


def plain(text: str) -> str:
    """`text` as it is compared: NFKC, lower case, simplified, without quotes or characters spread apart."""
    text = unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).translate(_OTHER_FORMS).translate(_QUOTES)
    text = "".join(c for c in text.casefold() if unicodedata.category(c) not in ("Cf", "Cc") or c.isspace())
    return _SPREAD.sub("", _SPLIT_UNIT.sub("", text)).strip()


@dataclass(frozen=True)
class Stated:
    """A unit as a text states it. `unit` is None for one that has no name here, such as 千万元."""

    dimension: str | None  # None for a bare multiple (万), which speaks of whatever is counted in it
    unit: str | None
    times: str

    def contradicts(self, dimension: str, unit: str, spelling: str) -> bool:
        """Whether a column in `unit` is asked for in another than this."""
        if self.dimension is None:
            return not spelling.startswith(self.times)
        return self.dimension == dimension and self.unit != unit


class StatedUnits:
    """Finds statements about the units of one feed."""

    def __init__(self, feed: Feed, units: Mapping[str, UnitOfMeasure]) -> None:
        self._units = {
            plain(spelling): unit for spelling, unit in units.items() if unit.dimension in _MEASURED
        }
        spelt = sorted(self._units, key=len, reverse=True)
        names = "|".join(map(re.escape, spelt))
        unit = rf"(?:人民币|rmb|cny)?(?P<unit>(?:{names})|{_TIMES}(?:{names})|[十百千万亿w]+)(?:人民币)?"
        self._alone = re.compile(unit)
        self._phrase = re.compile(rf"(?:{_SUBJECT}|[:以按用]){_LINK}{unit}{_AFTER}")
        self._named = re.compile(
            rf"(?:单位{_LINK}[{_STOP}]*|[以按]{_LINK}){unit}{_AFTER}"
            rf"|{unit.replace('<unit>', '<before>')}(?:为|作)(?:计量|货币)?单位"
        )
        self._asks = re.compile(rf"(?:{_SUBJECT}){_LINK}$")
        # inside a phrase, only what cannot be part of another word
        self._inside = re.compile("|".join(re.escape(name) for name in spelt if _is_unmistakable(name)))
        dimension_of = {unit.name: unit.dimension for unit in units.values()}
        spelling_of = {unit.name: spelling for spelling, unit in reversed(list(units.items()))}
        self._columns = [
            (column, dimension_of[column.unit], column.unit, spelling_of[column.unit])
            for column in feed.columns.values()
            if column.unit is not None and dimension_of[column.unit] in _MEASURED
        ]

    def of_cells(self, cells: Sequence[str], *, loosely: bool, beyond: Collection[int] = ()) -> list[Column]:
        """The columns of the feed that a row of cells contradicts.

        `loosely`: also by a unit inside a phrase, or between spaces, as a title or a name has it. `beyond`:
        the places (from 0) of columns beyond the contract; a unit alone in its cell speaks of those alone.
        """
        stated: list[Stated] = []
        found = [plain(cell) for cell in cells] if self._columns else []
        texts = self._put_together(
            text
            for place, text in enumerate(found)
            if text and not (place in beyond and self._alone.fullmatch(_core(text)))
        )
        for text, following in zip_longest(texts, texts[1:], fillvalue=""):
            named = self._asks.search(text) and not _OFFICE.search(text + " ")
            stated += self._in_text(f"{text}:{following}" if named else text, loosely=loosely)
        return self._contradicted(stated)

    def _put_together(self, texts: Iterable[str]) -> list[str]:
        """`texts` with 万 | 州 | 区, one word over several cells, as one; 亩 | 亩 are two units."""
        whole: list[str] = []
        for is_single, run in groupby(texts, lambda text: len(text) == 1):
            signs = list(run)
            whole += ["".join(signs)] if is_single and not self._units.keys() >= set(signs) else signs
        return whole

    def of_name(self, name: str) -> list[Column]:
        """The columns that the name of a sheet or file contradicts."""
        return self._contradicted(self._in_text(plain(name), loosely=True))

    def asked(self, column: Column) -> str:
        """The unit of `column` as the contract writes it, for a sentence."""
        return next(spelling for other, _, _, spelling in self._columns if other is column)

    def only_states(self, cell: str) -> bool:
        """Whether a cell is a statement and nothing else, such as `单位：万元` or `（元）`."""
        whole = re.sub(r"\s*:\s*", ":", plain(cell))
        text = _core(whole)
        outside = re.sub(rf"[{_OPEN}][^{_OPEN}{_CLOSE}]*[{_CLOSE}]", " ", whole)
        if self._named.search(outside if outside.strip() else text):
            return True  # 营业收入（单位：万元） is none: it names a column, with its unit in brackets
        statement = rf"(?:金额|货币|计量|面积|重量|本表|表内)*(?:{_SUBJECT})?{_LINK}"
        tail = r"(?:人民币|计量|单位|计|为)*"
        words = [word for word in re.split(r"[、,/;\s]+|和|及", text) if word]
        first, *others = words or [""]
        shape = rf"{statement}[{_OPEN}\s]*{self._alone.pattern}{tail}"
        return bool(re.fullmatch(shape, first)) and all(
            self._alone.fullmatch(word) or re.fullmatch(shape.replace("(?P<unit>", "(?:"), word)
            for word in others
        )

    def _in_text(self, text: str, *, loosely: bool) -> Iterator[Stated]:
        words = [self._alone.fullmatch(word) for word in _split(_core(text))]
        if all(words):
            yield from (self._read(word["unit"]) for word in words if word and word["unit"] not in _BARE)
        for bracketed in re.findall(rf"[{_OPEN}]([^{_OPEN}{_CLOSE}]+)[{_CLOSE}]", text):
            yield from self._words(bracketed)
        before, unit_word, after = text.partition("单位")
        if unit_word and not _OFFICE.match(text[max(len(before) - 1, 0) :]):
            yield from self._words(after)
        for found in self._phrase.finditer(text):
            yield self._read(found["unit"])
        for found in self._named.finditer(text):
            if not (found["before"] and _NUMERAL.search(text[: found.start()])):
                yield self._read(found["unit"] or found["before"])
        if loosely:
            text = _SOMEBODY.sub(" ", _OFFICE.sub(" ", text))
            inside = [(found.start(), found[0]) for found in self._inside.finditer(text)]
            for word in re.finditer(rf"[^{_STOP}]+", text):
                alone = self._alone.fullmatch(word[0])
                if alone and (
                    word[0] in ("万", "亩", "元")
                    or (len(word[0]) > 1 and not word[0].isascii() and word[0] not in _BARE)
                ):
                    inside.append((word.start(), alone["unit"]))
            for place, unit in inside:
                if not _NUMERAL.search(text[:place]):
                    yield self._read(unit)

    def _words(self, text: str) -> Iterator[Stated]:
        """The words of `text` that are units as a whole."""
        for word in _split(text):
            if found := self._alone.fullmatch(word):
                yield self._read(found["unit"])

    def _read(self, text: str) -> Stated:
        text = re.sub("w", "万", text) if text not in self._units else text
        if unit := self._units.get(text):
            return Stated(unit.dimension, unit.name, "")
        for place in range(1, len(text)):
            if base := self._units.get(text[place:]):
                return Stated(base.dimension, None, text[:place])
        return Stated(None, None, text)

    def _contradicted(self, stated: Iterable[Stated]) -> list[Column]:
        """The columns of whose dimension a unit is stated that none of them has."""
        wrong: list[Column] = []
        for one in dict.fromkeys(stated):
            about = [found for found in self._columns if found[1] == (one.dimension or "money")]
            if not about and one.dimension is None:  # 万 says nothing of persons where there is money
                about = self._columns
            if all(one.contradicts(*found[1:]) for found in about):
                wrong += [column for column, *_ in about]
        return [column for column, *_ in self._columns if column in wrong]


def _core(text: str) -> str:
    """`text` without the punctuation around it."""
    return re.sub(rf"^[{_STOP}]+|[{_STOP}]+$", "", text)


def _split(text: str) -> list[str]:
    """The words of `text`, between punctuation."""
    return [word for word in re.split(rf"[{_STOP}]+|和|及", text) if word]


def _is_unmistakable(name: str) -> bool:
    """Whether a unit can be told inside a phrase: not a single character, a letter or a part of a word."""
    return len(name) > 1 and not name.isascii() and name not in ("平方", "公斤", "万人", "万度", "㎡")
