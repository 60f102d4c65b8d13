"""Media, a manifest that takes several chunks, and its undisturbed run: made once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from manifests import Job
from tests.night import CUT_OFTEN, LONG, Media, a_manifest, make_media, run_here
from tests.said_once import made_by_one


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    return make_media(tmp_path_factory.mktemp("media"))


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "scratch"


@pytest.fixture(scope="session")
def long_night() -> Path:
    """Made by one process for all; no test changes what is in it."""
    return made_by_one("long", _a_long_night)


@pytest.fixture(scope="session")
def long_manifest(long_night: Path) -> str:
    return str(long_night / "manifest.parquet")


@pytest.fixture(scope="session")
def undisturbed(long_night: Path) -> Path:
    return long_night / "out"


def _a_long_night(folder: Path) -> None:
    portrait = str(make_media(folder).portrait)
    job = Job(job_id="long", portrait_uri=portrait, script=LONG, continuity="cut")
    manifest = a_manifest(folder, [job])
    run_here(manifest, folder / "out", folder / "scratch", split=CUT_OFTEN, report=True)
