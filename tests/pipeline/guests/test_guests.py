"""Renderers of other packages are found by name, and what is wrong with one is a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.config import RunConfig
from jobs.engine.default_costs import UNMEASURED_OTHER_SEGMENT_S, unmeasured
from manifests import Job
from manifests.errors import ManifestUnusable
from manifests.problems import Invalid
from manifests.validate import examine
from pipeline.guests.guest import Guest, refused_guests
from pipeline.presets import CARRIED, guest_preset, known_presets, preset_named, preset_table
from tests.guests import a_package, installed
from tests.night import a_manifest

CODE = """
from pipeline.guests.guest import Guest
KINDLY = Guest(protocol=1, version=1.0, loader="a:b")
LISTED = Guest(protocol=1, version="1", loader="a:b", canvas=[512, 512])
ONE_FILE = Guest(protocol=1, version="1", loader="a:b", files="/font.ttf")
NEAR = Guest(protocol=1, version="1", loader="a:b", files=("font.ttf",))
OTHER_FRAMES = Guest(protocol=1, version="1", loader="studio_guests:load", segment_frames=24)
ENDLESS = Guest(protocol=1, version="1", loader="a:b", longest_chain_s=float("inf"))
SIDED = Guest(protocol=1, version="1", loader="a:b", canvas=(512,))
ODD = Guest(protocol=1, version="1", loader="studio_guests:load", canvas=(511, 512))
LOST = Guest(protocol=1, version="1", loader="studio_guests:load", files=("/nowhere/font.ttf",))
NOWHERE = Guest(protocol=1, version="1", loader="studio_guests.load")
SPEEDLESS = Guest(protocol=1, version="1", loader="studio_guests:load", segment_s=0.0)
GOOD = Guest(protocol=1, version="1", loader="studio_guests:load", segment_s=0.5)
NUMBER = 7
"""
FROM = "from pipeline.guests.guest import Guest\n"
FURTHER = {
    "studio_older": FROM + "GUEST = Guest(protocol=0, version='1', loader='a:b')",
    "studio_newer": FROM + "GUEST = Guest(protocol=2, version='1', loader='a:b')",
    "studio_later": FROM + "GUEST = Guest(protocol=3, version=('1', 2), draws=print, streams=True)",
    "studio_unnumbered": FROM + "GUEST = Guest(protocol='1', version='1', loader='a:b')",
    "studio_added": FROM + "GUEST = Guest(protocol=1, version='1', loader='a:b', shade=0.5)",
    "studio_door": "from pipeline.guests.guest import Door",
    "studio_needs_a_card": "class NoCard(Exception): pass\nraise NoCard('no card\\nis here')\n",
    "studio_leaves": "raise SystemExit('no licence')\n",
}
"""Modules whose import ends with an error."""

ENTRIES = {
    "good": "studio_guests:GOOD",
    "older": "studio_older:GUEST",
    "newer": "studio_newer:GUEST",
    "other-frames": "studio_guests:OTHER_FRAMES",
    "odd": "studio_guests:ODD",
    "endless": "studio_guests:ENDLESS",
    "sided": "studio_guests:SIDED",
    "lost": "studio_guests:LOST",
    "nowhere": "studio_guests:NOWHERE",
    "speedless": "studio_guests:SPEEDLESS",
    "unnumbered": "studio_unnumbered:GUEST",
    "kindly": "studio_guests:KINDLY",
    "listed": "studio_guests:LISTED",
    "one-file": "studio_guests:ONE_FILE",
    "near": "studio_guests:NEAR",
    "later": "studio_later:GUEST",
    "added": "studio_added:GUEST",
    "unknown-door": "studio_door:GUEST",
    "number": "studio_guests:NUMBER",
    "absent": "studio_guests:ABSENT",
    "unimportable": "studio_needs_a_card:GUEST",
    "leaving": "studio_leaves:GUEST",
    "shared": "studio_guests:GOOD",
    "animatic": "studio_guests:GOOD",
    "Loud": "studio_guests:GOOD",
}


@pytest.fixture(scope="module", autouse=True)
def _studio(tmp_path_factory: pytest.TempPathFactory) -> object:
    folder = a_package(tmp_path_factory.mktemp("studio"), "studio-guests", ENTRIES)
    (folder / "studio_guests.py").write_text(CODE)
    for module, code in FURTHER.items():
        (folder / f"{module}.py").write_text(code)
    other = tmp_path_factory.mktemp("other")
    a_package(other, "other-guests", {"shared": "studio_guests:GOOD"})
    with installed(folder, other):
        yield


def test_a_guest_is_a_preset_beside_those_that_the_program_carries() -> None:
    preset = preset_named("good", RunConfig().presets)
    assert (preset.name, preset.renderer, preset.needs_gpu) == ("good", "good", False)
    assert preset == guest_preset("good")
    assert unmeasured("good", "cpu").segment_s == 0.5
    assert unmeasured("newer", "cpu").segment_s == UNMEASURED_OTHER_SEGMENT_S


def test_names_are_known_without_an_import_and_one_that_nobody_has_lists_guests_too() -> None:
    known = known_presets(preset_table({}))
    assert known.presets is not None
    assert {"good", "unimportable", "animatic"} <= set(known.presets)
    assert "Loud" not in known.presets
    with pytest.raises(ManifestUnusable, match=r"'gold' is not known; there is: .*\bgood\b"):
        preset_named("gold", preset_table({}))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("older", "was written for protocol 0, this .* knows 1: install a newer .* of the package"),
        (
            "newer",
            "was written for protocol 2, this program knows 1: install a newer .* Rushes, or",
        ),
        (
            "later",
            "was written for protocol 3, this program knows 1: install a newer .* Rushes, or",
        ),
        ("unnumbered", "names its protocol '1': write the whole number 1"),
        ("added", "declares shade, which this program does not know: install a newer .* Rushes"),
        (
            "unknown-door",
            r"asks .* for what it does not have \(.*'Door'.*\): install a newer .* Rus",
        ),
        ("kindly", "declares version = 1.0: write text"),
        ("listed", r"declares canvas = \[512, 512\]: write a tuple of width and height"),
        ("one-file", "declares files = '/font.ttf': write a tuple of texts"),
        ("near", "names the file 'font.ttf': write its whole path as text"),
        ("other-frames", "draws 24 frames a segment at 25 a second: protocol 1 has 47 at 25"),
        ("odd", "draws 511x512: two sides must be even, whole numbers up to 8192"),
        ("sided", "draws 512: two sides must be even"),
        ("endless", "or no longest_chain_s up to 3600 s"),
        ("lost", "lacks its file /nowhere/font.ttf, or may not read it: install it again"),
        ("nowhere", "names the loader 'studio_guests.load': write module:function"),
        ("speedless", "a segment takes 0.0 s: measure it, or leave it out"),
        ("number", "has no Guest at studio_guests:NUMBER: mend its entry point"),
        ("absent", r"cannot be imported \(AttributeError: .*ABSENT.*\): mend or r"),
        ("unimportable", r"cannot be imported \(NoCard: no card is here\): mend or r"),
        ("leaving", r"cannot be imported \(SystemExit: no licence\): mend or r"),
        ("shared", "is brought by other-guests 1.0.0 and studio-guests 1.0.0: uninstall one"),
    ],
)
def test_what_is_wrong_with_a_guest_is_one_sentence_with_its_package_and_a_remedy(
    name: str, told: str
) -> None:
    with pytest.raises(ManifestUnusable, match=told) as caught:
        preset_named(name, preset_table({}))
    assert caught.value.code == "renderer_unusable"
    assert name == "shared" or "of studio-guests 1.0.0" in str(caught.value)


def test_a_guest_that_cannot_be_used_costs_its_own_rows_alone(tmp_path: Path) -> None:
    rows = [
        Job(job_id=name, portrait_uri="/a.png", script="Hello.", preset=name)
        for name in ("good", "unimportable", "newer", "shared", "animatic")
    ]
    found = list(examine([a_manifest(tmp_path, rows)], RunConfig().known_names))
    assert [type(row) for row in found] == [Job, Invalid, Invalid, Invalid, Job]
    invalid = [row for row in found if isinstance(row, Invalid)]
    assert {problem.code for row in invalid for problem in row.problems} == {"renderer_unusable"}


def test_a_name_of_the_program_stays_its_own_and_a_name_that_is_none_is_told() -> None:
    assert preset_named("animatic", preset_table({})).renderer == "animatic"
    told = sorted(refused_guests(CARRIED))
    assert ["Loud" in told[0], "small letters" in told[0]] == [True, True]
    assert ["animatic" in told[1], "the program's own" in told[1]] == [True, True]
    assert len(told) == 2


def test_another_version_of_a_guest_and_other_bytes_in_its_files_are_another_name(
    tmp_path: Path,
) -> None:
    font = tmp_path / "font.ttf"
    font.write_bytes(b"one")
    guest = Guest(protocol=1, version="1", loader="a:b", files=(str(font),))
    names = {guest.draws_with, Guest(protocol=1, version="2", loader="a:b").draws_with}
    font.write_bytes(b"other")
    assert len({*names, guest.draws_with}) == 3
