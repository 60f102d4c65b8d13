"""What finishing does to pictures: time, identity and lips, before and after, by both networks.

    python benchmarks/finishing.py [--frames 50] [--still-frames 10] [--sheets FOLDER]

The portrait that scikit-image carries says a sentence in the carried voice, drawn by `tiny` (two
seconds) and by `animatic` (ten frames) at 128 pixels, and is finished to 1080 lines by either
network; `plain` is enlarged without one. Identity is dlib's distance to the portrait, lips the
correlation of the gap with what the phones ask for, `lips_following` that with the drawn gap.
Writes benchmarks/results/finishing.json, and sheets where a folder is named.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch

from benchmarks.drift import the_take
from benchmarks.where import where_it_ran
from model.conditions.dlib_face import DlibFace
from pipeline.animatic.renderer import Animatic
from pipeline.delivery.finishing.finished_reel import finished_size, resized
from pipeline.delivery.finishing.finishers import CARRIED_FINISHERS, finishing_of, opened_finisher
from pipeline.delivery.finishing.guard import (
    GUARD_LIMITS,
    FaceGuard,
    breaches,
    following_breach,
    lips_following,
    told_of_faces,
)
from pipeline.evaluate.clips import SEED, rendered_frames, tiny_renderer
from pipeline.evaluate.course import read_portrait
from pipeline.evaluate.figures import json_value
from pipeline.evaluate.mouth import lip_gaps
from pipeline.media.framing import Size
from pipeline.presets import BUNDLED
from pipeline.quality.column_statistics import mean_of
from pipeline.quality.enlarged_mesh import mesh_of
from pipeline.quality.lip_figures import near_correlation
from pipeline.quality.looks import Points, face_vector
from pipeline.quality.speech import take_speech
from pipeline.renderer import Frames, TakeFiles

RESULT = Path(__file__).parent / "results" / "finishing.json"
WHO_EVERY = 10
LINES = 1080


def figures(frames: Frames, files: TakeFiles, points: Points) -> dict[str, object]:
    """Lips and identity of a clip, looked at as large as it is."""
    encoder, portrait = DlibFace.load(), read_portrait(files)
    factor = np.float32(frames.shape[2] / portrait.shape[1])
    own = mesh_of(portrait, points)
    who = None if own is None else face_vector(portrait, own, encoder)
    distances = []
    for frame in frames[::WHO_EVERY]:
        mesh = mesh_of(frame, points * factor)
        if mesh is not None and who is not None:
            vector = face_vector(frame, mesh, encoder)
            distances.append(float(np.linalg.norm(vector - who)))
    gap = lip_gaps(frames, points * factor)
    return {
        "lips": near_correlation(gap, take_speech(files).opening[: len(frames)]),
        "gap": gap.tolist(),
        "identity": mean_of(np.array(distances)),
    }


def measured(
    drawn: Frames, files: TakeFiles, sheets: Path | None, name: str
) -> Iterator[tuple[str, dict[str, object]]]:
    points = np.load(files.landmarks, allow_pickle=False)
    yield "before", figures(drawn, files, points)
    yield "plain", compared(drawn, enlarged_without(drawn), files, points)
    for network in CARRIED_FINISHERS:
        finisher = opened_finisher(finishing_of(LINES, network, sharpen=0, grain=0))
        size = finished_size(Size(width=drawn.shape[2], height=drawn.shape[1]), LINES)
        began = time.process_time()
        after = np.stack([resized(finisher.enlarge(frame), size) for frame in drawn])
        spent = (time.process_time() - began) / len(drawn)
        yield network, {"seconds_a_frame": round(spent, 3)} | compared(drawn, after, files, points)
        if sheets is not None:
            show(drawn, after, sheets / f"{name}-{network}.png")


def enlarged_without(drawn: Frames) -> Frames:
    """As large without a network: what the measures themselves come to."""
    size = finished_size(Size(width=drawn.shape[2], height=drawn.shape[1]), LINES)
    return np.stack([resized(frame, size) for frame in drawn])


def compared(drawn: Frames, after: Frames, files: TakeFiles, points: Points) -> dict[str, object]:
    """The figures of the finished clip, and what the guard makes of it."""
    guard = FaceGuard(mesh=points, encoder=DlibFace.load())
    for one, other in zip(drawn, after, strict=True):
        guard.look(one, other)
    gaps = np.array(guard.gaps).reshape(-1, 3)
    following = lips_following(gaps[:, 1], gaps[:, 2])
    wrong = [*breaches(guard.figures), *filter(None, [following_breach(following)])]
    told = told_of_faces(following, GUARD_LIMITS)
    figure = {**guard.figures, "lips_following": following}
    return (
        figures(after, files, points)
        | figure
        | {"refused": wrong, "told": [] if wrong else list(told)}
    )


def show(drawn: Frames, after: Frames, path: Path) -> None:
    """Three frames: as drawn and enlarged without a network, above the finished ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    side = after.shape[1]
    picked = [0, len(drawn) // 2, len(drawn) - 1]
    plain = [cv2.resize(drawn[n], (side, side), interpolation=cv2.INTER_CUBIC) for n in picked]
    rows = [np.concatenate(row, axis=1) for row in (plain, [after[n] for n in picked])]
    cv2.imwrite(str(path), np.concatenate(rows)[..., ::-1])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=50, help="of tiny")
    parser.add_argument("--still-frames", type=int, default=10, help="of the animatic")
    parser.add_argument("--sheets", type=Path)
    parser.add_argument("--out", type=Path, default=RESULT)
    return parser.parse_args()


def main() -> None:
    given = arguments()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    found: dict[str, object] = {
        **where_it_ran("one thread"),
    }
    with tempfile.TemporaryDirectory() as desk, torch.inference_mode():
        files = the_take(Path(desk), 2)
        cases = {
            "animatic": (Animatic(), given.still_frames),
            "tiny": (tiny_renderer(BUNDLED), given.frames),
        }
        for name, (renderer, count) in cases.items():
            drawn = np.concatenate(list(rendered_frames(renderer, files, count, SEED)))[:count]
            told: dict[str, object] = {"frames": count, "size": list(drawn.shape[1:3])}
            found[name] = told
            for case, figure in measured(drawn, files, given.sheets, name):
                told[case] = figure
                print(name, case, {k: v for k, v in figure.items() if k != "gap"}, flush=True)
                given.out.write_text(json.dumps(json_value(found), indent=1) + "\n")


if __name__ == "__main__":
    main()
