"""Picture against sound over an hour, at every rate: clappers in the files that are delivered.

    python benchmarks/clapper.py [--out FILE] [--minutes 60] [--rates 25 29.97 ...]

A reel of small frames is black; once a minute, and shortly before its end, it turns white for five
frames, and a click begins in the mix with the first of them, each minute at another phase of the
frames. The program delivers it as a studio would (conform, encode, join, mux). The files are then
decoded as a player does, by time stamps and edit lists: when does a picture turn white, when does
the click begin?
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from benchmarks.where import where_it_ran
from manifests.artifact import Artifact, sha256_of
from model.shapes import FPS, MIX_RATE, MIX_SAMPLES_PER_FRAME
from pipeline.delivery.codecs import SOUND_CODECS
from pipeline.delivery.encode import MasterRequest
from pipeline.delivery.files import make_deliveries
from pipeline.delivery.profiles import DeliveryProfile
from pipeline.delivery.rates import RATES
from pipeline.delivery.settings import DeliverySettings
from pipeline.media.framing import Size
from pipeline.media.sound.wav import MixWriter
from pipeline.media.video import write_lossless
from pipeline.nouns import Box, DeliveredFile, Piece, Reel, Take
from pipeline.workspace.workspace import Workspace

SIZE = Size(width=64, height=64)
MINUTE = 60 * FPS
WHITE = 5
CLICK = MIX_RATE // 5
FULL = 1 << 23
THRESHOLD = 0.2
"""Of full scale in the mix: a click begins at 0.6 at once; what AAC spreads before it is lower."""


def clap_of(minute: int) -> int:
    """The frame of a minute in which its clapper falls: at all phases of the other rates."""
    return 700 + 7 * minute % 25


def a_piece(folder: Path, at: int) -> Piece:
    """A minute with one clapper."""
    path = folder / f"minute-{at}.mkv"
    if not path.exists():
        frames = np.zeros((MINUTE, SIZE.height, SIZE.width, 3), np.uint8)
        frames[at : at + WHITE] = 255
        write_lossless([frames], path, width=SIZE.width, height=SIZE.height)
    return Piece(video=stored(path), skip=0, frames=MINUTE)


def stored(path: Path) -> Artifact:
    return Artifact(uri=str(path), sha256=sha256_of(path), bytes=path.stat().st_size)


def a_mix(path: Path, claps: list[int], frames: int) -> Path:
    at = np.arange(CLICK)
    click = 0.6 * np.cos(2 * np.pi * 1500 * at / MIX_RATE)  # loud from its first sample on
    pcm = np.repeat(np.rint(click * FULL).astype(np.int32)[:, None], 2, axis=1)
    with MixWriter(path, channels=2) as writer:
        for clap in claps:
            writer.pad_to(clap * MIX_SAMPLES_PER_FRAME)
            writer.append(pcm)
        writer.pad_to(frames * MIX_SAMPLES_PER_FRAME)
    return path


def a_reel(folder: Path, minutes: int) -> tuple[Reel, list[int]]:
    """The reel, and the drawn frames in which its clappers fall: first, each minute, last."""
    places = [10, *(clap_of(minute) for minute in range(1, minutes - 1)), MINUTE - 20]
    pieces = tuple(a_piece(folder, at) for at in places)
    claps = [minute * MINUTE + at for minute, at in enumerate(places)]
    frames = minutes * MINUTE
    mix, video = a_mix(folder / "mix.wav", claps, frames), pieces[0].video
    take = Take(
        fingerprint="clapper", frames=frames, width=SIZE.width, height=SIZE.height, speech=video,
        mix=stored(mix), portrait=video, landmarks=video, phones=video, words=video,
        head=Box(left=16, top=16, width=32, height=32), spans=(), inputs=(), warnings=(),
    )  # fmt: skip
    return Reel(take=take, pieces=pieces, joins=()), claps


def profiles_at(rate: str) -> tuple[DeliveryProfile, ...]:
    """Each kind of container and sound: AAC in MP4 and MOV, PCM in MOV and MKV, with handles and
    another loudness."""
    table = DeliverySettings().table
    web, prores = table["web"], table["prores_422hq"]
    chosen = (
        replace(web, name="web_rate"),
        replace(web, name="h264_mov", container="mov"),
        replace(table["archive"], name="archive_mkv", container="mkv", timecode=""),
        replace(prores, name="prores_422hq", timecode=""),
        replace(web, name="handles_r128", container="mov", handles_s=2.0, loudness="r128",
                sound=SOUND_CODECS["pcm24"]),
    )  # fmt: skip
    return tuple(replace(each, rate=RATES[rate], watermark=False) for each in chosen)


def delivered(reel: Reel, folder: Path, rate: str) -> tuple[DeliveredFile, ...]:
    further = profiles_at(rate)
    table = {profile.name: profile for profile in (*DeliverySettings().profiles, *further)}
    request = MasterRequest(
        reel=reel, profile=further[0].name, aspect="source", language="en", job_id="job",
        further=tuple(profile.name for profile in further[1:]),
        delivery=DeliverySettings(profiles=tuple(table.values())),
    )  # fmt: skip
    return make_deliveries(request, Workspace(out=str(folder), scratch=folder / "scratch"))


def flashes(path: Path) -> Iterator[float]:
    """When a picture turns white, by its time stamp."""
    dark = True
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for frame in container.decode(video=0):
            white = round(brightness(frame)) == 1
            if white and dark:
                yield float(frame.pts * frame.time_base)
            dark = not white


def brightness(frame: av.VideoFrame) -> float:
    """Of the middle of a picture, from 0 to 1."""
    plane = frame.planes[0]
    wide = frame.format.components[0].bits > 8  # noqa: PLR2004  # a byte
    rows = np.frombuffer(plane, np.uint16 if wide else np.uint8)
    middle = rows[(plane.height // 2) * plane.line_size // rows.itemsize + plane.width // 2]
    return float(middle) / (1 << frame.format.components[0].bits)


def clicks(path: Path, gain_db: float) -> Iterator[float]:
    """When a click begins, by the time stamps of the sound as it is decoded: without what the
    encoder put before it."""
    quiet_until, least = -1.0, THRESHOLD * 10 ** (gain_db / 20)
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            begins = float(frame.pts * frame.time_base)
            loud = np.flatnonzero(levels(frame) > least)
            if len(loud) and begins > quiet_until:
                yield begins + int(loud[0]) / frame.sample_rate
                quiet_until = begins + 1


def levels(frame: av.AudioFrame) -> NDArray[np.float64]:
    samples = frame.to_ndarray()
    scale = 1.0 if samples.dtype.kind == "f" else float(1 << 31)
    heard = np.abs(samples[0, :: 1 if frame.format.is_planar else 2]).astype(np.float64)
    return np.asarray(heard / scale)


def before_edit_list(path: Path) -> float:
    """When the first packet of the sound begins where edit lists are ignored: the encoder's own
    delay, which a player must leave out."""
    with av.open(str(path), options={"ignore_editlist": "1"}) as container:
        packet = next(container.demux(audio=0))
    return float((packet.pts or 0) * packet.time_base)


def row_of(file: DeliveredFile, rate: str, claps: list[int]) -> dict[str, object]:
    path, frame_s = Path(file.file.uri), float(1 / Fraction(file.rate))
    seen, heard = list(flashes(path)), list(clicks(path, file.gain_db))
    if not len(seen) == len(heard) == len(claps):
        raise SystemExit(f"{file.profile}: {len(seen)} flashes, {len(heard)} clicks, {len(claps)}")
    offsets = [round(1000 * (see - hear), 3) for see, hear in zip(seen, heard, strict=True)]
    lead = heard[0] - claps[0] / FPS
    drift = [hear - lead - clap / FPS for hear, clap in zip(heard, claps, strict=True)]
    return {
        "profile": file.profile, "container": file.container, "rate": rate, "claps": len(claps),
        "offset_ms": {"start": offsets[0], "middle": offsets[len(claps) // 2], "end": offsets[-1]},
        "most_ms": max(offsets, key=abs), "half_a_frame_ms": round(500 * frame_s, 3),
        "within_half_a_frame": max(map(abs, offsets)) < 500 * frame_s,
        "sound_drift_ms": round(1000 * max(map(abs, drift)), 3),
        "sound_begins_without_edit_list_s": round(before_edit_list(path), 6),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/clapper.json"))
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--rates", nargs="+", default=list(RATES), choices=list(RATES))
    given = parser.parse_args()
    rows, begun = [], time.monotonic()
    for rate in given.rates:
        with tempfile.TemporaryDirectory() as name:
            reel, claps = a_reel(Path(name), given.minutes)
            files = delivered(reel, Path(name) / "out", rate)
            rows += [row_of(file, rate, claps) for file in files]
        print(rate, round(time.monotonic() - begun), json.dumps(rows[-len(files) :]), flush=True)
    told = {
        **where_it_ran(),
        "minutes": given.minutes,
        "files": len(rows),
        "beyond_half_a_frame": sum(not row["within_half_a_frame"] for row in rows),
        "rows": rows,
    }
    given.out.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
