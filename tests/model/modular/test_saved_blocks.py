"""What a folder keeps of blocks: all that their class makes, and a refusal of all else."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import ModularPipeline, SequentialPipelineBlocks
from diffusers.utils import dynamic_modules_utils

from model.modular.before_segments import Hallo3PromptStep
from model.modular.blocks import Hallo3Blocks, load_with_blocks, save_with_blocks
from model.modular.saved_class import refuse_unsaved
from model.modular.segment_loop import Hallo3DecodeStep
from model.pipeline import Hallo3Pipeline
from model.processing import PROCESSOR_MODULE
from tests.model.golden_chain import golden_pipeline
from tests.model.modular.test_modular import Darkened, LouderSpeech, asked, frames, with_components
from tests.model.test_pipeline import ELSEWHERE

OWN = """
from model.modular.blocks import Hallo3Blocks
from model.modular.segment_loop import Hallo3SegmentLoop
from tests.model.modular.test_modular import Darkened, LouderSpeech

def put(classes, names, **others):
    return [others.get(name, kind) for name, kind in zip(names, classes)]

def darkened(names, name):
    return [*names[:4], name, *names[4:]]

class DarkLoop(Hallo3SegmentLoop):
    block_classes = darkened(Hallo3SegmentLoop.block_classes, Darkened)
    block_names = darkened(Hallo3SegmentLoop.block_names, "darken")

class LoudAndDark(Hallo3Blocks):
    block_classes = put(
        Hallo3Blocks.block_classes, Hallo3Blocks.block_names, speech=LouderSpeech, segments=DarkLoop
    )
"""


@pytest.fixture(scope="module")
def whole() -> Hallo3Pipeline:
    return golden_pipeline()


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401  a class of theirs
    """Blocks of a user's own, in a module that is installed."""
    import_module(PROCESSOR_MODULE)  # what blocks would import, before modules are set aside
    (tmp_path / "installed").mkdir()
    (tmp_path / "installed/of_my_own").with_suffix(".py").write_text(OWN)
    monkeypatch.setattr(dynamic_modules_utils, "HF_MODULES_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "installed")])
    monkeypatch.setattr(sys, "modules", {**sys.modules})
    return import_module("of_my_own").LoudAndDark


def test_a_class_of_ones_own_is_saved_and_loaded(
    whole: Hallo3Pipeline,
    own: Any,  # noqa: ANN401
    tmp_path: Path,
) -> None:
    pipeline = with_components(own(), whole)
    wanted = frames(pipeline)
    save_with_blocks(pipeline, tmp_path / "saved")
    loaded = ModularPipeline.from_pretrained(tmp_path / "saved", trust_remote_code=True)
    loaded.load_components()
    for again in (loaded, load_with_blocks(tmp_path / "saved", own())):
        again.set_progress_bar_config(disable=True)
        assert type(again.blocks) is own
        assert (frames(again) - wanted).abs().max() <= ELSEWHERE
    save_with_blocks(loaded, tmp_path / "again")
    (told,) = (tmp_path / "again").glob("of_my_own.*")
    assert told.read_text() == "from of_my_own import LoudAndDark\n"


def test_a_folder_of_other_blocks_is_not_loaded_with_ours_in_silence(
    whole: Hallo3Pipeline,
    own: Any,  # noqa: ANN401
    tmp_path: Path,
) -> None:
    save_with_blocks(with_components(own(), whole), tmp_path / "saved")
    with pytest.raises(ValueError, match=r"own, of_my_own.LoudAndDark: give them, .*, LoudAndDark"):
        load_with_blocks(tmp_path / "saved")
    ours = load_with_blocks(tmp_path / "saved", Hallo3Blocks())
    ours.set_progress_bar_config(disable=True)
    clip = whole(**asked()).frames
    assert (frames(ours) - clip).abs().max() <= ELSEWHERE


def test_a_folder_that_diffusers_wrote_of_other_blocks_is_not_loaded_with_ours(
    whole: Hallo3Pipeline, tmp_path: Path
) -> None:
    parts = {name: Hallo3Blocks().sub_blocks[name] for name in ("settings", "prompt")}
    some = with_components(Hallo3Blocks(), whole)
    some.save_pretrained(str(tmp_path / "ours"), overwrite_modular_index=True)
    load_with_blocks(tmp_path / "ours")
    other = SequentialPipelineBlocks.from_blocks_dict(parts).init_pipeline()
    other.save_pretrained(str(tmp_path / "some"), overwrite_modular_index=True)
    with pytest.raises(ValueError, match="some was saved with blocks of its own, Sequential"):
        load_with_blocks(tmp_path / "some")
    with pytest.raises(TypeError, match=r"`blocks` is a class; give .*, Hallo3Blocks\(\)"):
        load_with_blocks(tmp_path / "ours", Hallo3Blocks)  # type: ignore[arg-type]


def replaced(blocks: Any) -> Any:  # noqa: ANN401  theirs
    blocks.sub_blocks["speech"] = LouderSpeech()
    return blocks


def replaced_by_a_subclass(blocks: Any) -> Any:  # noqa: ANN401  theirs
    class Same(Hallo3PromptStep):
        pass

    blocks.sub_blocks["prompt"] = Same()
    return blocks


def replaced_in_the_loop(blocks: Any) -> Any:  # noqa: ANN401  theirs
    blocks.sub_blocks["segments"].sub_blocks["decode"] = Darkened()
    return blocks


def added(blocks: Any) -> Any:  # noqa: ANN401  theirs
    blocks.sub_blocks.insert("more", LouderSpeech(), 4)
    return blocks


def added_in_the_loop(blocks: Any) -> Any:  # noqa: ANN401  theirs
    blocks.sub_blocks["segments"].sub_blocks.insert("darken", Darkened(), 4)
    return blocks


def removed(blocks: Any) -> Any:  # noqa: ANN401  theirs
    del blocks.sub_blocks["prompt"]
    return blocks


def removed_in_the_loop(blocks: Any) -> Any:  # noqa: ANN401  theirs
    blocks.sub_blocks["segments"].sub_blocks.pop("keep")
    return blocks


def moved(blocks: Any) -> Any:  # noqa: ANN401  theirs
    blocks.sub_blocks.move_to_end("portrait")
    return blocks


def renamed(blocks: Any) -> Any:  # noqa: ANN401  theirs
    blocks.sub_blocks.insert("words", blocks.sub_blocks.pop("prompt"), 2)
    return blocks


def told_otherwise(blocks: Any) -> Any:  # noqa: ANN401  theirs
    blocks.sub_blocks["settings"].options = {"num_inference_steps": 4}
    return blocks


def with_another_function(blocks: Any) -> Any:  # noqa: ANN401  theirs
    blocks.sub_blocks["segments"].sub_blocks["decode"].fill = lambda *_: None
    return blocks


def with_an_array(blocks: Any) -> Any:  # noqa: ANN401  theirs
    blocks.sub_blocks["take"].shift = [torch.ones(3)]
    return blocks


def some_of_them(blocks: Any) -> Any:  # noqa: ANN401  theirs
    names = ("settings", "portrait", "prompt", "take")
    return SequentialPipelineBlocks.from_blocks_dict(
        {name: blocks.sub_blocks[name] for name in names}
    )


def others_by_our_class(blocks: Any) -> Any:  # noqa: ANN401  theirs
    return Hallo3Blocks.from_blocks_dict({**blocks.sub_blocks, "speech": LouderSpeech})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (replaced, "`speech` is a LouderSpeech, not a Hallo3SpeechStep"),
        (replaced_by_a_subclass, "`prompt` is a Same, not a Hallo3PromptStep"),
        (replaced_in_the_loop, "`segments.decode` is a Darkened, not a Hallo3DecodeStep"),
        (added, "`more` is added"),
        (added_in_the_loop, "`segments.darken` is added"),
        (removed, "`prompt` is missing"),
        (removed_in_the_loop, "`segments.keep` is missing"),
        (moved, r"has another order: settings, prompt, .*, portrait"),
        (renamed, "`words` is added; `prompt` is missing"),
        (told_otherwise, "`settings` has another `options`"),
        (with_another_function, "`segments.decode` has another `fill`"),
        (with_an_array, "`take` has another `shift`"),
        (some_of_them, "SequentialPipelineBlocks.. would give back .*`settings` is added"),
        (others_by_our_class, "`speech` is a LouderSpeech"),
    ],
)
def test_blocks_that_their_class_would_not_make_are_refused_before_anything_is_written(
    whole: Hallo3Pipeline, tmp_path: Path, change: Callable[[Any], Any], told: str
) -> None:
    pipeline = with_components(change(Hallo3Blocks()), whole)
    with pytest.raises(ValueError, match=rf"(?s){told}.*Write a class of your own"):
        save_with_blocks(pipeline, tmp_path / "saved")
    assert not (tmp_path / "saved").exists()


def test_the_same_blocks_put_together_by_hand_are_those_of_the_class() -> None:
    by_hand = Hallo3Blocks.from_blocks_dict(Hallo3Blocks().sub_blocks)
    refuse_unsaved(by_hand)
    assert list(by_hand.sub_blocks) == list(Hallo3Blocks().sub_blocks)
    blocks = Hallo3Blocks()
    blocks.sub_blocks["segments"].sub_blocks["decode"] = Hallo3DecodeStep()
    refuse_unsaved(blocks)
    del blocks.sub_blocks["segments"].sub_blocks["decode"]
    with pytest.raises(ValueError, match="Write a class of your own"):
        refuse_unsaved(blocks)


class Shifted(Hallo3Blocks):
    """Blocks that make what they hold themselves."""

    def __init__(self, by: float = 1.0) -> None:
        super().__init__()
        self.shift = {"by": torch.full((2,), by)}


class AskedFor(Hallo3Blocks):
    """Blocks that nobody can make without a number."""

    def __init__(self, by: float) -> None:
        super().__init__()
        self.by = by


def test_what_a_class_makes_by_itself_is_kept_and_what_it_is_told_is_not() -> None:
    refuse_unsaved(Shifted())
    with pytest.raises(ValueError, match=r"Shifted\(\) has another `shift`"):
        refuse_unsaved(Shifted(2.0))
    with pytest.raises(ValueError, match="AskedFor is asked for by: write a class that takes"):
        refuse_unsaved(AskedFor(2.0))


def test_a_class_that_no_folder_can_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Within(Hallo3Blocks):
        pass

    with pytest.raises(ValueError, match=r"<locals>.Within of .* at the top of a module"):
        refuse_unsaved(Within())
    monkeypatch.setattr(Shifted, "__module__", "__main__")
    monkeypatch.setattr(sys.modules["__main__"], "Shifted", Shifted, raising=False)
    with pytest.raises(ValueError, match="Shifted of __main__ cannot be imported"):
        refuse_unsaved(Shifted())
