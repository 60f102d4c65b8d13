"""Two folders of clips, generated and real, judged figure by figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from manifests.errors import BadInput, Transient
from pipeline.evaluate.metrics.clip_files import ClipFile, clip_files, open_clip
from pipeline.evaluate.metrics.clip_measures import (
    ClipReference,
    Instruments,
    MeasuredClip,
    measured_clip,
)
from pipeline.evaluate.metrics.figure_table import FIGURES, EvaluationFigure
from pipeline.evaluate.metrics.frechet import FeatureMoments, frechet_distance
from pipeline.evaluate.metrics.own_measures import OwnTools, own_tools
from pipeline.evaluate.series import interval_of
from pipeline.quality.brought.backbones import BACKBONES
from pipeline.quality.brought.opened_backbones import OpenedBackbone

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadClip:
    """A clip that counts nowhere, and why."""

    file: str
    code: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredFigure:
    """A figure: one value `between` the folders, or the mean of each folder with the 95 % interval
    over its clips; `notes` are what must be known to read it."""

    name: str
    unit: str
    better: str
    whose: str
    between: float | None = None
    generated: float | None = None
    generated_interval: tuple[float, float] | None = None
    generated_clips: int = 0
    real: float | None = None
    real_interval: tuple[float, float] | None = None
    real_clips: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingFigure:
    """A figure that was not computed, why, and what to bring; nothing stands in for it."""

    name: str
    why: str
    bring: str


@dataclass(slots=True, kw_only=True, eq=False)
class FolderMeasures:
    """What was found in one folder: clips by name, and the moments of all of them together."""

    folder: Path
    clips: dict[str, MeasuredClip] = field(default_factory=dict)
    moments: dict[str, FeatureMoments] = field(default_factory=dict)
    unread: list[UnreadClip] = field(default_factory=list)

    def add(self, name: str, clip: MeasuredClip) -> None:
        for network, moments in clip.moments.items():
            self.moments.setdefault(network, FeatureMoments()).absorb(moments)
        clip.moments = {}  # only the sums are kept
        self.clips[name] = clip

    def values(self, figure: str) -> list[float]:
        return [clip.values[figure] for clip in self.clips.values() if figure in clip.values]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All that was found, for people and for programs."""

    generated: FolderMeasures
    real: FolderMeasures
    instruments: Instruments
    figures: tuple[MeasuredFigure, ...]
    missing: tuple[MissingFigure, ...]

    @property
    def pairs(self) -> tuple[str, ...]:
        return tuple(name for name in self.generated.clips if name in self.real.clips)


def instruments_of(
    backbones: Mapping[str, OpenedBackbone], *, every: int, own: bool
) -> tuple[Instruments, str]:
    """And why nothing of ours can be measured, "" where it can or was not asked for."""
    tools: OwnTools | None = None
    why = ""
    if own:
        try:
            tools = own_tools()
        except FileNotFoundError as error:
            why = str(error)
    return Instruments(backbones=backbones, own=tools, every=every), why


def evaluated(
    generated: Path, real: Path, instruments: Instruments, why_not_own: str, tell: Tell
) -> Evaluation:
    """The real clips first: the generated ones are held against them."""
    real_clips, generated_clips = clip_files(real), clip_files(generated)
    truth = FolderMeasures(folder=real)
    for clip in real_clips:
        _measure(clip, truth, instruments, None, tell)
    made = FolderMeasures(folder=generated)
    for clip in generated_clips:
        partner = truth.clips.get(clip.name)
        held = ClipReference() if partner is None else partner.reference
        _measure(clip, made, instruments, held, tell)
    figures = tuple(_figures(made, truth))
    return Evaluation(
        generated=made,
        real=truth,
        instruments=instruments,
        figures=figures,
        missing=tuple(_missing({each.name for each in figures}, instruments, why_not_own)),
    )


def _measure(
    clip: ClipFile,
    into: FolderMeasures,
    instruments: Instruments,
    real: ClipReference | None,
    tell: Tell,
) -> None:
    """A clip that cannot be read costs itself alone."""
    tell(str(clip.path))
    try:
        into.add(clip.name, measured_clip(open_clip(clip), instruments, real))
    except (BadInput, Transient) as error:
        into.unread.append(UnreadClip(file=str(clip.path), code=error.code, why=str(error)))


def _figures(made: FolderMeasures, truth: FolderMeasures) -> Iterator[MeasuredFigure]:
    for row in FIGURES.values():
        found = _between(row, made, truth) if row.moments else _means(row, made, truth)
        if found is not None:
            yield found


def _between(
    row: EvaluationFigure, made: FolderMeasures, truth: FolderMeasures
) -> MeasuredFigure | None:
    sets = [folder.moments.get(row.moments, FeatureMoments()) for folder in (made, truth)]
    one, other = (moments.gaussian() for moments in sets)
    if one is None or other is None:
        return None
    notes = [
        f"{gaussian.count} {of} features of {gaussian.width} numbers: their covariance is"
        " rank-deficient and the value biased upwards; compare it only with values of as many"
        for of, gaussian in (("generated", one), ("real", other))
        if gaussian.deficient
    ]
    return MeasuredFigure(
        name=row.name,
        unit=row.unit,
        better=row.better,
        whose=row.whose,
        between=frechet_distance(one, other),
        generated_clips=one.count,
        real_clips=other.count,
        notes=tuple(notes),
    )


def _means(
    row: EvaluationFigure, made: FolderMeasures, truth: FolderMeasures
) -> MeasuredFigure | None:
    found = [folder.values(row.name) for folder in (made, truth)]
    if not found[0]:
        return None
    one, other = (_mean(values) for values in found)
    few = len(made.clips) - len(found[0])
    notes = (f"{few} of {len(made.clips)} generated clips have no value",) if few else ()
    return MeasuredFigure(
        name=row.name,
        unit=row.unit,
        better=row.better,
        whose=row.whose,
        generated=one[0],
        generated_interval=one[1],
        generated_clips=len(found[0]),
        real=other[0],
        real_interval=other[1],
        real_clips=len(found[1]),
        notes=notes,
    )


def _mean(values: Sequence[float]) -> tuple[float | None, tuple[float, float] | None]:
    if not values:
        return None, None
    return float(np.mean(values)), interval_of(np.array(values))


def _missing(
    found: set[str], instruments: Instruments, why_not_own: str
) -> Iterator[MissingFigure]:
    for row in FIGURES.values():
        if row.name in found or (row.whose == "ours" and not why_not_own and not instruments.own):
            continue  # it is there, or nobody asked for it
        absent = [name for name in row.needs if name not in instruments.backbones]
        if absent:
            why = f"no network was brought: {', '.join(absent)}"
            bring = "; ".join(BACKBONES[name].brought for name in absent)
        elif row.whose == "ours" and why_not_own:
            why, bring = why_not_own, "these packages"
        else:
            why, bring = _too_little(row), "other clips"
        yield MissingFigure(name=row.name, why=why, bring=bring)


def _too_little(row: EvaluationFigure) -> str:
    """Why clips gave no value although all is there that it needs."""
    if row.moments:
        return "a folder gave fewer than two features (windows of 16 frames, or frames with a face)"
    if "drift" in row.name:
        return "no generated clip has a face and lasts 10 s"
    return "no generated clip has what it needs: a face, sound, or a real clip of the same name"
