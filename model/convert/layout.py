"""Where things lie in the official folder of pretrained models."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from model.convert.errors import ConversionError

ENGINE = "mp_rank_00_model_states.pt"
ITERATION = "1"
LONGEST_NAME = 64
VAE_FILE = Path("cogvideox-5b-i2v-sat/vae/3d-vae.pt")
T5_FOLDERS = tuple(
    Path(folder, name)
    for name in ("t5-v1_1-xxl_new", "t5-v1_1-xxl")
    for folder in ("cogvideox-5b-i2v-sat", "")
)
WAV2VEC_FOLDERS = (Path("wav2vec/wav2vec2-base-960h"), Path("wav2vec2-base-960h"))
FACE_FOLDERS = (Path("face_analysis/models"), Path("face_analysis"))
SEPARATOR_FOLDERS = (Path("audio_separator"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """Files that are already in a format of their own: they keep it and get a folder.

    `files` are patterns; the first must be there, when any of the rest is. `weights` is the stem
    of the folder's weights in their two formats, safetensors and PyTorch, where it has weights.
    """

    name: str
    folders: tuple[Path, ...]
    files: tuple[str, ...]
    weights: tuple[str, str] | None = None


TRANSFORMERS_WEIGHTS = ("model", "pytorch_model")

COMPANIONS = (
    Companion(
        name="text_encoder",
        folders=T5_FOLDERS,
        files=("config.json",),
        weights=TRANSFORMERS_WEIGHTS,
    ),
    Companion(
        name="tokenizer",
        folders=T5_FOLDERS,
        files=(
            "tokenizer_config.json",
            "spiece.model",
            "tokenizer.json",
            "special_tokens_map.json",
            "added_tokens.json",
        ),
    ),
    Companion(
        name="speech_encoder",
        folders=WAV2VEC_FOLDERS,
        files=("config.json", "preprocessor_config.json"),
        weights=TRANSFORMERS_WEIGHTS,
    ),
    Companion(name="face", folders=FACE_FOLDERS, files=("glintr100.onnx", "*.onnx", "*.task")),
    Companion(name="vocal_separator", folders=SEPARATOR_FOLDERS, files=("Kim_Vocal_2.onnx",)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointLayout:
    """The files of an official folder; `vae` is None where the folder has none."""

    root: Path
    engine: Path
    vae: Path | None

    def folder_of(self, companion: Companion) -> Path | None:
        """Where the companion's first file lies, or None."""
        folders = (self.root / folder for folder in companion.folders)
        return next((f for f in folders if (f / companion.files[0]).is_file()), None)


def find_layout(source: Path) -> CheckpointLayout:
    """Look at `source`, the folder `pretrained_models` or the one that holds it.

    Raises `ConversionError` when it is neither.
    """
    if not source.is_dir():
        raise ConversionError(f"{source} is not a folder; give the folder pretrained_models")
    found = [(root, path) for root in _roots(source) if (path := _engine(root)).is_file()]
    if not found:
        raise ConversionError(
            f"{source} is not Hallo3's folder pretrained_models nor holds it: there is no "
            f"{_engine(source).relative_to(source)} in it"
        )
    root, engine = found[0]
    vae = root / VAE_FILE
    return CheckpointLayout(root=root, engine=engine, vae=vae if vae.is_file() else None)


def _roots(source: Path) -> Iterator[Path]:
    yield source
    yield source / "pretrained_models"


def _engine(root: Path) -> Path:
    """The iteration that the file `latest` names, as training left it."""
    latest = root / "hallo3" / "latest"
    named = ITERATION
    if latest.is_file():
        with latest.open("rb") as file:
            named = file.read(LONGEST_NAME).decode(errors="replace").strip()
    folder = named if named.isalnum() else ITERATION
    return root / "hallo3" / folder / ENGINE
