"""What a signed file says of itself: the manifest of its content credentials, as pure values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from pathlib import PurePath

from manifests.job import Job
from pipeline.nouns import Take
from pipeline.presets import Preset
from pipeline.workspace.inputs import COLUMNS, named_files

VERSION = 1
"""Of what a claim says; another one signs anew what is signed for the first time only."""

_IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"


class SourceType(StrEnum):
    """How a file came to be, in the words of IPTC and C2PA (docs/decisions/0514)."""

    TRAINED = _IPTC + "trainedAlgorithmicMedia"
    """Drawn or spoken by trained networks."""
    COMPOSITE = _IPTC + "compositeSynthetic"
    """A portrait that an algorithm moves to a voice: an animatic."""
    MIXED = _IPTC + "composite"
    """Sound of recordings, cut and levelled."""
    RETOUCHED = _IPTC + "compositeWithTrainedAlgorithmicMedia"
    """A picture that a trained network worked on after it was made."""
    WRITTEN = _IPTC + "dataDrivenMedia"
    """Text of the script and of what is known: captions, lists, sidecars."""
    WEIGHTS = "http://c2pa.org/digitalsourcetype/trainedAlgorithmicData"


CREATED, WATERMARKED, EDITED = "c2pa.created", "c2pa.watermarked.unbound", "c2pa.edited"
"""Actions: the file was made; a watermark was put into it that is on no list of C2PA; its picture
was enlarged by a network."""

PICTURES = frozenset({".mp4", ".mov", ".mkv", ".jpg", ".jpeg", ".png"})
SOUNDS = frozenset({".wav", ".m4a", ".flac", ".mp3"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimInput:
    """A file that went into what was made: what it is called here, and its SHA-256."""

    role: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """How the files of a job were made: facts without paths, hosts or names of people.

    `request` and `take` are the fingerprints that its sidecar tells too; `watermark` is the payload
    in the picture, "" without one; `finish` says what network enlarged it, "" where none did.
    """

    preset: str
    preset_digest: str
    weights: str
    seed: int
    request: str
    take: str
    drawn_by_networks: bool
    spoken_by_networks: bool
    consent: str = ""
    watermark: str = ""
    finish: str = ""
    inputs: tuple[ClaimInput, ...] = ()

    @property
    def facts(self) -> dict[str, object]:
        """As parameters of the action that made the file."""
        told = {
            "preset": {"name": self.preset, "digest": self.preset_digest},
            "weights": self.weights,
            "seed": self.seed,
            "request": self.request,
            "take": self.take,
            "inputs": [asdict(each) for each in self.inputs],
            **({"consent": self.consent} if self.consent else {}),
        }
        return {f"rushes.{name}": value for name, value in told.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What is signed of the file that is called `title`; `making` None: no job made it."""

    title: str
    source_type: SourceType
    making: Making | None = None
    facts: Mapping[str, object] | None = None

    @property
    def text(self) -> str:
        """All that it says, for the fingerprint of the signed file."""
        return json.dumps([VERSION, manifest_of(self)], sort_keys=True)


def making_of(job: Job, preset: Preset, take: Take, *, seed: int, request: str) -> Making:
    """Of the files of a job."""
    columns = (column for column, _ in named_files(job))
    inputs = zip(columns, take.inputs, strict=True)
    return Making(
        preset=preset.name,
        preset_digest=preset.digest,
        weights=preset.weights,
        seed=seed,
        request=request,
        take=take.fingerprint,
        drawn_by_networks=preset.drawn_by.networks,
        spoken_by_networks=bool(take.voices),
        consent=job.consent_id or "",
        inputs=tuple(ClaimInput(role=COLUMNS[name], sha256=digest) for name, digest in inputs),
    )


def claim_of_file(name: str, making: Making) -> Claim:
    """Of a job's file with this name."""
    return Claim(title=name, source_type=source_type_of(name, making), making=making)


def claim_of_weights(name: str, digest: str) -> Claim:
    """Of a file of trained weights, which lie in a folder with this digest."""
    facts = {"rushes.weights": digest}
    return Claim(title=name, source_type=SourceType.WEIGHTS, facts=facts)


def source_type_of(name: str, making: Making) -> SourceType:
    """The honest word for a file of this name that was made so."""
    ending = PurePath(name).suffix.lower()
    if ending in PICTURES:
        return SourceType.TRAINED if making.drawn_by_networks else SourceType.COMPOSITE
    if ending in SOUNDS:
        return SourceType.TRAINED if making.spoken_by_networks else SourceType.MIXED
    return SourceType.WRITTEN


def manifest_of(claim: Claim, ingredients: Sequence[str] = ()) -> dict[str, object]:
    """The definition that the signer takes; `ingredients` are the labels of those that are added to
    it."""
    return {
        "claim_generator_info": [{"name": "Rushes", "version": program_version()}],
        "title": claim.title,
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {"actions": list(_actions(claim, ingredients))},
                "created": True,
            }
        ],
    }


def _actions(claim: Claim, ingredients: Sequence[str]) -> Iterator[dict[str, object]]:
    facts = dict(claim.facts or {}) | (claim.making.facts if claim.making else {})
    named = {"ingredientIds": list(ingredients)} if ingredients else {}
    yield {
        "action": CREATED,
        "digitalSourceType": str(claim.source_type),
        "softwareAgent": {"name": "Rushes", "version": program_version()},
        "parameters": facts | named,
    }
    if claim.making is not None and claim.making.finish and _is_picture(claim):
        yield {
            "action": EDITED,
            "digitalSourceType": str(SourceType.RETOUCHED),
            "softwareAgent": {"name": "Rushes", "version": program_version()},
            "parameters": {"rushes.finish": claim.making.finish},
        }
    if claim.making is not None and claim.making.watermark and _is_picture(claim):
        yield {
            "action": WATERMARKED,
            "parameters": {"rushes.watermark": claim.making.watermark},
        }


def _is_picture(claim: Claim) -> bool:
    return claim.source_type in {SourceType.TRAINED, SourceType.COMPOSITE} and (
        PurePath(claim.title).suffix.lower() in PICTURES
    )


@cache
def program_version() -> str:
    return version("rushes")
