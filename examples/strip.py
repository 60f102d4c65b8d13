"""Draws the README's pictures: the example portrait speaks, by `animatic` and by `tiny`.

    python examples/strip.py docs/strip.webp --film docs/film.webp

The strip is five frames of each, at the same moments of the same sentence. The film is all of that
sentence, the two side by side, without sound.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import av
import numpy as np
from PIL import Image

from jobs import RunConfig, run
from jobs.engine.executor import InProcess
from jobs.examples.portraits import astronaut
from manifests import Job, write_jobs

SENTENCE = "Oh, how far away we are now."
HEADS = {"animatic": (125, 0, 329, 204), "tiny": (0, 0, 512, 512)}
"""The box of the head in each preset's video, in pixels: `animatic` draws the portrait whole."""

MOMENTS = (0.08, 0.27, 0.46, 0.65, 0.84)
"""Shares of the video's length, so that the first and the last frame, which rest, are left out."""

FILM_SIDE, FILM_QUALITY, FRAME_MS = 256, 60, 40

SIDE, QUALITY = 192, 82
"""Pixels of a frame's side: five stand beside each other on a page; the file has some 50 KB."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--film", type=Path, required=True)
    given = parser.parse_args()
    picture: Path = given.picture
    with tempfile.TemporaryDirectory() as folder:
        videos = rendered(Path(folder))
        strip = np.concatenate([row_of(video) for video in videos])
        save_film([heads_of(video, FILM_SIDE) for video in videos], given.film)
    Image.fromarray(strip).save(picture, quality=QUALITY, method=6)
    for file in (picture, given.film):
        print(f"{file}: {file.stat().st_size} bytes")
    return 0


def rendered(folder: Path) -> list[Path]:
    """The example portrait as each preset draws it."""
    manifest, out = str(folder / "strip.parquet"), folder / "out"
    portrait = str(astronaut())
    jobs = [Job(job_id=name, portrait_uri=portrait, script=SENTENCE, preset=name) for name in HEADS]
    write_jobs(jobs, manifest)
    if not run([manifest], str(out), RunConfig(), executor=InProcess).complete:
        raise SystemExit(f"the strip was not drawn: see {out}/results.parquet")
    return [out / "videos" / f"{name}.mp4" for name in HEADS]


def heads_of(video: Path, side: int) -> list[Image.Image]:
    """The head in every frame."""
    with av.open(str(video)) as container:
        frames = [frame.to_image() for frame in container.decode(video=0)]
    head = HEADS[video.stem]
    return [frame.resize((side, side), Image.Resampling.LANCZOS, head) for frame in frames]


def row_of(video: Path) -> np.ndarray:
    """[SIDE, 5 * SIDE, 3] of the frames at the moments."""
    heads = heads_of(video, SIDE)
    chosen = [heads[int(share * len(heads))] for share in MOMENTS]
    return np.concatenate([np.asarray(frame) for frame in chosen], axis=1)


def save_film(films: list[list[Image.Image]], path: Path) -> None:
    """Side by side, as long as the shortest; it begins again for ever."""
    pairs = zip(*films, strict=False)
    frames = [Image.fromarray(np.concatenate([np.asarray(f) for f in pair], 1)) for pair in pairs]
    first, *others = frames
    options = {"duration": FRAME_MS, "loop": 0, "quality": FILM_QUALITY, "method": 4}
    first.save(path, save_all=True, append_images=others, **options)


if __name__ == "__main__":
    sys.exit(main())
