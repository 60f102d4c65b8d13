"""Every delivery profile at every rate on real portraits and recordings, each at a loudness.

    python benchmarks/masters_of_samples.py --samples FOLDER [--out FILE] [--seconds 4]

FOLDER holds pairs of NAME.jpg and NAME.wav; nothing of them but figures is written down. The first
seconds of each recording are animated and delivered in all carried profiles at all rates, at three
loudnesses in turn: over three pairs each profile has had each loudness at each rate. What is
delivered is read back, compared with what was planned, and its sound is measured once more by
ffmpeg's own meter (`ebur128`), which is none of ours.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import soundfile
from masters import delivered_of, profiles_at_all_rates, row_of

from benchmarks.where import where_it_ran
from jobs.config import RunConfig
from jobs.engine.executor import InProcess
from jobs.run import run
from manifests import Job, write_jobs
from manifests.results import read_results
from pipeline.delivery.sound.loudness import LOUDNESS
from pipeline.media.ffmpeg import program
from pipeline.nouns import DeliveredFile

TARGETS = ("r128", "a85", "web")
WITHIN_LU = 0.5
TABLE = re.compile(r"^\[(\w+)\]$", re.MULTILINE)


def house_profiles(turn: int) -> str:
    """All profiles at all rates, and the sound alone, each at the loudness whose turn it is."""
    tables = TABLE.split(profiles_at_all_rates())[1:]
    named = list(zip(tables[::2], tables[1::2], strict=True))
    named.append(("audio_alone", '\ncontainer = "wav"\nsound = "pcm24"\n'))
    return "\n".join(
        f'[{name}]{table}\nloudness = "{TARGETS[(number + turn) % len(TARGETS)]}"\n'
        for number, (name, table) in enumerate(named)
    )


def a_start(recording: Path, folder: Path, seconds: float) -> Path:
    """The first seconds of a recording."""
    samples, rate = soundfile.read(recording, dtype="int16", always_2d=True)
    path = folder / "start.wav"
    soundfile.write(path, samples[: round(seconds * rate)], rate, subtype="PCM_16")
    return path


def delivered(portrait: Path, recording: Path, turn: int, folder: Path) -> Iterator[DeliveredFile]:
    """All files of one pair, as a studio delivers them."""
    house = folder / "house.toml"
    house.write_text(house_profiles(turn))
    config = RunConfig(profiles=(house,), scratch=folder / "scratch", gpus=0)
    names = [name for name in config.delivery.table if TABLE.search(f"[{name}]")]
    row = Job(
        job_id="pair",
        portrait_uri=str(portrait),
        audio_uri=str(recording),
        deliverables=tuple(name for name in names if "_at_" in name or name == "audio_alone"),
    )
    write_jobs([row], str(folder / "night.parquet"))
    run([str(folder / "night.parquet")], str(folder / "out"), config, executor=InProcess)
    (result,) = read_results(str(folder / "out"))
    if result.status != "done":
        raise SystemExit(f"{portrait.name}: {result.error_message}")
    said = json.loads((folder / "out/videos/pair.json").read_text())
    yield from (delivered_of(each) for each in said["deliveries"] if each["profile"] != "web")


def measured(path: Path) -> tuple[float, float]:
    """Loudness in LUFS and true peak in dBTP, by ffmpeg's meter."""
    command = [program(), "-hide_banner", "-nostats", "-i", str(path)]
    command += ["-af", "ebur128=peak=true:dualmono=false", "-vn", "-f", "null", "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    summary = told.rpartition("Summary:")[2]
    return tuple(float(re.search(rf"{each}:\s+(-?[\d.]+)", summary)[1]) for each in ("I", "Peak"))  # type: ignore[return-value,index]  # two that are there


def row_with_sound(file: DeliveredFile, target: str) -> dict[str, object]:
    wanted = LOUDNESS[target]  # type: ignore[index]  # one of TARGETS
    loudness, peak = measured(Path(file.file.uri))
    return {
        **row_of(file),
        "asked": target,
        "loudness_lufs": loudness,
        "off_lu": round(loudness - (wanted.target_lufs or 0.0), 2),
        "true_peak_dbtp": peak,
        "over_peak_db": round(max(0.0, peak - wanted.ceiling_dbtp), 2),
        "warnings": [told.partition(":")[0] for told in file.sound_warnings],
    }


def in_short(rows: Sequence[dict[str, object]]) -> dict[str, object]:
    """Of each loudness: how many files, the largest deviation, the largest excess of a peak."""
    by_target: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
    for row in rows:
        by_target[str(row["asked"])].append(row)
    return {
        target: {
            "files": len(found),
            "largest_off_lu": max(abs(float(str(row["off_lu"]))) for row in found),
            "largest_over_peak_db": max(float(str(row["over_peak_db"])) for row in found),
        }
        for target, found in by_target.items()
    }


def figures(samples: Path, seconds: float) -> dict[str, object]:
    rows: list[dict[str, object]] = []
    pairs = [(each, each.with_suffix(".wav")) for each in sorted(samples.glob("*.jpg"))]
    for turn, (portrait, recording) in enumerate(pairs):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            start = a_start(recording, folder, seconds)
            loud = dict(re.findall(r'\[(\w+)\][^\[]*loudness = "(\w+)"', house_profiles(turn)))
            rows += [
                {"pair": turn + 1, **row_with_sound(file, loud[file.profile])}
                for file in delivered(portrait, start, turn, folder)
            ]
    off = [row for row in rows if abs(float(str(row["off_lu"]))) > WITHIN_LU]
    return {
        "pairs": len(pairs),
        "files": len(rows),
        "mismatches": sum(len(list(row["mismatches"])) for row in rows),  # type: ignore[call-overload]  # a list
        "beyond_half_a_unit": len(off),
        "loudness": in_short(rows),
        "table": rows,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--samples", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument(
        "--out", type=Path, default=Path("benchmarks/results/masters-of-samples.json")
    )
    given = parser.parse_args()
    told = {
        **where_it_ran(),
        "seconds": given.seconds,
        **figures(given.samples, given.seconds),
    }
    given.out.write_text(json.dumps(told, indent=1) + "\n")
    print(json.dumps({key: value for key, value in told.items() if key != "table"}, indent=1))


if __name__ == "__main__":
    main()
