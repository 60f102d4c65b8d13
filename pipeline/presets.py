"""The table of presets: a named renderer with its size and settings, part of every fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from manifests.errors import ManifestUnusable
from manifests.fingerprint import fingerprint
from manifests.job import Job
from pipeline.animatic.version import RENDERER_VERSION as ANIMATIC_VERSION
from pipeline.hallo3.version import RENDERER_VERSION as HALLO3_VERSION

VERSIONS = {"animatic": ANIMATIC_VERSION, "hallo3": HALLO3_VERSION}

WEIGHTS_LIST = "digests.json"
"""What `rushes convert` writes into a folder of weights: the digest of every file."""


NEEDED = (
    "model_index.json",
    "text_encoder/config.json",
    "tokenizer/tokenizer_config.json",
    "speech_encoder/config.json",
    "face/glintr100.onnx",
)
"""What else a folder must have before the night begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A named way to render.

    `weights` is the digest of what the renderer draws with (without weights, its version);
    `folder` is where they lie on this machine, and is no part of the digest. `canvas` is the width
    and height that the network draws; None keeps the portrait's own size up to `longest_side`.
    `longest_chain_s` is how long one chain may run; `steps` those of the sampler.
    """

    name: str
    renderer: Literal["animatic", "hallo3"]
    weights: str
    longest_chain_s: float
    longest_side: int = 1920
    canvas: tuple[int, int] | None = None
    steps: int = 0
    folder: str = ""
    untrained: bool = False

    @property
    def digest(self) -> str:
        fields = {name: value for name, value in asdict(self).items() if name != "folder"}
        return fingerprint("preset", version=VERSIONS[self.renderer], **fields)


ANIMATIC = Preset(
    name="animatic", renderer="animatic", weights=ANIMATIC_VERSION, longest_chain_s=28.0
)
TINY = Preset(
    name="tiny",
    renderer="hallo3",
    weights="untrained/1",
    longest_chain_s=28.0,
    canvas=(128, 128),
    steps=12,
    untrained=True,
)
HALLO3_5B = Preset(
    name="hallo3-5b",
    renderer="hallo3",
    weights="",
    longest_chain_s=60.0,
    canvas=(720, 480),
    steps=50,
)
BUILT_IN = {preset.name: preset for preset in (ANIMATIC, TINY)}
WITH_WEIGHTS = {
    preset.name: preset
    for preset in (
        HALLO3_5B,
        replace(HALLO3_5B, name="hallo3-5b-fast", steps=30),
        replace(HALLO3_5B, name="hallo3-5b-draft", steps=16),
    )
}
"""Presets whose weights the studio brings; the fast ones trade quality for fewer steps."""


def preset_table(folders: Mapping[str, Path]) -> dict[str, Preset]:
    """The presets there are: the built-in ones, and those for which a folder of weights is given.

    Raises `ManifestUnusable` when a folder is not one that `rushes convert` wrote.
    """
    strange = sorted(set(folders) - set(WITH_WEIGHTS))
    if strange:
        known = ", ".join(WITH_WEIGHTS)
        raise ManifestUnusable("unknown_preset", f"weights for {strange[0]}: only {known} take any")
    given = {name: _with_folder(WITH_WEIGHTS[name], path) for name, path in folders.items()}
    return BUILT_IN | given


def _with_folder(preset: Preset, folder: Path) -> Preset:
    listed = folder / WEIGHTS_LIST
    for name in (WEIGHTS_LIST, *NEEDED):
        if not (folder / name).is_file():
            raise ManifestUnusable(
                "weights_missing",
                f"{folder} has no {name}: give a folder that `rushes convert` wrote from the whole "
                "official one, text and speech encoder and face models included",
            )
    return replace(preset, folder=str(folder.absolute()), weights=weights_digest(listed))


def weights_digest(listed: Path) -> str:
    """What `rushes convert` calls the weights: hex SHA-256 over names and digests of all files."""
    try:
        told = json.loads(listed.read_text(encoding="utf-8"))
        named = sorted((path, file["sha256"]) for path, file in told["files"].items())
        text = json.dumps([told["format"], named], separators=(",", ":"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ManifestUnusable("weights_missing", f"{listed} is damaged: convert again") from error
    return hashlib.sha256(text.encode()).hexdigest()


def preset_named(name: str, presets: Mapping[str, Preset]) -> Preset:
    """The preset, or `ManifestUnusable` that says what to do."""
    if name in presets:
        return presets[name]
    there = ", ".join(presets)
    if name in WITH_WEIGHTS:
        message = (
            f"preset {name} needs the official weights: run `rushes convert hallo3 SRC DST`"
            f' and name the folder in the settings file, [weights] {name} = "DST"; '
            f"without them there is: {there}"
        )
        raise ManifestUnusable("weights_missing", message)
    raise ManifestUnusable("unknown_preset", f"preset {name!r} is not known; there is: {there}")


def preset_warnings(job: Job, preset: Preset) -> tuple[str, ...]:
    """What the row asks for that its preset has no use for, and what the preset cannot do yet."""
    found = []
    if job.prompt and not reads_prompts(preset):
        found.append(f"prompt_unused: preset {preset.name} reads no prompt")
    if preset.untrained:
        found.append(f"untrained_weights: preset {preset.name} has random weights; it draws noise")
    return tuple(found)


def reads_prompts(preset: Preset) -> bool:
    return preset.name in WITH_WEIGHTS
