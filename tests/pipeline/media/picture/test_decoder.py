"""What a hostile, an odd and an honest picture cost, and what is said about each."""

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
from pipeline.media.picture.headers import MOST_NOTES_BYTES, WALKS, kind_of, too_costly
from pipeline.media.picture.image import ImageLimits, OpenedPicture, open_portrait
from pipeline.media.process import ProcessResult, ProgramFailed, run_program
from tests.media_builders import a_portrait

A_SCAN = bytes.fromhex("ffda0008010100000010")
"""A refinement of the first coefficient that holds nothing."""


def opened(path: Path) -> OpenedPicture:
    return open_portrait(path, name=path.name, limits=ImageLimits())


def refused(path: Path) -> RushesError:
    with pytest.raises(RushesError) as error:
        opened(path)
    return error.value


def saved(format_: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(a_portrait()[:128, :128]).save(out, format=format_, **options)
    return out.getvalue()


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


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\0\0\0\x18ftypheic" + bytes(16), "HEIC"),
        (b"\0\0\0\x1cftypavif" + bytes(16), "AVIF"),
        (b"GIF89a" + bytes(50), "GIF"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"8BPS\0\1" + bytes(20), "a Photoshop document"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
    ],
)
def test_a_format_that_is_not_taken_is_named_with_what_to_do(
    tmp_path: Path, content: bytes, name: str
) -> None:
    path = tmp_path / "portrait.jpg"
    path.write_bytes(content)
    error = refused(path)
    assert error.code == "image_unreadable"
    assert name in error.message
    assert "save it as JPEG or PNG" in error.message


def test_a_video_under_a_pictures_name_is_told_how_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "in.jpg").write_bytes(b"\0\0\0\x18ftypisom" + bytes(16))
    assert ".mp4" in refused(tmp_path / "in.jpg").message


def test_of_a_photo_with_a_preview_the_photo_is_taken_without_a_word(tmp_path: Path) -> None:
    """As phones store depth and brightness: a second picture behind the first."""
    first, preview = Image.fromarray(a_portrait()), Image.new("RGB", (64, 64))
    first.save(path := tmp_path / "in.jpg", format="MPO", save_all=True, append_images=[preview])
    one = opened(path)
    assert one.pixels.shape == (512, 512, 3)
    assert one.told == ()


def test_a_profile_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    path = tmp_path / "in.png"
    Image.fromarray(a_portrait()).save(path, icc_profile=b"broken" * 50)
    (told,) = opened(path).told
    assert told.startswith("colours_guessed: the colour profile in in.png cannot be used")


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_a_format_is_known_by_its_first_bytes(tmp_path: Path, format_: str) -> None:
    assert kind_of(saved(format_)) == format_
    path = tmp_path / "misnamed.gif"
    path.write_bytes(saved(format_))
    assert opened(path).told == ()


def test_a_portrait_that_is_transparent_everywhere_is_refused(tmp_path: Path) -> None:
    hidden = np.concatenate([a_portrait(), np.zeros((512, 512, 1), np.uint8)], 2)
    Image.fromarray(hidden).save(tmp_path / "in.png")
    assert refused(tmp_path / "in.png").code == "portrait_transparent"
    Image.fromarray(hidden).convert("LA").save(tmp_path / "grey.webp", lossless=True)
    assert refused(tmp_path / "grey.webp").code == "portrait_transparent"


def test_a_cut_out_and_an_opaque_alpha_are_told_apart(tmp_path: Path) -> None:
    alpha = np.full((512, 512, 1), 255, np.uint8)
    Image.fromarray(np.concatenate([a_portrait(), alpha], 2)).save(tmp_path / "opaque.png")
    alpha[:100] = 0
    Image.fromarray(np.concatenate([a_portrait(), alpha], 2)).save(tmp_path / "cut.png")
    assert opened(tmp_path / "opaque.png").told == ()
    (told,) = opened(tmp_path / "cut.png").told
    assert told.startswith("cut_out: where cut.png is transparent")


@pytest.mark.parametrize("suffix", ["png", "webp", "tiff"])
def test_of_several_pictures_it_is_said_that_the_first_is_taken(
    tmp_path: Path, suffix: str
) -> None:
    first, later = Image.fromarray(a_portrait()), Image.new("RGB", (512, 512))
    path = tmp_path / f"in.{suffix}"
    options = {"lossless": True} if suffix == "webp" else {}
    first.save(path, save_all=True, append_images=[later, later], **options)
    one = opened(path)
    np.testing.assert_array_equal(one.pixels, a_portrait())
    assert one.told[0].startswith("first_picture: of the ")


@pytest.mark.parametrize(("density", "told"), [((72, 72), False), ((16, 11), True)])
def test_pixels_that_are_not_square_are_said(
    tmp_path: Path, density: tuple[int, int], told: bool
) -> None:
    for suffix in ("jpg", "png", "tiff"):
        path = tmp_path / f"in.{suffix}"
        Image.fromarray(a_portrait()).save(path, dpi=density)
        assert [warning.partition(":")[0] for warning in opened(path).told] == (
            ["pixel_shape"] if told else []
        )


def test_cmyk_without_a_profile_is_said_to_be_a_guess(tmp_path: Path) -> None:
    Image.fromarray(a_portrait()).convert("CMYK").save(tmp_path / "in.jpg")
    (told,) = opened(tmp_path / "in.jpg").told
    assert told.startswith("colours_guessed: in.jpg is CMYK")


@pytest.mark.parametrize(("curve", "taken"), [(16, False), (18, False), (13, True)])
def test_an_hdr_png_is_refused_by_name(tmp_path: Path, curve: int, taken: bool) -> None:
    name, data = b"cICP", bytes([9, curve, 0, 1])
    chunk = struct.pack(">I", 4) + name + data + struct.pack(">I", zlib.crc32(name + data))
    png = saved("PNG")
    path = tmp_path / "in.png"
    path.write_bytes(png[:33] + chunk + png[33:])
    if taken:
        assert opened(path).pixels.shape == (128, 128, 3)
    else:
        assert refused(path).code == "portrait_hdr"


def test_integers_of_32_bits_are_refused_and_not_clipped(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 2**31 - 1, 256).astype(np.int32), (64, 1))
    Image.fromarray(ramp).save(tmp_path / "in.tiff")
    assert refused(tmp_path / "in.tiff").code == "image_unreadable"


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
