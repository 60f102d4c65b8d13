"""Whole runs whose machines are of several classes of devices: what is done, and what is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.config import RunConfig
from jobs.run import run
from jobs.verify.closeness import FrameDifference
from jobs.verify.rerender import Rerendered, SegmentVerifier, incomparable, judged
from jobs.verify.sample import sample_segments
from manifests import Job, read_results
from pipeline.devices.device_class import device_here
from pipeline.presets import ANIMATIC, HALLO3_5B, preset_table
from pipeline.workspace.workspace import Workspace
from tests.jobs.test_run import DiesAfter, Killed
from tests.jobs.verify.test_delivered_files import paint_a_pixel
from tests.night import Media, a_manifest, results, run_here
from tests.noun_builders import a_segment_file

HERE = device_here()
AMD, INTEL = (replace(HERE, processor=maker) for maker in ("AMD", "Intel"))


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return monkeypatch


def is_of(machine: pytest.MonkeyPatch, device: object) -> None:
    """From now on this process counts as a machine of that class."""
    for place in ("jobs.engine.executor", "jobs.verify.rerender", "pipeline.generate"):
        machine.setattr(f"{place}.device_here", lambda: device)


@pytest.fixture
def manifest(media: Media, tmp_path: Path) -> str:
    portrait, narration = str(media.portrait), str(media.narration)
    return a_manifest(tmp_path, [Job(job_id="n", portrait_uri=portrait, audio_uri=narration)])


class DiesWithItsFirstSegment(DiesAfter):
    segments = 0


def begun_on_amd(manifest: str, out: Path, scratch: Path, machine: pytest.MonkeyPatch) -> None:
    """A run that was killed behind the first of two segments."""
    is_of(machine, AMD)
    with pytest.raises(Killed):
        run([manifest], str(out), RunConfig(scratch=scratch), executor=DiesWithItsFirstSegment)
    is_of(machine, INTEL)


def sidecar(out: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((out / "videos/n.json").read_text())
    return found


def classes_told(out: Path) -> list[str]:
    """What the row's warnings say of classes of devices."""
    return [each for each in results(out)["n"].warnings if "_class: " in each]


def test_where_bits_are_required_a_chain_fails_without_its_class_and_ends_with_it(
    manifest: str, tmp_path: Path, scratch: Path, machine: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    begun_on_amd(manifest, out, scratch, machine)
    assert run_here(manifest, out, scratch, same_bits="required").failed == 1
    failed = results(out)["n"]
    assert (failed.status, failed.error_code) == ("failed", "class_gone")
    assert AMD.name in str(failed.error_message)
    assert INTEL.name in str(failed.error_message)

    is_of(machine, AMD)
    assert run_here(manifest, out, scratch, same_bits="required").done == 1
    assert classes_told(out) == []
    assert sidecar(out)["devices"] == [[AMD.name]]


def test_what_the_version_before_began_goes_on_and_says_that_nobody_knows_where_it_was(
    manifest: str, tmp_path: Path, scratch: Path, machine: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    begun_on_amd(manifest, out, scratch, machine)
    (record,) = out.glob("_run/work/*/segmentfile.json")
    told = json.loads(record.read_text())
    del told["device"]
    record.write_text(json.dumps(told))

    assert run_here(manifest, out, scratch).done == 1
    (warning,) = classes_told(out)
    assert warning.startswith("unknown_class: rendered from 1.88 s on with")
    assert json.loads(record.read_text()) == told  # found, and not made again
    assert sidecar(out)["devices"] == [["unknown", INTEL.name]]


def remade(out: Path, scratch: Path, device: str = "") -> list[Rerendered]:
    workspace = Workspace(out=str(out), scratch=scratch)
    studio = SegmentVerifier(str(out), preset_table({}), workspace, device)
    found = [studio.remake(draw) for draw in sample_segments(read_results(str(out)), 9, seed=0)]
    return sorted(found, key=lambda each: each.number)


def test_a_chain_whose_class_is_gone_goes_on_and_says_so_and_verify_compares_both_parts(
    manifest: str, tmp_path: Path, scratch: Path, machine: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    begun_on_amd(manifest, out, scratch, machine)
    assert run_here(manifest, out, scratch).done == 1
    (warning,) = classes_told(out)
    assert warning.startswith(f"other_class: rendered from 1.88 s on with {INTEL.name}, before")
    told = sidecar(out)
    assert warning in told["warnings"]
    assert told["devices"] == [[AMD.name, INTEL.name]]

    segments = told["segments"]
    assert isinstance(segments, list)
    for name in segments:
        paint_a_pixel(out / "_run/work" / name)
    found = remade(out, scratch, INTEL.name)
    assert [(each.device, each.compared, each.verdict) for each in found] == [
        (AMD.name, "tolerance", "close"),
        (INTEL.name, "bits", "differs"),
    ]
    assert "tolerance" in found[0].detail


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (FrameDifference(frames=47), "same"),
        (FrameDifference(frames=47, differing_frames=1, largest=4, mean=0.001), "close"),
        (FrameDifference(frames=47, differing_frames=1, largest=5, mean=0.0), "differs"),
        (FrameDifference(frames=47, differing_frames=1, largest=1, mean=0.0011), "differs"),
    ],
)
def test_what_is_beyond_rounding_differs(found: FrameDifference, verdict: str) -> None:
    blank = Rerendered(
        job_id="n", number=0, fingerprint="", verdict="other", detail="", device="amd"
    )
    assert judged(blank, found, ANIMATIC, "intel").verdict == verdict
    on_its_own = judged(blank, found, ANIMATIC, "amd")
    assert on_its_own.verdict == ("same" if verdict == "same" else "differs")


def test_what_nobody_measured_is_not_said_to_be_close() -> None:
    made = replace(a_segment_file(), device="H100")
    assert "never measured" in incomparable(HALLO3_5B, made, "A100")
    assert incomparable(HALLO3_5B, made, "H100") == ""
