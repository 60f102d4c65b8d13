"""Each measure lets a clean clip pass and sees the fault that is planted in it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from pipeline.animatic.coarticulation import mouth_of
from pipeline.animatic.controls import Control
from pipeline.animatic.renderer import Animatic
from pipeline.evaluate.takes import job_take
from pipeline.media.sound.vad import speech_spans
from pipeline.nouns import Chunk, Segment
from pipeline.presets import ANIMATIC
from pipeline.quality.figures import take_figures
from pipeline.quality.lip_figures import segment_lip_figures, take_lip_figures
from pipeline.quality.measures import LOOKS, MEASURES
from pipeline.quality.meter import Before, FaceMeter, Measured, face_meter
from pipeline.quality.series import load_series, save_series
from pipeline.quality.speech import BLOCK, SpeechCurves, jaw_curve
from pipeline.quality.whole_take import figures_of_master
from pipeline.renderer import Frames
from tests.night import LONG, make_media
from tests.noun_builders import a_master, a_take
from tests.pipeline.animatic.takes import PHRASE, some_phones
from tests.said_once import made_once
from tests.spoken import spoken_in_english

Planted = Callable[[Frames], Frames]

SEGMENT = Segment(index=0, start=0, stop=47)
NEXT = Segment(index=1, start=47, stop=94)


@dataclass(frozen=True)
class Shot:
    """Two clean segments of a talking portrait, and who measures them."""

    measures: FaceMeter
    frames: Frames

    def measured(self, frames: Frames) -> tuple[Measured, Measured]:
        """Of both segments, with these frames in place of the clean ones."""
        meter = self.measures
        first = _measured(meter, frames[:47], SEGMENT, Before())
        before = Before(first=dict(first.figures), last=frames[46])
        return first, _measured(meter, frames[47:], NEXT, before)

    def take(self, frames: Frames) -> dict[str, float]:
        return self.whole(self.measured(frames))

    def whole(self, parts: Sequence[Measured]) -> dict[str, float]:
        """Of the take, from what its segments were measured as."""
        frames = sum(len(each.series) for each in parts)
        spoken = self.measures.spoken.between(0, frames)
        return take_figures([[each.series for each in parts]], spoken, self.measures.sitter.luma)


def _narrate(mix: Path) -> None:
    spoken_in_english(LONG, mix=mix)


def _measured(meter: FaceMeter, frames: Frames, segment: Segment, before: Before) -> Measured:
    looked_at = meter.measured(iter([frames[:20], frames[20:]]), segment, before)
    assert np.array_equal(np.concatenate(list(looked_at)), frames)
    return looked_at.result


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Shot:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("measured")
    narration = made_once("long-narration.wav", _narrate)
    files = job_take(make_media(folder).portrait, narration, ANIMATIC, folder / "take")
    spans = tuple(speech_spans(files.speech))
    files = replace(files, take=replace(files.take, spans=spans))
    chain = Animatic().open(files, Chunk(index=0, start=0, stop=94), 1)
    batches = [b for each in (SEGMENT, NEXT) for b in chain.render(each, chain.start())]
    meter = face_meter(files)
    assert isinstance(meter, FaceMeter)
    return Shot(measures=meter, frames=np.concatenate(batches))


def test_a_clean_clip_is_clean(shot: Shot) -> None:
    parts = shot.measured(shot.frames)
    first, second = (dict(each.figures) for each in parts)
    assert {*first, *second} <= {m.name for m in MEASURES.values() if m.span == "segment"}
    assert first["face_present"] == second["face_present"] == 1
    assert first["faces"] == 1
    assert first["identity"] < 0.4
    assert abs(second["identity_drift"]) < 0.1
    assert abs(second["colour_drift"]) < 1
    assert 0.8 < second["sharpness_drift"] < 1.2
    assert second["black"] == second["frozen_speech"] == 0
    assert second["seam"] < 6
    assert second["eyes_at_seam"] < 0.3
    assert first["lip_motion"] > 0.02
    assert min(first["segment_lips"], second["segment_lips"]) > 0.6
    whole = shot.whole(parts)
    assert set(whole) <= {m.name for m in MEASURES.values() if m.span == "take"}
    assert whole["lips"] > 0.7
    assert whole["lip_lag"] <= 1
    assert whole["closures"] >= 0.75
    assert whole["take_face_gap"] == 0


def test_a_mouth_that_never_moves_is_seen(shot: Shot) -> None:
    still = np.repeat(shot.frames[:1], 94, axis=0)
    still[:, :2, :2] = np.arange(94, dtype=np.uint8)[:, None, None, None] % 200  # no freeze
    first, _ = shot.measured(still)
    assert dict(first.figures)["lip_motion"] < 0.005


def test_lips_of_other_words_are_seen(shot: Shot) -> None:
    backwards = shot.frames[::-1].copy()
    parts = shot.measured(backwards)
    assert min(dict(each.figures)["segment_lips"] for each in parts) < 0.4
    assert shot.whole(parts)["lips"] < 0.4


def test_lips_that_never_meet_are_seen_at_the_sounds_of_both_lips(shot: Shot) -> None:
    gaps = np.concatenate([each.series.gap for each in shot.measured(shot.frames)])
    agape = shot.frames.copy()
    agape[gaps < np.median(gaps)] = agape[int(np.argmax(gaps))]
    assert shot.take(agape)["closures"] < 0.5


def a_speech(said: slice) -> SpeechCurves:
    """Four seconds of which these frames are spoken, as an opening and closing."""
    spoken = np.zeros(100, np.bool_)
    spoken[said] = True
    nothing = np.zeros(100, np.bool_)
    return SpeechCurves(
        opening=spoken * np.sin(np.arange(100)) ** 2,
        said=spoken,
        silent=~spoken,
        meet=nothing,
        open_vowels=nothing,
        close_vowels=nothing,
    )


def test_a_mouth_is_closed_and_still_in_silence() -> None:
    speech = a_speech(slice(0, 50))
    good = (0.1 * speech.opening).astype(np.float32)
    found = segment_lip_figures(good, speech)
    assert found["silent_mouth"] == found["silent_gap"] == 0
    moving = good + (0.05 * ~speech.said * np.sin(np.arange(100))).astype(np.float32)
    assert segment_lip_figures(moving, speech)["silent_mouth"] > 0.03
    hanging = good + (0.05 * ~speech.said).astype(np.float32)
    assert segment_lip_figures(hanging, speech)["silent_gap"] == pytest.approx(0.05)


def test_lips_that_are_no_wider_at_a_than_at_i_are_seen() -> None:
    vowels = np.arange(100) % 20
    speech = replace(a_speech(slice(0, 80)), open_vowels=vowels == 5, close_vowels=vowels == 15)
    wide = np.where(speech.open_vowels, 0.1, 0.03).astype(np.float32)
    assert take_lip_figures(wide, speech)["vowels"] == pytest.approx(0.07)
    assert take_lip_figures(wide[::-1], speech)["vowels"] <= 0


def test_too_little_speech_or_silence_says_nothing() -> None:
    gap = np.zeros(100, np.float32)
    assert math.isnan(segment_lip_figures(gap, a_speech(slice(0, 20)))["segment_lips"])
    assert math.isnan(segment_lip_figures(gap, a_speech(slice(0, 95)))["silent_gap"])


def test_a_freeze_of_thirteen_frames_is_seen_and_one_of_five_is_short(shot: Shot) -> None:
    said = np.convolve(shot.measures.spoken.said[48:94], np.ones(13), "valid")
    at = 48 + int(np.argmax(said == 13))
    frozen = shot.frames.copy()
    frozen[at : at + 13] = frozen[at - 1]
    frozen[11:16] = frozen[10]
    first, second = shot.measured(frozen)
    assert dict(second.figures)["frozen_speech"] == pytest.approx(13 / 25)
    assert dict(first.figures)["frozen_speech"] <= 5 / 25


def test_black_frames_are_counted(shot: Shot) -> None:
    black = shot.frames.copy()
    black[50:53] = 0
    _, second = shot.measured(black)
    assert dict(second.figures)["black"] == 3
    assert dict(second.figures)["face_present"] == pytest.approx(44 / 47, abs=0.03)


def test_another_face_is_seen(shot: Shot) -> None:
    other = shot.frames.copy()
    other[47:] = np.flip(other[47:], axis=1)  # upside down: no face that the portrait has
    _, second = shot.measured(other)
    figures = dict(second.figures)
    assert figures["face_present"] < 0.5 or figures["identity"] > 0.6


@pytest.mark.parametrize(
    ("planted", "measure", "worse"),
    [
        (lambda f: cv2.GaussianBlur(f, (0, 0), 3), "sharpness_drift", lambda v: v < 0.6),
        (lambda f: np.clip(f * np.float32([1.3, 1, 0.7]), 0, 255), "colour_drift", lambda v: v > 4),
    ],
    ids=["blur", "colour"],
)
def test_a_drift_from_the_first_segment_is_seen(
    shot: Shot, planted: Planted, measure: str, worse: Callable[[float], bool]
) -> None:
    drifted = shot.frames.copy()
    drifted[47:] = np.stack([np.asarray(planted(frame), np.uint8) for frame in drifted[47:]])
    _, second = shot.measured(drifted)
    assert worse(dict(second.figures)[measure])


def test_a_jump_at_the_join_is_seen(shot: Shot) -> None:
    jumped = shot.frames.copy()
    jumped[47:] = np.roll(jumped[47:], 6, axis=2)
    _, second = shot.measured(jumped)
    assert dict(second.figures)["seam"] > 6
    assert shot.take(jumped)["take_seam"] > 6


@pytest.mark.parametrize("late", [3, 5, 8])
def test_lips_that_come_late_are_seen_by_their_lag(shot: Shot, late: int) -> None:
    shifted = np.concatenate([np.repeat(shot.frames[:1], late, axis=0), shot.frames[:-late]])
    assert shot.take(shifted)["lip_lag"] == pytest.approx(late, abs=1)


def test_the_series_are_stored_as_they_were(shot: Shot, tmp_path: Path) -> None:
    first, _ = shot.measured(shot.frames)
    save_series(first.series, tmp_path / "one.npz")
    again = load_series(tmp_path / "one.npz")
    assert np.array_equal(again.gap, first.series.gap)
    assert len(again) == 47
    save_series(again, tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_picture_that_ends_before_its_sound_lacks_frames_of_its_own_rate() -> None:
    take = a_take(frames=100)
    assert figures_of_master(a_master(frames=97), take) == {"duration_short": 3}
    assert figures_of_master(replace(a_master(frames=120), fps=30.0), take) == {"duration_short": 0}
    assert figures_of_master(a_master(frames=101), take) == {"duration_short": 0}


def test_the_jaw_of_a_long_take_is_drawn_block_by_block_as_it_would_be_whole() -> None:
    phones = some_phones(PHRASE * 12)
    frames = 2 * BLOCK + 40
    whole = mouth_of(phones, -8, frames + 8, np.zeros((frames + 16, 8)))[8:-8, Control.JAW]
    assert np.allclose(jaw_curve(phones, frames), whole, atol=1e-9)
    assert len(jaw_curve(phones, 0)) == 0


def test_the_page_tells_each_measure_as_the_table_does() -> None:
    page = (Path(__file__).parents[3] / "docs/quality.md").read_text(encoding="utf-8")
    for name, row in MEASURES.items():
        cells = (f"`{name}`", row.span, row.unit or "1", row.better, f"{row.cost_s:g}", row.formula)
        told = f"| {' | '.join(cells)} |"
        assert told in page


def test_what_a_look_costs_is_what_was_measured() -> None:
    results = Path(__file__).parents[3] / "benchmarks/results"
    shares = json.loads((results / "measuring.json").read_text())["480x720"]["shares"]
    further = json.loads((results / "looks.json").read_text())["seconds_of_a_core_for_a_second"]
    names = {
        "mesh": "face mesh",
        "dlib": "identity (dlib)",
        "detail": "sharpness of the head",
        "change": "change of the whole picture",
        "small": "small picture and change behind",
        "faces": "faces",
        "colours": "colours behind",
    }
    told = {look: shares[name] for look, name in names.items()}
    told |= {look: share for look, share in further.items() if look in LOOKS}
    costs = {name: look.cost_s for name, look in LOOKS.items() if look.cost_s}
    assert costs == {look: round(share, 3) for look, share in told.items()}
    assert {row.look for row in MEASURES.values()} == set(LOOKS)
