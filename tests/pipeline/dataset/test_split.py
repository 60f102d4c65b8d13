"""What the teacher never shows."""

from __future__ import annotations

from pipeline.dataset.recorded import is_clip_held_out as is_held_out_clip
from pipeline.dataset.split import is_held_out, is_held_out_voice, sentence_of


def test_the_answer_never_changes() -> None:
    """Another answer here means that trained weights have seen what they are measured on."""
    names = [f"flite/slt_{number:02d}.flac" for number in range(40)]
    assert [name for name in names if is_held_out(name)] == [
        "flite/slt_19.flac",
        "flite/slt_28.flac",
    ]
    pictures = [f"c02_{number:04d}.jpg" for number in range(40)]
    assert [name for name in pictures if is_held_out(name)] == [
        "c02_0009.jpg",
        "c02_0014.jpg",
        "c02_0031.jpg",
    ]


def test_a_sentence_of_one_number_is_on_one_side_in_every_voice() -> None:
    for number in range(200):
        sides = {is_held_out(f"flite/{voice}_{number:04d}.flac") for voice in ("slt", "rms", "kal")}
        assert len(sides) == 1


def test_about_a_twentieth_of_the_clips_is_held_out_by_their_ids() -> None:
    ids = [f"clip-{number}" for number in range(4000)]
    kept = [clip for clip in ids if is_held_out_clip(clip, 0.05)]
    assert 0.04 < len(kept) / len(ids) < 0.06
    assert not any(is_held_out_clip(clip, 0.0) for clip in ids)
    assert set(kept) <= {clip for clip in ids if is_held_out_clip(clip, 0.2)}


def test_a_held_out_voice_is_never_trained_on() -> None:
    names = [f"flite/awb_{number:02d}.flac" for number in range(40)]
    assert all(map(is_held_out_voice, names))
    assert all(map(is_held_out, names))
    assert not is_held_out_voice("flite/slt_07.flac")


def test_a_sentence_is_known_by_its_number_or_else_by_its_name() -> None:
    assert sentence_of("ljspeech/LJ001-0005.flac") == "0005"
    assert sentence_of("welcome.wav") == "welcome"
