"""A night full of bad rows: each ends by itself with a code and a sentence; good ones finish."""

from __future__ import annotations

import json
import struct
import wave
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from manifests import Result
from manifests.storage import s3 as s3_storage
from tests.media_builders import a_silent_video
from tests.night import Media, results, run_here
from tests.s3_server import S3Server

GOOD = "good"


@dataclass(frozen=True)
class Bad:
    """A way in which a row can be bad: its columns, made in a folder, and the code it must get."""

    columns: Callable[[Path], dict[str, object]]
    code: str


def a_wav(path: Path, seconds: float, level: float = 0.3, rate: int = 16_000) -> str:
    samples = np.sin(np.arange(int(seconds * rate)) / 20) * level * 32767
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    return str(path)


def a_long_wav(path: Path, hours: float) -> str:
    """Silence, as a sparse file: large in name only."""
    data = int(hours * 3600 * 8000) * 2
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + data, b"WAVE", b"fmt ", 16, 1, 1, 8000,
                       16000, 2, 16, b"data", data)  # fmt: skip
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + data)
    return str(path)


def a_text(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def a_picture(path: Path, size: tuple[int, int] = (512, 512)) -> str:
    noise = np.random.default_rng(1).integers(90, 160, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    return str(path)


def a_huge_png(path: Path) -> str:
    """A few bytes whose header promises 100,000 x 100,000 pixels."""

    def part(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    body = part(b"IHDR", header) + part(b"IDAT", zlib.compress(bytes(1000))) + part(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return str(path)


def two_faces(folder: Path) -> str:
    face = Image.open(folder / "face.png").convert("RGB")
    both = Image.new("RGB", (face.width * 2, face.height))
    both.paste(face, (0, 0))
    both.paste(face, (face.width, 0))
    both.save(folder / "two.png")
    return str(folder / "two.png")


def half_a_jpeg(folder: Path) -> str:
    whole = folder / "whole.jpg"
    Image.open(folder / "face.png").convert("RGB").save(whole)
    half = folder / "half.jpg"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    return str(half)


def portrait(make: Callable[[Path], str]) -> Callable[[Path], dict[str, object]]:
    return lambda folder: {"portrait_uri": make(folder), "audio_uri": str(folder / "good.wav")}


def audio(make: Callable[[Path], str]) -> Callable[[Path], dict[str, object]]:
    return lambda folder: {"portrait_uri": str(folder / "face.png"), "audio_uri": make(folder)}


def bed(make: Callable[[Path], str]) -> Callable[[Path], dict[str, object]]:
    return lambda folder: {**columns()(folder), "bed_uri": make(folder)}


def script(name: str, text: str, **given: object) -> Callable[[Path], dict[str, object]]:
    """A row whose script is this file."""
    return lambda folder: {
        "portrait_uri": str(folder / "face.png"),
        "script_uri": a_text(folder / name, text),
        **given,
    }


CUES = "1\n00:00:00,500 --> 00:00:02,000\nHi.\n\n2\n00:00:01,500 --> 00:00:03,000\nHi.\n"
HURRIED = f"WEBVTT\n\n00:00.000 --> 00:00.500\n{'Good evening to everybody. ' * 3}\n"
UNTRANSLATED = (
    '<xliff version="2.0" xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang="de" trgLang="en">'
    '<file id="f"><unit id="1"><segment><source>Hallo.</source></segment></unit></file></xliff>'
)


def a_test_card(folder: Path) -> str:
    return str(a_silent_video(folder / "card.mp4"))


def columns(**given: object) -> Callable[[Path], dict[str, object]]:
    return lambda folder: {"portrait_uri": str(folder / "face.png"), "script": "Hi."} | given


PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n/etc/passwd\n#EXT-X-ENDLIST\n"
CONCAT = "ffconcat version 1.0\nfile '/etc/passwd'\n"

BAD = {
    "missing-value": Bad(columns(portrait_uri=None), "missing_value"),
    "wrong-type": Bad(columns(seed="many"), "wrong_type"),
    "unknown-enum": Bad(columns(framing="upside-down"), "unknown_value"),
    "unknown-preset": Bad(columns(preset="hallo9"), "unknown_preset"),
    "both-sources": Bad(columns(audio_uri="x.wav"), "one_speech_source"),
    "no-source": Bad(columns(script=None), "one_speech_source"),
    "not-yet": Bad(columns(portrait_uri="take.avi"), "not_yet"),
    "expired": Bad(columns(consent_expires="2020-01-01T00:00:00Z"), "consent_expired"),
    "missing-file": Bad(audio(lambda folder: str(folder / "nothing.wav")), "missing_file"),
    "missing-portrait": Bad(portrait(lambda folder: str(folder / "no.png")), "missing_file"),
    "half-jpeg": Bad(portrait(half_a_jpeg), "image_truncated"),
    "huge-picture": Bad(portrait(lambda f: a_huge_png(f / "huge.png")), "image_too_large"),
    "text-portrait": Bad(portrait(lambda f: a_text(f / "t.png", "hello")), "image_unreadable"),
    "no-face": Bad(portrait(lambda f: a_picture(f / "noise.png")), "no_face"),
    "two-faces": Bad(portrait(two_faces), "several_faces"),
    "text-wav": Bad(audio(lambda f: a_text(f / "t.wav", "hello " * 99)), "audio_unreadable"),
    "empty-wav": Bad(audio(lambda f: a_text(f / "empty.wav", "")), "audio_empty"),
    "no-samples": Bad(audio(lambda f: a_wav(f / "none.wav", 0)), "audio_empty"),
    "silent-wav": Bad(audio(lambda f: a_wav(f / "silent.wav", 2, level=0)), "audio_silent"),
    "ten-hours": Bad(audio(lambda f: a_long_wav(f / "long.wav", 10)), "audio_too_long"),
    "playlist": Bad(audio(lambda f: a_text(f / "p.m3u8", PLAYLIST)), "audio_unreadable"),
    "concat": Bad(audio(lambda f: a_text(f / "c.wav", CONCAT)), "audio_unreadable"),
    "faceless-video": Bad(portrait(a_test_card), "no_face"),
    "text-video": Bad(portrait(lambda f: a_text(f / "t.mp4", "hello")), "video_unreadable"),
    "text-bed": Bad(bed(lambda f: a_text(f / "bed.txt", "hello " * 99)), "audio_unreadable"),
    "silent-bed": Bad(bed(lambda f: a_wav(f / "quiet.wav", 2, level=0)), "audio_silent"),
    "slot-of-zero": Bad(columns(target_duration_s=0), "bad_duration"),
    "slot-of-a-year": Bad(columns(target_duration_s=3e7), "bad_duration"),
    "slot-too-short": Bad(columns(target_duration_s=0.3), "slot_missed"),
    "slot-too-long": Bad(columns(target_duration_s=60.0), "slot_missed"),
    "captions-of-nothing-known": Bad(
        lambda f: {
            "portrait_uri": str(f / "face.png"),
            "audio_uri": str(f / "good.wav"),
            "language": "xx",
            "deliverables": ["web", "vtt"],
        },
        "no_words",
    ),
    "unspoken-language": Bad(columns(language="yo"), "no_voice"),
    "unknown-voice": Bad(columns(voice="piper:nobody"), "unknown_voice"),
    "unreadable-letters": Bad(columns(script="Hello. Привет, мир."), "wrong_script"),
    "markup": Bad(columns(script="Hello. <break/> Bye."), "script_markup"),
    "wordless-script": Bad(columns(script=" ... !"), "nothing_to_speak"),
    "script-of-controls": Bad(columns(script="\x07 hello"), "wrong_type"),
    "overlapping-cues": Bad(script("overlap.srt", CUES), "cues_wrong"),
    "cue-beyond-the-end": Bad(script("end.vtt", HURRIED, target_duration_s=0.4), "cues_wrong"),
    "late-cue": Bad(script("late.vtt", HURRIED, voice="espeak:en-us"), "cues_late"),
    "script-of-no-kind": Bad(script("cues.docx", "Hi."), "script_unreadable"),
    "translation-of-nothing": Bad(script("a.xlf", UNTRANSLATED), "translation_wrong"),
    "untranslated-cue": Bad(
        lambda f: {
            **script("b.xlf", UNTRANSLATED)(f),
            "source_script_uri": a_text(f / "b.srt", CUES),
        },
        "translation_wrong",
    ),
    "nobodys-voice": Bad(script("c.srt", CUES[:40], voices={"Ada": "x:y"}), "unknown_voice"),
    "wrong-lexicon": Bad(
        lambda f: {**columns()(f), "lexicon_uri": a_text(f / "names.tsv", "no tab here")},
        "lexicon_wrong",
    ),
}


@pytest.fixture(scope="session")
def night(media: Media, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Result]]:
    """One manifest with every kind of bad row around a good one, run once."""
    folder = tmp_path_factory.mktemp("bad")
    (folder / "face.png").write_bytes(media.portrait.read_bytes())
    (folder / "good.wav").write_bytes(media.narration.read_bytes())
    rows = [{"job_id": name, **bad.columns(folder)} for name, bad in BAD.items()]
    good = {"portrait_uri": "face.png", "audio_uri": "good.wav"}
    rows += [{"job_id": GOOD, **good}, {"job_id": "../escape", **good}]
    rows += [{"job_id": "twice", **good, "script": "x"}, {"job_id": "twice", **good}]
    rows += [{"job_id": "unwritable", **good}]
    manifest = folder / "manifest.jsonl"
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "out/videos/unwritable.mp4").mkdir(parents=True)
    run_here(str(manifest), folder / "out", folder / "scratch")
    return folder, results(folder / "out")


@pytest.mark.parametrize("name", BAD)
def test_a_bad_row_ends_with_its_own_code(night: tuple[Path, dict[str, Result]], name: str) -> None:
    result = night[1][name]
    assert (result.status, result.error_code) == ("invalid", BAD[name].code)


@pytest.mark.parametrize("name", BAD)
def test_its_sentence_names_the_row(night: tuple[Path, dict[str, Result]], name: str) -> None:
    message = night[1][name].error_message
    assert message is not None
    assert f"row {list(BAD).index(name) + 1}" in message.lower()
    assert message.rstrip().endswith((".", ")"))


def test_the_good_row_finishes(night: tuple[Path, dict[str, Result]]) -> None:
    assert night[1][GOOD].status == "done"
    assert (night[0] / "out/videos/good.mp4").stat().st_size > 10_000


def test_a_path_as_job_id_writes_nowhere(night: tuple[Path, dict[str, Result]]) -> None:
    assert night[1]["../escape"].error_code == "bad_job_id"
    assert not (night[0] / "out/escape.mp4").exists()


def test_a_job_id_used_twice_is_refused(night: tuple[Path, dict[str, Result]]) -> None:
    assert night[1]["twice"].error_code == "duplicate_job_id"


def test_a_name_that_cannot_be_written_costs_only_its_row(
    night: tuple[Path, dict[str, Result]],
) -> None:
    result = night[1]["unwritable"]
    assert result.error_code == "name_taken"
    assert result.error_message is not None
    assert "unwritable.mp4" in result.error_message


def test_what_s3_does_not_have_or_does_not_give_costs_only_its_row(
    s3: S3Server, media: Media, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        {"job_id": "absent", "portrait_uri": f"s3://{s3.bucket}/no.png", "script": "Hi."},
        {"job_id": "good", "portrait_uri": str(media.portrait), "audio_uri": str(media.narration)},
    ]
    manifest = tmp_path / "night.jsonl"
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows))
    run_here(str(manifest), tmp_path / "out", tmp_path / "scratch")
    found = results(tmp_path / "out")
    assert (found["absent"].status, found["absent"].error_code) == ("invalid", "missing_file")
    assert found["good"].status == "done"

    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-secret")
    s3_storage._client.cache_clear()
    run_here(str(manifest), tmp_path / "out", tmp_path / "scratch")
    refused = results(tmp_path / "out")["absent"]
    assert (refused.status, refused.error_code) == ("invalid", "forbidden")
    assert "wrong-secret" not in str(refused)
