"""The blocks of a whole clip, and how a modular pipeline is saved with its code."""

from __future__ import annotations

import inspect
import json
import os
from pathlib import Path
from typing import Any

import torch
from diffusers.modular_pipelines.modular_pipeline import (
    ModularPipeline,
    ModularPipelineBlocks,
    SequentialPipelineBlocks,
)
from diffusers.modular_pipelines.modular_pipeline_utils import OutputParam

from model.modular.before_segments import (
    Hallo3PortraitStep,
    Hallo3PromptStep,
    Hallo3SettingsStep,
    Hallo3SpeechStep,
    Hallo3TakeStep,
)
from model.modular.nouns import AS_PICTURES, given
from model.modular.saved_class import import_of, refuse_unsaved
from model.modular.segment_loop import Hallo3SegmentLoop
from model.modular.step import Block, Components, Hallo3Step
from model.pipeline_io import joined_frames


class Hallo3ClipStep(Hallo3Step):
    """All segments as one clip, cut to the frames that were asked for."""

    takes = ("clip_parts", "heard")
    options = AS_PICTURES
    gives = ("frames",)

    def fill(self, components: Components, block: Block) -> None:
        del components
        block.frames = joined_frames(block.clip_parts, block.heard.frames, block.output_type)


class Hallo3Blocks(SequentialPipelineBlocks):
    """A portrait and speech to the frames of one clip, as `Hallo3Pipeline` makes them: the same
    functions, one block each."""

    block_classes = [  # noqa: RUF012  # theirs
        Hallo3SettingsStep,
        Hallo3PortraitStep,
        Hallo3PromptStep,
        Hallo3SpeechStep,
        Hallo3TakeStep,
        Hallo3SegmentLoop,
        Hallo3ClipStep,
    ]
    block_names = ["settings", "portrait", "prompt", "speech", "take", "segments", "clip"]  # noqa: RUF012

    @property
    def description(self) -> str:
        return inspect.getdoc(type(self)) or ""

    @property
    def outputs(self) -> list[OutputParam]:  # type: ignore[override]  # theirs says names
        return [given("frames")]


def load_with_blocks(
    folder: str | os.PathLike[str],
    blocks: ModularPipelineBlocks | None = None,
    dtype: torch.dtype = torch.float32,
) -> ModularPipeline:
    """The pipeline of a folder that `Hallo3Pipeline` or `save_with_blocks` has saved, with its
    components; no code of the folder is run. Speech is heard in float32, whatever the others get.

    diffusers only logs what it fails to load, and tries to load what the folder says it is without.
    Blocks of one's own are given again: a folder that was saved with others than ours is refused
    without them.
    """
    if not Path(folder).is_dir():  # diffusers would ask for a model of that name on its hub
        raise FileNotFoundError(f"{folder}: no such folder; give one with a saved pipeline")
    if isinstance(blocks, type):
        raise TypeError(f"`blocks` is a class; give blocks that it made, {blocks.__name__}()")
    if blocks is None:
        _refuse_other_blocks(Path(folder))
        blocks = Hallo3Blocks()  # type: ignore[no-untyped-call]
    pipeline = blocks.init_pipeline(str(folder))
    there = [name for name in pipeline.component_names if (Path(folder) / name).is_dir()]
    formats = {"default": dtype, "speech_encoder": torch.float32}
    pipeline.load_components(names=there, local_files_only=True, dtype=formats)
    failed = [name for name in there if getattr(pipeline, name) is None]
    if failed:
        raise ValueError(f"{folder}: {', '.join(failed)} could not be loaded; the log says why")
    return pipeline


def save_with_blocks(pipeline: ModularPipeline, folder: str | os.PathLike[str]) -> None:
    """Saves components, index and blocks, so that `ModularPipeline.from_pretrained(folder,
    trust_remote_code=True)` finds all of them, wherever the folder is moved to.

    diffusers writes down the name of the blocks' class and wants its module beside it, but does not
    put it there. The file that is written here only imports the class from where it is installed.
    Blocks that were changed after their class made them are refused: a folder cannot keep that.
    """
    folder, blocks = Path(folder), pipeline.blocks
    refuse_unsaved(blocks)
    pipeline.save_pretrained(str(folder), overwrite_modular_index=True)
    blocks.save_pretrained(str(folder))  # type: ignore[no-untyped-call]
    index = folder / "modular_model_index.json"
    index.write_text(json.dumps(_of_its_folder(json.loads(index.read_text())), indent=2) + "\n")
    home = type(blocks).__module__.rsplit(".", 1)[-1]
    (folder / f"{home}.py").write_text(import_of(type(blocks)))


def _refuse_other_blocks(folder: Path) -> None:
    """Raise `ValueError` for a folder whose blocks are not ours, by the name that diffusers wrote
    or by the class that `save_with_blocks` did. Its code is read, not run."""
    index, config = folder / "modular_model_index.json", folder / "modular_config.json"
    told = Hallo3Blocks.__name__
    if index.is_file():
        told = json.loads(index.read_text()).get("_blocks_class_name") or told
    ours = told == Hallo3Blocks.__name__
    if config.is_file():
        told = json.loads(config.read_text())["auto_map"]["ModularPipelineBlocks"]
        code = folder / f"{told.split('.')[0]}.py"
        ours = code.is_file() and code.read_text() == import_of(Hallo3Blocks)
    if not ours:
        raise ValueError(
            f"{folder} was saved with blocks of its own, {told}: give them, "
            f"`load_with_blocks(folder, {told.split('.')[-1]}())`, or `Hallo3Blocks()` for ours"
        )


def _of_its_folder(index: dict[str, Any]) -> dict[str, Any]:
    """Without components that there are none of, and without the folder's name: diffusers takes
    that in which it finds the index."""
    named = {name: value for name, value in index.items() if not isinstance(value, list)}
    for name, value in index.items():
        if isinstance(value, list) and value[0] is not None:
            named[name] = [*value[:2], {**value[2], "pretrained_model_name_or_path": None}]
    return named
