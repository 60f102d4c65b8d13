"""On what the limits of finished faces are calibrated: clips enlarged with and without a network,
and planted faults.

    python benchmarks/finishing_limits.py [--portraits FILE...] [--kept FOLDER] [--frames 75]

Each portrait (without any, the one that scikit-image carries) says the same sentence, drawn by
`animatic` and by `tiny` at 128 pixels, and is enlarged to 1080 lines: plainly, and by both carried
networks. Planted faults: lips that come two and four frames late, that stay shut, that are frozen
half open, and the face of each other portrait. What was drawn and measured is kept in the folder,
and taken up from there. Writes benchmarks/results/finishing-limits.json.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping
from itertools import permutations
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.where import where_it_ran
from jobs.examples.portraits import astronaut
from model.conditions.dlib_face import DlibFace
from pipeline.animatic.renderer import Animatic
from pipeline.delivery.finishing.finished_reel import finished_size, resized
from pipeline.delivery.finishing.finishers import CARRIED_FINISHERS, finishing_of, opened_finisher
from pipeline.delivery.finishing.guard import FaceGuard
from pipeline.evaluate.clips import SEED, rendered_frames, tiny_renderer
from pipeline.evaluate.figures import json_value
from pipeline.evaluate.mouth import lip_gaps
from pipeline.evaluate.takes import job_take
from pipeline.media.framing import Size
from pipeline.media.picture.optical_flow import Picture
from pipeline.media.voice.speech import choose_voice, speak_script
from pipeline.presets import BUNDLED, TINY
from pipeline.quality.column_statistics import correlation
from pipeline.quality.enlarged_mesh import mesh_of
from pipeline.quality.lip_figures import near_correlation
from pipeline.quality.looks import Points, face_vector
from pipeline.quality.speech import take_speech

RESULT = Path(__file__).parent / "results" / "finishing-limits.json"
LINES = 1080
WINDOW = 47
"""Frames of a segment, of which each is asked how far its lips are moved."""

SAID = (
    "The river runs past the old mill and under the bridge. Every morning, a boat brings bread and "
    "paper to the village. People meet there, talk for a while, and go back to work."
)
Arrays = Mapping[str, NDArray[np.floating]]


def drawn_clips(portraits: list[Path], frames: int, kept: Path) -> Iterator[tuple[str, str]]:
    """Portrait and renderer of each clip that is drawn, or found drawn."""
    renderers = {"animatic": Animatic(), "tiny": tiny_renderer(BUNDLED)}
    with tempfile.TemporaryDirectory() as folder:
        desk = Path(folder)
        speak_script(SAID, choose_voice("en", None), speech=desk / "s.wav", mix=desk / "n.wav")
        for path in portraits:
            files = job_take(path, desk / "n.wav", TINY, desk / path.stem)
            speech, points = take_speech(files), np.load(files.landmarks, allow_pickle=False)
            for name, renderer in renderers.items():
                if not (file := kept / f"{path.stem}-{name}.npz").exists():
                    batches = rendered_frames(renderer, files, frames, SEED)
                    drawn = np.concatenate(list(batches))[:frames]
                    opening, gaps = speech.opening[:frames], lip_gaps(drawn, points)
                    np.savez(file, drawn=drawn, points=points, opening=opening, before=gaps)
                yield path.stem, name


def enlarged_gaps(kept: Path, clip: str, network: str) -> Arrays:
    """What the guard sees of a clip that is enlarged by the network, or `plain`."""
    file = kept / f"{clip}-{network}.npz"
    if file.exists():
        return dict(np.load(file))
    told = np.load(kept / f"{clip}.npz")
    drawn, points = told["drawn"], told["points"]
    size = finished_size(Size(width=drawn.shape[2], height=drawn.shape[1]), LINES)
    guard = FaceGuard(mesh=points, encoder=DlibFace.load())
    for frame in drawn:
        guard.look(frame, resized(larger(frame, network), size))
    gaps = np.array([after for _, _, after in guard.gaps])
    np.savez(file, gaps=gaps, **{name: np.array(each) for name, each in guard.figures.items()})
    return dict(np.load(file))


def larger(frame: Picture, network: str) -> Picture:
    if network == "plain":
        return frame
    return opened_finisher(finishing_of(LINES, network, sharpen=0, grain=0)).enlarge(frame)


def figures(told: Arrays, found: Arrays) -> dict[str, float]:
    """Of one clip by one network; `lips_moved` is that of the worst segment."""
    before, after = told["before"], found["gaps"]
    moved = np.abs(after - before)
    return {
        "following": correlation(before, after),
        "lips_moved": float(max(moved[at : at + WINDOW].mean() for at in starts(len(moved)))),
        "identity_moved": float(found["identity_moved"]),
        "lips": near_correlation(after, told["opening"]),
    }


def starts(frames: int) -> range:
    return range(0, max(frames - WINDOW, 0) + 1, 4)


def planted(before: NDArray[np.floating]) -> dict[str, dict[str, float]]:
    """What the same lips come to with a fault."""
    still = {"shut": float(before.min()), "frozen": float(np.median(before))}
    moved = {name: {"lips_moved": float(np.abs(before - at).mean())} for name, at in still.items()}
    late = {
        f"{frames} frames late": {
            "following": correlation(before[frames:], before[:-frames]),
            "lips_moved": float(np.abs(before[frames:] - before[:-frames]).mean()),
        }
        for frames in (2, 4)
    }
    return moved | late


def distances(kept: Path, stems: list[str], renderer: str) -> dict[str, float]:
    """dlib's, between the faces of any two portraits."""
    encoder, vectors = DlibFace.load(), {}
    for stem in stems:
        told = np.load(kept / f"{stem}-{renderer}.npz")
        vectors[stem] = [
            vector(frame, told["points"], encoder) for frame in told["drawn"][::24][:3]
        ]
    return {
        f"{one}, {other}": float(
            np.mean([np.linalg.norm(a - b) for a in vectors[one] for b in vectors[other]])
        )
        for one, other in permutations(stems, 2)
        if one < other
    }


def vector(frame: Picture, points: Points, encoder: DlibFace) -> NDArray[np.float32]:
    mesh = mesh_of(frame, points)
    if mesh is None:
        raise SystemExit("no face was seen in a frame as it was drawn")
    return face_vector(frame, mesh, encoder)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--portraits", nargs="+", type=Path, default=[astronaut()])
    parser.add_argument("--frames", type=int, default=75)
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--slow", type=int, default=99, help="portraits that x4plus is asked for")
    parser.add_argument("--out", type=Path, default=RESULT)
    return parser.parse_args()


def main() -> None:
    given = arguments()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        kept = given.kept or Path(folder)
        clips = list(drawn_clips(given.portraits, given.frames, kept))
        found: dict[str, Any] = {
            **where_it_ran("one thread"),
            "frames": given.frames,
        }
        slow = [path.stem for path in given.portraits[: given.slow]]
        for network in ("plain", *CARRIED_FINISHERS):
            for stem, renderer in clips:
                if network == "x4plus" and stem not in slow:
                    continue
                clip = f"{stem}-{renderer}"
                told = dict(np.load(kept / f"{clip}.npz"))
                moving = float(told["before"].std())
                entry = found.setdefault(
                    clip, {"moving": moving, "planted": planted(told["before"])}
                )
                entry[network] = figures(told, enlarged_gaps(kept, clip, network))
                given.out.write_text(json.dumps(json_value(found), indent=1) + "\n")
        stems = [path.stem for path in given.portraits]
        found["other faces"] = {name: distances(kept, stems, name) for name in ("animatic", "tiny")}
        given.out.write_text(json.dumps(json_value(found), indent=1) + "\n")


if __name__ == "__main__":
    main()
