"""What a watermark costs and survives: marked clips through encoders, unmarked ones beside them.

    python -m benchmarks.watermark [--portraits FOLDER] [--clips 8] [--unmarked 200]

Clips are portraits that breathe (a slow zoom of 1 %) while a patch of them moves; the astronaut,
and each picture of the folder, at 480 x 720 and 480 x 480.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from benchmarks.where import where_it_ran
from pipeline.delivery.watermark.embed import watermarked
from pipeline.delivery.watermark.payload import PUBLIC_KEY, Mark, mark_of
from pipeline.delivery.watermark.read import mark_in, mean_luma, read_mark
from pipeline.media.ffmpeg import program

FRAMES = 100
HALF = ("-vf", "scale=iw/2:ih/2")
X264, X265, VP9 = ("-c:v", "libx264"), ("-c:v", "libx265"), ("-c:v", "libvpx-vp9")
ATTACKS: dict[str, tuple[str, ...]] = {
    "H.264 CRF 18": (*X264, "-crf", "18"),
    "H.264 CRF 23": (*X264, "-crf", "23"),
    "H.264 CRF 23, half size": (*HALF, *X264, "-crf", "23"),
    "H.264 CRF 28": (*X264, "-crf", "28"),
    "H.264 1.5 Mb/s": (*X264, "-b:v", "1500k"),
    "H.265 CRF 28": (*X265, "-crf", "28", "-x265-params", "log-level=error"),
    "VP9 CRF 34": (*VP9, "-crf", "34", "-b:v", "0", "-cpu-used", "6"),
    "29.97 frames a second, CRF 23": ("-r", "30000/1001", *X264, "-crf", "23"),
    "cut to 80 % x 75 %, CRF 23": ("-vf", "crop=iw*0.8:ih*0.75", *X264, "-crf", "23"),
}

Picture = NDArray[np.uint8]


def pictures(folder: Path | None) -> Iterator[Picture]:
    """Pictures to make clips of, each in two shapes."""
    found = [np.asarray(skimage.data.astronaut(), np.uint8)]
    if folder is not None:
        files = sorted(path for path in folder.iterdir() if path.suffix in {".jpg", ".png"})
        found += [np.asarray(cv2.imread(str(path))[..., ::-1], np.uint8) for path in files]
    for picture in found:
        for height in (720, 480):
            yield covered(picture, 480, height)


def covered(picture: Picture, width: int, height: int) -> Picture:
    """The middle of the picture, as large as that."""
    scale = max(width / picture.shape[1], height / picture.shape[0])
    sized = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    top, left = (sized.shape[0] - height) // 2, (sized.shape[1] - width) // 2
    return np.ascontiguousarray(sized[top : top + height, left : left + width], np.uint8)


def clip_of(picture: Picture) -> NDArray[np.uint8]:
    """[FRAMES, h, w, 3]: it breathes, and a patch of it shakes."""
    height, width = picture.shape[:2]
    frames = []
    for number in range(FRAMES):
        zoom = 1 + 0.01 * np.sin(number / 16)
        turn = cv2.getRotationMatrix2D((width / 2, height * 0.6), 0, zoom)
        frame = cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
        top, left, shake = height // 3, width // 3, round(4 * np.sin(number / 2))
        frame[top : top + 80, left : left + 120] = frame[
            top + shake : top + shake + 80, left : left + 120
        ].copy()
        frames.append(frame)
    return np.stack(frames)


def encoded(frames: NDArray[np.uint8], path: Path, options: tuple[str, ...]) -> int:
    height, width = frames.shape[1:3]
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", "25"]
    words = [program(), "-v", "error", "-y", *raw, "-i", "-", "-pix_fmt", "yuv420p", *options]
    subprocess.run([*words, str(path)], input=frames.tobytes(), check=True)
    return path.stat().st_size


def psnr(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    error = np.mean((one.astype(np.float64) - other) ** 2)
    return float(10 * np.log10(255**2 / error))


def measured(picture: Picture, mark: Mark, folder: Path) -> dict[str, Any]:
    plain = clip_of(picture)
    next(watermarked(iter([plain[:1]]), mark))  # the pattern is made once for all frames
    began = time.process_time()
    shown = np.concatenate(list(watermarked(iter(np.split(plain, 10)), mark)))
    cost = (time.process_time() - began) / FRAMES * 1000
    web = (*X264, "-crf", "17", "-preset", "medium")
    sizes = [encoded(frames, folder / "web.mp4", web) for frames in (plain, shown)]
    read = {}
    for name, options in ATTACKS.items():
        copy = folder / ("copy.webm" if options[: len(VP9)] == VP9 else "copy.mp4")
        encoded(shown, copy, options)
        found = read_mark(copy, cut="cut" in name)
        read[name] = found is not None and found.payload == mark.payload
    return {
        "size": f"{picture.shape[1]}x{picture.shape[0]}",
        "ms_a_frame": round(cost, 2),
        "psnr_db": round(psnr(plain, shown), 2),
        "psnr_lowest_db": round(min(map(psnr, plain, shown)), 2),
        "bytes_at_crf_17": round(sizes[1] / sizes[0], 3),
        "read": read,
    }


def unmarked(sources: list[Picture], count: int) -> int:
    """How many of so many clips without a mark give one: windows, turns and sizes of the pictures,
    noisy as a camera's, each searched for cuts too."""
    draw, found = np.random.default_rng(11), 0
    for _ in range(count):
        picture = sources[int(draw.integers(len(sources)))]
        part = draw.uniform(0.5, 1.0)
        height, width = (int(side * part) for side in picture.shape[:2])
        top = int(draw.integers(picture.shape[0] - height + 1))
        left = int(draw.integers(picture.shape[1] - width + 1))
        window = np.rot90(picture[top : top + height, left : left + width], int(draw.integers(4)))
        sized = cv2.resize(np.ascontiguousarray(window), (480, 600), interpolation=cv2.INTER_CUBIC)
        mean = mean_luma([np.asarray(sized, np.uint8)])
        if mean is None:
            raise AssertionError("one frame has a mean")
        noisy = (mean + draw.normal(0, 0.5, mean.shape)).astype(np.float32)
        found += mark_in(noisy, cut=True) is not None
    return found


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--portraits", type=Path)
    asked.add_argument("--clips", type=int, default=8)
    asked.add_argument("--unmarked", type=int, default=200)
    asked.add_argument(
        "--result", type=Path, default=Path(__file__).parent / "results" / "watermark.json"
    )
    given = asked.parse_args()
    cv2.setNumThreads(1)
    sources = list(pictures(given.portraits))[: given.clips]
    with tempfile.TemporaryDirectory() as folder:
        clips = [
            measured(picture, mark_of(f"job-{number}", "take", PUBLIC_KEY), Path(folder))
            for number, picture in enumerate(sources)
        ]
    told = {
        **where_it_ran("encoders beside others"),
        "clips": clips,
        "read": {name: sum(clip["read"][name] for clip in clips) for name in ATTACKS},
        "of": len(clips),
        "unmarked": given.unmarked,
        "unmarked_with_a_mark": unmarked(sources, given.unmarked),
    }
    given.result.write_text(json.dumps(told, indent=1) + "\n")
    print(json.dumps({key: value for key, value in told.items() if key != "clips"}, indent=1))


if __name__ == "__main__":
    main()
