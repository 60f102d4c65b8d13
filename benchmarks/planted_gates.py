"""The gates that planted faults are held against, and how many clips they refuse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from scipy.stats import beta

from benchmarks.planted_clips import Spec
from benchmarks.planted_measures import Part
from pipeline.quality.calibration import Calibration, GoodClip, calibrated
from pipeline.quality.gates import Gate, Gates, gates_for
from pipeline.quality.measures import MEASURES
from pipeline.quality.verdict import GateBreach, verdict

LANGUAGE = "en"

FIXED = {
    "face_present": 0.97,
    "take_face_gap": 0.4,
    "frozen_speech": 0.5,
    "take_frozen_speech": 0.5,
    "frozen_silence": 2.0,
    "take_frozen_silence": 2.0,
    "black": 0.0,
    "take_black": 0.0,
    "flicker": 0.94,
    "lip_lag": 2.0,
    "take_silent_mouth": 0.02,
    "identity_drift": 0.083,
    "colour_drift": 1.0,
    "sharpness_drift": 0.85,
    "seam": 6.0,
}
"""What fails; good clips may ask for less, never for more: where all have the same figure, the
first that differs is no fault yet. In most good clips there is no silence (a mouth at rest moves by
0.005 to 0.01). A drift of identity of 0.083 is 0.10 of ArcFace's cosine (docs/long-takes.md), and
1 of CIEDE2000 the least that people see side by side."""

CALIBRATED = (
    "identity",
    "identity_drift",
    "colour_drift",
    "sharpness_drift",
    "seam",
    "take_identity",
    "lips",
    "lip_lag",
    "take_lip_motion",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """So many of so many clips that are refused, how often each measure said so, and how many are
    refused or flagged."""

    hits: int
    clips: int
    measures: Mapping[str, int]
    flagged: int

    @property
    def told(self) -> dict[str, object]:
        share = self.hits / self.clips if self.clips else float("nan")
        return asdict(self) | {"share": share, "interval": clopper_pearson(self.hits, self.clips)}


def clopper_pearson(hits: int, clips: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    if not clips:
        return 0.0, 1.0
    low = float(beta.ppf(0.025, hits, clips - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, clips - hits)) if hits < clips else 1.0
    return low, high


def breaches_of(parts: Iterable[Part], gates: Gates) -> Iterator[GateBreach]:
    """What the gates say of a clip's segments and of it as a whole."""
    for part in parts:
        yield from verdict(
            part.figures, [gate for gate in gates if gate.span == part.span]
        ).breaches


def tally(clips: Sequence[tuple[Spec, Sequence[Part]]], gates: Gates) -> Tally:
    """How many clips are refused."""
    found = [
        tuple(breaches_of(parts, gates_for(gates, spec.preset, LANGUAGE))) for spec, parts in clips
    ]
    said = [{each.measure for each in breaches if each.level == "fail"} for breaches in found]
    counted = {name: sum(name in names for names in said) for name in sorted(set().union(*said))}
    return Tally(
        hits=sum(map(bool, said)),
        clips=len(clips),
        measures=counted,
        flagged=sum(map(bool, found)),
    )


def gates_from(good: Iterable[tuple[Spec, Sequence[Part]]], how: Calibration) -> Gates:
    """The fixed gates, and those of the good clips for each preset."""
    clips = (
        GoodClip(preset=spec.preset, language=LANGUAGE, figures=part.figures)
        for spec, parts in good
        for part in parts
    )
    found = (loosened(gate) for gate in calibrated(clips, how) if gate.measure in CALIBRATED)
    return (*map(fixed_gate, FIXED), *found)


def loosened(gate: Gate) -> Gate:
    """The gate of good clips, no stricter than the fixed one."""
    fixed = FIXED.get(gate.measure)
    if fixed is None or gate.fail is None:
        return gate
    fail = min(fixed, gate.fail) if gate.better == "higher" else max(fixed, gate.fail)
    return replace(gate, warn=None, fail=fail)


def fixed_gate(name: str) -> Gate:
    measure = MEASURES[name]
    return Gate(
        measure=name,
        better=measure.better,
        span=measure.span,
        unit=measure.unit,
        fail=FIXED[name],
    )
