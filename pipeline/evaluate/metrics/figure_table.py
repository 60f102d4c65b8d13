"""The table of figures: what each is called, what it needs, and how it is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Whose = Literal["paper", "ours"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationFigure:
    """A row: networks that it `needs` by name; `moments` names the one whose features it lies
    between, "" for a mean over clips."""

    name: str
    unit: str
    better: Literal["higher", "lower", "nearer 0"]
    formula: str
    needs: tuple[str, ...] = ()
    moments: str = ""
    whose: Whose = "paper"


_SYNC = ("syncnet_lips", "syncnet_sound")
_FRECHET = "Frechet distance, float64, no shrinkage, between"

_ROWS = (
    EvaluationFigure(
        name="FID",
        unit="",
        better="lower",
        formula=f"{_FRECHET} Inception pool3 features of frames",
        needs=("inception",),
        moments="inception",
    ),
    EvaluationFigure(
        name="FVD",
        unit="",
        better="lower",
        formula=f"{_FRECHET} I3D features of windows of 16 frames that do not overlap",
        needs=("i3d",),
        moments="i3d",
    ),
    EvaluationFigure(
        name="Sync-C",
        unit="",
        better="higher",
        formula="SyncNet: median less minimum over shifts of +-15 frames of the mean distance",
        needs=_SYNC,
    ),
    EvaluationFigure(
        name="Sync-D",
        unit="",
        better="lower",
        formula="SyncNet: minimum over shifts of +-15 frames of the mean distance",
        needs=_SYNC,
    ),
    EvaluationFigure(
        name="Sync offset",
        unit="frames",
        better="nearer 0",
        formula="SyncNet: the shift of that minimum; above 0 the sound is ahead",
        needs=_SYNC,
    ),
    EvaluationFigure(
        name="E-FID",
        unit="",
        better="lower",
        formula=f"{_FRECHET} expression coefficients of frames",
        needs=("expression",),
        moments="expression",
    ),
    EvaluationFigure(
        name="CSIM",
        unit="cosine",
        better="higher",
        formula="ArcFace: mean cosine of each frame to the first face of the real clip",
        needs=("arcface",),
    ),
    EvaluationFigure(
        name="temporal flicker",
        unit="share",
        better="higher",
        formula="1 less the mean absolute difference of frames to the one before, of 255",
    ),
    EvaluationFigure(
        name="lips (FaceMesh correlation)",
        unit="correlation",
        better="higher",
        formula="lip gap with that of the real clip, frame by frame",
        whose="ours",
    ),
    EvaluationFigure(
        name="identity (dlib distance)",
        unit="distance",
        better="lower",
        formula="median to the first face of the real clip, five frames a second",
        whose="ours",
    ),
    EvaluationFigure(
        name="identity drift (dlib distance)",
        unit="distance",
        better="nearer 0",
        formula="mean of the last 5 s less that of the first 5 s",
        whose="ours",
    ),
    EvaluationFigure(
        name="background drift (CIEDE2000)",
        unit="CIEDE2000",
        better="nearer 0",
        formula="difference to the first frame outside the head, last 5 s less first 5 s",
        whose="ours",
    ),
    EvaluationFigure(
        name="sharpness (Laplacian)",
        unit="",
        better="higher",
        formula="mean variance of the Laplacian of grey values",
        whose="ours",
    ),
    EvaluationFigure(
        name="sharpness drift (Laplacian)",
        unit="",
        better="nearer 0",
        formula="mean of the last 5 s less that of the first 5 s",
        whose="ours",
    ),
    EvaluationFigure(
        name="VAE of tiny (PSNR)",
        unit="dB",
        better="higher",
        formula="first 9 frames at 128 x 128 through the carried VAE and back",
        whose="ours",
    ),
)

FIGURES: Mapping[str, EvaluationFigure] = {row.name: row for row in _ROWS}
"""By name, in the order in which they are printed."""
