"""A portrait without colour gives frames without colour, whatever a renderer learned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from manifests.job import Job
from pipeline.animatic.renderer import Animatic
from pipeline.limits import Limits
from pipeline.nouns import Chunk
from pipeline.presets import ANIMATIC
from pipeline.renderer import Chain, GreyChain, InItsColours, TakeFiles, is_grey, without_colour
from pipeline.renderers import load_renderer
from pipeline.take_portrait import ready_picture
from tests.media_builders import a_jpeg, a_portrait
from tests.pipeline.animatic.takes import PHRASE, SEED, some_phones, take_files

FRAMES = 20


@pytest.fixture(scope="module")
def colourful(tmp_path_factory: pytest.TempPathFactory) -> TakeFiles:
    return take_files(tmp_path_factory.mktemp("take"), some_phones(PHRASE), FRAMES)


@pytest.fixture
def grey(colourful: TakeFiles, tmp_path: Path) -> TakeFiles:
    with Image.open(colourful.portrait) as picture:
        picture.convert("L").convert("RGB").save(tmp_path / "grey.png")
    return replace(colourful, portrait=tmp_path / "grey.png")


def opened(files: TakeFiles) -> tuple[Chain, Chain]:
    """As the animatic alone opens it, and as a run does."""
    chunk = Chunk(index=0, start=0, stop=FRAMES)
    return Animatic().open(files, chunk, SEED), load_renderer(ANIMATIC).open(files, chunk, SEED)


def frames_of(chain: Chain) -> np.ndarray:
    segment = Chunk(index=0, start=0, stop=FRAMES).segments[0]
    return np.concatenate(list(chain.render(segment, chain.start())))


def test_a_grey_portrait_is_animated_in_grey(grey: TakeFiles) -> None:
    alone, kept = opened(grey)
    frames = frames_of(kept)
    spread = frames.max(axis=3).astype(int) - frames.min(axis=3)
    assert spread.max() == 0
    assert np.abs(frames.mean(axis=3) - frames_of(alone).mean(axis=3)).mean() < 1
    coloured = frames_of(alone)
    assert (coloured.max(axis=3).astype(int) - coloured.min(axis=3)).max() > 10, "the mouth is red"


def test_a_segment_stored_with_colours_is_not_taken_for_a_grey_one(grey: TakeFiles) -> None:
    alone, kept = opened(grey)
    segment = Chunk(index=0, start=0, stop=FRAMES).segments[0]
    assert isinstance(kept, GreyChain)
    assert kept.conditions(segment) != alone.conditions(segment)
    assert (kept.width, kept.height) == (alone.width, alone.height)


def test_a_portrait_in_colours_is_left_to_its_renderer(colourful: TakeFiles) -> None:
    alone, kept = opened(colourful)
    assert type(kept) is type(alone)
    segment = Chunk(index=0, start=0, stop=FRAMES).segments[0]
    assert kept.conditions(segment) == alone.conditions(segment)


def test_grey_is_what_has_no_colour_but_for_rounding() -> None:
    plain = np.repeat(a_portrait().mean(axis=2, keepdims=True), 3, axis=2)
    assert is_grey(plain.astype(np.uint8))
    assert is_grey((plain * 0.98 + np.array([3, 0, 1])).astype(np.uint8))
    assert not is_grey((plain * 0.9 + np.array([20, 8, 0])).astype(np.uint8)), "sepia is a colour"
    assert not is_grey(a_portrait())
    lips = plain.astype(np.uint8)
    lips[100:150, 100:150] = (200, 60, 60)
    assert not is_grey(lips)
    assert is_grey(without_colour(a_portrait()[None])[0])


@pytest.mark.parametrize(("colour", "told"), [(True, []), (False, ["grey_portrait"])])
def test_a_grey_portrait_is_said(tmp_path: Path, colour: bool, told: list[str]) -> None:
    picture = a_portrait() if colour else without_colour(a_portrait()[None])[0]
    path = a_jpeg(tmp_path / "in.jpg", picture)
    job = Job(job_id="a", portrait_uri=str(path), script="Hello.")
    ready = ready_picture(path, job, ANIMATIC, Limits(), tmp_path)
    assert [warning.partition(":")[0] for warning in ready.warnings] == told


def test_every_renderer_of_a_run_keeps_grey() -> None:
    assert isinstance(load_renderer(ANIMATIC), InItsColours)
