from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from manifests.errors import BadInput
from pipeline.media.framing import Crop
from pipeline.media.picture.decoder import BACKDROP
from pipeline.media.picture.image import ImageLimits, Picture, cut_out, open_portrait, save_png
from tests.media_builders import a_jpeg, a_portrait


def opened(path: Path) -> Picture:
    return open_portrait(path, name=path.name, limits=ImageLimits()).pixels


def refusal(path: Path) -> str:
    with pytest.raises(BadInput) as error:
        opened(path)
    assert path.name in error.value.message
    return error.value.code


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "webp"])
def test_a_lossless_picture_keeps_its_pixels(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"in.{suffix}"
    Image.fromarray(a_portrait()).save(path, **({"lossless": True} if suffix == "webp" else {}))
    np.testing.assert_array_equal(opened(path), a_portrait())


def test_a_jpeg_is_opened(tmp_path: Path) -> None:
    image = opened(a_jpeg(tmp_path / "in.jpg"))
    assert np.abs(image.astype(int) - a_portrait()).mean() < 3


def test_a_saved_png_comes_back_and_is_the_same_bytes(tmp_path: Path) -> None:
    save_png(a_portrait(), tmp_path / "one.png")
    save_png(a_portrait(), tmp_path / "two.png")
    np.testing.assert_array_equal(opened(tmp_path / "one.png"), a_portrait())
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


@pytest.mark.parametrize(
    ("orientation", "quarter_turns", "mirrored"),
    [
        (2, 0, True), (3, 2, False), (4, 2, True), (5, 3, True), (6, 3, False), (7, 1, True),
        (8, 1, False),
    ],
)  # fmt: skip
def test_a_picture_stands_upright(
    tmp_path: Path, orientation: int, quarter_turns: int, mirrored: bool
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(a_portrait()[:400]).save(tmp_path / "in.png", exif=exif)
    upright = np.rot90(a_portrait()[:400], quarter_turns)
    expected = upright[:, ::-1] if mirrored else upright
    np.testing.assert_array_equal(opened(tmp_path / "in.png"), expected)


def test_a_cut_out_stands_before_the_backdrop(tmp_path: Path) -> None:
    alpha = np.full((512, 512, 1), 255, np.uint8)
    alpha[:100] = 0
    Image.fromarray(np.concatenate([a_portrait(), alpha], 2)).save(tmp_path / "in.png")
    image = opened(tmp_path / "in.png")
    assert (image[:100] == BACKDROP).all()
    np.testing.assert_array_equal(image[100:], a_portrait()[100:])


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "LA", "YCbCr"])
def test_every_kind_of_pixel_becomes_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("in.tiff" if mode in ("CMYK", "YCbCr") else "in.png")
    Image.fromarray(a_portrait()).convert(mode).save(path)
    image = opened(path)
    assert image.shape == (512, 512, 3)
    assert image.dtype == np.uint8
    assert abs(image.mean() - a_portrait().mean()) < 20


def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (64, 1))
    Image.fromarray(ramp).save(tmp_path / "in.png")
    image = opened(tmp_path / "in.png")
    np.testing.assert_allclose(image[0, :, 0], np.arange(256), atol=1)


def test_an_embedded_profile_is_converted_to_srgb(tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    plain = Image.fromarray(a_portrait())
    plain.save(tmp_path / "srgb.png", icc_profile=srgb.tobytes())
    assert np.abs(opened(tmp_path / "srgb.png").astype(int) - a_portrait()).max() <= 2
    swapped = _with_swapped_primaries(srgb.tobytes())
    plain.save(tmp_path / "swapped.png", icc_profile=swapped)
    assert np.abs(opened(tmp_path / "swapped.png").astype(int) - a_portrait()[..., ::-1]).max() <= 3
    plain.save(tmp_path / "wrong.png", icc_profile=lab.tobytes())  # not for RGB: left aside
    np.testing.assert_array_equal(opened(tmp_path / "wrong.png"), a_portrait())


def _with_swapped_primaries(profile: bytes) -> bytes:
    """A profile whose red is blue: what it means is plain to see."""
    mark = profile.replace(b"rXYZ", b"____", 1).replace(b"bXYZ", b"rXYZ", 1)
    return mark.replace(b"____", b"bXYZ", 1)


def test_of_a_moving_picture_the_first_frame_is_taken(tmp_path: Path) -> None:
    first, second = Image.fromarray(a_portrait()), Image.new("RGB", (512, 512))
    first.save(tmp_path / "in.png", save_all=True, append_images=[second])
    np.testing.assert_array_equal(opened(tmp_path / "in.png"), a_portrait())


def test_a_truncated_jpeg_is_truncated(tmp_path: Path) -> None:
    path = a_jpeg(tmp_path / "in.jpg")
    path.write_bytes(path.read_bytes()[:20_000])
    assert refusal(path) == "image_truncated"


def test_a_picture_damaged_in_the_middle_is_truncated(tmp_path: Path) -> None:
    save_png(a_portrait(), path := tmp_path / "in.png")
    data = bytearray(path.read_bytes())
    data[60_000:60_100] = bytes(100)
    path.write_bytes(data)
    assert refusal(path) == "image_truncated"


@pytest.mark.parametrize("content", [b"", b"not a picture", b"GIF89a" + bytes(50), b"%PDF-1.7\n"])
def test_what_is_no_picture_is_unreadable(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "in.jpg"
    path.write_bytes(content)
    assert refusal(path) == "image_unreadable"


def test_a_thumbnail_is_too_small(tmp_path: Path) -> None:
    assert refusal(a_jpeg(tmp_path / "in.jpg", a_portrait()[:63])) == "image_too_small"


def _png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(5_000_000)))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def _webp_header(width: int, height: int) -> bytes:
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\2\0\0\0" + canvas
    body += b"ANIM" + struct.pack("<IIH", 6, 0, 0)
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    "content",
    [
        _png_header(100_000, 100_000),
        _png_header(20_001, 100),
        _png_header(9000, 8900),
        _webp_header(16_383, 16_383),
    ],
    ids=["png bomb", "png strip", "png beyond 80 Mpixel", "webp bomb"],
)
def test_a_picture_that_is_too_large_is_refused_by_its_header(
    tmp_path: Path, content: bytes
) -> None:
    """None holds the pixels that it announces: who decoded it would call it damaged."""
    path = tmp_path / "in.png"
    path.write_bytes(content)
    assert refusal(path) == "image_too_large"


def test_a_crop_with_borders_is_cut_out() -> None:
    image = a_portrait()
    crop = Crop(left=10, top=0, width=30, height=20, pad_left=3, pad_top=5)
    cut = cut_out(image, crop)
    assert cut.shape == (25, 33, 3)
    np.testing.assert_array_equal(cut[5:, 3:], image[:20, 10:40])
    assert not cut[:5].any()


def test_a_damaged_profile_is_left_aside(tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.fromarray(a_portrait()).save(out, format="PNG", icc_profile=b"broken" * 50)
    (tmp_path / "in.png").write_bytes(out.getvalue())
    np.testing.assert_array_equal(opened(tmp_path / "in.png"), a_portrait())
