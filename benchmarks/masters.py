"""Every delivery profile at every rate, read back; what mastering costs in time and memory.

    python benchmarks/masters.py [--out FILE] [--frames FOLDER]

A row of the example's portrait (480x720) and a short script is rendered by `animatic` and delivered
in every carried profile at every rate, by profiles in a TOML file alone. Then a minute of what was
rendered is delivered as `web` and in ten profiles at once, and reels of one and of 30 minutes of
small frames that sway, in processes of their own. Believe the processors' time, where others use
the machine. `--frames` gets a picture of each profile.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from picture_steps import swaying
from PIL import Image
from pydantic import TypeAdapter

from benchmarks.where import where_it_ran
from jobs.config import RunConfig
from jobs.engine.executor import InProcess
from jobs.examples.portraits import astronaut
from jobs.run import run
from manifests import Job, write_jobs
from manifests.artifact import Artifact, sha256_of
from manifests.results import read_results
from model.shapes import MIX_SAMPLES_PER_FRAME
from pipeline.delivery import encode
from pipeline.delivery.encode import MasterRequest
from pipeline.delivery.files import make_deliveries
from pipeline.delivery.inspection.findings import findings
from pipeline.delivery.profile_files import CARRIED
from pipeline.delivery.profiles import DeliveryProfile
from pipeline.delivery.rates import RATES
from pipeline.delivery.settings import DeliverySettings
from pipeline.media.framing import Size
from pipeline.media.sound.wav import MixWriter
from pipeline.media.video import write_lossless
from pipeline.nouns import Box, DeliveredFile, Piece, Reel, Take
from pipeline.workspace.workspace import Workspace

SCRIPT = "The museum opens at nine. Please leave your coats at the desk."
LARGE, SMALL = Size(width=480, height=720), Size(width=96, height=144)
SEGMENT = 47


def profiles_at_all_rates() -> str:
    """The carried profiles at the rates that they are not carried with, as a person writes them."""
    lines = []
    for name, table in tomllib.loads(CARRIED.read_text()).items():
        if "video" not in table:
            continue
        for rate in RATES:
            said = {**table, "rate": rate} if rate != "25" else table
            lines.append(f"[{name}_at_{rate.replace('.', '')}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in said.items()]
    return "\n".join(lines)


def portrait(folder: Path) -> Path:
    path = folder / "portrait.png"
    picture = Image.open(astronaut()).convert("RGB").crop((60, 0, 401, 512))
    picture.resize((LARGE.width, LARGE.height)).save(path)
    return path


def delivered_table(folder: Path) -> list[DeliveredFile]:
    """Rendered and delivered by the program as a studio runs it."""
    house = folder / "house.toml"
    house.write_text(profiles_at_all_rates())
    config = RunConfig(profiles=(house,), scratch=folder / "scratch", gpus=0)
    picture = str(portrait(folder))
    groups = [name for name in config.delivery.table if name.endswith("_at_25")]
    rows = [
        Job(
            job_id=group.removesuffix("_at_25"),
            portrait_uri=picture,
            script=SCRIPT,
            deliverables=(
                *(name for name in config.delivery.names if name.startswith(group[:-2])),
                "audio",
            ),
        )
        for group in groups
    ]
    manifest = folder / "night.parquet"
    write_jobs(rows, str(manifest))
    out = folder / "out"
    run([str(manifest)], str(out), config, executor=InProcess)
    found = []
    for result in read_results(str(out)):
        if result.status != "done":
            raise SystemExit(f"{result.job_id}: {result.error_message}")
        said = json.loads((out / "videos" / f"{result.job_id}.json").read_text())
        found += [delivered_of(each) for each in said["deliveries"]]
    return found


def delivered_of(said: dict[str, Any]) -> DeliveredFile:
    return TypeAdapter(DeliveredFile).validate_python(said)


def row_of(file: DeliveredFile) -> dict[str, object]:
    """A row of the table: what the probe found is what was planned, or it is a mismatch."""
    path = Path(file.file.uri)
    kept = ("profile", "container", "codec", "pix_fmt", "width", "height", "rate", "frames")
    said = {key: value for key, value in asdict(file).items() if key in kept}
    return {
        **said,
        "samples": file.samples,
        "seconds_of_sound": file.samples / 48_000,
        "seconds_of_picture": float(file.frames / Fraction(file.rate)) if file.rate else 0.0,
        "colour": list(file.colour),
        "timecode": file.timecode,
        "mismatches": list(findings(path, file)),
    }


def a_reel(folder: Path, size: Size, pieces: int) -> Reel:
    """A minute or more of frames that sway: one segment again and again."""
    segment = folder / f"segment-{size.height}.mkv"
    frames = swaying(size, SEGMENT)
    write_lossless([frames], segment, width=size.width, height=size.height)
    mix = folder / f"mix-{pieces}.wav"
    with MixWriter(mix, channels=1) as writer:
        for _ in range(pieces):
            writer.append(np.zeros((SEGMENT * MIX_SAMPLES_PER_FRAME, 1), np.int32))
    video = stored(segment)
    pieces_ = tuple(Piece(video=video, skip=0, frames=SEGMENT) for _ in range(pieces))
    head = Box(left=size.width * 0.3, top=size.height * 0.1, width=size.width * 0.4,
               height=size.height * 0.4)  # fmt: skip
    take = Take(
        fingerprint="take", frames=SEGMENT * pieces, width=size.width, height=size.height,
        speech=video, mix=stored(mix), portrait=video, landmarks=video, phones=video, words=video,
        head=head, spans=(), inputs=(), warnings=(),
    )  # fmt: skip
    return Reel(take=take, pieces=pieces_, joins=())


def rendered_reel(folder: Path, size: Size, least: int) -> Reel:
    """What the row `web` was rendered as, again and again for so many frames at least."""
    said = json.loads((folder / "out/videos/web.json").read_text())
    videos = []
    for name in said["segments"]:
        (path,) = (folder / "out/_run/work" / name).glob("*.mkv")
        videos.append((stored(path), sum(len(batch) for batch in encode.read_frames(path))))
    pieces = tuple(Piece(video=video, skip=0, frames=frames) for video, frames in videos)
    times = -(-least // sum(piece.frames for piece in pieces))
    frames = times * sum(piece.frames for piece in pieces)
    other = a_reel(folder, size, -(-frames // SEGMENT))
    mix = folder / "mix.wav"
    with MixWriter(mix, channels=1) as writer:
        writer.pad_to(frames * MIX_SAMPLES_PER_FRAME)
    take = replace(other.take, frames=frames, mix=stored(mix))
    return Reel(take=take, pieces=pieces * times, joins=())


def stored(path: Path) -> Artifact:
    return Artifact(uri=str(path), sha256=sha256_of(path), bytes=path.stat().st_size)


def request_of(reel: Reel, further: tuple[DeliveryProfile, ...] = ()) -> MasterRequest:
    table = {profile.name: profile for profile in (*DeliverySettings().profiles, *further)}
    return MasterRequest(
        reel=reel, profile="web", aspect="source", language="en", job_id="job",
        further=tuple(profile.name for profile in further),
        delivery=DeliverySettings(profiles=tuple(table.values())),
    )  # fmt: skip


def ten() -> tuple[DeliveryProfile, ...]:
    """Nine beside `web`: at four other rates, in other shapes and sizes."""
    web = DeliverySettings().table["web"]
    rates = [replace(web, name=f"at_{name}", rate=rate) for name, rate in RATES.items()]
    shapes = [replace(web, name=f"in_{each}", aspect=each) for each in ("1:1", "4:5", "9:16")]
    return (*rates[:2], *rates[3:], *shapes, replace(web, name="half", size=360), web_like(web))


def web_like(web: DeliveryProfile) -> DeliveryProfile:
    return replace(web, name="padded", aspect="16:9", fit="pad", size=360)


def cost_of(reel: Reel, further: tuple[DeliveryProfile, ...], folder: Path) -> dict[str, float]:
    """Ratios to the length of the take."""
    decoded: list[int] = []
    real = encode.read_frames

    def counting(path: Path) -> Iterator[Any]:
        for batch in real(path):
            decoded.append(len(batch))
            yield batch

    encode.read_frames = counting
    begun, used = time.monotonic(), processor_s()
    workspace = Workspace(out=str(folder), scratch=folder / "scratch")
    made = make_deliveries(request_of(reel, further), workspace)
    encode.read_frames = real
    length_s = reel.take.frames / 25
    return {
        "deliverables": len(made),
        "seconds": length_s,
        "wall_ratio": round((time.monotonic() - begun) / length_s, 3),
        "processor_ratio": round((processor_s() - used) / length_s, 3),
        "decoded_frames": sum(decoded),
        "drawn_frames": reel.take.frames,
    }


def processor_s() -> float:
    """Of this process and the programs that it ran."""
    told = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in told)


def memory_of(minutes: int) -> dict[str, float]:
    """Peaks in a process of its own: of it, and of the largest program that it ran."""
    command = [sys.executable, __file__, "--memory", str(minutes)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, float] = json.loads(told)
    return found


def tell_memory(minutes: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        reel = a_reel(folder, SMALL, round(minutes * 60 * 25 / SEGMENT))
        cost_of(reel, (), folder / "out")
        peaks = {
            "process_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "encoder_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        }
        print(json.dumps({"minutes": minutes, **{k: round(v, 1) for k, v in peaks.items()}}))


def save_pictures(files: list[DeliveredFile], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        if file.frames:
            with av.open(file.file.uri) as container:
                for number, frame in enumerate(container.decode(video=0)):
                    if number == file.frames // 2:
                        shown = frame.reformat(format="rgb24", src_colorspace="ITU709")
                        Image.fromarray(shown.to_ndarray()).save(folder / f"{file.profile}.png")


def figures(folder: Path, pictures: Path | None) -> dict[str, object]:
    made = delivered_table(folder)
    rows = [row_of(file) for file in made]
    if pictures is not None:
        save_pictures(made, pictures)
    reel = rendered_reel(folder, LARGE, 1500)
    return {
        "files": len(rows),
        "mismatches": sum(len(list(row["mismatches"])) for row in rows),  # type: ignore[call-overload]  # a list
        "table": rows,
        "web_480x720": cost_of(reel, (), folder / "one"),
        "ten_at_480x720": cost_of(reel, ten(), folder / "ten"),
        "memory": [memory_of(1), memory_of(30)],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/masters.json"))
    parser.add_argument("--frames", type=Path)
    parser.add_argument("--memory", type=int)
    given = parser.parse_args()
    if given.memory:
        tell_memory(given.memory)
        return
    with tempfile.TemporaryDirectory() as name:
        told = {
            **where_it_ran(),
            **figures(Path(name), given.frames),
        }
    given.out.write_text(json.dumps(told, indent=1) + "\n")
    print(json.dumps({key: value for key, value in told.items() if key != "table"}, indent=1))


if __name__ == "__main__":
    main()
