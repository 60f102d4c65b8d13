"""The evaluation set: what of a folder of material is held out, and who says what in it.

The folder has `portraits` (one .npz of face meshes, one folder of pictures) and `speech` (sounds,
each with a .json of its phones beside it).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from manifests.errors import ManifestUnusable
from pipeline.dataset.material import FacePicture, SpokenTake, read_faces, read_speech_folder
from pipeline.dataset.split import is_held_out, sentence_of

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """A held-out portrait that speaks `take`, and another sentence, `other`, to be wrong for it."""

    face: FacePicture
    take: SpokenTake
    other: SpokenTake

    @property
    def name(self) -> str:
        return f"{Path(self.face.name).stem}+{Path(self.take.name).stem}"


def held_out(material: Path, cache: Path) -> tuple[tuple[FacePicture, ...], tuple[SpokenTake, ...]]:
    """Faces and takes that no training has seen; decoded speech is kept in `cache`."""
    portraits = material / "portraits"
    faces = read_faces(_only_folder(portraits), _only_meshes(portraits))
    takes = read_speech_folder(material / "speech", cache)
    kept = tuple(face for face in faces if is_held_out(face.name))
    spoken = tuple(take for take in takes if is_held_out(take.name))
    if not kept or not spoken:
        lacking = "speech" if kept else "portraits"
        raise ManifestUnusable("evaluation_material", f"none of the {lacking} there is held out")
    return kept, spoken


def _only_folder(portraits: Path) -> Path:
    folders = [path for path in sorted(portraits.glob("*")) if path.is_dir()]
    if len(folders) != 1:
        raise ManifestUnusable(
            "evaluation_material", f"{portraits} must hold one folder of pictures, not {folders}"
        )
    return folders[0]


def _only_meshes(portraits: Path) -> Path:
    meshes = sorted(portraits.glob("*.npz"))
    if len(meshes) != 1:
        raise ManifestUnusable(
            "evaluation_material", f"{portraits} must hold one .npz of face meshes, not {meshes}"
        )
    return meshes[0]


def pairings(
    faces: Sequence[FacePicture], takes: Sequence[SpokenTake], count: int, least_frames: int
) -> tuple[Pairing, ...]:
    """The same `count` pairs every time: all faces and takes in turn before one comes again.

    Takes shorter than `least_frames` are left out; the other sentence is never the same words.
    """
    usable = [take for take in takes if take.frames >= least_frames]
    if len({sentence_of(take.name) for take in usable}) < 2:  # noqa: PLR2004  right and wrong
        raise ManifestUnusable(
            "evaluation_material",
            f"two held-out sentences of {least_frames} frames are needed; add longer speech",
        )
    faces, usable = _shuffled(faces), _shuffled(usable)
    return tuple(
        Pairing(
            face=faces[index % len(faces)],
            take=usable[index % len(usable)],
            other=_other(usable, index % len(usable)),
        )
        for index in range(count)
    )


def _other(takes: Sequence[SpokenTake], index: int) -> SpokenTake:
    """The next take of another sentence."""
    said = sentence_of(takes[index].name)
    later = (takes[(index + step) % len(takes)] for step in range(1, len(takes)))
    return next(take for take in later if sentence_of(take.name) != said)


def _shuffled(things: Sequence[Thing]) -> list[Thing]:
    order = list(things)
    random.Random(0).shuffle(order)  # noqa: S311  not a secret
    return order
