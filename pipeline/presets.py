"""The table of presets: a named renderer with its size and settings, part of every fingerprint."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from manifests.errors import ManifestUnusable
from manifests.fingerprint import fingerprint
from manifests.validate import KnownNames
from model.memory.profiles import NAMED
from model.sampling.guidance_band import EVERY_STEP, GuidanceBand
from model.sampling.long_takes import AS_TRAINED, LongTakes
from model.sampling.tiers import DRAFT, FAST, FULL, Cache, NoCache
from model.weights_digest import weights_digest
from pipeline.guests.guest import guest_fault, guest_named, guest_names, planned_guest
from pipeline.guests.table import ANIMATIC_VERSION, RENDERERS, PlannedGuest, RendererRow

WEIGHTS_LIST = "digests.json"
"""Lists the digest of every file of a folder of weights; `rushes convert` and `train` write it."""

MODEL_INDEX = "model_index.json"
NEEDED = (
    "text_encoder/config.json",
    "tokenizer/tokenizer_config.json",
    "speech_encoder/config.json",
    "face/glintr100.onnx",
)
"""What else a folder of the large weights must have before the night begins."""

LATENT_PX = 8
"""Pixels of a latent's side."""

GUIDED_ROWS = 2
"""Of conditions that go through the network at a guided step of a preset."""

NOT_IN_SEGMENTS = ("folder", "enlarged", "licence", "distilled", "guest")
"""Fields of a preset that change nothing of what is rendered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A named way to render.

    `weights` is the digest of what the renderer draws with (without weights, its version);
    `folder` is where they lie on this machine, and is no part of the digest. `canvas` is the width
    and height that the network draws; None keeps the portrait's own size up to `longest_side`.
    `head_share` is the height of the head in it, `enlarged` how many times larger than drawn the
    video is delivered.
    `longest_chain_s` is how long one chain may run; `steps` those of the sampler,
    and `cache` what skips work between them (docs/tiers.md); `guidance` is the scale over its
    conditions. `memory` names a memory profile (model/memory/profiles.py); without one the fastest
    is taken that fits the card and keeps the bits. With `lanes` the branches of guidance are
    computed one by one, so that two accelerators give the bits of one
    (model/sampling/branch_parallel.py). `demo` weights are small ones that show how it works, with
    log-mel speech and dlib faces. `long_takes` are options against drift, of networks only, and
    `guidance_band` where guidance is at work. `licence` is what the studio says of its right to use
    the weights, for the sidecars. `distilled` presets take weights trained for their steps only.
    `guest` is what the machine that plans has of another package's renderer (docs/decisions/0602).
    """

    name: str
    renderer: str
    weights: str
    longest_chain_s: float
    longest_side: int = 1920
    canvas: tuple[int, int] | None = None
    head_share: float = 0.45
    enlarged: int = 1
    steps: int = 0
    cache: Cache = NoCache()
    guidance: float = 3.5
    folder: str = ""
    demo: bool = False
    memory: str = ""
    lanes: bool = False
    long_takes: LongTakes = AS_TRAINED
    guidance_band: GuidanceBand = EVERY_STEP
    licence: str = ""
    distilled: bool = False
    guest: PlannedGuest | None = None

    def __post_init__(self) -> None:
        if self.lanes and self.cache != NoCache():
            raise ValueError(f"preset {self.name}: no cache works with branches one by one")

    @property
    def evaluated_share(self) -> float:
        """Of the evaluations of the network that guidance at every step takes."""
        if self.guidance == 1 or not self.steps:
            return 1.0
        return self.guidance_band.evaluations(self.steps, GUIDED_ROWS) / (GUIDED_ROWS * self.steps)

    @property
    def drawn_by(self) -> RendererRow | PlannedGuest:
        return self.guest or RENDERERS[self.renderer]

    @property
    def needs_gpu(self) -> bool:
        """Whether a CPU would take days where a card takes minutes."""
        return self.drawn_by.networks and not self.demo

    @property
    def digest(self) -> str:
        told = asdict(self).items()
        left_out = set(NOT_IN_SEGMENTS)
        if not self.memory or NAMED[self.memory].same_bits:
            left_out.add("memory")
        if not self.lanes:
            left_out.add("lanes")
        if self.long_takes == AS_TRAINED:
            left_out.add("long_takes")
        if self.guidance_band == EVERY_STEP:
            left_out.add("guidance_band")
        fields = {name: value for name, value in told if name not in left_out}
        return fingerprint("preset", version=self.drawn_by.version, **fields)


ANIMATIC = Preset(
    name="animatic", renderer="animatic", weights=ANIMATIC_VERSION, longest_chain_s=28.0
)
TINY = Preset(
    name="tiny",
    renderer="hallo3",
    weights="",
    longest_chain_s=28.0,
    canvas=(128, 128),
    head_share=0.84,
    enlarged=4,
    steps=4,
    guidance=2.0,
    demo=True,
)
HALLO3_5B = Preset(
    name="hallo3-5b",
    renderer="hallo3",
    weights="",
    longest_chain_s=60.0,
    canvas=(720, 480),
    steps=FULL.steps,
)
BUNDLED = Path(str(files("model"))) / "weights" / "tiny"
"""The weights of `tiny`, which come with the package (docs/tiny.md)."""

WITH_WEIGHTS = {
    preset.name: preset
    for preset in (
        HALLO3_5B,
        replace(HALLO3_5B, name="hallo3-5b-fast", steps=FAST.steps, cache=FAST.cache),
        replace(HALLO3_5B, name="hallo3-5b-draft", steps=DRAFT.steps, cache=DRAFT.cache),
        replace(HALLO3_5B, name="hallo3-5b-lanes", lanes=True),
        replace(HALLO3_5B, name="hallo3-5b-4", steps=4, guidance=1.0, distilled=True),
    )
}
"""Presets whose weights the studio brings; the fast ones trade quality for fewer steps and a cache,
that with lanes may have two accelerators for a chain, and the last one needs weights that were
distilled for its steps."""

DISTILLED = "weights of Hallo3 distilled for {steps} steps, which nobody has published and \
`rushes train` cannot make (docs/train.md): bring some whose config says so"


def preset_table(folders: Mapping[str, Path]) -> dict[str, Preset]:
    """The presets there are: `animatic`, `tiny` with its own weights unless others are given, and
    those for which a folder of weights is given.

    Raises `ManifestUnusable` when a folder is not one that `rushes convert` or `rushes train`
    wrote.
    """
    takes_weights = WITH_WEIGHTS | {TINY.name: TINY}
    strange = sorted(set(folders) - set(takes_weights))
    if strange:
        known = ", ".join(takes_weights)
        raise ManifestUnusable("unknown_preset", f"weights for {strange[0]}: only {known} take any")
    given = {TINY.name: BUNDLED} | dict(folders)
    found = {name: with_folder(takes_weights[name], path) for name, path in given.items()}
    return {ANIMATIC.name: ANIMATIC} | found


def with_folder(preset: Preset, folder: Path) -> Preset:
    """The preset with these weights, which are named by the digests of their files."""
    listed = folder / WEIGHTS_LIST
    for name in (WEIGHTS_LIST, MODEL_INDEX, *(() if preset.demo else NEEDED)):
        if not (folder / name).is_file():
            wanted = (
                "`rushes train` wrote"
                if preset.demo
                else "`rushes convert` wrote from the whole official one, text and speech encoder "
                "and face models included"
            )
            message = f"{folder} has no {name}: give a folder that {wanted}"
            raise ManifestUnusable("weights_missing", message)
    preset = as_distilled(preset, folder)
    canvas = trained_canvas(folder) if preset.demo else preset.canvas
    weights = listed_weights_digest(listed)
    return replace(preset, folder=str(folder.absolute()), weights=weights, canvas=canvas)


def as_distilled(preset: Preset, folder: Path) -> Preset:
    """The preset, `tiny` with the steps that its weights were distilled for; `ManifestUnusable`
    where weights and preset are for other numbers of steps."""
    steps = transformer_config(folder).get("distilled_steps", 0)
    if preset.demo:
        return replace(preset, steps=steps, guidance=1.0, distilled=True) if steps else preset
    if steps == (preset.steps if preset.distilled else 0):
        return preset
    are = f"they are distilled for {steps} steps" if steps else "they are not distilled"
    message = f"{preset.name} cannot use the weights in {folder}: {are}"
    if preset.distilled:
        message += f", and it needs {DISTILLED.format(steps=preset.steps)}"
    raise ManifestUnusable("weights_missing", f"{message}; or name the folder for another preset")


def trained_canvas(folder: Path) -> tuple[int, int]:
    """Width and height in pixels that the weights in a folder were trained to draw."""
    config = transformer_config(folder)
    try:
        return LATENT_PX * int(config["sample_width"]), LATENT_PX * int(config["sample_height"])
    except (ValueError, KeyError, TypeError) as error:
        message = f"{folder} does not tell what its networks draw: train or copy them again"
        raise ManifestUnusable("weights_missing", message) from error


def transformer_config(folder: Path) -> dict[str, Any]:
    path = folder / "transformer" / "config.json"
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        message = f"{path} does not tell what its networks draw: train or copy them again"
        raise ManifestUnusable("weights_missing", message) from error


def listed_weights_digest(listed: Path) -> str:
    """What `rushes convert` calls the weights: hex SHA-256 over names and digests of all files."""
    try:
        told = json.loads(listed.read_text(encoding="utf-8"))
        digests = {path: file["sha256"] for path, file in told["files"].items()}
        return weights_digest(told["format"], digests)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ManifestUnusable("weights_missing", f"{listed} is damaged: convert again") from error


CARRIED = frozenset({*RENDERERS, ANIMATIC.name, TINY.name, *WITH_WEIGHTS})
"""Names that no guest may take."""


@cache
def guest_preset(name: str) -> Preset:
    """Of a guest, as its package declares it; made once, for its files are read to their end."""
    guest = guest_named(name)
    return Preset(
        name=name,
        renderer=name,
        weights=guest.draws_with,
        longest_chain_s=guest.longest_chain_s,
        canvas=guest.canvas,
        head_share=guest.head_share,
        guest=planned_guest(name),
    )


def known_presets(presets: Collection[str], profiles: Collection[str] | None = None) -> KnownNames:
    """What rows may name: these, and the presets of guests, which nothing imports before a row asks
    for one."""
    there = frozenset(presets) | guest_names(CARRIED)
    return KnownNames(presets=there, profiles=profiles, unusable=preset_fault)


def preset_fault(name: str) -> str:
    """Why rows cannot be made with a preset that there is, or nothing."""
    return "" if name in CARRIED else guest_fault(name)


def preset_named(name: str, presets: Mapping[str, Preset]) -> Preset:
    """The preset, or `ManifestUnusable` that says what to do."""
    if name in presets:
        return presets[name]
    there = ", ".join((*presets, *sorted(guest_names(CARRIED))))
    if name in WITH_WEIGHTS:
        official = "the official weights: run `rushes convert hallo3 SRC DST`"
        preset = WITH_WEIGHTS[name]
        needs = DISTILLED.format(steps=preset.steps) if preset.distilled else official
        message = (
            f"preset {name} needs {needs} and name the folder in the settings file, [weights] "
            f'{name} = "DST"; without them there is: {there}'
        )
        raise ManifestUnusable("weights_missing", message)
    if name in guest_names(CARRIED):
        return guest_preset(name)
    raise ManifestUnusable("unknown_preset", f"preset {name!r} is not known; there is: {there}")


def reads_prompts(preset: Preset) -> bool:
    return preset.guest.reads_prompts if preset.guest else preset.name in WITH_WEIGHTS
