"""The official Hallo3 folder to a diffusers folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import torch

from model.convert.auxiliary_models import (
    AuxiliaryModel,
    common_dtype,
    copy_companion,
    find_companion,
)
from model.convert.errors import ConversionError, naming
from model.convert.folder import folder_aside, refuse_full_disk, refuse_taken
from model.convert.layout import COMPANIONS, CheckpointLayout, find_layout
from model.convert.metadata_files import (
    FORMAT,
    LICENSES,
    PROCESSES,
    PROCESSOR,
    digest_of_file,
    digests,
    model_index,
)
from model.convert.networks import Network, neighbours, plan_engine, plan_vae
from model.convert.plan import refuse_problems
from model.convert.read import MappedWeights, Weights
from model.convert.sizes import Geometry
from model.convert.write import (
    FLOATS,
    Tensors,
    Written,
    json_text,
    recorded,
    write_tensors,
    write_text,
)
from model.scheduler import Hallo3DPMScheduler
from model.weights_digest import weights_digest

SHARD_BYTES = 5_000_000_000
STEM = "diffusion_pytorch_model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A finished folder, and what is in it. It can be used as the path that it is."""

    folder: Path
    present: tuple[str, ...]
    absent: tuple[str, ...]
    dropped: tuple[str, ...]
    bytes: int
    digest: str

    def __fspath__(self) -> str:
        return str(self.folder)

    def __truediv__(self, name: str) -> Path:
        return self.folder / name


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedNetwork:
    """A network and the weights that fill it."""

    network: Network
    tensors: Tensors


def convert_hallo3(  # noqa: PLR0913 - what the shapes of a checkpoint cannot tell, each by name
    source: str | os.PathLike[str],
    destination: str | os.PathLike[str],
    *,
    latent_frames: int = 13,
    latent_height: int = 60,
    latent_width: int = 90,
    audio_blocks: int = 12,
    audio_channels: int | None = None,
    dtype: torch.dtype | str | None = None,
    shard_bytes: int = SHARD_BYTES,
) -> Converted:
    """Convert `pretrained_models` (or the folder that holds it) into the new folder `destination`.

    The latent sizes are those that the checkpoint was made for; `audio_channels` left out is what
    the audio input leaves for each of the blocks. Weights keep their dtype unless one is given.

    Raises `ConversionError` when the source or the call is wrong, and `OSError` when the disk is;
    then nothing is written.
    """
    geometry = Geometry(
        latent_frames=latent_frames,
        latent_height=latent_height,
        latent_width=latent_width,
        audio_blocks=audio_blocks,
        audio_channels=audio_channels,
    )
    target = Path(destination)
    refuse_taken(target)
    layout = find_layout(Path(source))
    fillings, dropped = plan_fillings(layout, geometry, _dtype(dtype))
    found = [companion for c in COMPANIONS if (companion := find_companion(c, layout))]
    refuse_full_disk(
        target, sum(f.tensors.total_bytes for f in fillings) + sum(f.bytes for f in found)
    )
    with folder_aside(target) as folder:
        files = [file for f in fillings for file in write_network(folder, f, shard_bytes)]
        for companion in found:
            files += copy_companion(companion, folder, shard_bytes)
        present = (
            *(f.network.part for f in fillings),
            "scheduler",
            "processor",
            *(f.name for f in found),
        )
        files += write_papers(folder, present)
        text = digests(_source_digests(layout, found), files)
        write_text(folder, "digests.json", text)
    return Converted(
        folder=target,
        present=present,
        absent=tuple(c.name for c in COMPANIONS if c.name not in present),
        dropped=dropped,
        bytes=sum(file.bytes for file in files),
        digest=weights_digest(FORMAT, {file.path: file.sha256 for file in files}),
    )


def plan_fillings(
    layout: CheckpointLayout, geometry: Geometry, dtype: torch.dtype | None
) -> tuple[list[PlannedNetwork], tuple[str, ...]]:
    """Everything decided before a weight is read: the networks, and what is dropped and why.

    Raises a `ConversionError` that lists all that is wrong with the keys of a file.
    """
    engine = MappedWeights(layout.engine, "module")
    with naming(engine.name):
        networks = plan_engine(engine.shapes, geometry, with_vae=layout.vae is None)
        plans = [*(network.plan for network in networks), neighbours(engine.shapes, networks)]
        refuse_problems(plans)
        fillings = [_filling(network, engine, dtype) for network in networks]
    if layout.vae is not None:
        weights = MappedWeights(layout.vae, "state_dict")
        with naming(weights.name):
            vae = plan_vae(weights.shapes, geometry)
            refuse_problems([vae.plan])
            fillings.append(_filling(vae, weights, dtype))
            plans.append(vae.plan)
    return fillings, tuple(f"{key}: {why}" for p in plans for key, why in p.dropped.items())


def write_network(root: Path, filling: PlannedNetwork, shard_bytes: int) -> list[Written]:
    """The network's folder below `root`: config.json and its weights."""
    part = filling.network.part
    filling.network.save_config(root / part)
    stem = f"{part}/{STEM}"
    return [
        recorded(root, f"{part}/config.json"),
        *write_tensors(root, stem, filling.tensors, shard_bytes),
    ]


def write_papers(root: Path, present: tuple[str, ...]) -> list[Written]:
    """The configs of scheduler and processor, the pipeline's index and the licences."""
    Hallo3DPMScheduler().save_pretrained(root / "scheduler")
    (root / PROCESSOR).parent.mkdir()
    return [
        write_text(root, PROCESSOR, json_text(PROCESSES)),
        recorded(root, "scheduler/scheduler_config.json"),
        write_text(root, "model_index.json", model_index(present)),
        write_text(root, "LICENSES.md", LICENSES),
    ]


def _dtype(given: torch.dtype | str | None) -> torch.dtype | None:
    """A dtype by name, as torch calls it."""
    names = {str(dtype).removeprefix("torch."): dtype for dtype in FLOATS}
    if isinstance(given, str) and given not in names:
        raise ConversionError(f"{given} is no dtype for weights; say one of {', '.join(names)}")
    return names[given] if isinstance(given, str) else given


def _filling(network: Network, weights: Weights, dtype: torch.dtype | None) -> PlannedNetwork:
    keys = sorted({piece.key for recipe in network.plan.recipes for piece in recipe.pieces})
    chosen = common_dtype(weights, keys) if dtype is None else dtype
    if chosen not in FLOATS:
        raise ConversionError(f"{chosen} is no dtype for weights; say one: dtype")
    tensors = Tensors(recipes=network.plan.recipes, weights=weights, dtype=chosen)
    return PlannedNetwork(network=network, tensors=tensors)


def _source_digests(layout: CheckpointLayout, found: list[AuxiliaryModel]) -> dict[str, str]:
    """Of what was read and not simply copied."""
    read = [layout.engine, *([layout.vae] if layout.vae else [])]
    read += [path for companion in found for path in companion.pickled]
    return {str(path.relative_to(layout.root)): digest_of_file(path) for path in read}
