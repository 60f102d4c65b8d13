"""Media, a manifest that takes several chunks, and its undisturbed run: made once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from manifests import Job
from tests.night import CUT_OFTEN, LONG, Media, a_manifest, make_media, run_here


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    return make_media(tmp_path_factory.mktemp("media"))


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "scratch"


@pytest.fixture(scope="session")
def long_manifest(media: Media, tmp_path_factory: pytest.TempPathFactory) -> str:
    job = Job(job_id="long", portrait_uri=str(media.portrait), script=LONG, continuity="cut")
    return a_manifest(tmp_path_factory.mktemp("long"), [job])


@pytest.fixture(scope="session")
def undisturbed(long_manifest: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed")
    run_here(long_manifest, out / "out", out / "scratch", split=CUT_OFTEN, report=True)
    return out / "out"
