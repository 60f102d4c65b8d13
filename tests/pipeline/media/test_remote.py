"""The length of a stored recording, from as much of it as is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from manifests.storage.ranged import RangedFile
from pipeline.media.remote import BUFFER_BYTES, MOST_BYTES, stored_length_s
from tests.media_builders import a_wav, converted


@pytest.fixture
def read_bytes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How much each read gave."""
    given: list[int] = []
    read = RangedFile.read

    def counted(self: RangedFile, size: int | None = -1) -> bytes:
        found = read(self, size)
        given.append(len(found))
        return found

    monkeypatch.setattr(RangedFile, "read", counted)
    return given


def test_a_recording_of_gigabytes_is_not_read_through_for_its_length(
    tmp_path: Path, read_bytes: list[int]
) -> None:
    """Its header says a second, and five gigabytes of nothing follow: one such row kept a night
    from beginning."""
    path = a_wav(tmp_path / "in.wav")
    with path.open("r+b") as file:
        file.truncate(5 << 30)
    assert stored_length_s(str(path)) is None
    assert sum(read_bytes) <= MOST_BYTES + BUFFER_BYTES


@pytest.mark.parametrize("suffix", ["wav", "mp3", "m4a", "ogg", "flac"])
def test_an_honest_recording_tells_its_length(
    tmp_path: Path, suffix: str, read_bytes: list[int]
) -> None:
    path = a_wav(tmp_path / "in.wav")
    path = path if suffix == "wav" else converted(path, tmp_path / f"out.{suffix}")
    assert stored_length_s(str(path)) == pytest.approx(1.0, abs=0.1)
    assert read_bytes
