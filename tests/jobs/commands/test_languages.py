"""A row in a language that nobody here aligns: its voice tells its words; captioned and drawn."""

from __future__ import annotations

import json
from pathlib import Path

from manifests import Job
from model.shapes import FPS
from pipeline.captions.read import read_captions
from pipeline.nouns import Take
from pipeline.words import load_words
from pipeline.workspace.workspace import Workspace
from tests.night import Media, a_manifest, results, run_here

SCRIPT = "Guten Abend. Straße für Straße ging das Licht aus."


def test_a_german_row_is_spoken_captioned_and_drawn(media: Media, tmp_path: Path) -> None:
    row = Job(
        job_id="abend",
        portrait_uri=str(media.portrait),
        language="de-AT",
        script=SCRIPT,
        deliverables=("web", "srt"),
    )
    out = tmp_path / "out"
    run_here(a_manifest(tmp_path, [row]), out, tmp_path / "scratch")
    assert results(out)["abend"].status == "done"
    captions = out / "videos" / "abend.de-AT.srt"
    cues = read_captions(captions.read_bytes(), captions.name)
    assert " ".join(line for cue in cues for line in cue.lines) == SCRIPT
    names = json.loads((out / "videos" / "abend.json").read_text())["fingerprints"]
    workspace = Workspace(out=str(out), scratch=tmp_path / "scratch")
    take = workspace.find_finished(names["take"], Take)
    assert take is not None
    words = load_words(Path(take.words.uri))
    assert (words.source, words.language) == ("engine", "de")
    edges = [edge for word in words.words for edge in (word.start_s, word.stop_s)]
    assert edges == sorted(edges)
    assert 0 < edges[0] < edges[-1] < take.frames / FPS
