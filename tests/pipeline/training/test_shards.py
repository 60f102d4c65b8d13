"""Weights of a training in files of a chosen size."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from model.pipeline import Hallo3Pipeline
from pipeline.card.training import shards_of
from pipeline.training.config import TrainingConfig
from pipeline.training.export import RECIPE, export
from pipeline.training.networks import TRAINED, components, new_networks
from tests.pipeline.training.builders import a_training, save

SHARD_MB = 0.2


def trained(folder: Path, **settings: object) -> TrainingConfig:
    """With results of both stages: the networks as they began."""
    config = a_training(folder, **settings)
    networks = components(new_networks(config))
    for stage in config.stages:
        weights = {
            f"{name}.{key}": value.detach().clone()
            for name in TRAINED[stage.kind]
            for key, value in networks[name].named_parameters()
        }
        save(config, stage, weights)
    return config


def test_no_file_is_larger_than_asked_and_all_load_as_one_with_their_processor(
    tmp_path: Path,
) -> None:
    config = trained(tmp_path, shard_mb=SHARD_MB)
    folder = export(config).folder
    shards = shards_of(folder)
    assert len(shards) > 6
    largest = max(
        value.numel() * 2
        for net in components(new_networks(config)).values()
        for value in net.parameters()
    )
    head = 100_000  # of a file: the names and places of its tensors
    assert max(shards.values()) <= max(SHARD_MB * 1e6, largest) + head
    loaded = Hallo3Pipeline.from_pretrained(folder, local_files_only=True, dtype=torch.float16)
    wanted = new_networks(config).transformer.half().state_dict()
    got = loaded.transformer.state_dict()
    assert all(torch.equal(got[key], value) for key, value in wanted.items())
    hears, config_of = loaded.processor.encoder(None), loaded.transformer.config
    assert (hears.blocks, hears.channels) == (config_of.audio_blocks, config_of.audio_channels)


@pytest.mark.parametrize(("settings", "named"), [({}, False), ({"shard_mb": 8.0}, True)])
def test_the_recipe_names_shards_only_where_they_are_asked_for(
    tmp_path: Path, settings: dict[str, float], *, named: bool
) -> None:
    folder = export(trained(tmp_path, **settings)).folder
    assert ("shard_mb" in (folder / RECIPE).read_text()) is named
