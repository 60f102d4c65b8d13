"""Scripts of tests, spoken in English by the best voice of this machine: its program takes two
seconds to begin, so where several processes run tests the first one lets it say all of them."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.media.scratch_names import DESK
from pipeline.media.voice.speech import Spoken, choose_voice, speak_script
from tests.said_once import made_by_one, said_folder

SCRIPTS = (
    "Good morning. This is a test.",
    "The first sentence is here to be spoken. The second one follows after a pause.",
    "A third sentence makes the take a little longer. And the fourth one ends it. In time.",
    "The first one is here. Then comes another sentence. And this is the last one.",
    "Good evening and welcome. Tomorrow morning all the videos will be here. Good night.",
    "The weather was cold this morning. Nobody came to the station.",
    "The old station stands at the edge of the town. Many people arrive there early.",
    "Bob may buy a map. Nobody pays 25 dollars for Kubernetes.",
    "In 1984, Dr. Smith paid $25 - gladly! Nobody asked why.",
    "It was 1984, and cold. Nobody came.",
    "A portrait speaks these words. Another sentence is a little longer than that.",
    "Good morning. This is a test of the picture, and it takes a little while.",
    "Every word should be seen on the lips, from the first to the last.",
    "This sentence stays as it is, and it is not a short one. The end. Another end.",
    "Hello. Hi. A. It is never finished. Something else.",
    "Good evening, and welcome. Good evening. Good.",
    "And more. Hi there. Hi you.",
)
"""What is not among them is spoken where it is asked for."""


def speak_all() -> None:
    """Before the first of them is asked for; nothing where one process runs a few tests."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        made_by_one("all-spoken", lambda _: spoken_in_english("\n\n".join(SCRIPTS)))


def spoken_in_english(
    script: str, *, speech: Path | None = None, mix: Path | None = None
) -> Spoken:
    """As `speak_script`, but what one test let be said no other lets be said again."""
    with TemporaryDirectory(prefix=DESK, dir=said_folder().parent) as desk:
        files = {"speech.wav": speech, "mix.wav": mix}
        here, there = (Path(desk, name) for name in files)
        spoken = speak_script(script, choose_voice("en", None), speech=here, mix=there)
        for name, wanted in files.items():
            if wanted is not None:
                Path(desk, name).replace(wanted)
    return spoken
