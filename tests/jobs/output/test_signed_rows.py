"""Rows whose files are signed: what is delivered, what a later run does, and what is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from jobs.output.let_go import LetGoRow, let_go_now, remember
from jobs.output.result_rows import to_be_signed
from jobs.verify.copies import ComparedWith, copy_found, copy_lines
from jobs.verify.delivered_files import look_at_files
from manifests import Job
from manifests.errors import ManifestUnusable
from manifests.results import Result
from pipeline.delivery.provenance.c2pa_files import SignedPath
from pipeline.delivery.provenance.check import check_file
from pipeline.delivery.provenance.claim import SourceType, claim_of_file
from pipeline.delivery.provenance.development import (
    development_certificate,
    write_development_certificate,
)
from pipeline.delivery.provenance.signing import SigningSettings
from pipeline.delivery.watermark.payload import PUBLIC_KEY
from tests.media_builders import a_jpeg, a_portrait
from tests.night import a_manifest, attempts, results, run_here
from tests.pipeline.delivery.provenance.builders import NOW, a_making, a_signer
from tests.sound_builders import flipped

NOTHING_KNOWN = ComparedWith(delivered={}, marks=dict, trusted=b"", key=PUBLIC_KEY)


@dataclass(frozen=True)
class Night:
    """A row that was done unsigned, and then run again with a key."""

    manifest: str
    out: Path
    scratch: Path
    signing: SigningSettings
    unsigned: Result
    stages: list[str]
    """Attempts of the run with a key."""


def stages_of(out: Path, since: int) -> list[str]:
    return sorted(each.stage for each in attempts(out)[since:] if not each.reused)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    folder, scratch = tmp_path_factory.mktemp("signed"), tmp_path_factory.mktemp("scratch")
    key, certificate, _ = write_development_certificate(folder / "keys", NOW)
    signing = SigningSettings(key=str(key), certificate=certificate)
    portrait = a_jpeg(folder / "portrait.jpg", np.ascontiguousarray(a_portrait()[::2, ::2]))
    a_signer().sign(portrait, claim_of_file("mine.jpg", a_making()))
    job = Job(
        job_id="a",
        portrait_uri=str(portrait),
        script="Hello.",
        consent_id="consent-7",
        deliverables=("web", "srt"),
    )
    manifest, out = a_manifest(folder, [job]), folder / "out"
    run_here(manifest, out, scratch)
    unsigned, before = results(out)["a"], len(attempts(out))
    run_here(manifest, out, scratch, signing=signing)
    return Night(manifest, out, scratch, signing, unsigned, stages_of(out, before))


def delivered(night: Night) -> Iterator[Path]:
    return (
        path
        for path in (night.out / "videos").iterdir()
        if path.suffix in {".mp4", ".srt", ".json"}
    )


def test_without_a_key_a_row_is_done_and_says_that_it_is_unsigned(night: Night) -> None:
    assert night.unsigned.status == "done"
    assert [w for w in night.unsigned.warnings if w.startswith("unsigned: ")]
    assert [file.profile for file in night.unsigned.deliverables] == ["web", "srt", "sidecar"]


def test_a_key_that_comes_later_signs_without_rendering_anything_again(night: Night) -> None:
    assert "generate" not in night.stages
    assert "publish" in night.stages
    assert not [w for w in results(night.out)["a"].warnings if w.startswith("unsigned")]


def test_a_row_whose_work_was_let_go_is_not_rendered_to_be_signed(
    night: Night, tmp_path: Path
) -> None:
    row, out = night.unsigned, str(tmp_path)
    assert to_be_signed(out, [row]) == {row.fingerprint}
    assert to_be_signed(out, [results(night.out)["a"]]) == frozenset()
    assert row.finished is not None
    gone = LetGoRow(
        job_id="a",
        asked=str(row.fingerprint),
        finished_s=row.finished.timestamp(),
        bytes=1,
    )
    remember(out, let_go_now((gone,), 0, 1))
    assert to_be_signed(out, [row]) == frozenset()


def test_a_sidecar_names_the_signed_copies_that_are_stored(night: Night) -> None:
    stored = {path.parent.name for path in night.out.glob("_run/work/*/signed.json")}
    told = json.loads((night.out / "videos/a.json").read_text())
    assert stored
    assert stored <= set(told["work"])


def test_every_delivered_file_is_signed_and_the_results_name_the_signed_bytes(
    night: Night,
) -> None:
    files = list(delivered(night))
    assert sorted(path.name for path in files) == ["a.en.srt", "a.json", "a.mp4"]
    for path in files:
        assert check_file(path).untouched, path
    found = look_at_files(str(night.out), [results(night.out)["a"]])
    assert found.findings == ()
    assert found.files == 5  # the captions' credentials and the sidecar's lie beside them


def test_a_video_says_what_it_was_made_of_and_keeps_what_its_portrait_carried(
    night: Night,
) -> None:
    found = check_file(night.out / "videos/a.mp4")
    assert found.source_type == SourceType.COMPOSITE  # an animatic
    assert found.ingredients == ("portrait with its credentials",)
    assert found.facts is not None
    assert found.facts["rushes.consent"] == "consent-7"
    assert check_file(night.out / "videos/a.en.srt").source_type == SourceType.WRITTEN


def test_no_path_of_this_machine_and_no_key_stands_in_what_is_delivered(night: Night) -> None:
    key = Path(night.signing.key).read_bytes().splitlines()[1]
    for path in night.out.rglob("*"):
        if path.is_file():
            assert key not in path.read_bytes(), path
    for path in (night.out / "videos").glob("*.c2pa"):
        assert str(night.out.parent).encode() not in path.read_bytes()
    config = json.loads((night.out / "_run/run.json").read_text())["config"]
    assert "signing" not in config


def test_a_signed_row_is_kept_by_a_later_run_with_a_key_and_by_one_without(night: Night) -> None:
    before = {path: path.read_bytes() for path in delivered(night)}
    assert run_here(night.manifest, night.out, night.scratch, signing=night.signing).kept == 1
    assert run_here(night.manifest, night.out, night.scratch).kept == 1
    assert {path: path.read_bytes() for path in delivered(night)} == before


def test_verify_tells_of_a_delivered_file_what_is_signed_and_vouches_where_its_root_is_trusted(
    night: Night,
) -> None:
    video = night.out / "videos/a.mp4"
    told = "\n".join(copy_lines(copy_found("a.mp4", SignedPath.at(video), NOTHING_KNOWN)))
    assert "a development certificate, which nobody vouches for" in told
    assert "consent consent-7, preset animatic" in told
    assert "made of: portrait with its credentials" in told
    assert not copy_found(
        "a.mp4", SignedPath.at(video), NOTHING_KNOWN
    ).vouched  # anybody can make one


def test_verify_tells_which_delivered_files_do_not_hold_their_credentials_any_more(
    night: Night, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(night.out, out)
    moved = [
        replace(each, uri=each.uri.replace(str(night.out), str(out)))
        for each in results(night.out)["a"].deliverables
    ]
    row = replace(results(night.out)["a"], deliverables=tuple(moved))
    for name, at in (("a.mp4", -40), ("a.en.srt", 3)):
        flipped(out / "videos" / name, at)
    found = look_at_files(str(out), [row])
    told = {(each.what, Path(each.uri).name) for each in found.findings}
    assert {("credentials", "a.mp4"), ("credentials", "a.en.srt")} <= told
    assert {("changed", "a.mp4"), ("changed", "a.en.srt")} <= told
    assert found.checked["credentials"] == 3


def test_a_file_that_went_is_published_again_with_the_signature_that_it_had(night: Night) -> None:
    video = night.out / "videos/a.mp4"
    before = video.read_bytes()
    video.unlink()
    assert run_here(night.manifest, night.out, night.scratch, signing=night.signing).done == 1
    assert video.read_bytes() == before


def test_a_run_that_must_sign_is_refused_before_anything_is_made(
    night: Night, tmp_path: Path
) -> None:
    with pytest.raises(ManifestUnusable, match="require_signing") as caught:
        run_here(night.manifest, tmp_path / "out", night.scratch, require_signing=True)
    assert caught.value.code == "signing_required"
    assert not (tmp_path / "out").exists()


def test_an_expired_certificate_is_refused_before_anything_is_made(
    night: Night, tmp_path: Path
) -> None:
    key, chain, _ = development_certificate(NOW - timedelta(days=9), days=1)
    files = (tmp_path / "key.pem", tmp_path / "certificate.pem")
    for path, text in zip(files, (key, chain), strict=True):
        path.write_bytes(text)
    signing = SigningSettings(key=str(files[0]), certificate=files[1])
    with pytest.raises(ManifestUnusable, match="expired on"):
        run_here(night.manifest, tmp_path / "out", night.scratch, signing=signing)
    assert not (tmp_path / "out").exists()
