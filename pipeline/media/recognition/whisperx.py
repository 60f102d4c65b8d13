"""whisperx, the recogniser for production: a program in an environment of its own.

It wants another torch than ours, so it is started as a program of a given interpreter, and what it
writes is read (pipeline/media/recognition/whisperx_json.py). Set it up with
`requirements/make_whisperx.py`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from manifests.errors import ManifestUnusable, Transient
from pipeline.media.ffmpeg import program
from pipeline.media.process import ProgramFailed, run_program
from pipeline.media.recognition.whisperx_json import Recognised, read_heard

ENGINE = "whisperx"
NO_ALIGNER = "none"
TIMEOUT_S = 4 * 3600.0
MEMORY_BYTES = 1 << 42
"""Of address space: CUDA reserves far more than it uses. What it hears was decoded by us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhisperX:
    """`python` is the interpreter of its environment; `model` a name or a folder of weights, and
    `align_model` one for the language (empty: whisperx's own choice; `none`: it only recognises).
    """

    python: Path
    model: str = "large-v3"
    align_model: str = ""
    device: str = "cuda"
    compute_type: str = "float16"

    def command(self, speech: Path, language: str, folder: Path) -> list[str]:
        """The documented command line; it writes `folder`/{stem}.json."""
        named = ["--align_model", self.align_model] if self.align_model else []
        aligner = ["--no_align"] if self.align_model == NO_ALIGNER else named
        return [
            str(self.python), "-m", "whisperx", str(speech),
            "--model", self.model, *aligner,
            "--language", language.partition("-")[0].lower(),
            "--device", self.device, "--compute_type", self.compute_type,
            "--output_format", "json", "--output_dir", str(folder),
        ]  # fmt: skip

    def hear(self, speech: Path, language: str, folder: Path) -> tuple[Recognised, ...]:
        """All that is said in a 16 kHz file, in seconds of it; the program writes into `folder`.

        Raises `ManifestUnusable("recogniser_missing")`, `Transient("recogniser_failed")`.
        """
        if not self.python.exists():
            raise ManifestUnusable(
                "recogniser_missing",
                f"whisperx_python names {self.python}, which is not here; set whisperx up with "
                "requirements/make_whisperx.py, or take hearing.engine out of the settings.",
            )
        try:
            command = with_ffmpeg(self.command(speech, language, folder), folder)
            run_program(
                command,
                timeout_s=TIMEOUT_S,
                memory_bytes=MEMORY_BYTES,
            )
            text = (folder / f"{speech.stem}.json").read_bytes()
        except ProgramFailed as failure:
            said = failure.said.splitlines()[-1:] or [f"ended with code {failure.code}"]
            raise Transient("recogniser_failed", f"{ENGINE}: {said[0]}") from failure
        except FileNotFoundError as error:
            raise Transient("recogniser_failed", f"{ENGINE} wrote no {speech.stem}.json") from error
        return read_heard(text, engine=ENGINE)


def with_ffmpeg(command: Sequence[str], folder: Path) -> list[str]:
    """The command with our ffmpeg on its PATH under the plain name, by which whisperx starts it."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    (programs / "ffmpeg").symlink_to(program())
    path = os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)])
    return ["env", f"PATH={path}", *command]
