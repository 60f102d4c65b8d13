"""Settings of a run: defaults, one TOML file over them, the command line over both."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from jobs.engine.same_bits import ClassRule, SameBits
from jobs.engine.worker_health import HealthPolicy
from jobs.logs.terminal import LogLevel
from jobs.preset_settings import guided_in, kept_alike, licensed
from jobs.webhooks.payload import address_of
from manifests.errors import BadInput
from manifests.job import Job
from manifests.reading.consents import ConsentRules
from manifests.storage import absolute
from manifests.validate import KnownNames
from model.sampling.guidance_band import GuidanceBand
from model.sampling.long_takes import LongTakes
from pipeline.cutting.cuts import SplitParams
from pipeline.delivery.naming import BY_ID, read_template
from pipeline.delivery.profile_files import profile_table
from pipeline.delivery.provenance.signing import SigningSettings
from pipeline.delivery.settings import DeliverySettings
from pipeline.limits import CueLimits, Limits
from pipeline.media.font_files import font_at
from pipeline.media.fonts import Fonts
from pipeline.media.picture.image import ImageLimits
from pipeline.media.recognition.recognisers import RecognitionSettings
from pipeline.media.sound.audio import AudioLimits
from pipeline.media.sound.vocals import Vocals, vocals_of
from pipeline.media.voice.voice_files import VoiceFiles, voices_of_files
from pipeline.presets import ANIMATIC, Preset, known_presets, preset_named, preset_table
from pipeline.quality.brought.backbones import BackboneFile
from pipeline.quality.brought.settings import require_measurable, required_backbones
from pipeline.quality.gates import read_gates
from pipeline.quality.rerolls import Acceptance, RerollPolicy
from pipeline.workspace.inputs import Admission, FileSizes
from pipeline.workspace.keep_work import KeepWork

T = TypeVar("T")


class RunConfig(BaseModel):
    """What a run is made with; `--config` holds the same names as TOML keys and tables.

    `proof`: every row is made as an animatic, whatever preset it names. `approved`: the output of
    such a run; only rows that people approved there are begun. `gpus`: how many are used (default:
    all there are; 0: generate on CPUs); `pairs` of them are one generator each, for rows whose
    preset has lanes. `address`: of a Ray cluster (default: one is started here). `weights`: folders
    of presets that need them. `history`: outputs of finished runs that quotes learn from. The
    budgets bound what all sessions of a run use; `budget_usd` needs `usd_per_gpu_hour`. `events`: a
    file that gets a line of JSON for all that happens. `notify`: webhooks, signed with the secret
    in the variable `notify_secret_env`; written nowhere. `log_level`: which lines are told and
    written under `OUT/_run/logs`. `metrics_port`: where Prometheus reads the Ray that is started
    here. `vocals`: Kim_Vocal_2.onnx, which takes the voice out of recordings. `caption_fonts`:
    fonts of captions, before the carried one. `profiles`: TOML files with delivery profiles;
    `naming`: how files are called, such as `{title}_{language}_{profile}`. `signing`: key and
    certificate of content credentials; written nowhere. `require_signing`: refuse to run without
    them. `watermark_key_env`: the environment variable with the key of watermarks (default: the
    public key). `same_bits`: whether a chain whose class of device is gone takes another
    (`preferred`) or fails (`required`). `lease_s`: how long a run may be silent before another
    takes over its output. `inputs`: folders and `s3://` prefixes that rows may name files below
    (default: anything for a manifest on this machine, its own bucket for one on S3). `consents`: a
    register that rows' consents are looked up in; `require_consent`: rows without one are refused.
    `licences`: by preset, under which licence its weights are used, for the sidecars. `long_takes`:
    by preset, options against drift; `guidance_band`: where guidance is at work. `scratch` holds at
    most `scratch_gb` of copies on each machine. `keep_work`: what finished work is kept for retakes
    and `rushes verify`; a run lets go of the rest as it ends only where that was given. `gates`:
    TOML files of thresholds, before the carried ones; `rerolls`: how often what they refuse is
    drawn again; `backbones`: networks, `FILE@sha256:DIGEST`, that takes are measured with too. None
    is part of any name: what is finished stays. `report`: write `report.html`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    preset: str = "animatic"
    proof: bool = False
    approved: str | None = None
    gpus: int | None = Field(default=None, ge=0)
    pairs: int = Field(default=0, ge=0)
    address: str | None = None
    scratch: Path = Path(tempfile.gettempdir()) / f"rushes-{os.getuid()}"
    inputs: tuple[str, ...] = ()
    scratch_gb: float = Field(default=20.0, gt=0, le=1e9)
    consents: str | None = None
    require_consent: bool = False
    licences: dict[str, str] = {}
    long_takes: dict[str, LongTakes] = {}
    guidance_band: dict[str, GuidanceBand] = {}
    weights: dict[str, Path] = {}
    history: tuple[str, ...] = ()
    budget_gpu_hours: float | None = Field(default=None, gt=0)
    budget_usd: float | None = Field(default=None, gt=0)
    usd_per_gpu_hour: float | None = Field(default=None, gt=0)
    events: str | None = None
    log_level: LogLevel = "info"
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    notify: tuple[str, ...] = Field(default=(), exclude=True)
    watermark_key_env: str = ""
    notify_secret_env: str = "RUSHES_NOTIFY_SECRET"  # noqa: S105 - its name, not the secret
    vocals: Path | None = None
    caption_fonts: tuple[Path, ...] = ()
    profiles: tuple[Path, ...] = ()
    naming: str = BY_ID
    same_bits: SameBits = "preferred"
    lease_s: float = Field(default=30.0, ge=1, le=86_400)
    split: SplitParams = SplitParams()
    audio: AudioLimits = AudioLimits()
    image: ImageLimits = ImageLimits()
    sizes: FileSizes = FileSizes()
    voices: VoiceFiles = VoiceFiles()
    hearing: RecognitionSettings = RecognitionSettings()
    pool: HealthPolicy = HealthPolicy()
    cues: CueLimits = CueLimits()
    keep_work: KeepWork = KeepWork()
    signing: SigningSettings = Field(default=SigningSettings(), exclude=True)
    require_signing: bool = False
    gates: tuple[Path, ...] = ()
    backbones: dict[str, str] = {}
    rerolls: RerollPolicy = RerollPolicy()
    report: bool = True

    @model_validator(mode="after")
    def _price_known(self) -> Self:
        if self.budget_usd is not None and self.usd_per_gpu_hour is None:
            raise ValueError("budget_usd needs usd_per_gpu_hour, the price of a GPU-hour")
        return self

    @model_validator(mode="after")
    def _own_ray_measured(self) -> Self:
        if self.metrics_port is not None and self.address is not None:
            raise ValueError(
                "metrics_port is of the Ray that a run starts; for a cluster give it to each"
                " `ray start` as --metrics-export-port"
            )
        return self

    @model_validator(mode="after")
    def _register_known(self) -> Self:
        if self.require_consent and self.consents is None:
            raise ValueError("require_consent needs consents, the register that ids are in")
        return self

    @model_validator(mode="after")
    def _gates_measurable(self) -> Self:
        require_measurable(read_gates(self.gates), self.backbones)
        return self

    @field_validator("consents")
    @classmethod
    def _register(cls, uri: str | None) -> str | None:
        return None if uri is None else _located(uri)

    @field_validator("inputs")
    @classmethod
    def _places(cls, roots: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_located(root).rstrip("/") or "/" for root in roots)

    @field_validator(
        "notify", "vocals", "voices", "caption_fonts", "profiles", "naming", "gates", "backbones"
    )
    @classmethod
    def _usable(cls, value: T, info: ValidationInfo) -> T:
        """What is named is looked at now: nothing starts with a file that cannot be used."""
        _LOOKED_AT[str(info.field_name)](value)
        return value

    @property
    def delivery(self) -> DeliverySettings:
        """What is delivered; `ManifestUnusable` for a file whose profiles cannot be."""
        return DeliverySettings(
            profiles=profile_table(self.profiles),
            template=read_template(self.naming),
            signing=self.signing.absolute,
            watermark_key_env=self.watermark_key_env,
        )

    @property
    def fonts(self) -> Fonts:
        """What captions are drawn with; `ManifestUnusable` for a file that is no font."""
        return Fonts(named=tuple(map(font_at, self.caption_fonts)))

    @property
    def consent_rules(self) -> ConsentRules:
        return ConsentRules(register=self.consents, required=self.require_consent)

    @property
    def class_rule(self) -> ClassRule:
        return ClassRule(same_bits=self.same_bits, wait_s=self.pool.class_wait_s)

    @property
    def acceptance(self) -> Acceptance:
        """What is taken of what is drawn; `ManifestUnusable` for a file that has no gates."""
        return Acceptance(
            gates=read_gates(self.gates), policy=self.rerolls, silence_s=self.split.silence_s
        )

    @property
    def brought(self) -> tuple[BackboneFile, ...]:
        """The networks that takes are measured with besides the carried ones."""
        return required_backbones(self.backbones)

    @property
    def separator(self) -> Vocals:
        """What takes the voice out of recordings; `ManifestUnusable` for a file that cannot."""
        return Vocals() if self.vocals is None else vocals_of(self.vocals)

    @property
    def presets(self) -> dict[str, Preset]:
        """The presets there are; `ManifestUnusable` for weights that are none."""
        alike = kept_alike(preset_table(self.weights), self.long_takes)
        return licensed(guided_in(alike, self.guidance_band), self.licences)

    @property
    def known_names(self) -> KnownNames:
        """What rows may name."""
        return known_presets(self.presets, self.delivery.names)

    def preset_of(self, job: Job, presets: Mapping[str, Preset]) -> Preset:
        """The preset that a row is made with, of those there are."""
        return ANIMATIC if self.proof else preset_named(job.preset or self.preset, presets)

    @property
    def admission(self) -> Admission:
        """What rows may hand over, and from where."""
        return Admission(sizes=self.sizes, roots=self.inputs)

    @property
    def limits(self) -> Limits:
        return Limits(
            audio=self.audio,
            image=self.image,
            hearing=self.hearing,
            vocals=self.separator,
            voices=voices_of_files(self.voices),
            fonts=self.fonts,
            admission=self.admission,
            cues=self.cues,
            plates=self.delivery.plates,
            captioned=self.delivery.captioned,
        )


_LOOKED_AT: Mapping[str, Callable[[Any], object]] = {
    "notify": lambda urls: [address_of(url) for url in urls],
    "vocals": lambda network: network and vocals_of(network),
    "voices": voices_of_files,
    "caption_fonts": lambda files: [font_at(file) for file in files],
    "profiles": profile_table,
    "naming": read_template,
    "gates": read_gates,
    "backbones": required_backbones,
}
"""What reads a setting, and refuses what cannot be used."""


def _located(uri: str) -> str:
    try:
        return absolute(uri)
    except BadInput as error:
        raise ValueError(str(error)) from error
