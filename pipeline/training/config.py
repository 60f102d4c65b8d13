"""Settings of a training, read from one TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, ValidationError

from manifests.errors import BadInput, ManifestUnusable
from manifests.storage.uri import resolve
from pipeline.presets import TINY
from pipeline.training.lines import refuse_disorder, stage_named
from pipeline.training.stages import AnyStage, TrainingSettings


class TeacherData(TrainingSettings):
    """The synthetic teacher's material: `portraits` with the .npz `landmarks` of their face meshes,
    a folder of `speech`, and how many `shots` to render. `turned_heads` and `glasses` are shares
    of them."""

    kind: Literal["teacher"] = "teacher"
    portraits: Path
    landmarks: Path
    speech: Path
    shots: int = Field(default=600, ge=1)
    head_motion: float = Field(default=0.35, ge=0, le=1)
    turned_heads: float = Field(default=0.0, ge=0, le=1)
    glasses: float = Field(default=0.0, ge=0, le=1)


class ManifestData(TrainingSettings):
    """Real clips: the Parquet `manifest` that names them, and the share of them that is `held_out`
    from training. `head_share` is the head's height in the picture: that of the preset which will
    render."""

    kind: Literal["manifest"]
    manifest: str
    held_out: float = Field(default=0.05, ge=0, lt=1)
    head_share: float = Field(default=TINY.head_share, gt=0, le=1)


def _kind(data: object) -> object:
    """The teacher where nothing is said."""
    if isinstance(data, Mapping):
        return data.get("kind", "teacher")
    return getattr(data, "kind", None)


AnyData = Annotated[
    Annotated[TeacherData, Tag("teacher")] | Annotated[ManifestData, Tag("manifest")],
    Discriminator(_kind),
]


class Networks(TrainingSettings):
    """Sizes of networks made new; `start` takes those of a folder of weights instead.
    `audio_ahead` is how many frames early a renderer hears the speech (0: as `start`)."""

    start: Path | None = None
    audio_ahead: int = Field(default=0, ge=0)
    side: int = Field(default=128, multiple_of=16)
    layers: int = Field(default=6, ge=1)
    heads: int = Field(default=3, ge=1)
    vae_channels: tuple[int, int, int, int] = (16, 32, 64, 96)
    vae_groups: int = Field(default=4, ge=1)


class TrainingConfig(TrainingSettings):
    """A whole training. `out` holds shots, latents, checkpoints, curves and at last the weights, in
    files of at most `shard_mb` megabytes if that is said (a tensor is never cut)."""

    out: Path
    seed: int = 0
    threads: int = Field(default=1, ge=1)
    shard_mb: float | None = Field(default=None, gt=0)
    data: AnyData
    networks: Networks = Networks()
    stages: tuple[AnyStage, ...] = Field(min_length=1)

    def stage(self, name: str) -> AnyStage:
        return stage_named(self.stages, name)


def load_training(path: Path) -> TrainingConfig:
    """Paths in the file are relative to it. `ManifestUnusable` names every wrong key."""
    config = _read(path)
    refuse_disorder(config.stages, started=config.networks.start is not None)
    return _beside(config, path.parent)


def _read(path: Path) -> TrainingConfig:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
        return TrainingConfig.model_validate(values)
    except OSError as error:
        message = f"the training file {path} cannot be read: {error.strerror}"
        raise ManifestUnusable("config_unreadable", message) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"the training file {path} is not TOML: {error}"
        raise ManifestUnusable("config_unreadable", message) from error
    except ValidationError as error:
        found = "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()
        )
        raise ManifestUnusable("config_wrong", f"{path} has wrong settings: {found}") from error


def _beside(config: TrainingConfig, folder: Path) -> TrainingConfig:
    """Relative paths are relative to `folder`."""
    data, networks = config.data, config.networks
    start = None if networks.start is None else folder / networks.start
    changed = {
        "out": folder / config.out,
        "data": data.model_copy(update=_places(data, folder)),
        "networks": networks.model_copy(update={"start": start}),
    }
    return config.model_copy(update=changed)


def _places(data: TeacherData | ManifestData, folder: Path) -> dict[str, object]:
    if isinstance(data, TeacherData):
        return {name: folder / getattr(data, name) for name in ("portraits", "landmarks", "speech")}
    try:
        return {"manifest": resolve(data.manifest, str(folder.absolute() / "training.toml"))}
    except BadInput as error:
        raise ManifestUnusable("config_wrong", f"data.manifest: {error.message}") from error
