"""What is packed by other means than the standard library's is what the standard library reads."""

from __future__ import annotations

import zlib
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from hypothesis import given
from hypothesis import strategies as st

from orchestration.archives import Archive, compressed


@given(st.binary(max_size=5000))
def test_what_is_compressed_is_a_zlib_stream(data: bytes) -> None:
    assert zlib.decompress(compressed(data)) == data


def test_an_archive_is_a_zip_file_and_the_same_for_the_same_files(tmp_path: Path) -> None:
    files = {"空.csv": b"", "城.csv": "甲,乙\n".encode() * 10_000}
    for name in ("one.zip", "two.zip"):
        with Archive(tmp_path / name, "w") as archive:
            for file, data in files.items():
                archive.add(file, data)
    with ZipFile(tmp_path / "one.zip") as archive:
        assert archive.testzip() is None
        assert {file: archive.read(file) for file in archive.namelist()} == files
        assert {about.compress_type for about in archive.infolist()} == {ZIP_DEFLATED}
        assert archive.getinfo("城.csv").compress_size < 1000
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
