"""What is said about an odd picture, and which one is refused by name."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.media.picture.headers import kind_of
from tests.media_builders import a_portrait
from tests.pipeline.media.picture.opening import opened, refused, saved


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
