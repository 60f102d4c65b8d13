"""Settings of a training, read from one TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
)

from manifests.errors import BadInput, ManifestUnusable
from manifests.storage.uri import resolve
from pipeline.presets import TINY


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class TeacherData(_Settings):
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


class ManifestData(_Settings):
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


class Networks(_Settings):
    """Sizes of networks made new; `start` takes those of a folder of weights instead.
    `audio_ahead` is how many frames early a renderer hears the speech (0: as `start`)."""

    start: Path | None = None
    audio_ahead: int = Field(default=0, ge=0)
    side: int = Field(default=128, multiple_of=16)
    layers: int = Field(default=6, ge=1)
    heads: int = Field(default=3, ge=1)
    vae_channels: tuple[int, int, int, int] = (16, 32, 64, 96)
    vae_groups: int = Field(default=4, ge=1)


Share = Annotated[float, Field(ge=0, le=1)]


def decodable(frames: int) -> int:
    """1, or 8 k + 1: what the VAE decodes in its chunks."""
    if frames < 1 or (frames > 1 and frames % 8 != 1):
        raise ValueError(f"{frames} frames: the VAE learns 1, 9, 17, ... at a time")
    return frames


StageName = Annotated[str, Field(pattern=r"^\w[\w.-]*$")]
"""It names a folder."""


class VaeStage(_Settings):
    """Frames back from latents. `crop` pixels of `frames` frames at a time; 0 takes all. `shots`
    are the first ones only; `hues` is the share of pieces whose colours are turned. `edges`,
    `colour` and `lips` weigh steps from pixel to pixel, hue, and the mouth with its changes over
    time; `keep` holds the latents, and with it the scaling factor, where the stage before had
    them. `tint` teaches the encoder alone to tell green from magenta, so far in the latents of
    `start`."""

    kind: Literal["vae"]
    name: StageName
    after: str | None = None
    shots: int | None = Field(default=None, ge=1)
    steps: int = Field(ge=1)
    batch: int = Field(default=2, ge=1)
    frames: Annotated[int, AfterValidator(decodable)] = 9
    crop: int = Field(default=64, ge=0, multiple_of=8)
    hues: Share = 0.0
    learning_rate: float = Field(default=1e-3, gt=0)
    warmup: int = Field(default=50, ge=0)
    ema: float = Field(default=0.995, ge=0, lt=1)
    train: tuple[str, ...] = ("vae.*",)
    mouth_weight: float = Field(default=2.0, ge=1)
    edges: float = Field(default=0.3, ge=0)
    colour: float = Field(default=0.0, ge=0)
    lips: float = Field(default=0.0, ge=0)
    keep: float = Field(default=0.0, ge=0)
    tint: float = Field(default=0.0, ge=0)


class DiffusionStage(_Settings):
    """Velocity of noised latents. `latent_frames` of each segment are taken; `windows` of each
    shot are encoded with the VAE of the stage `vae`, or without one with that of the networks'
    `start`. `lips` weighs how the mouth changes over time."""

    kind: Literal["diffusion"]
    name: StageName
    after: str | None = None
    vae: str | None = None
    shots: int | None = Field(default=None, ge=1)
    steps: int = Field(ge=1)
    batch: int = Field(default=4, ge=1)
    latent_frames: int = Field(default=13, ge=3)
    windows: int = Field(default=2, ge=1)
    learning_rate: float = Field(default=5e-4, gt=0)
    warmup: int = Field(default=100, ge=0)
    ema: float = Field(default=0.999, ge=0, lt=1)
    train: tuple[str, ...] = ("transformer.*", "reference.*")
    mouth_weight: float = Field(default=5.0, ge=1)
    lips: float = Field(default=0.0, ge=0)
    high_noise: float = Field(default=1.5, gt=0)
    text_dropout: Share = 0.10
    audio_dropout: Share = 0.05
    motion_dropout: Share = 0.05
    reference_dropout: Share = 0.05


class DistilStage(_Settings):
    """A student of `evaluations` steps learns the distribution that its teacher draws: the networks
    that the stage begins with, guided by `guidance`. Shots give it conditions, and no frames.
    `low_rank` trains additions of that rank to what `train` names, 0 the weights themselves.
    `student_share` of the steps move the student, all of them the network that knows its samples;
    `saturation` weighs against colours that guidance adds."""

    kind: Literal["distil"]
    name: StageName
    after: str | None = None
    vae: str | None = None
    shots: int | None = Field(default=None, ge=1)
    steps: int = Field(ge=1)
    batch: int = Field(default=2, ge=1)
    latent_frames: int = Field(default=13, ge=3)
    windows: int = Field(default=2, ge=1)
    learning_rate: float = Field(default=2e-5, gt=0)
    warmup: int = Field(default=20, ge=0)
    ema: float = Field(default=0.99, ge=0, lt=1)
    train: tuple[str, ...] = ("transformer.*",)
    mouth_weight: float = Field(default=5.0, ge=1)
    evaluations: int = Field(ge=1, le=8)
    guidance: float = Field(default=TINY.guidance, ge=1)
    low_rank: int = Field(default=0, ge=0)
    student_share: float = Field(default=0.5, gt=0, le=1)
    saturation: float = Field(default=0.1, ge=0)


AnyStage = Annotated[VaeStage | DiffusionStage | DistilStage, Field(discriminator="kind")]


class TrainingConfig(_Settings):
    """A whole training. `out` holds shots, latents, checkpoints, curves and at last the weights, in
    files of at most `shard_mb` megabytes if that is said (a tensor is never cut)."""

    out: Path
    seed: int = 0
    threads: int = Field(default=1, ge=1)
    shard_mb: float | None = Field(default=None, gt=0)
    data: AnyData
    networks: Networks = Networks()
    stages: tuple[AnyStage, ...]

    def stage(self, name: str) -> AnyStage:
        found = [stage for stage in self.stages if stage.name == name]
        if not found:
            there = ", ".join(stage.name for stage in self.stages)
            raise ManifestUnusable("config_wrong", f"no stage is called {name}; there is: {there}")
        return found[0]


def load_training(path: Path) -> TrainingConfig:
    """Paths in the file are relative to it. `ManifestUnusable` names every wrong key."""
    config = _read(path)
    _check_order(config)
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


def _check_order(config: TrainingConfig) -> None:
    """Every stage goes on from stages before it, which also forbids circles."""
    before: dict[str, str] = {}
    for stage in config.stages:
        if stage.name in before:
            raise ManifestUnusable("config_wrong", f"two stages are called {stage.name}")
        if isinstance(stage, DistilStage) and before.get(stage.after or "") == "distil":
            message = f"{stage.name}: {stage.after} is distilled, and teaches nobody; name another"
            raise ManifestUnusable("config_wrong", message)
        others = [stage.after, None if isinstance(stage, VaeStage) else stage.vae]
        for other in others:
            if other is not None and config.stage(other).name not in before:
                raise ManifestUnusable("config_wrong", f"{other} must come before {stage.name}")
        if not isinstance(stage, VaeStage):
            _check_vae(config, stage, before)
        elif stage.tint and config.networks.start is None:
            raise ManifestUnusable(
                "config_wrong", f"{stage.name}: tint changes the latents of networks.start; name it"
            )
        before[stage.name] = stage.kind


def _check_vae(
    config: TrainingConfig, stage: DiffusionStage | DistilStage, before: Mapping[str, str]
) -> None:
    """It is a stage's, or comes with the networks that the training starts from."""
    if stage.vae is None and config.networks.start is None:
        raise ManifestUnusable("config_wrong", f"{stage.name}: name the stage of its VAE in vae")
    if stage.vae is not None and before[stage.vae] != "vae":
        raise ManifestUnusable(
            "config_wrong", f"{stage.name}: {stage.vae} is no stage of the kind vae"
        )


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
