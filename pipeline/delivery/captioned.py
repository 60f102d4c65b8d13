"""The profile `captioned`: the same picture, with captions drawn into it."""

from __future__ import annotations

from manifests.fingerprint import fingerprint
from pipeline.captions.deliverables import CAPTIONED, drawing_of, drawn_name, text_of, without
from pipeline.delivery.encode import MasterRequest, encoded, master_name
from pipeline.media.fonts import lettering_for
from pipeline.nouns import Captions
from pipeline.words import load_words
from pipeline.workspace.workspace import Workspace


def captioned(request: MasterRequest, workspace: Workspace) -> Captions:
    """The same picture with captions drawn into it, from the lossless segments as well."""
    take = request.reel.take
    with workspace.scratch_dir() as desk:
        words = load_words(workspace.fetch(take.words, desk))
        letters = lettering_for(text_of(words), request.fonts)
        words = without(words, letters.left_out)
        look = drawn_name(take, letters.fonts, request.size)
        name = fingerprint("captioned", master=master_name(request), look=list(look))
        done = workspace.find_finished(name, Captions)
        if done is not None:
            return done
        drawing = drawing_of(words, take.frames, letters.fonts, request.size, desk / "captions")
        path = desk / "captioned.mp4"
        encoded(request, path, workspace, desk, captions=drawing.script)
        file = workspace.store(path, name, path.name)
    breaches, left_out = drawing.breaches, letters.left_out
    made = Captions(format=CAPTIONED, file=file, breaches=breaches, left_out=left_out)
    return workspace.commit(name, made)
