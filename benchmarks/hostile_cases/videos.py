"""Videos as portraits: too large, cut, damaged, or naming other files."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.hostile_cases.case import Case, Ground, Make, cases_of, column
from benchmarks.hostile_cases.sounds import CONCAT, HLS, PASSWD, shaken
from pipeline.media.ffmpeg import program
from pipeline.media.process import run_program


def filmed(*options: str, name: str = "out.mp4", source: str = "") -> Callable[[Ground], bytes]:
    """Half a second of the portrait, or of what ffmpeg draws."""

    def made(ground: Ground) -> bytes:
        path = ground.folder.parent / "tmp" / name
        drawn = ["-f", "lavfi", "-i", source] if source else ["-loop", "1", "-i", str(ground.face)]
        command = [program(), "-loglevel", "error", "-y", *drawn, "-t", "0.5", "-r", "25"]
        run_program([*command, "-pix_fmt", "yuv420p", *options, str(path)], timeout_s=120)
        content = path.read_bytes()
        path.unlink()
        return content

    return made


def video(make: Callable[[Ground], bytes | str], name: str = "in.mp4") -> Make:
    return column("portrait_uri", lambda ground: ground.file(name, make(ground)))


def outside(ground: Ground) -> bytes:
    """A movie whose data lie in another file, as its header says."""
    movie = filmed()(ground)
    at = movie.index(b"dref")
    named = b"\0\0\0\x28alis\0\0\0\0" + f"file://{PASSWD}".encode().ljust(28, b"\0")
    return movie[: at + 12] + named[: len(movie) - at] + movie[at + 24 :]


def flat(width: int, height: int) -> str:
    return f"color=gray:size={width}x{height}:rate=2:duration=1"


MKV = filmed(name="out.mkv")
BROKEN = "video_unreadable"
ODD = f"{BROKEN} no_face fine several_faces video_too_large video_too_costly"

CASES: tuple[Case, ...] = cases_of(
    "video",
    [
        ("good", video(filmed()), "fine"),
        ("of-12000", video(filmed("-c:v", "ffv1", name="o.mkv", source=flat(12_000, 12_000)), "in.mkv"), f"video_too_large {BROKEN}", "M8"),
        ("of-16000-by-16", video(filmed("-c:v", "ffv1", name="o.mkv", source=flat(16_000, 16)), "in.mkv"), f"video_too_large {BROKEN} no_face", "M8"),
        ("text", video(lambda _: "hello"), BROKEN),
        ("empty", video(lambda _: b""), BROKEN),
        ("cut", video(lambda g: filmed()(g)[:20_000]), BROKEN),
        ("cut-behind-its-header", video(lambda g: filmed("-movflags", "faststart")(g)[:6000]), BROKEN),
        ("header-damaged", video(shaken(filmed("-movflags", "faststart"), 1, 40)), ODD),
        ("matroska-damaged", video(shaken(MKV, 2, 100), "in.mkv"), ODD),
        ("matroska-noise", video(lambda _: b"\x1aE\xdf\xa3" + np.random.default_rng(3).bytes(1 << 20), "in.mkv"), BROKEN),
        ("data-in-another-file", video(outside), ODD),
        ("playlist", video(lambda _: HLS), BROKEN),
        ("concat", video(lambda _: CONCAT, "in.mkv"), BROKEN),
        ("sound-alone", column("portrait_uri", lambda g: g.file("in.mp4", g.voice.read_bytes())), BROKEN),
        ("picture-under-its-name", column("portrait_uri", lambda g: g.file("in.mp4", g.face.read_bytes())), BROKEN),
        ("turned", video(filmed("-vf", "transpose=1")), "portrait_turned portrait_sideways"),
        ("nobody", video(filmed(source="testsrc2=size=320x240:rate=25:duration=1")), "no_face"),
        ("avi", video(filmed(name="o.avi"), "in.avi"), "not_yet image_unreadable"),
        ("of-4-gb-of-nothing", column("portrait_uri", lambda g: g.sparse("in.mp4", 4 << 30)), "file_too_large", "M1"),
        ("of-8-pixels", video(filmed(source="color=gray:size=16x16:rate=25:duration=1")), f"no_face image_too_small {BROKEN}"),
    ],
)  # fmt: skip
