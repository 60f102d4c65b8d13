"""A disk that fills while a file is written: said so, and no part of a file is left."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from manifests.errors import Transient
from pipeline.delivery.codecs import VIDEO_CODECS
from pipeline.media.delivered_video import (
    FileTags,
    PartFile,
    PictureEncoding,
    encode_part,
    join_parts,
)
from pipeline.media.framing import Size
from pipeline.media.video import write_lossless

FULL = Path("/dev/full")
"""Takes nothing, as a full disk does."""

NOISE = np.random.default_rng(0).integers(0, 256, (20, 64, 64, 3), dtype=np.uint8)

ENCODING = PictureEncoding(
    size=Size(width=64, height=64),
    rate=Fraction(25),
    pix_fmt=VIDEO_CODECS["prores_422hq"].pix_fmt,
    options=VIDEO_CODECS["prores_422hq"].options,
)


def lossless(path: Path) -> None:
    write_lossless([NOISE] * 3, path, width=64, height=64)


def part(path: Path) -> None:
    encode_part([NOISE] * 3, path, ENCODING)


def joined(path: Path) -> None:
    whole = path.with_name("whole.mov")
    encode_part([NOISE], whole, ENCODING)
    try:
        join_parts([PartFile(path=whole, frames=20)], None, path, Fraction(25), FileTags())
    finally:
        whole.unlink()


@pytest.mark.parametrize("write", [lossless, part, joined])
def test_a_full_disk_is_said_so_and_leaves_no_part_of_a_file(
    tmp_path: Path, write: Callable[[Path], None]
) -> None:
    path = tmp_path / "made.mov"
    path.symlink_to(FULL)
    with pytest.raises(Transient) as failed:
        write(path)
    assert failed.value.code == "disk_full"
    assert not path.is_symlink()
    assert FULL.is_char_device()
