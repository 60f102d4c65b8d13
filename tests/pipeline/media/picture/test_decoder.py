"""What a hostile and an honest picture cost, and who is blamed when decoding is cut off."""

from __future__ import annotations

import io
import resource
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from manifests.errors import BadInput, RushesError, Transient
from pipeline.media.picture import image as image_module
from pipeline.media.picture.headers import MOST_NOTES_BYTES, WALKS, too_costly
from pipeline.media.process import ProcessResult, ProgramFailed, run_program
from tests.media_builders import a_portrait
from tests.pipeline.media.picture.opening import opened, refused, saved

A_SCAN = bytes.fromhex("ffda0008010100000010")
"""A refinement of the first coefficient that holds nothing."""


def a_slow_jpeg(scans: int) -> bytes:
    jpeg = io.BytesIO()
    Image.fromarray(a_portrait()).convert("L").save(jpeg, format="JPEG", progressive=True)
    return jpeg.getvalue()[:-2] + A_SCAN * scans + b"\xff\xd9"


def with_segments(count: int) -> bytes:
    """A JPEG whose EXIF is in many pieces, which Pillow joins one to all before it."""
    piece = b"\xff\xe1\xff\xff" + b"Exif\0\0" + bytes(65_527)
    return b"\xff\xd8" + piece * count + saved("JPEG")[2:]


def with_chunks(count: int) -> bytes:
    name, data = b"tEXt", b"Comment\0" + b"x" * 500_000
    chunk = struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    png = saved("PNG")
    return png[:33] + chunk * count + png[33:]


def with_tag(claimed: int, *, kind: int = 1) -> bytes:
    """A TIFF whose XMP claims to be of so many values."""
    entries = [(256, 3, 1, 128), (257, 3, 1, 128), (700, kind, claimed, 8)]
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + bytes(4)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (a_slow_jpeg(15_000), "passes"),
        (with_segments(200), "notes"),
        (with_chunks(30), "notes"),
        (with_tag(2_000_000_000), "notes"),
        (with_tag(2_000_000, kind=5), "notes"),
    ],
    ids=["15,000 scans", "EXIF of 13 MB", "texts of 15 MB", "a tag of 2 GB", "a tag of rationals"],
)
def test_a_picture_that_would_be_costly_is_refused_for_it(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "hostile.img"
    path.write_bytes(content)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    error = refused(path)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert isinstance(error, BadInput)
    assert error.code == "image_too_costly"
    assert error.message.startswith("hostile.img ")
    assert words in error.message
    assert after.ru_utime - before.ru_utime < 3


def test_a_progressive_jpeg_with_large_honest_notes_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "in.jpg"
    path.write_bytes(with_segments(60)[:-2] + b"\xff\xd9")
    assert opened(path).pixels.shape == (128, 128, 3)
    path.write_bytes(a_slow_jpeg(0))
    assert opened(path).pixels.shape == (512, 512, 3)


@pytest.mark.parametrize("scans", [100, 101])
def test_a_hundred_scans_are_the_most(scans: int) -> None:
    assert bool(too_costly("JPEG", b"\xff\xd8" + A_SCAN * scans)) == (scans > 100)


@pytest.mark.parametrize("extra", [0, 1])
def test_notes_count_to_the_byte(extra: int) -> None:
    length = MOST_NOTES_BYTES + extra
    png = saved("PNG")[:33] + struct.pack(">I4s", length, b"zTXt")
    assert bool(too_costly("PNG", png)) == bool(extra)


def test_what_follows_the_picture_is_no_part_of_it() -> None:
    assert not too_costly("JPEG", saved("JPEG") + with_segments(200))
    assert not too_costly("PNG", saved("PNG") + with_chunks(30)[33:])


@given(st.sampled_from(sorted(WALKS)), st.binary(max_size=400))
def test_walking_over_anything_ends(kind: str, content: bytes) -> None:
    begun = {"TIFF": b"MM\0*", "JPEG": b"\xff\xd8"}.get(kind, bytes(12)) + content
    assert all(isinstance(too_costly(kind, each), str) for each in (content, begun))


def test_a_list_of_tags_that_leads_to_itself_ends() -> None:
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    assert not too_costly("TIFF", b"II*\0" + struct.pack("<IH", 8, 1) + entry)


def test_decoding_without_an_end_is_cut_off_as_costly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (3000, 3000, 3), np.uint8)
    Image.fromarray(np.tile(noise, (2, 2, 1))).save(path := tmp_path / "in.png", compress_level=1)
    monkeypatch.setattr(image_module, "CPU_S", 0)
    assert refused(path).code == "image_too_costly"


def test_more_memory_than_is_given_is_cut_off_as_costly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.new("RGB", (8000, 8000)).save(path := tmp_path / "in.png")
    monkeypatch.setattr(image_module, "MEMORY_BYTES", 300 << 20)
    assert refused(path).code == "image_too_costly"


def test_a_machine_with_less_memory_is_not_the_pictures_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def given_less(command: Sequence[str], *, timeout_s: float, memory_bytes: int) -> ProcessResult:
        return run_program(command, timeout_s=timeout_s, memory_bytes=memory_bytes // 14)

    Image.new("RGB", (8000, 8000)).save(path := tmp_path / "in.png")
    monkeypatch.setattr(image_module, "run_program", given_less)
    error = refused(path)
    assert isinstance(error, Transient)
    assert "less memory" in error.message


@pytest.mark.parametrize(
    ("code", "timed_out", "blamed"),
    [
        (-24, False, BadInput),
        (-11, False, BadInput),
        (-9, False, Transient),
        (-9, True, Transient),
        (1, False, Transient),
    ],
)
def test_a_decoder_that_the_machine_stopped_is_not_the_studios_fault(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    timed_out: bool,
    blamed: type[RushesError],
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise ProgramFailed("python", code, "", timed_out=timed_out)

    monkeypatch.setattr(image_module, "run_program", stopped)
    assert isinstance(refused(tmp_path / "in.png"), blamed)
