"""What a deliverable's name is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pipeline.delivery.encode import MasterRequest, master_name
from pipeline.delivery.plan import plan_file
from pipeline.nouns import Piece, Reel
from tests.noun_builders import a_take, an_artifact

TAKE = a_take(100)


def a_finish() -> MasterRequest:
    pieces = (
        Piece(video=an_artifact("0.mkv"), skip=0, frames=47),
        Piece(video=an_artifact("1.mkv"), skip=0, frames=53),
    )
    reel = Reel(take=TAKE, pieces=pieces, joins=())
    return MasterRequest(reel=reel, profile="web", aspect="source", language="en")


def with_piece(request: MasterRequest, **fields: object) -> MasterRequest:
    first, *rest = request.reel.pieces
    piece = replace(first, **fields)  # type: ignore[arg-type]  # the fields' names are the test's business
    return replace(request, reel=replace(request.reel, pieces=(piece, *rest)))


OTHERWISE: dict[str, Callable[[MasterRequest], MasterRequest]] = {
    "frames skipped": lambda f: with_piece(f, skip=1),
    "frames shown": lambda f: with_piece(f, frames=46),
    "another segment": lambda f: with_piece(f, video=replace(an_artifact(), sha256="1" * 64)),
    "another sound": lambda f: replace(
        f, reel=replace(f.reel, take=replace(TAKE, mix=replace(an_artifact(), sha256="2" * 64)))
    ),
    "demo weights": lambda f: replace(f, demo=True),
    "another profile": lambda f: replace(f, profile="other"),
    "another aspect": lambda f: replace(f, aspect="1:1"),
    "another language": lambda f: replace(f, language="de"),
    "enlarged": lambda f: replace(f, enlarged=4),
}


@pytest.mark.parametrize("change", OTHERWISE.values(), ids=OTHERWISE)
def test_whatever_changes_the_file_changes_its_name(
    change: Callable[[MasterRequest], MasterRequest],
) -> None:
    finish = a_finish()
    changed = change(finish)
    assert master_name(changed) != master_name(finish)
    web = finish.profiles[0]
    assert plan_file(changed, web).name != plan_file(finish, web).name


def test_what_is_delivered_beside_it_does_not_rename_the_file() -> None:
    finish = a_finish()
    assert master_name(replace(finish, further=("captioned",))) == master_name(finish)
    assert master_name(a_finish()) == master_name(finish)
