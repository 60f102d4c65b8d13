from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from manifests.errors import Transient
from pipeline.media.video import Frames, read_frames, write_lossless
from tests.media_builders import batches, some_frames


@pytest.mark.parametrize(("width", "height"), [(64, 48), (63, 47)])
def test_lossless_frames_come_back_exactly(tmp_path: Path, width: int, height: int) -> None:
    frames = np.concatenate(
        [
            some_frames(20, width, height),
            np.random.default_rng(0).integers(0, 256, (3, height, width, 3), dtype=np.uint8),
            np.zeros((1, height, width, 3), np.uint8),
            np.full((1, height, width, 3), 255, np.uint8),
        ]
    )
    path = tmp_path / "clip.mkv"
    assert write_lossless(batches(frames), path, width=width, height=height) == 25
    read = list(read_frames(path, batch=10))
    assert [len(batch) for batch in read] == [10, 10, 5]
    np.testing.assert_array_equal(np.concatenate(read), frames)


def test_the_same_frames_give_the_same_lossless_bytes(tmp_path: Path) -> None:
    for name, size in (("one.mkv", 3), ("two.mkv", 11)):
        write_lossless(batches(some_frames(), size), tmp_path / name, width=96, height=80)
    assert (tmp_path / "one.mkv").read_bytes() == (tmp_path / "two.mkv").read_bytes()


def test_a_renderer_that_breaks_leaves_no_half_a_clip(tmp_path: Path) -> None:
    def breaking() -> Iterator[Frames]:
        yield some_frames(5)
        raise LookupError("out of phones")

    with pytest.raises(LookupError, match="out of phones"):
        write_lossless(breaking(), tmp_path / "clip.mkv", width=96, height=80)
    assert not list(tmp_path.iterdir())


def test_frames_of_another_size_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not uint8"):
        write_lossless([some_frames(2)], tmp_path / "clip.mkv", width=80, height=80)


def test_half_a_clip_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "clip.mkv"
    path.write_bytes(b"\x1a\x45\xdf\xa3 not much of a film")
    with pytest.raises(Transient, match=r"clip\.mkv"):
        list(read_frames(path))
