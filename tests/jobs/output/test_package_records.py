"""The lists of all delivered files are true at any time, and independent readers agree."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from jobs.output.own_names import apart_from, names_in_output, with_own_names
from jobs.output.package_records import write_package
from jobs.run import RunConfig
from jobs.verify.delivered_files import look_at_files, results_of
from manifests.job import Job
from manifests.problems import Invalid
from manifests.results import Deliverable, Result, read_results, write_results
from manifests.storage import overwrite, storage_of
from pipeline.delivery.package.mhl import mhl_findings, set_aside, xxh128_of
from pipeline.delivery.provenance.c2pa_files import credentials_path
from pipeline.delivery.provenance.check import check_file
from pipeline.delivery.provenance.development import write_development_certificate
from pipeline.delivery.provenance.signing import SigningSettings
from tests.manifests.builders import a_result
from tests.noun_builders import a_job
from tests.pipeline.delivery.provenance.builders import NOW
from tests.s3_server import S3Server


def delivered(out: str, *files: tuple[str, bytes], hashed: bool = True) -> None:
    """Finished rows, one for each file, with their results."""
    rows = [a_done(out, name, content, hashed=hashed) for name, content in files]
    version = storage_of(out).stat(f"{out}/results.parquet")
    assert write_results(rows, out, expected=version.version if version else None)


def a_done(out: str, name: str, content: bytes, *, hashed: bool) -> Result:
    uri = f"{out}/videos/{name}"
    overwrite(uri, content)
    file = Deliverable(
        profile="web",
        uri=uri,
        sha256=sha256(content).hexdigest(),
        bytes=len(content),
        xxh128=xxh128_of(Path(uri)) if hashed and "://" not in uri else "",
    )
    return a_result(job_id=name.partition(".")[0], status="done", deliverables=(file,))


def program(name: str, *arguments: str) -> int:
    """An independent reader."""
    ran = subprocess.run(  # noqa: S603 - our own arguments
        [str(Path(sys.executable).with_name(name)), *arguments], capture_output=True, check=False
    )
    return ran.returncode


@pytest.fixture
def out(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "out"
    delivered(str(folder), ("a.mp4", b"a"), ("b \u00e9.mov", b"b"))
    write_package(str(folder))
    return folder


def test_what_a_run_delivered_is_confirmed_by_ascmhl_and_sha256sum(out: Path) -> None:
    assert program("ascmhl-debug", "verify", str(out / "videos")) == 0
    assert program("ascmhl", "diff", str(out / "videos")) == 0
    sums = (out / "videos/SHA256SUMS").read_text()
    assert [line.split("  ", 1) for line in sums.splitlines()] == [
        [sha256(name.encode()[:1]).hexdigest(), name] for name in ("a.mp4", "b \u00e9.mov")
    ]
    assert mhl_findings(str(out)) == ()
    assert look_at_files(str(out), results_of(str(out))).findings == ()


def test_the_lists_are_signed_beside_them_and_other_readers_pass_over_that(
    out: Path, tmp_path: Path
) -> None:
    key, certificate, _ = write_development_certificate(tmp_path / "keys", NOW)
    signing = SigningSettings(key=str(key), certificate=certificate)
    write_package(str(out), signing=signing)
    (generation,) = (out / "videos/ascmhl").glob("*.mhl")
    chain = out / "videos/ascmhl/ascmhl_chain.xml"
    for path in (out / "videos/SHA256SUMS", generation, chain):
        assert check_file(path).untouched
    before = credentials_path(generation).read_bytes()
    delivered(str(out), ("a.mp4", b"a"), ("b \u00e9.mov", b"b"), ("c.mp4", b"c"))
    write_package(str(out), signing=signing)
    assert credentials_path(generation).read_bytes() == before
    assert all(check_file(path).untouched for path in (out / "videos/ascmhl").glob("*.mhl"))
    assert check_file(out / "videos/SHA256SUMS").untouched
    assert check_file(chain).untouched, "it says more now, and is signed as it is"
    assert program("ascmhl-debug", "verify", str(out / "videos")) == 0
    assert program("ascmhl", "diff", str(out / "videos")) == 0
    assert look_at_files(str(out), results_of(str(out))).findings == ()
    set_aside(str(out))
    assert list((out / "videos").rglob("*.c2pa")) == []


def test_each_breach_is_told_by_its_file(out: Path) -> None:
    (out / "videos/a.mp4").write_bytes(b"A")
    (out / "videos/b \u00e9.mov").unlink()
    changed, missing = mhl_findings(str(out))
    assert "a.mp4: xxh128" in changed
    assert "b \u00e9.mov: it is missing" in missing
    assert program("ascmhl-debug", "verify", str(out / "videos")) != 0


def test_a_later_run_adds_a_generation_of_what_is_new_and_leaves_the_others(out: Path) -> None:
    (first,) = (out / "videos/ascmhl").glob("0001_*.mhl")
    before = first.read_bytes()
    write_package(str(out))
    assert len(list((out / "videos/ascmhl").glob("*.mhl"))) == 1, "nothing is new"
    files = [("a.mp4", b"a"), ("b \u00e9.mov", b"b"), ("c.wav", b"c")]
    delivered(str(out), *files, hashed=False)
    write_package(str(out))
    assert first.read_bytes() == before
    (second,) = (out / "videos/ascmhl").glob("0002_*.mhl")
    assert [name in second.read_text() for name in ("a.mp4", "c.wav")] == [False, True]
    assert program("ascmhl-debug", "verify", str(out / "videos")) == 0


def test_a_history_that_knows_a_replaced_file_is_set_aside_whole_and_another_begins(
    out: Path,
) -> None:
    set_aside(str(out))
    assert not (out / "videos/ascmhl").exists()
    assert not (out / "videos/SHA256SUMS").exists()
    set_aside(str(out))
    (kept,) = (out / "_run/mhl").iterdir()
    assert {path.suffix for path in kept.iterdir() if path.name[0] != "."} == {".mhl", ".xml"}
    delivered(str(out), ("a.mp4", b"another"), ("b \u00e9.mov", b"b"))
    write_package(str(out))
    assert mhl_findings(str(out)) == ()
    assert program("ascmhl-debug", "verify", str(out / "videos")) == 0


def test_a_history_that_is_not_true_of_the_results_is_set_aside_too(out: Path) -> None:
    delivered(str(out), ("a.mp4", b"another"), ("b \u00e9.mov", b"b"))
    write_package(str(out))
    assert mhl_findings(str(out)) == ()
    assert program("ascmhl-debug", "verify", str(out / "videos")) == 0


def test_a_run_killed_between_generation_and_chain_leaves_nothing_false(out: Path) -> None:
    orphan = out / "videos/ascmhl/0002_videos_2026-01-01_000000Z.mhl"
    orphan.write_text("<half")
    delivered(str(out), ("a.mp4", b"a"), ("b \u00e9.mov", b"b"), ("c.mp4", b"c"))
    assert mhl_findings(str(out)) == ()
    write_package(str(out))
    assert not orphan.exists()
    assert program("ascmhl-debug", "verify", str(out / "videos")) == 0


@pytest.mark.parametrize("content", ["rubbish", "", "<a/>"])
def test_a_history_that_somebody_changed_is_told_and_not_gone_on_with(
    out: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    (generation,) = (out / "videos/ascmhl").glob("*.mhl")
    generation.write_text(content)
    assert "was changed" in mhl_findings(str(out))[0]
    delivered(str(out), ("a.mp4", b"a"), ("c.mp4", b"c"))
    write_package(str(out))
    assert "were not written" in caplog.text
    assert generation.read_text() == content


def test_on_s3_the_history_is_the_same(s3: S3Server, tmp_path: Path) -> None:
    place = f"s3://{s3.bucket}/package"
    delivered(place, ("a.mp4", b"a"))
    write_package(place)
    assert mhl_findings(place) == ()
    names = [uri.rpartition("/")[2] for uri in storage_of(place).list(f"{place}/videos")]
    assert names[:1] + names[-1:] == ["SHA256SUMS", "ascmhl_chain.xml"]
    here = tmp_path / "videos"
    for uri in storage_of(place).list(f"{place}/videos"):
        storage_of(place).download(uri, here / uri.partition("/videos/")[2])
    assert program("ascmhl-debug", "verify", str(here)) == 0
    overwrite(f"{place}/videos/a.mp4", b"b")
    assert "a.mp4: xxh128" in mhl_findings(place)[0]
    set_aside(place)
    assert mhl_findings(place) == ()
    assert look_at_files(place, results_of(place)).findings[0].what == "changed"


def titled(job_id: str, row: int, **fields: object) -> Job:
    return replace(a_job(job_id=job_id, title="Reel", **fields), row=row, manifest="/in/n.csv")


BY_TITLE = RunConfig(naming="{title}_{language}")


def test_rows_that_would_share_a_name_are_all_refused_and_the_others_go_on() -> None:
    rows = [titled("a", 1), titled("b", 2, language="de"), titled("c", 3)]
    first, other, last = with_own_names(rows, BY_TITLE)
    assert isinstance(first, Invalid)
    assert isinstance(last, Invalid)
    assert other == rows[1]
    (told,), (also,) = first.problems, last.problems
    assert (told.code, also.code) == ("duplicate_name", "duplicate_name")
    assert "Row 1: its file 'Reel_en.mp4' has the name of a file of row 3 (c)" in told.message
    assert "of row 1 (a)" in also.message
    assert with_own_names(rows, RunConfig()) == rows


def test_a_row_may_not_take_the_name_of_a_file_of_an_earlier_row(tmp_path: Path) -> None:
    delivered(str(tmp_path), ("Reel_en.mp4", b"x"))
    (found,) = apart_from(
        [titled("new", 1)], lambda: names_in_output(str(tmp_path), {"new"}), BY_TITLE
    )
    assert isinstance(found, Invalid)
    assert "has the name of a file of Reel_en" in found.problems[0].message
    own = apart_from(
        [titled("x", 1)], lambda: names_in_output(str(tmp_path), {"Reel_en"}), BY_TITLE
    )
    assert own == [titled("x", 1)], "a row may replace its own files"


def test_results_of_before_digests_for_hash_lists_are_read(tmp_path: Path) -> None:
    delivered(str(tmp_path), ("a.mp4", b"a"), hashed=False)
    (result,) = read_results(str(tmp_path))
    assert result.deliverables[0].xxh128 == ""
