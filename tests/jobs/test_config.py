"""Settings are numbers that can be worked with, or are refused by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.config import RunConfig
from jobs.settings_file import load_config
from manifests.errors import ManifestUnusable
from pipeline.training.config import ManifestData, TeacherData, TrainingConfig


def floats() -> Iterator[str]:
    """All settings that are floats, also in tables, by their names in TOML."""
    for name, field in RunConfig.model_fields.items():
        if field.annotation in (float, float | None):
            yield name
        elif dataclasses.is_dataclass(field.default):
            tables = dataclasses.fields(field.default)
            yield from (f"{name}.{key.name}" for key in tables if key.type in {"float", float})


def test_all_floats_are_found() -> None:
    assert {"scratch_gb", "budget_usd", "audio.longest_s", "pool.hang_s"} <= set(floats())


@pytest.mark.parametrize("name", list(floats()))
@pytest.mark.parametrize("value", ["inf", "nan", "-inf"])
def test_no_setting_is_without_end_or_no_number(tmp_path: Path, name: str, value: str) -> None:
    table, _, key = name.rpartition(".")
    file = tmp_path / "night.toml"
    file.write_text(f"{f'[{table}]' if table else ''}\n{key} = {value}\n")
    with pytest.raises(ManifestUnusable, match=name):
        load_config(file)


@pytest.mark.parametrize("name", ["scratch_gb", "lease_s"])
def test_what_is_counted_in_bytes_or_waited_for_has_an_end(name: str) -> None:
    with pytest.raises(ManifestUnusable, match=name):
        load_config(None, **{name: 1e308})


def test_no_setting_of_a_training_is_without_end() -> None:
    models = (TeacherData, ManifestData, TrainingConfig)
    assert all(model.model_config.get("allow_inf_nan") is False for model in models)


@pytest.mark.parametrize(
    "content",
    [
        "a = " + "[" * 100_000,
        f"gpus = {'9' * 5000}",
        "gpus = 1\0",
        "gpus = 2026-99-99",
        "#" * ((1 << 20) + 1),
    ],
    ids=["lists in lists", "digits", "nul", "no date", "many bytes"],
)
def test_a_settings_file_that_is_no_toml_is_said_whatever_it_holds(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "rushes.toml").write_text(content)
    with pytest.raises(ManifestUnusable, match="is not TOML") as told:
        load_config(tmp_path / "rushes.toml")
    assert told.value.code == "config_unreadable"


def test_a_device_is_no_settings_file() -> None:
    with pytest.raises(ManifestUnusable, match="more than"):
        load_config(Path("/dev/zero"))


@pytest.mark.parametrize(
    "limit",
    ["[image]\nlongest_side = -1", "[image]\nlargest_pixels = 0", "[audio]\nlongest_s = -1.0"],
)
def test_no_limit_of_media_refuses_everything(tmp_path: Path, limit: str) -> None:
    (tmp_path / "rushes.toml").write_text(limit)
    with pytest.raises(ManifestUnusable, match="must be above 0"):
        load_config(tmp_path / "rushes.toml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('prset = "animatic"', "prset is no setting; did you mean preset?"),
        ("[sizes]\nbytes = 3", "sizes.bytes"),
        ("budget_usd = 3.0", "has wrong settings: budget_usd needs usd_per_gpu_hour, the price"),
    ],
)
def test_what_is_wrong_with_settings_is_told_without_a_librarys_words(
    tmp_path: Path, text: str, told: str
) -> None:
    (tmp_path / "night.toml").write_text(text)
    with pytest.raises(ManifestUnusable) as caught:
        load_config(tmp_path / "night.toml")
    assert told in caught.value.message
    for word in ("Extra inputs", "Value error", ": :"):
        assert word not in caught.value.message
