"""What is laid into the pictures of a take: its plate, a slate, captions and their fonts."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from pipeline.captions.deliverables import Drawing, drawing_of, text_of, without
from pipeline.delivery.encode import MasterRequest
from pipeline.delivery.picture.notice import laid_notice
from pipeline.delivery.picture.plate import lay_plate
from pipeline.delivery.picture.slate import slate_picture
from pipeline.delivery.pictures import PlannedPicture, Scenery
from pipeline.delivery.plan import PlannedFile
from pipeline.delivery.profiles import DeliveryProfile
from pipeline.media.font_files import Font
from pipeline.media.fonts import Lettering, lettering_for
from pipeline.media.picture.image import read_png
from pipeline.words import Words, load_words
from pipeline.workspace.workspace import Workspace


class Letters:
    """The words and fonts of a take's captions, looked up once, and only where a profile draws
    any."""

    def __init__(self, request: MasterRequest, workspace: Workspace) -> None:
        self.request = request
        self._workspace = workspace
        self._draws = any(profile.captions for profile in request.profiles)

    @cached_property
    def _words(self) -> Words:
        take = self.request.reel.take
        with self._workspace.scratch_dir() as desk:
            return load_words(self._workspace.fetch(take.words, desk))

    @cached_property
    def _found(self) -> Lettering:
        return lettering_for(text_of(self._words), self.request.fonts)

    def fonts_for(self, profile: DeliveryProfile) -> tuple[Font, ...]:
        """What a profile's captions are drawn with; nothing where it has none."""
        return tuple(self._found.fonts) if profile.captions else ()

    @property
    def left_out(self) -> str:
        """Signs that no font here has."""
        return self._found.left_out if self._draws else ""

    def drawing(self, planned: PlannedFile, desk: Path) -> Drawing | None:
        """The script of a file's captions, in a folder with its fonts; None where it has none."""
        if planned.picture is None or not planned.profile.captions:
            return None
        words = without(self._words, self._found.left_out)
        frames, size = self.request.reel.take.frames, planned.picture.size
        return drawing_of(words, frames, self._found.fonts, size, desk / "captions")


def scenery_of(
    request: MasterRequest, picture: PlannedPicture, workspace: Workspace, desk: Path
) -> Scenery:
    """The plate, the slate and the notice of a picture, where it has them."""
    plate, slate, notice = None, None, None
    if picture.plate is not None:
        whole = read_png(workspace.fetch(picture.plate.picture, desk))
        plate = lay_plate(whole, picture.plate, request.reel.take, picture.reframing)
    if picture.slate:
        slate = slate_picture(picture.size, dict(picture.slate), request.fonts)
    if picture.notice:
        notice = laid_notice(picture.notice, picture.size, request.fonts)
    return Scenery(plate=plate, slate=slate, notice=notice)
