"""Portraits opened as a run does, and files of any format."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from manifests.errors import RushesError
from pipeline.media.picture.image import ImageLimits, OpenedPicture, open_portrait
from tests.media_builders import a_portrait


def opened(path: Path) -> OpenedPicture:
    return open_portrait(path, name=path.name, limits=ImageLimits())


def refused(path: Path) -> RushesError:
    with pytest.raises(RushesError) as error:
        opened(path)
    return error.value


def saved(format_: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(a_portrait()[:128, :128]).save(out, format=format_, **options)
    return out.getvalue()
