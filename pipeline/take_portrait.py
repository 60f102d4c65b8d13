"""The portrait of a take: the picture of a row on its preset's canvas, with its face."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from manifests.fingerprint import Value, fingerprint
from manifests.job import Job
from pipeline.limits import Limits
from pipeline.media.face.face import (
    bounds,
    focus_warnings,
    head_box,
    landmarks_of,
    pose_warnings,
    principal_face,
)
from pipeline.media.face.mouth import mouth_warnings
from pipeline.media.face.upright import stood_upright
from pipeline.media.framing import Crop, Size, fit_source, frame_face
from pipeline.media.picture.best_frame import best_still, is_video
from pipeline.media.picture.image import DECODED, cut_out, open_portrait, save_png
from pipeline.media.picture.scale import resize
from pipeline.nouns import Box, Plate, PreparedPortrait
from pipeline.presets import Preset
from pipeline.renderer import GREY_PORTRAIT, is_grey
from pipeline.workspace.inputs import Inputs, nameless
from pipeline.workspace.workspace import Workspace

Pixels = NDArray[np.uint8]
"""[height, width, 3] RGB."""

Points = NDArray[np.float32]
"""[468, 3]: the face mesh in pixels."""

MOST_ENLARGED = 2.0

WHOLE = "whole.png"
"""The file of the whole source picture, which a plate is made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The portrait on its canvas, and where the face is in it; the size of the whole picture, and
    the `place` of what is drawn in it."""

    width: int
    height: int
    head: Box
    warnings: tuple[str, ...]
    whole: Size
    place: Box


def looks_of(
    job: Job, inputs: Inputs, preset: Preset, limits: Limits, workspace: Workspace
) -> PreparedPortrait:
    """The looks made of the row's portrait: all languages of a title share them, so the frame of a
    video is chosen once and the networks see the same face."""
    name = portrait_name(job, inputs.digests[0], preset, limits)
    made = workspace.find_finished(name, PreparedPortrait)
    if made is not None:
        return made
    with workspace.scratch_dir() as desk:
        picture = ready_picture(inputs.portrait, job, preset, limits, desk)
        looks = PreparedPortrait(
            width=picture.width,
            height=picture.height,
            portrait=workspace.store(desk / "portrait.png", name, "portrait.png"),
            landmarks=workspace.store(desk / "landmarks.npy", name, "landmarks.npy"),
            head=picture.head,
            warnings=nameless(picture.warnings, job),
            plate=_plate(picture, name, workspace, desk) if limits.asks_for_plate(job) else None,
        )
        return workspace.commit(name, looks)


def _plate(picture: Picture, name: str, workspace: Workspace, desk: Path) -> Plate:
    return Plate(
        picture=workspace.store(desk / WHOLE, name, WHOLE),
        width=picture.whole.width,
        height=picture.whole.height,
        place=picture.place,
    )


def portrait_name(job: Job, digest: str, preset: Preset, limits: Limits) -> str:
    """Fingerprint of the looks: the digest of the portrait's file and what is done to it."""
    return fingerprint(
        "looks",
        file=digest,
        video=is_video(job.portrait_uri),
        framing=job.framing,
        longest_side=preset.longest_side,
        canvas=preset.canvas,
        head_share=preset.head_share,
        limits=asdict(limits.image),
        decoded=DECODED,
        **plate_part(job, limits),
    )


def plate_part(job: Job, limits: Limits) -> dict[str, Value]:
    """What stands in the names of takes that keep the whole source picture; others kept theirs."""
    return {"plate": True} if limits.asks_for_plate(job) else {}


def ready_picture(path: Path, job: Job, preset: Preset, limits: Limits, desk: Path) -> Picture:
    """Write `portrait.png` and `landmarks.npy`; no face or several faces is `BadInput`."""
    image, told = portrait_of(path, job, limits)
    image = resize(image, fit_source(image.shape[1], image.shape[0], preset.longest_side))
    upright = stood_upright(image, job.portrait_uri)
    image = upright.pixels
    face, warnings = principal_face(upright.faces, job.portrait_uri)
    landmarks = landmarks_of(image, face)
    seen = mouth_warnings(image, landmarks.points, job.portrait_uri)
    framed, points = framed_on_canvas(image, landmarks.points, job, preset)
    size = drawn_size(framed, preset)
    save_png(framed, desk / "portrait.png")
    if limits.asks_for_plate(job):
        save_png(image, desk / WHOLE)
    np.save(desk / "landmarks.npy", points, allow_pickle=False)
    head = head_box(points, framed.shape[1], framed.shape[0])
    return Picture(
        width=size.width,
        height=size.height,
        head=drawn_head(head, framed, size),
        warnings=(
            *told,
            *upright.told,
            *warnings,
            *seen,
            *pose_warnings(landmarks.points, job.portrait_uri),
            *focus_warnings(image, landmarks.points, job.portrait_uri),
            *enlarged_warning(landmarks.points, points, job.portrait_uri),
            *((GREY_PORTRAIT,) if is_grey(image) else ()),
        ),
        whole=Size(width=image.shape[1], height=image.shape[0]),
        place=drawn_place(image, landmarks.points, job, preset),
    )


def portrait_of(path: Path, job: Job, limits: Limits) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """The picture, or the best frame of a video, which is said."""
    if not is_video(job.portrait_uri):
        opened = open_portrait(path, name=job.portrait_uri, limits=limits.image)
        return opened.pixels, opened.told
    best = best_still(path, name=job.portrait_uri)
    return best.pixels, best.told


def framed_on_canvas(
    image: Pixels, points: Points, job: Job, preset: Preset
) -> tuple[Pixels, Points]:
    """Head and shoulders at the canvas' size; the whole picture for a renderer without a canvas,
    and for `exact`, where the network itself crops as the original does."""
    if preset.canvas is None or job.framing == "exact":
        return image, points
    canvas = Size(width=preset.canvas[0], height=preset.canvas[1])
    crop = _face_crop(image, points, canvas, preset)
    across, down = canvas.width / crop.size.width, canvas.height / crop.size.height
    shift = np.array([crop.pad_left - crop.left, crop.pad_top - crop.top, 0.0])
    moved = ((points + shift) * np.array([across, down, across])).astype(np.float32)
    return resize(cut_out(image, crop), canvas), moved


def _face_crop(image: Pixels, points: Points, canvas: Size, preset: Preset) -> Crop:
    height, width = image.shape[:2]
    return frame_face(width, height, head_box(points, width, height), canvas, preset.head_share)


def drawn_place(image: Pixels, points: Points, job: Job, preset: Preset) -> Box:
    """Where the drawn frames lie in the whole picture, in its pixels; borders stick out."""
    height, width = image.shape[:2]
    if preset.canvas is None:
        return Box(left=0, top=0, width=width, height=height)
    canvas = Size(width=preset.canvas[0], height=preset.canvas[1])
    if job.framing == "exact":
        size = drawn_size(image, preset)
        scale = max(size.width / width, size.height / height)
        across, down = size.width / scale, size.height / scale
        return Box(left=(width - across) / 2, top=(height - down) / 2, width=across, height=down)
    crop = _face_crop(image, points, canvas, preset)
    return Box(
        left=crop.left - crop.pad_left,
        top=crop.top - crop.pad_top,
        width=crop.size.width,
        height=crop.size.height,
    )


def enlarged_warning(before: Points, after: Points, name: str) -> tuple[str, ...]:
    """What is said where the canvas makes a small face large: nothing becomes finer by that."""
    scale = bounds(after).height / max(bounds(before).height, 1e-6)
    if scale <= MOST_ENLARGED:
        return ()
    told = f"small_face: the face in {name} is drawn {scale:.1f} times as large as it is; "
    return (f"{told}a closer picture is sharper",)


def drawn_size(framed: Pixels, preset: Preset) -> Size:
    """The size of the frames that will be drawn: a square portrait comes back square."""
    height, width = framed.shape[:2]
    if preset.canvas is None:
        return Size(width=width, height=height)
    side = min(preset.canvas)
    square = Size(width=side, height=side)
    return square if width == height else Size(width=preset.canvas[0], height=preset.canvas[1])


def drawn_head(head: Box, framed: Pixels, size: Size) -> Box:
    """The head's box in the frames that will be drawn: the picture covers them, centred."""
    height, width = framed.shape[:2]
    scale = max(size.width / width, size.height / height)
    left, top = (size.width - width * scale) / 2, (size.height - height * scale) / 2
    return Box(
        left=head.left * scale + left,
        top=head.top * scale + top,
        width=head.width * scale,
        height=head.height * scale,
    )
