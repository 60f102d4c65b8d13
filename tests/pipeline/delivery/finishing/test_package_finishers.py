"""Finishers of other packages: what they raise and what they give in place of larger pictures is
told as a sentence about the package, and costs the files that ask for it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from manifests.errors import ManifestUnusable, OutOfMemory, RushesError, Transient
from pipeline.delivery.files import make_deliveries
from pipeline.delivery.finishing import finished_reel, finishers
from pipeline.delivery.finishing.brought_finishers import (
    CheckedFinisher,
    Finisher,
    brought_finisher,
)
from pipeline.delivery.finishing.finishers import Finishing, finishing_of, opened_finisher
from pipeline.delivery.plan import plan_file
from pipeline.nouns import DeliveredFile
from pipeline.renderer import Frames
from tests.pipeline.delivery.builders import SmallTake
from tests.pipeline.delivery.finishing.builders import finished_frames, made, request

GUEST = """
import numpy as np

class Odd(Exception):
    pass

class OutOfMemoryError(RuntimeError):
    pass

class Tripled:
    digest = "tripled/1"

    def enlarge(self, picture):
        {body}

def finisher():
    {loading}
    return Tripled()
"""
TRIPLED = "return picture.repeat(3, axis=0).repeat(3, axis=1)"
PACKAGE = r"the finisher ours of ours-finisher 1\.0"


def a_package(
    folder: Path,
    code: str,
    monkeypatch: pytest.MonkeyPatch,
    name: str = "ours",
    entries: str = "ours = our_finisher:finisher",
) -> None:
    """A package on the path that brings the finisher `ours`."""
    info = folder / f"{name}_finisher-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-finisher\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[rushes.finishers]\n{entries}\n")
    (folder / "our_finisher.py").write_text(code)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "our_finisher", raising=False)
    opened_finisher.cache_clear()


def guest(body: str = TRIPLED, loading: str = "pass") -> str:
    return GUEST.format(body=body, loading=loading)


def once_drawn(statement: str) -> str:
    """A guest that passes its trial; the frames of the small take are 48 pixels wide."""
    return guest(f"if picture.shape[1] == 48: {statement}\n        {TRIPLED}")


def test_a_finisher_of_another_package_enlarges_what_is_delivered(
    take: SmallTake, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_package(take.folder / "site", guest(), monkeypatch)
    large = made(take, large='finish_network = "ours"')["large"]
    assert (large.width, large.height) == (144, 96)
    frames = finished_frames(take, "ours")
    assert np.array_equal(frames, take.frames[:3].repeat(3, axis=1).repeat(3, axis=2))


def test_two_finishers_with_one_digest_share_no_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = "ours = our_finisher:finisher\ntheirs = our_finisher:finisher"
    a_package(tmp_path / "site", guest(), monkeypatch, entries=entries)
    ours, theirs = (finishing_of(96, name, sharpen=0, grain=0) for name in ("ours", "theirs"))
    assert ours.digest != theirs.digest


def test_another_digest_finishes_anew(take: SmallTake, monkeypatch: pytest.MonkeyPatch) -> None:
    class Doubled:
        digest = "doubled/1"

        def enlarge(self, picture: Frames) -> Frames:
            return picture.repeat(2, axis=0).repeat(2, axis=1)

    monkeypatch.setattr(finishers, "brought_finisher", lambda *_: Doubled())
    found = made(take, large='finish_network = "doubled"')
    assert (found["large"].width, found["large"].height) == (144, 96)
    monkeypatch.setattr(Doubled, "digest", "doubled/2")
    again = made(take, large='finish_network = "doubled"')
    assert not set(again["large"].finished) & set(found["large"].finished)


def test_what_a_package_raises_of_ours_says_itself_who_must_act(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = "from manifests.errors import Transient; raise Transient('busy', 'the licences are out')"
    a_package(tmp_path, guest(loading=own), monkeypatch)
    with pytest.raises(Transient, match="the licences are out"):
        brought_finisher("ours", ())


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (guest(loading='raise RuntimeError("no card")'), r"cannot be loaded \(RuntimeError: no ca"),
        (
            guest(loading='raise Odd("no\\n licence")'),
            r"cannot be loaded \(Odd: no licence\); mend",
        ),
        ("import no_such_package_of_anybody", r"cannot be loaded \(ModuleNotFoundError: No module"),
        (
            "from pipeline.renderer import Nonesuch",
            r"asks this program for what it does not have \(.*Nonesuch.*\): install a newer versio",
        ),
        ("def finisher(:", r"cannot be loaded \(SyntaxError: "),
        ("raise SystemExit(3)", r"cannot be loaded \(SystemExit: 3\); mend the package, install"),
        (guest().replace('digest = "tripled/1"', "digest = 1"), "tells no digest; mend the pack"),
        (
            guest().replace(
                'digest = "tripled/1"', "@property\n    def digest(self): raise Odd('lost')"
            ),
            r"cannot be loaded \(Odd: lost\)",
        ),
        (
            guest() + "\nfinisher.protocol = 2",
            "was written for protocol 2, this program knows 1: install a newer version of Rushes",
        ),
        (
            guest().replace('digest = "tripled/1"', "protocol = 7"),
            "was written for protocol 7, this program knows 1: .* version of the package for prot",
        ),
        (
            guest().replace('digest = "tripled/1"', "protocol = 0"),
            "was written for protocol 0, this .* knows 1: install a newer version of the package",
        ),
        (
            guest() + '\nfinisher.protocol = "new"',
            "names its protocol 'new': write the whole number 1",
        ),
    ],
)
def test_a_package_whose_finisher_cannot_be_loaded_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, told: str
) -> None:
    a_package(tmp_path / "site", code, monkeypatch)
    with pytest.raises(ValueError, match=f"{PACKAGE} {told}"):
        finishing_of(96, "ours", sharpen=0, grain=0)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (f"picture = picture / 255; {TRIPLED}", r"gives float64 \[51, 69, 3\] for a picture \[17"),
        ("return picture.repeat(3, axis=0)", r"gives uint8 \[51, 23, 3\]"),
        ("return picture[..., :1]", r"gives uint8 \[17, 23, 1\]"),
        ("return np.dstack([picture, picture[..., :1]])", r"gives uint8 \[17, 23, 4\]"),
        ("return np.resize(picture, (51, 69, 3))[:50]", r"gives uint8 \[50, 69, 3\]"),
        ("return None", "gives <class 'NoneType'>"),
        ('raise Odd("it burns")', r"fails on \[17, 23, 3\] \(Odd: it burns\); mend the package"),
        (
            "n = picture.shape[0] // 16 + 1; return picture.repeat(n, axis=0).repeat(n, axis=1)",
            r"gives uint8 \[96, 120, 3\] .* uint8, 2 times the sides",
        ),
        (f"picture = 0 * picture + 255; {TRIPLED}", r"gives another picture .* by 58% in the mean"),
        (f"picture = picture[..., ::-1]; {TRIPLED}", r"gives another picture .* by 23% in the "),
    ],
)
def test_a_package_whose_finisher_does_not_enlarge_two_small_pictures_is_refused_before_a_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, told: str
) -> None:
    a_package(tmp_path / "site", guest(body), monkeypatch)
    with pytest.raises(ValueError, match=f"{PACKAGE} {told}"):
        finishing_of(96, "ours", sharpen=0, grain=0)


@pytest.mark.parametrize(
    ("statement", "error", "told"),
    [
        (
            'raise RuntimeError("it\\n burns")',
            Transient,
            r"\(RuntimeError: it burns\); it is tried",
        ),
        ('raise Odd("it burns")', Transient, r"fails on \[32, 48, 3\] \(Odd: it burns\)"),
        ("raise SystemExit(1)", Transient, r"fails on \[32, 48, 3\] \(SystemExit: 1\)"),
        ('raise OutOfMemoryError("full")', OutOfMemory, "the card ran out of memory for the fini"),
        ("raise MemoryError", OutOfMemory, "the machine ran out of memory for the finisher ours"),
        (
            "return picture.repeat(2, axis=0).repeat(2, axis=1)",
            ManifestUnusable,
            r"gives uint8 \[64, 96, 3\] for .*\[32, 48, 3\]; it must give uint8, 3 times the sides",
        ),
    ],
)
def test_a_package_that_fails_on_a_frame_costs_the_profiles_that_ask_for_it(
    take: SmallTake,
    monkeypatch: pytest.MonkeyPatch,
    statement: str,
    error: type[RushesError],
    told: str,
) -> None:
    a_package(take.folder / "site", once_drawn(statement), monkeypatch)
    asked = request(take, large='finish_network = "ours"', other="")
    with pytest.raises(error, match=told) as raised:
        make_deliveries(asked, take.workspace)
    assert "the finisher ours of ours-finisher 1.0" in str(raised.value)
    names = [plan_file(asked, profile).name for profile in asked.profiles]
    stored = [take.workspace.find_finished(name, DeliveredFile) for name in names]
    assert [file and file.profile for file in stored] == ["web", None, "other"]


def test_memory_that_is_full_costs_the_profiles_of_that_network(
    take: SmallTake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(asked: Finishing) -> Finisher:
        if asked.network == "x4plus":
            raise MemoryError
        return opened_finisher(asked)

    monkeypatch.setattr(finished_reel, "opened_finisher", full)
    asked = request(take, large='finish_network = "x4plus"', other="")
    with pytest.raises(MemoryError):
        make_deliveries(asked, take.workspace)
    *_, other = [plan_file(asked, profile).name for profile in asked.profiles]
    assert take.workspace.find_finished(other, DeliveredFile) is not None


def test_another_package_than_the_run_began_with_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_package(tmp_path / "site", guest(), monkeypatch)
    asked = replace(finishing_of(96, "ours", sharpen=0, grain=0), digest="d" * 40)
    with pytest.raises(ManifestUnusable, match=f"{PACKAGE} is another one on this machine"):
        opened_finisher(asked)


def test_a_package_that_failed_once_goes_on_with_the_next_try(
    take: SmallTake, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_package(take.folder / "site", guest(), monkeypatch)
    asked = request(take, large='finish_network = "ours"')
    finisher = brought_finisher("ours", ())
    with monkeypatch.context() as patch:
        patch.setattr(type(finisher.guest), "enlarge", lambda *_: 1 / 0)
        with pytest.raises(Transient, match="division by zero"):
            make_deliveries(asked, take.workspace)
    assert make_deliveries(asked, take.workspace)[1].profile == "large"


def test_two_packages_of_one_name_are_not_chosen_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ours", "theirs"):
        a_package(tmp_path / name, guest(), monkeypatch, name)
    owners = r"ours-finisher 1\.0 and theirs-finisher 1\.0"
    with pytest.raises(ValueError, match=f"several packages bring a finisher ours, {owners}; un"):
        finishing_of(96, "ours", sharpen=0, grain=0)
    with pytest.raises(ValueError, match="'nobodys' is no finisher; choose one of animevideov3"):
        finishing_of(96, "nobodys", sharpen=0, grain=0)


class Reusing:
    """Writes all that it gives into one array, and into the one that it is given."""

    digest = "reusing/1"

    def __init__(self) -> None:
        self.made = np.zeros((8, 12, 3), np.uint8)

    def enlarge(self, picture: Frames) -> Frames:
        self.made[:] = picture.repeat(2, axis=0).repeat(2, axis=1)
        picture[:] = 0
        return self.made[::-1][::-1]


def test_a_guest_may_use_its_arrays_again_and_cannot_change_what_was_drawn() -> None:
    finisher = CheckedFinisher(told="the finisher", digest="d", guest=Reusing())
    drawn = np.full((4, 6, 3), 9, np.uint8)
    first = finisher.enlarge(drawn)
    assert finisher.enlarge(np.zeros_like(drawn)).max() == 0
    assert (first == 9).all()
    assert (drawn == 9).all()
    assert first.flags.c_contiguous
