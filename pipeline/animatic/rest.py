"""The face at rest: the portrait's own mouth, closed and relaxed, from which every pose starts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.animatic.points import LIPS, ROWS, UPPER_INNER_BETWEEN

Points = NDArray[np.float64]
"""[n, 2] in the head's frame: eye spans to the right and down from between the ears."""

CLOSING = {"upper_outer": 0.28, "upper_inner": 0.35, "lower_inner": -0.65, "lower_outer": -0.585}
"""How far each lip goes, as a share of the gap between the lips, to meet the other."""

CHIN_RISE, OVAL_RISE = 0.35, 0.25

USUAL_MOUTH = 0.62
"""Width of a relaxed mouth; a wider one smiles."""

MOST_RELAXATION = 0.20
CORNER_SINK = 0.25
STRAIGHTENING = 0.45
"""The share of a smile's bow that is taken out at rest."""

HALF_SMILE = 0.35


def gap_of(source: Points) -> NDArray[np.float64]:
    """[9]: how far the inner lips are apart in the portrait, signed."""
    gap: NDArray[np.float64] = source[ROWS["lower_inner"], 1] - source[UPPER_INNER_BETWEEN, 1]
    return gap


def jaw_weight(source: Points, ears: Points) -> NDArray[np.float64]:
    """[36]: how much the oval's points follow the jaw, from 0 at the ears to 1 at the chin."""
    oval = source[ROWS["oval"], 1]
    ear = ears[:, 1].mean()
    weight: NDArray[np.float64] = np.clip((oval - ear) / (oval.max() - ear), 0, 1) ** 2
    return weight


def rest_of(source: Points, weight: NDArray[np.float64]) -> Points:
    """The portrait's points with the mouth closed, and most of a smile relaxed."""
    rest = source.copy()
    gap = gap_of(source)
    rest[ROWS["upper_outer"].start + 1 : ROWS["upper_outer"].stop - 1, 1] += (
        CLOSING["upper_outer"] * gap
    )
    rest[UPPER_INNER_BETWEEN, 1] += CLOSING["upper_inner"] * gap
    rest[ROWS["lower_inner"], 1] += CLOSING["lower_inner"] * gap
    rest[ROWS["lower_outer"], 1] += CLOSING["lower_outer"] * gap
    rest[ROWS["chin"], 1] -= CHIN_RISE * gap[4]
    rest[ROWS["oval"], 1] -= OVAL_RISE * gap[4] * weight
    _relax(rest, float(gap[4]))
    bow = bow_of(rest)
    middle, half = mouth_span(rest)
    for part in LIPS:
        along = np.clip(np.abs((rest[ROWS[part], 0] - middle[0]) / half), 0, 1.2)
        rest[ROWS[part], 1] += STRAIGHTENING * bow * along**2
    return rest


def mouth_span(points: Points) -> tuple[NDArray[np.float64], float]:
    """The middle between the inner corners, and half the distance between them."""
    lip = points[ROWS["upper_inner"]]
    return (lip[0] + lip[-1]) / 2, float(np.linalg.norm(lip[-1] - lip[0])) / 2


def bow_of(points: Points) -> float:
    """How far the middle of the upper inner lip hangs below the corners: a smile's curve."""
    lip = points[ROWS["upper_inner"], 1]
    return max(0.0, float(lip[5] - (lip[0] + lip[-1]) / 2))


def _relax(rest: Points, gap: float) -> None:
    """Narrow a smile and let its corners sink."""
    outer = rest[ROWS["upper_outer"]]
    width = float(np.linalg.norm(outer[-1] - outer[0]))
    share = min(MOST_RELAXATION, max(0.0, 0.8 * (width - USUAL_MOUTH) + 0.25 * gap))
    middle, _ = mouth_span(rest)
    for part in LIPS:
        away = rest[ROWS[part], 0] - middle[0]
        sink = np.clip(np.abs(away) / HALF_SMILE, 0, 1)
        rest[ROWS[part], 0] -= share * away
        rest[ROWS[part], 1] += CORNER_SINK * share * HALF_SMILE * sink
