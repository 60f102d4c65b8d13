"""Videos are taken as players show them: upright, square pixels, fields and colours put right."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from manifests.errors import BadInput, RushesError, Transient
from pipeline.media.ffmpeg import program
from pipeline.media.picture import video_reader as footage_module
from pipeline.media.picture.best_frame import best_still
from pipeline.media.picture.colours import DIMMEST_WHITE_NITS, REFERENCE_WHITE_NITS, white_nits_of
from pipeline.media.picture.video_reader import Footage, open_footage
from pipeline.media.process import ProgramFailed, run_program
from tests.media_builders import a_portrait, a_silent_video, converted

Pixels = NDArray[np.uint8]

SQUARE = "scale=256:256:out_color_matrix=bt709,format=yuv420p"
LIGHT = "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"


def a_clip(path: Path, picture: Path, filters: str, *options: str) -> Path:
    """Half a second of a picture through ffmpeg's `filters`."""
    looped = ["-loop", "1", "-framerate", "25", "-t", "0.5", "-i", str(picture), "-vf", filters]
    run_program([program(), "-loglevel", "error", "-y", *looped, *options, str(path)], timeout_s=60)
    return path


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    Image.fromarray(a_portrait()).save(tmp_path / "picture.png")
    return tmp_path / "picture.png"


def first_frame(path: Path) -> tuple[Footage, Pixels]:
    footage = open_footage(path, name=path.name)
    return footage, next(iter(footage.frames()))


def refusal(path: Path) -> RushesError:
    with pytest.raises(RushesError) as refused:
        list(open_footage(path, name=path.name).frames())
    return refused.value


@pytest.mark.parametrize(
    ("stored", "shape", "shown"),
    [
        ((176, 256), "16/11", (256, 256)),
        ((256, 176), "11/16", (256, 256)),
        ((256, 256), "0/1", (256, 256)),
    ],
)
def test_pixels_that_are_not_square_are_shown_as_players_do(
    tmp_path: Path, picture: Path, stored: tuple[int, int], shape: str, shown: tuple[int, int]
) -> None:
    squeezed = f"scale={stored[0]}:{stored[1]},setsar={shape},format=yuv420p"
    footage, frame = first_frame(a_clip(tmp_path / "in.mp4", picture, squeezed))
    assert (footage.size.width, footage.size.height) == shown
    expected = np.asarray(Image.fromarray(a_portrait()).resize(shown), float)
    assert np.abs(frame - expected).mean() < 8


def test_a_pixel_shape_that_nobody_means_is_refused(tmp_path: Path, picture: Path) -> None:
    video = a_clip(tmp_path / "in.mkv", picture, "scale=64:64,setsar=9/1,format=yuv420p")
    assert "square pixels" in refusal(video).message


@pytest.mark.parametrize(("turned_deg", "turns"), [(90, 1), (180, 2), (270, 3)])
def test_a_video_that_is_to_be_turned_for_display_is_turned(
    tmp_path: Path, picture: Path, turned_deg: int, turns: int
) -> None:
    plain = a_clip(tmp_path / "plain.mp4", picture, "crop=512:400:0:0,scale=256:200,format=yuv420p")
    turned = tmp_path / "turned.mp4"
    options = ["-display_rotation", str(turned_deg), "-i", str(plain), "-c", "copy", str(turned)]
    run_program([program(), "-loglevel", "error", "-y", *options], timeout_s=60)
    _, upright = first_frame(plain)
    footage, frame = first_frame(turned)
    assert frame.shape[:2] == (footage.size.height, footage.size.width)
    assert np.abs(frame.astype(int) - np.rot90(upright, turns)).mean() < 2


@pytest.mark.parametrize(("curve", "said"), [("arib-std-b67", "HLG"), ("smpte2084", "PQ")])
def test_hdr_comes_out_in_the_colours_that_went_in(
    tmp_path: Path, picture: Path, curve: str, said: str
) -> None:
    linear = "zscale=t=linear:npl=203,format=gbrpf32le"
    hdr = f"zscale=p=bt2020:t={curve}:m=bt2020nc:r=tv:npl=203,format=yuv420p10le"
    tags = f"log-level=error:colorprim=bt2020:transfer={curve}:colormatrix=bt2020nc"
    video = a_clip(
        tmp_path / "in.mov", picture, f"{SQUARE},{LIGHT},{linear},{hdr}",
        "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", tags,
    )  # fmt: skip
    plain = np.asarray(Image.fromarray(a_portrait()).resize((256, 256)), float)
    best = best_still(video, name="in.mov")
    assert best.told[-1].startswith(f"tone_mapped: in.mov is HDR ({said})")
    assert np.abs(best.pixels.mean(axis=(0, 1)) - plain.mean(axis=(0, 1))).max() < 8
    assert abs(best.pixels.std() - plain.std()) < 6
    _, frame = first_frame(video)
    assert np.abs(frame.mean(axis=(0, 1)) - plain.mean(axis=(0, 1))).max() < 8


def test_white_of_hdr_lies_where_the_picture_says_within_reason() -> None:
    white = np.full((8, 8, 3), 255, np.uint8)
    assert white_nits_of(white) == REFERENCE_WHITE_NITS
    assert white_nits_of(white // 5) == DIMMEST_WHITE_NITS
    assert DIMMEST_WHITE_NITS < white_nits_of(np.full((8, 8, 3), 220, np.uint8)) < 203


def test_wide_primaries_are_brought_to_those_of_screens(tmp_path: Path, picture: Path) -> None:
    wide = f"{SQUARE},{LIGHT},zscale=p=bt2020:t=bt709:m=bt2020nc:r=tv,format=yuv420p"
    names = ("-color_primaries", "bt2020", "-colorspace", "bt2020nc", "-color_trc", "bt709")
    _, frame = first_frame(a_clip(tmp_path / "in.mp4", picture, wide, "-c:v", "libx264", *names))
    plain = np.asarray(Image.fromarray(a_portrait()).resize((256, 256)), float)
    assert np.abs(frame.mean(axis=(0, 1)) - plain.mean(axis=(0, 1))).max() < 4


def test_an_untagged_hd_video_has_the_colours_that_players_show(tmp_path: Path) -> None:
    Image.new("RGB", (1280, 720), (200, 40, 40)).save(tmp_path / "red.png")
    untagged = (
        "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setparams=colorspace=unknown"
    )
    _, frame = first_frame(a_clip(tmp_path / "in.mkv", tmp_path / "red.png", untagged))
    assert np.abs(frame.mean(axis=(0, 1)) - (200, 40, 40)).max() < 4


def test_of_several_tracks_the_one_that_players_show_is_taken(
    tmp_path: Path, picture: Path
) -> None:
    grey = ["-f", "lavfi", "-t", "0.5", "-i", "color=gray:s=128x128:r=25"]
    shown = ["-loop", "1", "-framerate", "25", "-t", "0.5", "-i", str(picture)]
    kept = ["-map", "0:v", "-map", "1:v", "-pix_fmt", "yuv420p", "-shortest"]
    marks = ["-disposition:v:0", "0", "-disposition:v:1", "default"]
    video = str(tmp_path / "depth.mov")
    run_program(
        [program(), "-loglevel", "error", *grey, *shown, *kept, *marks, video], timeout_s=60
    )
    footage, frame = first_frame(Path(video))
    assert (footage.track, frame.shape) == (1, a_portrait().shape)
    assert np.abs(frame - np.asarray(a_portrait(), float)).mean() < 8


@pytest.mark.parametrize(
    ("name", "coder"),
    [
        ("in.webm", ("-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-auto-alt-ref", "0")),
        ("in.mov", ("-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le")),
    ],
)
def test_a_video_that_is_transparent_in_parts_is_told(
    tmp_path: Path, picture: Path, name: str, coder: tuple[str, ...]
) -> None:
    clear = "format=rgba,colorchannelmixer=aa=0.5"
    footage = open_footage(a_clip(tmp_path / name, picture, clear, *coder), name=name)
    assert [told.partition(":")[0] for told in footage.told] == ["cut_out"]
    plain = a_clip(tmp_path / "plain.mp4", picture, SQUARE)
    assert open_footage(plain, name="plain.mp4").told == ()


def test_fields_of_an_interlaced_video_are_put_together(tmp_path: Path) -> None:
    moving = "testsrc2=size=320x240:rate=50:duration=0.6"
    bar = "drawbox=x=mod(t*400\\,280):y=0:w=40:h=240:color=white:t=fill"
    fields = f"{bar},interlace=scan=tff,format=yuv420p"
    made = ["-f", "lavfi", "-i", moving, "-vf", fields, "-c:v", "libx264", "-flags", "+ildct+ilme"]
    path = tmp_path / "in.mkv"
    run_program([program(), "-loglevel", "error", "-y", *made, str(path)], timeout_s=60)
    footage = open_footage(path, name="in.mkv")
    assert footage.interlaced
    as_stored = replace(footage, interlaced=False)
    assert _combed(footage) < 0.6 * _combed(as_stored)


def _combed(footage: Footage) -> float:
    """How much each line of a frame differs from the mean of its neighbours."""
    grey = list(footage.frames())[6].astype(int).mean(axis=2)
    return float(np.abs(grey[1:-1] - (grey[:-2] + grey[2:]) / 2).mean())


def test_dolby_vision_without_a_plain_layer_is_refused_by_name(
    tmp_path: Path, picture: Path
) -> None:
    options = ("-c:v", "libx265", "-x265-params", "log-level=error", "-tag:v", "dvh1")
    video = a_clip(tmp_path / "in.mp4", picture, SQUARE + ",setparams=color_trc=unknown", *options)
    assert refusal(video).code == "video_dolby_vision"


def test_a_video_that_is_too_large_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    source = ["-f", "lavfi", "-i", "color=gray:size=8000x8000:rate=25:duration=0.04"]
    path = tmp_path / "in.mkv"
    encoded = ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p", str(path)]
    run_program([program(), "-loglevel", "error", "-y", *source, *encoded], timeout_s=60)
    error = refusal(path)
    assert error.code == "video_too_large"
    assert "8000 x 8000" in error.message


@pytest.mark.parametrize("content", [b"", b"no video", bytes(5000)])
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "in.mp4").write_bytes(content)
    assert refusal(tmp_path / "in.mp4").code == "video_unreadable"


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    silent = a_silent_video(tmp_path / "silent.mp4")
    sound = converted(
        silent, tmp_path / "in.mp4", "-f", "lavfi", "-i", "sine=duration=1", "-map", "1"
    )
    assert refusal(sound).code == "video_unreadable"


def test_a_video_of_a_codec_that_nobody_has_is_the_files_fault(tmp_path: Path) -> None:
    movie = a_silent_video(tmp_path / "in.mp4")
    movie.write_bytes(movie.read_bytes().replace(b"avc1", b"zzzz"))
    error = refusal(movie)
    assert isinstance(error, BadInput)
    assert error.code == "video_unreadable"


def test_the_frame_at_an_index_is_the_one_that_was_looked_at(tmp_path: Path) -> None:
    plain = a_silent_video(tmp_path / "plain.mp4", seconds=3)
    video = converted(plain, tmp_path / "in.mp4", "-g", "20", "-bf", "0")
    footage = open_footage(video, name="in.mp4")
    for key_frames in (False, True):
        looked = dict(
            footage.looked_through(footage.size, every=5, until=60, key_frames=key_frames)
        )
        assert list(looked) == list(range(0, 60, 5))
        found = footage.frame_at(35, key_frames=key_frames, white_nits=203)
        apart = {at: np.abs(found.astype(int) - frame).mean() for at, frame in looked.items()}
        assert apart[35] == min(apart.values())
        alike = [at for at in apart if np.array_equal(looked[at], looked[35])]
        assert alike == ([20, 25, 30, 35] if key_frames else [35])


@pytest.mark.parametrize(
    ("code", "blamed"), [(-24, BadInput), (-11, BadInput), (-9, Transient), (1, Transient)]
)
def test_looking_for_minutes_is_the_videos_fault_and_a_kill_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, blamed: type[RushesError]
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise ProgramFailed("ffmpeg", code, "")

    video = a_silent_video(tmp_path / "in.mp4")
    monkeypatch.setattr(footage_module, "run_program", stopped)
    error = refusal(video)
    assert isinstance(error, blamed)
    assert (error.code == "video_too_costly") == (code == -24)


def test_a_video_that_takes_too_long_is_cut_off_by_processor_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty seconds of large frames, which any machine takes more than one to decode."""
    source = ["-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=25:duration=1"]
    second, path = tmp_path / "second.mp4", tmp_path / "in.mp4"
    encoded = ["-c:v", "libx264", "-preset", "ultrafast", str(second)]
    again = ["-stream_loop", "39", "-i", str(second), "-c", "copy", str(path)]
    for words in ([*source, *encoded], again):
        run_program([program(), "-loglevel", "error", "-y", *words], timeout_s=120)
    footage = open_footage(path, name="in.mp4")
    monkeypatch.setattr(footage_module, "LOOK_CPU_S", 1)
    with pytest.raises(BadInput) as refused:
        deque(footage.looked_through(footage.size, every=1, until=1000, key_frames=False), maxlen=0)
    assert refused.value.code == "video_too_costly"
