"""The form of the lock, told without a network; `make check-lock` lets pip resolve it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from requirements.make_lock import wheels_for_us
from requirements.platforms import PLATFORMS, LockedPackage, locked

FOLDER = Path(__file__).parents[1] / "requirements"
LOCK = FOLDER / "lock.txt"
DIGEST = "0f" * 32
NAMES = ["Linux x86_64", "Linux aarch64", "macOS arm64"]


def wheel(tags: str) -> LockedPackage:
    return LockedPackage("a-name", "1.0", {f"a_name-1.0-{tags}.whl": DIGEST})


def test_every_package_is_pinned_and_hashed_once() -> None:
    packages = locked(LOCK)
    assert len({package.name for package in packages}) == len(packages) > 100
    assert all(package.name == canonicalize_name(package.name) for package in packages)


def test_every_package_has_a_wheel_for_every_machine() -> None:
    assert [platform.name for platform in PLATFORMS] == NAMES
    assert {package.name: package.lacks() for package in locked(LOCK) if package.lacks()} == {}


def test_every_wheel_of_the_lock_is_its_packages_own() -> None:
    for package in locked(LOCK):
        for name in package.wheels:
            assert parse_wheel_filename(name)[0] == package.name
            assert str(parse_wheel_filename(name)[1]) == package.version


def test_what_is_asked_for_is_in_the_lock_and_torch_is_not() -> None:
    versions = {package.name: package.version for package in locked(LOCK)}
    asked = [Requirement(line) for line in (FOLDER / "direct.txt").read_text().splitlines()]
    for each in asked:
        assert versions.get(canonicalize_name(each.name), "none") in each.specifier, each
    assert "torch" not in versions


@pytest.mark.parametrize(
    ("tags", "lacking"),
    [
        ("py3-none-any", []),
        ("cp311-cp311-manylinux_2_28_x86_64", NAMES[1:]),
        ("cp311-cp311-manylinux2014_aarch64.manylinux_2_17_aarch64", [NAMES[0], NAMES[2]]),
        ("cp39-abi3-macosx_11_0_universal2", NAMES[:2]),
        ("cp312-cp312-manylinux_2_28_x86_64", NAMES),
        ("cp312-abi3-macosx_11_0_arm64", NAMES),
        ("cp311-cp311-musllinux_1_2_x86_64", NAMES),
        ("cp311-cp311-manylinux_2_35_x86_64", NAMES),
        ("cp311-cp311-macosx_16_0_arm64", NAMES),
        ("cp311-cp311-macosx_10_9_x86_64", NAMES),
        ("cp311-cp311-win_amd64", NAMES),
    ],
)
def test_a_machine_lacks_a_package_whose_wheels_do_not_fit_it(
    tags: str, lacking: list[str]
) -> None:
    assert wheel(tags).lacks() == lacking


def test_a_package_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    package = LockedPackage(
        "a-name",
        "1.0",
        {"a_name-1.0-py2-none-any.whl": DIGEST, "a_name-1.0-py3-none-any.whl": "1e" * 32},
    )
    file = tmp_path / "lock.txt"
    file.write_text("\n".join(["# A head.", *package.lines(), *wheel("py3-none-any").lines()]))
    assert locked(file) == [package, wheel("py3-none-any")]


@pytest.mark.parametrize(
    "line",
    [
        "a-name==1.0",
        f"a-name>=1.0 --hash=sha256:{DIGEST}",
        f"a-name --hash=sha256:{DIGEST}",
        f"a-name==1.0 --hash=sha256:{DIGEST[1:]}",
        f"a-name==1.0 --hash=sha256:{DIGEST} --hash=sha256:{DIGEST}",
    ],
)
def test_a_package_without_version_hash_or_the_name_of_its_wheel_is_refused(
    tmp_path: Path, line: str
) -> None:
    file = tmp_path / "lock.txt"
    file.write_text(f"# a_name-1.0-py3-none-any.whl\n{line}\n")
    with pytest.raises(ValueError, match=r"a-name|shorter|longer"):
        locked(file)


def test_wheels_of_other_machines_stay_out_of_the_lock() -> None:
    tags = (
        "cp311-cp311-macosx_11_0_arm64",
        "cp311-cp311-win_amd64",
        "cp310-cp310-macosx_11_0_arm64",
    )
    names = [f"a_name-1.0-{each}.whl" for each in tags]
    wheels = [{"url": f"https://host/{each}", "hashes": {"sha256": DIGEST}} for each in names]
    package: dict[str, Any] = {"name": "a-name", "version": "1.0", "wheels": wheels}
    assert wheels_for_us([package]) == [wheel(tags[0])]
