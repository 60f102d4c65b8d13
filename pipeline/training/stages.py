"""The stages of a training, as its settings say them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pipeline.presets import TINY


class TrainingSettings(BaseModel):
    """Frozen, without strange keys and numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Share = Annotated[float, Field(ge=0, le=1)]


def decodable(frames: int) -> int:
    """1, or 8 k + 1: what the VAE decodes in its chunks."""
    if frames < 1 or (frames > 1 and frames % 8 != 1):
        raise ValueError(f"{frames} frames: the VAE learns 1, 9, 17, ... at a time")
    return frames


StageName = Annotated[str, Field(pattern=r"^\w[\w.-]*$")]
"""It names a folder."""


class VaeStage(TrainingSettings):
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


class DiffusionStage(TrainingSettings):
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


class DistilStage(TrainingSettings):
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
