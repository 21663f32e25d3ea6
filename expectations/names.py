"""How names are compared, wherever that is done."""

import unicodedata

# Brackets that are the same in a name once NFKC has narrowed the full-width ones.
_BRACKETS = str.maketrans(dict.fromkeys("〔【[{〈《「『〖", "(") | dict.fromkeys("〕】]}〉》」』〗", ")"))


def plain_name(name: str) -> str:
    """A name as it is compared: NFKC, no white space, every pair of brackets turned into ()."""
    return "".join(unicodedata.normalize("NFKC", name).split()).translate(_BRACKETS)
