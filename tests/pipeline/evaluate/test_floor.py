"""The carried `tiny` weights still draw as well as on the day they were measured."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from skimage import data

from jobs.examples.portraits import astronaut
from pipeline.evaluate.clips import SEED, tiny_renderer
from pipeline.evaluate.floor import FRAMES, MEASURES, SAID, Floor, floor_of, measured, read_floor
from pipeline.evaluate.takes import job_take
from pipeline.presets import TINY, WEIGHTS_LIST, listed_weights_digest
from tests.spoken import spoken_in_english

WEIGHTS = Path(__file__).parents[3] / "model/weights/tiny"
FLOOR = WEIGHTS.with_suffix(".floor.json")


def test_four_segments_of_the_packages_portrait_reach_the_floor(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    floor = read_floor(FLOOR)
    assert floor.weights == listed_weights_digest(WEIGHTS / WEIGHTS_LIST), (
        "these weights have no floor yet: python benchmarks/tiny_floor.py"
    )
    narration = tmp_path / "narration.wav"
    spoken_in_english(SAID, mix=narration)
    files = job_take(astronaut(), narration, TINY, tmp_path / "take")
    assert files.take.frames >= FRAMES
    picture = data.astronaut()[:256:2, 100:356:2]
    assert floor.missed(measured(tiny_renderer(WEIGHTS), files, picture, SEED)) == []


def found(**other: float) -> dict[str, float]:
    usual = {"lips": 0.5, "identity": 0.4, "sharpness": 100.0, "vae_db": 28.0}
    return usual | other


def a_floor() -> Floor:
    return floor_of("digest", [found(lips=0.4), found(lips=0.5), found(lips=0.6)])


def test_a_floor_lies_two_deviations_below_the_mean() -> None:
    floor = a_floor()
    assert floor.means["lips"] == pytest.approx(0.5)
    assert floor.deviations["lips"] == pytest.approx(0.1)
    assert floor.floors["lips"] == pytest.approx(0.3)


def test_what_no_seed_changes_has_the_room_that_processors_need() -> None:
    floor = a_floor()
    assert floor.floors["vae_db"] == pytest.approx(28.0 - MEASURES["vae_db"][1])
    assert floor.floors["identity"] == pytest.approx(0.4 + MEASURES["identity"][1])


@pytest.mark.parametrize(
    "worse",
    [
        {"lips": 0.29},
        {"identity": 0.42},
        {"sharpness": 99.0},
        {"vae_db": 27.99},
        {"lips": math.nan},
    ],
)
def test_each_measure_is_missed_on_its_worse_side_alone(worse: dict[str, float]) -> None:
    (name,) = worse
    assert [told.split()[0] for told in a_floor().missed(found(**worse))] == [name]


def test_better_is_never_missed() -> None:
    better = found(lips=0.9, identity=0.1, sharpness=200.0, vae_db=35.0)
    assert a_floor().missed(better) == []
