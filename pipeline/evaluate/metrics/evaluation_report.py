"""An evaluation told: as a table with its protocol below it, and as JSON with the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from pipeline.evaluate.course import IDENTITY_EVERY
from pipeline.evaluate.figures import json_value
from pipeline.evaluate.metrics.evaluation import Evaluation, FolderMeasures, MeasuredFigure
from pipeline.evaluate.metrics.feeds import CLIP_FRAMES
from pipeline.evaluate.metrics.figure_table import FIGURES
from pipeline.evaluate.metrics.own_measures import SHORTER_SIDE
from pipeline.quality.brought.backbones import BACKBONES
from pipeline.quality.brought.face_track import CROP_SCALE, GREY, MEDIAN_FRAMES
from pipeline.quality.brought.lip_sync import SHIFTS, WINDOW
from pipeline.quality.brought.opened_backbones import OpenedBackbone

VERSION = 1


def table_lines(evaluation: Evaluation) -> Iterator[str]:
    """Figures, then what is missing, then the protocol that they hold under."""
    yield f"{'figure':<34}{'generated':>14}{'real':>14}{'between':>14}  better"
    for figure in evaluation.figures:
        numbers = (figure.generated, figure.real, figure.between)
        cells = "".join(f"{'' if value is None else f'{value:.4g}':>14}" for value in numbers)
        yield f"{_named(figure):<34}{cells}  {figure.better}"
        yield from (f"  {figure.name}: {note}" for note in figure.notes)
    for missing in evaluation.missing:
        yield f"{missing.name}: missing; {missing.why}; bring {missing.bring}"
    yield "protocol"
    yield from (f"  {key}: {value}" for key, value in protocol_of(evaluation).items())
    for folder in (evaluation.generated, evaluation.real):
        yield from (f"not read: {clip.file}: {clip.why} [{clip.code}]" for clip in folder.unread)


def _named(figure: MeasuredFigure) -> str:
    return (
        f"{figure.name}, {figure.unit}" if figure.unit and "(" not in figure.name else figure.name
    )


def report_of(evaluation: Evaluation) -> dict[str, object]:
    """For JSON."""
    return {
        "version": VERSION,
        "figures": [
            {"formula": FIGURES[figure.name].formula} | _plain(asdict(figure))
            for figure in evaluation.figures
        ],
        "missing": [asdict(missing) for missing in evaluation.missing],
        "protocol": protocol_of(evaluation),
        "generated": _folder(evaluation.generated),
        "real": _folder(evaluation.real),
    }


def _plain(values: dict[str, object]) -> dict[str, object]:
    return {name: json_value(value) for name, value in values.items()}


def _folder(folder: FolderMeasures) -> dict[str, object]:
    return {
        "folder": str(folder.folder),
        "clips": {
            name: {
                "frames": clip.frames,
                "frames_without_face": clip.frames if clip.unseen is None else clip.unseen,
                "sound": clip.sound,
                "figures": _plain(dict(clip.values)),
            }
            for name, clip in folder.clips.items()
        },
        "not_read": [asdict(clip) for clip in folder.unread],
    }


def protocol_of(evaluation: Evaluation) -> dict[str, str]:
    """What must be said beside the figures; with another protocol they are others."""
    made, truth = evaluation.generated, evaluation.real
    every = evaluation.instruments.every
    told = {
        "clips": f"{_counted(made)} generated, {_counted(truth)} real",
        "pairing": f"by file name without its ending: {len(evaluation.pairs)} pairs",
        "frames": "all, resampled to 25 a second on the clip's own clock, upright, square pixels,"
        f" SDR; every {every}. for networks of single frames (1: all)",
        "windows": f"FVD: {CLIP_FRAMES} frames, none overlaps, from the first frame on, a rest is"
        f" left out; SyncNet: {WINDOW} frames and 20 steps of sound from each frame on, shifts of"
        f" +-{SHIFTS} frames, zeros beyond the ends",
        "face": "the largest of the first frame with one (BlazeFace), then FaceMesh in each frame;"
        " SyncNet's authors track with S3FD",
        "lip crop": f"square about the face's box, {CROP_SCALE:g} more on each side and below,"
        f" smoothed by the median of {MEDIAN_FRAMES} frames, grey {GREY} beyond the picture",
        "aligned faces": "five points onto ArcFace's template; frames without a face are left out",
        "distances": "float64; covariance divided by n - 1; trace of the root by singular values;"
        " no shrinkage, nothing added",
        "means": "over clips, each counts once; intervals of 95 % by resampling clips",
        "own measures": f"frames brought to a shorter side of {SHORTER_SIDE} pixels where larger;"
        f" identity in every {IDENTITY_EVERY}. frame",
    }
    return told | {
        f"backbone {name}": _of_backbone(each)
        for name, each in evaluation.instruments.backbones.items()
    }


def _of_backbone(backbone: OpenedBackbone) -> str:
    row = BACKBONES[backbone.file.row.name]
    shape = ", ".join(["n", *map(str, row.shape)])
    return (
        f"{backbone.kind}, sha256 {backbone.file.sha256}; [{shape}] {row.values}; {row.resampled}"
    )


def _counted(folder: FolderMeasures) -> str:
    frames = sum(clip.frames for clip in folder.clips.values())
    lost = sum(
        clip.frames if clip.unseen is None else clip.unseen for clip in folder.clips.values()
    )
    unread = f", {len(folder.unread)} not read" if folder.unread else ""
    return f"{len(folder.clips)} ({frames} frames, {lost} without a face{unread})"
