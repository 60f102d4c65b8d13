"""Planted faults: which of them the gates see, and how often they cry at good clips.

    python benchmarks/planted.py --material DIR --cache FOLDER [--animatic 156] [--tiny 45]
        [--clean-animatic 68] [--clean-tiny 24] [--warm PART]

`--material` holds portraits and speech (docs/train.md). Good clips of both renderers are made in
two halves without a portrait or a voice in common. Gates are calibrated from the good clips of one
half (pipeline/quality/calibration.py) and joined to those that stand fixed; the table is of the
other half: its good clips, two controls that a good clip may have, and each fault. Faults of the
sound are planted into every clip, those of frames each into every sixth. Faults with a strength are
planted at 1, 1.5 and 2 times what the gate of their measure allows. Further clean clips, with
portraits of their own, are held against the gates as they are: 183 that pass bound false alarms by
2 %. The carried gates are held against the very same clips. What was measured is kept in FOLDER, so
that a run that ended goes on; `--warm 0/2` only measures every second clip of it, so that two
processes can. Writes benchmarks/results/planted.json.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

import cv2
import torch

from benchmarks.planted_clips import Clip, Counts, Spec, made, other_take, specs, take_of
from benchmarks.planted_gates import LANGUAGE, gates_from, tally
from benchmarks.planted_measures import (
    Part,
    as_other,
    by_segment,
    curves_of,
    load_curves,
    luma_of,
    parts_of,
    save_curves,
    series_of_frames,
    sitter_of,
)
from benchmarks.planted_plan import AS_IT_IS, CONTROLS, FAULTS, Fault, Site
from benchmarks.where import where_it_ran
from manifests.fingerprint import fingerprint
from pipeline.evaluate.figures import json_value
from pipeline.quality.calibration import Calibration
from pipeline.quality.gates import Gates, gates_for, gates_text, read_gates
from pipeline.quality.looks import Sitter
from pipeline.quality.series import SegmentSeries, load_series, save_series
from pipeline.renderer import TakeFiles

RESULT = Path(__file__).parent / "results" / "planted.json"
FRAME_FAULTS_A_CLIP = 3

ALL = (*CONTROLS.values(), *FAULTS.values())

Found = defaultdict[str, list[tuple[Spec, Sequence[Part]]]]
"""Clips and their figures by what was planted."""

OWN_SOUND, EVERYWHERE = ("sound", "both"), ("sound", "portrait")


def of_frames(index: int) -> Iterator[Fault]:
    """The faults of frames that are planted into the clip that stands at this place."""
    there = [fault for fault in ALL if fault.kind not in EVERYWHERE]
    for step in range(FRAME_FAULTS_A_CLIP):
        yield there[(index * FRAME_FAULTS_A_CLIP + step) % len(there)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring:
    """A clip that is measured: what was seen of it is kept in files, so that a formula may change
    without a frame being looked at again."""

    spec: Spec
    cache: Path
    limits: Mapping[str, float]

    def parts(self, faults: Sequence[Fault]) -> dict[str, list[Part]]:
        """Its figures as it is, and with each fault."""
        whole = Opened(self.spec, self.cache)
        luma, found = luma_of(whole.files), {}
        for fault in (AS_IT_IS, *faults):
            seen = self.file("seen", AS_IT_IS if fault.kind == "sound" else fault)
            said = self.file("said", fault if fault.kind in OWN_SOUND else AS_IT_IS)
            if not (seen.is_file() and said.is_file()):
                self._look(fault, whole, seen, said)
            parts = parts_of(by_segment(load_series(seen)), load_curves(said), luma)
            found[fault.name] = list(parts)
        return found

    def file(self, what: str, fault: Fault) -> Path:
        limit = self.limits.get(fault.measure, 0.0)
        name = fingerprint("seen", clip=self.spec.name, fault=fault.name, limit=limit)[:12]
        return self.cache / what / f"{self.spec.name}-{name}.npz"

    def _look(self, fault: Fault, whole: Opened, seen: Path, said: Path) -> None:
        site = Site(
            clip=whole.clip,
            sitter=whole.sitter,
            limits=self.limits,
            where=int(self.spec.name[:3]) // 2,
        )
        change = fault.plant(site)
        heard = curves_of(change.said or whole.clip.said)
        sitter = whole.sitter
        if fault.kind == "portrait":
            sitter = as_other(sitter, sitter_of(other_take(whole.clip)))
        if not fault.faces:  # who it is costs most of the time, and could only add hits
            sitter = replace(sitter, encoder=None)
        if not seen.is_file():
            frames = whole.clip.frames if change.frames is None else change.frames
            seen.parent.mkdir(parents=True, exist_ok=True)
            save_series(SegmentSeries.joined(series_of_frames(frames, sitter, heard)), seen)
        if not said.is_file():
            save_curves(heard, said)


@dataclass
class Opened:
    """A clip and whom it shows, rendered and looked at when they are first asked for."""

    spec: Spec
    cache: Path

    @cached_property
    def clip(self) -> Clip:
        return made(self.spec, self.cache)

    @property
    def files(self) -> TakeFiles:
        return take_of(self.spec, self.cache)

    @cached_property
    def sitter(self) -> Sitter:
        return sitter_of(self.clip.files)


def kept_parts(
    spec: Spec, cache: Path, planted: Sequence[Fault] = (), gates: Gates = ()
) -> dict[str, list[Part]]:
    """What is measured of a clip, as it is and with faults as strong as its gates tell."""
    held = gates_for(gates, spec.preset, LANGUAGE)
    limits = {gate.measure: gate.fail for gate in held if gate.fail is not None}
    return Measuring(spec=spec, cache=cache, limits=limits).parts(planted)


def report(all_specs: Sequence[Spec], cache: Path, how: Calibration) -> dict[str, object]:
    good = as_they_are(all_specs, "thresholds", cache)
    gates = gates_from(good, how)
    found = held_out(all_specs, cache, gates)
    heading = "Made by benchmarks/planted.py: fixed ones, and those of good clips in English."
    (cache / "gates.toml").write_text(gates_text(gates, heading))
    carried = read_gates()
    of_carried = told(found, carried) | {"thresholds": tally(good, carried).told}
    return told(found, gates) | {"carried": of_carried, "clips": len(all_specs)}


def as_they_are(
    all_specs: Sequence[Spec], half: str, cache: Path
) -> list[tuple[Spec, Sequence[Part]]]:
    """The good clips of a half."""
    ours = (spec for spec in all_specs if spec.half == half)
    return [(spec, kept_parts(spec, cache)[AS_IT_IS.name]) for spec in ours]


def held_out(all_specs: Sequence[Spec], cache: Path, gates: Gates) -> Found:
    """What the table is of: clips with and without faults, and the further clean ones."""
    found: Found = defaultdict(list)
    everywhere = [each for each in ALL if each.kind in EVERYWHERE]
    for index, spec in enumerate(spec for spec in all_specs if spec.half == "table"):
        planted = [*everywhere, *of_frames(index)]
        for kind, parts in kept_parts(spec, cache, planted, gates).items():
            found[kind].append((spec, parts))
    found[AS_IT_IS.name] += as_they_are(all_specs, "clean", cache)
    return found


def warm(all_specs: Sequence[Spec], cache: Path, part: str) -> None:
    """Good clips measured, every so manieth of them."""
    first, step = map(int, part.split("/"))
    for spec in all_specs[first::step]:
        kept_parts(spec, cache)


def told(found: Found, gates: Gates) -> dict[str, object]:
    """The table, in all and by preset."""
    presets = sorted({spec.preset for spec, _ in found[AS_IT_IS.name]})

    def rows(name: str) -> dict[str, object]:
        clips = found[name]
        by_preset = {
            preset: tally([each for each in clips if each[0].preset == preset], gates).told
            for preset in presets
        }
        return tally(clips, gates).told | {"by_preset": by_preset}

    return {
        "false_alarms": rows(AS_IT_IS.name),
        "controls": {name: rows(name) for name in CONTROLS},
        "faults": {name: rows(name) for name in FAULTS},
        "gates": [asdict(gate) for gate in gates],
    }


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--material", type=Path, required=True, help="portraits and speech")
    parser.add_argument("--cache", type=Path, required=True, help="for clips and figures")
    parser.add_argument("--animatic", type=int, default=156, help="clips of it")
    parser.add_argument("--tiny", type=int, default=45)
    parser.add_argument("--clean-animatic", type=int, default=68, help="further clean clips")
    parser.add_argument("--clean-tiny", type=int, default=24)
    parser.add_argument("--warm", metavar="FIRST/STEP", help="only measure good clips")
    parser.add_argument("--quantile", type=float, default=Calibration().quantile)
    parser.add_argument("--margin", type=float, default=Calibration().margin)
    parser.add_argument("--out", type=Path, default=RESULT)
    return parser.parse_args()


def main() -> None:
    given = arguments()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    how = replace(Calibration(), quantile=given.quantile, margin=given.margin)
    counts = Counts(
        animatic=given.animatic,
        tiny=given.tiny,
        clean_animatic=given.clean_animatic,
        clean_tiny=given.clean_tiny,
    )
    clips = tuple(specs(given.material, given.cache / "speech", counts))
    with torch.inference_mode():
        if given.warm:
            warm(clips, given.cache, given.warm)
        else:
            keep(report(clips, given.cache, how), given.out, given.cache, how)


def keep(found: Mapping[str, object], out: Path, cache: Path, how: Calibration) -> None:
    """The result's file, the gates beside it, and the table for whoever waits."""
    where = {
        **where_it_ran("one thread"),
        "calibration": asdict(how),
    }
    out.write_text(json.dumps(json_value(where | dict(found)), indent=2) + "\n")
    out.with_name("planted-gates.toml").write_bytes((cache / "gates.toml").read_bytes())
    for name in ("false_alarms", "controls", "faults", "carried"):
        print(name, json.dumps(json_value(found[name]))[:2000])


if __name__ == "__main__":
    main()
