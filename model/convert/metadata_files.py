"""What lies beside the weights: the pipeline's index, the licences, the digests."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import diffusers

from model.convert.write import Written, json_text

FORMAT = 1
"""Raised when the layout or the meaning of a converted folder changes."""

CLASSES = {
    "transformer": ("model.transformer", "Hallo3Transformer3DModel"),
    "reference": ("model.reference", "Hallo3ReferenceModel"),
    "vae": ("diffusers", "AutoencoderKLCogVideoX"),
    "scheduler": ("model.scheduler", "Hallo3DPMScheduler"),
    "text_encoder": ("transformers", "T5EncoderModel"),
    "tokenizer": ("transformers", "T5Tokenizer"),
    "speech_encoder": ("transformers", "Wav2Vec2Model"),
    "processor": ("pipeline.processor.processor", "Hallo3Processor"),
}

PROCESSOR = "processor/preprocessor_config.json"
PROCESSES = {"face": "arcface", "prompted": True, "speech": "wav2vec2"}
"""What the processor makes for the official weights; the rest is its default."""

LICENSES = """\
# Licences of these weights

Converted from the official files of Hallo3. The program states what it knows and does not decide
what you may do; read each licence at its source before you publish or sell what you make.

| part | from | what to clear |
|---|---|---|
| transformer, reference | Hallo3, on CogVideoX-5B | Hallo3's code is MIT. The CogVideoX-5B \
weights ask for registration for commercial use. Hallo3's training data is CC-BY-NC-ND |
| vae | CogVideoX-5B | the CogVideoX licence, as above |
| text_encoder, tokenizer | T5 v1.1 XXL | Apache-2.0 |
| speech_encoder | wav2vec2-base-960h | Apache-2.0 |
| face | InsightFace model packs; MediaPipe (.task) | InsightFace packs: non-commercial research \
only. MediaPipe: Apache-2.0 |
| vocal_separator | Kim_Vocal_2 | see its publisher |
"""


def model_index(present: Iterable[str]) -> str:
    """The JSON that diffusers reads: which class each folder is loaded with."""
    there = set(present)
    components = {name: list(CLASSES[name]) for name in CLASSES if name in there}
    absent = {name: [None, None] for name in CLASSES if name not in there}
    head = {"_class_name": "Hallo3Pipeline", "_diffusers_version": diffusers.__version__}
    return json_text(head | components | absent)


def digests(source: Mapping[str, str], files: Iterable[Written]) -> str:
    """The JSON that names every file's SHA-256: of what was read and of what was made."""
    made = {file.path: {"sha256": file.sha256, "bytes": file.bytes} for file in files}
    return json_text({"format": FORMAT, "source": dict(source), "files": made})


def digest_of_file(path: Path) -> str:
    """Hex digest of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
