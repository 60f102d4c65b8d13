"""`rushes check --spoken`: what is said otherwise than it is written, by row and sentence."""

from __future__ import annotations

import json
from pathlib import Path

from jobs.commands.check import check_manifest
from jobs.config import RunConfig
from tests.media_builders import a_jpeg

CUES = "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\nAm 3. Mai um 17:30 Uhr.\n"


def told(folder: Path, *rows: dict[str, object]) -> list[str]:
    a_jpeg(folder / "face.jpg")
    manifest = folder / "m.jsonl"
    named = ({"job_id": f"r{at}", "portrait_uri": "face.jpg"} for at in range(1, len(rows) + 1))
    lines = (json.dumps({**name, **row}) for name, row in zip(named, rows, strict=True))
    manifest.write_text("\n".join(lines))
    said: list[str] = []
    config = RunConfig(scratch=folder / "scratch")
    check_manifest([str(manifest)], config, media=False, spoken=True, tell=said.append)
    return [line.partition(" script: ")[2] for line in said if " script: " in line]


def test_each_sentence_that_is_said_otherwise_is_shown_with_who_reads_it(tmp_path: Path) -> None:
    lines = told(
        tmp_path,
        {"script": "Plain words. It costs $1.5M, a\u2200b."},
        {"script": "Es kostet 3,50 €.", "language": "de"},
        {"script": "On 03/04/2026."},
        {"script": "# Title\n\nText."},
    )
    assert lines == [
        (
            "sentence 2: 'It costs $1.5M, a\u2200b.' is said "
            "'It costs one point five million dollars, a\u2200b.' [rules, voice]"
        ),
        "sentence 1: 'Es kostet 3,50 €.' is said 'Es kostet drei Euro fünfzig.' [rules]",
        (
            "sentence 1: 'On 03/04/2026.' is said 'On March fourth twenty twenty six.' "
            "[guessed by rules]"
        ),
        "the script: '# Title\\n\\nText.' is said 'Title\\n\\nText.' [markdown]",
    ]


def test_the_cues_of_a_timed_script_are_shown_by_their_times(tmp_path: Path) -> None:
    (tmp_path / "s.vtt").write_text(CUES)
    (line,) = told(tmp_path, {"script_uri": "s.vtt", "language": "de"})
    assert line == (
        "cue 1 at 00:00:01.000: 'Am 3. Mai um 17:30 Uhr.' is said "
        "'Am dritten Mai um siebzehn Uhr dreißig.' [rules]"
    )


def test_of_a_long_script_the_first_sentences_are_shown_and_the_rest_counted(
    tmp_path: Path,
) -> None:
    lines = told(tmp_path, {"script": "It is 5. " * 60})
    assert len(lines) == 51
    assert lines[-1] == "and 10 more sentences"


def test_a_script_that_cannot_be_read_costs_its_row_one_line(tmp_path: Path) -> None:
    first, second = told(tmp_path, {"script_uri": "none.vtt"}, {"script": "It is 5."})
    assert first.startswith("its script cannot be read: ")
    assert second == "sentence 1: 'It is 5.' is said 'It is five.' [rules]"
