"""The shots of a training from real clips, and a book of what became of each clip."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from manifests.clips import InvalidClip, RecordedClip, read_clips
from manifests.errors import BadInput, ManifestUnusable
from manifests.fingerprint import fingerprint
from manifests.storage.uri import redacted
from model.conditions.dlib_face import DlibFace
from model.conditions.logmel import LogMelFeatures
from model.tiny import AUDIO_BLOCKS, AUDIO_CHANNELS
from pipeline.dataset.recorded import Recordings, is_clip_held_out
from pipeline.dataset.shot import shot_folder
from pipeline.media.framing import Size
from pipeline.training.config import ManifestData, TrainingConfig

BOOK = "clips.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRecord:
    """What became of a clip: the number of shots cut from it, or the reason why it was left out."""

    clip_id: str
    shots: int = 0
    reason: str = ""
    message: str = ""


class ClipBook:
    """Records in the order of their shots, one JSON line each; the first line names the settings.

    A record is written when all shots of its clip are there, so a kill loses one clip at most.
    """

    def __init__(self, path: Path, settings: str) -> None:
        """Raises `ManifestUnusable` when the book is of other settings."""
        self.path = path
        self.records: dict[str, ClipRecord] = {}
        lines = _whole_lines(path)
        head = json.dumps({"settings": settings}) + "\n"
        if lines and lines[0] != head:
            raise ManifestUnusable(
                "training_folder_in_use",
                f"{path.parent} has shots made with other settings: name another folder as `out`",
            )
        for line in lines[1:]:
            record = ClipRecord(**json.loads(line))
            self.records[record.clip_id] = record
        if not lines:
            self._write(head)

    @property
    def shots(self) -> int:
        """How many there are of all clips together."""
        return sum(record.shots for record in self.records.values())

    def add(self, record: ClipRecord) -> None:
        self.records[record.clip_id] = record
        self._write(json.dumps(asdict(record)) + "\n")

    def _write(self, line: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())


def _whole_lines(path: Path) -> list[str]:
    """A line that a kill cut short is taken away."""
    if not path.exists():
        return []
    lines = path.read_bytes().splitlines(keepends=True)
    if lines and not lines[-1].endswith(b"\n"):
        last = lines.pop()
        os.truncate(path, path.stat().st_size - len(last))
    return [line.decode() for line in lines]


def recordings_of(config: TrainingConfig, data: ManifestData) -> Recordings:
    return Recordings(
        canvas=Size(width=config.networks.side, height=config.networks.side),
        head_share=data.head_share,
        features=LogMelFeatures(blocks=AUDIO_BLOCKS, channels=AUDIO_CHANNELS),
        embedder=DlibFace.load(),
        seed=config.seed,
    )


def book_of(config: TrainingConfig, data: ManifestData) -> ClipBook:
    """The book of the training's clips; `ManifestUnusable` when its folder is of another."""
    path, root = config.out / BOOK, config.out / "shots"
    if not path.exists() and root.exists() and any(root.iterdir()):
        raise ManifestUnusable(
            "training_folder_in_use", f"{root} has shots of no clips: name another folder as `out`"
        )
    side, seed = config.networks.side, config.seed
    settings = fingerprint("clips", side=side, seed=seed, head_share=data.head_share)
    book = ClipBook(path, settings)
    _refuse_trained(book, data.held_out)
    return book


def _refuse_trained(book: ClipBook, share: float) -> None:
    """A clip that was trained on proves nothing where it counts as held out."""
    shown = [record.clip_id for record in book.records.values() if record.shots]
    trained = [clip_id for clip_id in shown if is_clip_held_out(clip_id, share)]
    if trained:
        raise ManifestUnusable(
            "training_folder_in_use",
            f"held_out = {share:g} keeps {len(trained)} clips from training that have shots in "
            f"{book.path.parent}, first {trained[0]}: put held_out back or name another folder as "
            "`out`",
        )


def waiting(data: ManifestData, book: ClipBook) -> Iterator[RecordedClip | InvalidClip]:
    """The rows that the book has no record of, without the held-out rows."""
    for row in read_clips(data.manifest):
        known = key_of(row) in book.records
        kept = isinstance(row, RecordedClip) and is_clip_held_out(row.clip_id, data.held_out)
        if not known and not kept:
            yield row


def key_of(row: RecordedClip | InvalidClip) -> str:
    """A wrong row may have no id, or another's."""
    if isinstance(row, RecordedClip):
        return row.clip_id
    return f"{redacted(row.manifest)} row {row.row}"


def record_shots(config: TrainingConfig, data: ManifestData, count: int | None) -> Iterator[int]:
    """Make shots of clip after clip until there are `count` (None: of all clips); the index of
    each as it is there."""
    root, book = config.out / "shots", book_of(config, data)
    for folder in root.glob("[0-9]" * 6):
        if int(folder.name) >= book.shots:  # its clip was not finished
            shutil.rmtree(folder)
    recordings: Recordings | None = None
    for row in waiting(data, book):
        if count is not None and book.shots >= count:
            return
        if isinstance(row, InvalidClip):
            told = " ".join(problem.message for problem in row.problems)
            reason = row.problems[0].code
            book.add(ClipRecord(clip_id=key_of(row), reason=reason, message=told))
            continue
        recordings = recordings or recordings_of(config, data)
        yield from _recorded(recordings, row, root, book)


def _recorded(
    recordings: Recordings, clip: RecordedClip, root: Path, book: ClipBook
) -> Iterator[int]:
    """Cut the clip into shots and add them behind the present ones.

    Of a clip that cannot be used, only the reason enters the book.
    """
    first = made = book.shots
    why: BadInput | None = None
    try:
        with tempfile.TemporaryDirectory(prefix="clip-", dir=book.path.parent) as desk:
            for shot in recordings.shots(clip, Path(desk)):
                shot.save(shot_folder(root, made))
                made += 1
                yield made - 1
    except BadInput as error:
        why = error
    book.add(
        ClipRecord(
            clip_id=clip.clip_id,
            shots=made - first,
            reason=why.code if why else "",
            message=why.message if why else "",
        )
    )


def recorded_count(config: TrainingConfig, data: ManifestData, count: int | None) -> int:
    """How many of the shots a stage takes; `FileNotFoundError` when clips wait, and
    `ManifestUnusable` when no clip was of use."""
    book = book_of(config, data)
    if count is not None and book.shots >= count:
        return count
    if next(waiting(data, book), None) is not None:
        raise FileNotFoundError(f"not all clips of {redacted(data.manifest)} have their shots yet")
    if not book.shots:
        reasons = Counter(record.reason for record in book.records.values())
        told = ", ".join(f"{number} {reason}" for reason, number in sorted(reasons.items()))
        raise ManifestUnusable(
            "training_material",
            f"no clip of {redacted(data.manifest)} can be learned from ({told or 'all held out'});"
            f" {book.path} says why",
        )
    return book.shots
