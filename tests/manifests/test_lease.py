"""One driver at a time in an output folder, whatever clocks say and whoever sleeps."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from manifests.errors import Preempted
from manifests.lease import (
    Epoch,
    Holder,
    Sighting,
    begin,
    latest,
    look,
    may_follow,
    name_under,
    put_under,
    renew,
    sighting_of,
    superseded,
)
from manifests.storage import join, storage_of
from tests.s3_server import S3Server

FAR = Holder(host="another", place="another boot", pid=1, began="1")


def an_epoch(number: int = 1, holder: Holder = FAR) -> Epoch:
    return Epoch(number=number, holder=holder, since="2026-11-25T00:00:00+00:00")


@pytest.fixture(params=["folder", "s3"])
def out(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "folder":
        return str(tmp_path)
    server: S3Server = request.getfixturevalue("s3")
    return f"s3://{server.bucket}/lease-{os.getpid()}-{tmp_path.name}"


def test_an_epoch_begins_once(out: str) -> None:
    mine, theirs = an_epoch(holder=Holder.here()), an_epoch()
    assert begin(out, mine)
    assert not begin(out, theirs)
    assert latest(out) == 1
    assert look(out, 1)[0] == mine


def test_each_renewal_changes_the_file(out: str) -> None:
    epoch = an_epoch()
    begin(out, epoch)
    versions = {look(out, 1)[1]}
    for _ in range(3):
        epoch = renew(out, epoch)
        versions.add(look(out, 1)[1])
    assert len(versions) == 4


def test_a_name_given_by_a_later_epoch_stays(out: str) -> None:
    """A driver that slept between its look and its write is the case that matters."""
    begin(out, an_epoch(1))
    uri = join(out, "videos", "a.mp4")
    name_under(out, 1, uri, b"first")
    stat = storage_of(uri).stat(uri)
    assert stat is not None
    begin(out, an_epoch(2))
    name_under(out, 2, uri, b"of the later")
    assert not storage_of(uri).replace(uri, b"of the sleeper", expected=stat.version)
    with pytest.raises(Preempted, match="took over"):
        put_under(out, 1, uri, b"of the sleeper", expected=stat.version)
    assert storage_of(uri).read(uri) == b"of the later"
    assert superseded(out, 1)
    assert not superseded(out, 2)


@given(
    changes=st.lists(st.floats(0.0, 9.9), min_size=1, max_size=20),
    term_s=st.floats(10.0, 60.0),
    start_s=st.floats(-1e6, 1e6),
)
def test_a_driver_that_is_seen_to_change_in_each_term_is_never_followed(
    changes: list[float], term_s: float, start_s: float
) -> None:
    """The observer's clock may say anything; only what passes on it counts."""
    now_s, sighting = start_s, None
    for beat, pause_s in enumerate(changes):
        now_s += pause_s
        sighting = sighting_of(sighting, 1, str(beat), now_s)
        assert not may_follow(an_epoch(), sighting, now_s, term_s)


@given(term_s=st.integers(1, 60), looks=st.integers(2, 20))
def test_a_driver_that_stays_silent_for_a_term_is_followed(term_s: int, looks: int) -> None:
    sighting = None
    for number in range(looks + 1):
        now_s = term_s if number == looks else term_s * number / looks
        sighting = sighting_of(sighting, 1, "same", now_s)
        assert may_follow(an_epoch(), sighting, now_s, term_s) == (number == looks)


def test_what_was_given_back_may_be_followed_at_once() -> None:
    sighting = Sighting(number=1, version="v", since_s=0.0)
    assert may_follow(replace(an_epoch(), released=True), sighting, 0.0, 30.0)
    assert not may_follow(None, sighting, 1.0, 30.0)  # damaged: only time tells


def test_a_process_that_ended_is_known_to_be_gone_on_its_own_host() -> None:
    code = (
        "from manifests.lease import Holder; from pydantic import TypeAdapter;"
        "print(TypeAdapter(Holder).dump_json(Holder.here()).decode())"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout  # noqa: S603 - ours
    ended = TypeAdapter(Holder).validate_json(told)
    assert ended.gone
    assert not Holder.here().gone
    assert not replace(ended, place="another boot").gone  # unknown from here
