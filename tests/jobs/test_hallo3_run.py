"""Whole runs of the transformer renderer, at a size that tests can bear, with random weights."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import av
import pytest
import torch

from jobs.config import RunConfig
from jobs.engine.executor import InProcess
from jobs.run import run
from jobs.verify.rerender import SegmentVerifier
from jobs.verify.sample import sample_segments
from manifests import Job, read_results
from manifests.errors import ManifestUnusable
from model.convert import convert_hallo3
from model.memory.offload import apply_profile
from model.memory.profiles import MemoryProfile
from model.sampling.tiers import FAST
from model.tiny import untrained_tiny
from pipeline import presets
from pipeline.devices.device_class import device_here
from pipeline.hallo3 import load
from pipeline.hallo3.renderer import Hallo3Chain
from pipeline.media.probe import probe_video
from pipeline.media.recognition.recognisers import RecognitionSettings
from pipeline.presets import TINY, listed_weights_digest, preset_named, preset_table
from pipeline.renderer import Frames, RenderedSegment
from pipeline.training.export import list_files
from pipeline.workspace.workspace import Workspace
from tests.jobs.test_run import DiesAfter, Killed
from tests.night import UNJUDGED, Media, a_manifest, attempts, frames_digest, results
from tests.official_folder import SIZES, an_official_folder
from tests.pipeline.test_sidecar_schema import require_valid


@pytest.fixture(scope="module")
def small_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`tiny`, smaller still and untrained: the same classes and the same way through them."""
    folder = tmp_path_factory.mktemp("weights") / "small"
    untrained_tiny(64, num_layers=2).save_pretrained(folder)
    list_files(folder)
    return folder


@pytest.fixture(scope="module")
def small(small_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunConfig]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(presets, "TINY", replace(TINY, steps=2))
        scratch = tmp_path_factory.mktemp("scratch")
        deaf = RecognitionSettings(engine="none")
        yield RunConfig(
            scratch=scratch, weights={"tiny": small_weights}, hearing=deaf, gates=(UNJUDGED,)
        )


@pytest.fixture(scope="module")
def manifest(media: Media, tmp_path_factory: pytest.TempPathFactory) -> str:
    return a_manifest(tmp_path_factory.mktemp("manifest"), [a_tiny_job(media)])


@pytest.fixture(scope="module")
def whole(manifest: str, small: RunConfig, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The frames of a run that nothing disturbed."""
    out = tmp_path_factory.mktemp("whole")
    run([manifest], str(out), small, executor=InProcess)
    return frames_digest(out / "videos/n.mp4")


class DiesAfterOneSegment(DiesAfter):
    segments = 1


def a_tiny_job(media: Media, **fields: object) -> Job:
    given = {"portrait_uri": str(media.portrait), "audio_uri": str(media.narration)} | fields
    return Job(job_id="n", preset="tiny", **given)  # type: ignore[arg-type]  # names


def test_a_chain_killed_between_its_segments_goes_on_to_the_same_frames(
    manifest: str, whole: list[str], tmp_path: Path, small: RunConfig
) -> None:
    with pytest.raises(Killed):
        run([manifest], str(tmp_path / "out"), small, executor=DiesAfterOneSegment)
    assert run([manifest], str(tmp_path / "out"), small, executor=InProcess).complete

    assert frames_digest(tmp_path / "out/videos/n.mp4") == whole
    (last,) = [a for a in attempts(tmp_path / "out") if a.stage == "generate" and a.state == "done"]
    assert last.segments_reused >= 1
    result = results(tmp_path / "out")["n"]
    assert (result.width, result.height, result.segments) == (256, 256, 2)
    assert probe_video(tmp_path / "out/videos/n.mp4").frames == result.frames
    assert any("demo_weights" in warning for warning in result.warnings)
    with av.open(tmp_path / "out/videos/n.mp4") as video:
        assert "demo weights" in video.metadata["comment"]


class FullCard:
    """A card whose memory is full whenever the networks are not offloaded."""

    def __init__(self, patch: pytest.MonkeyPatch, *, mended_by: str) -> None:
        self.profiles: list[str] = []
        self._mended_by = mended_by
        patch.setattr(load, "apply_profile", self.apply)
        patch.setattr(Hallo3Chain, "render", self.rendered(Hallo3Chain.render))

    def apply(self, networks: object, profile: MemoryProfile, device: str) -> None:
        self.profiles.append(profile.name)
        apply_profile(networks, profile, device)

    def rendered(self, render: Callable[..., RenderedSegment]) -> Callable[..., RenderedSegment]:
        def full_between_frames(frames: RenderedSegment) -> Iterator[Frames]:
            yield next(frames)
            if self.profiles[-1:] != [self._mended_by]:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
            yield from frames

        def full(*given: object) -> RenderedSegment:
            frames = render(*given)
            return RenderedSegment(full_between_frames(frames), lambda: frames.state)

        return full


def test_a_full_card_is_tried_again_with_layers_offloaded_and_gives_the_same_frames(
    manifest: str,
    whole: list[str],
    tmp_path: Path,
    small: RunConfig,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    card = FullCard(monkeypatch, mended_by="offloaded")
    assert run([manifest], str(tmp_path / "out"), small, executor=InProcess).complete
    assert frames_digest(tmp_path / "out/videos/n.mp4") == whole
    assert card.profiles == ["offloaded"]  # once: the chain stays in it
    failed, ended = [a for a in attempts(tmp_path / "out") if a.stage == "generate"]
    assert (failed.error, failed.error_code) == ("OutOfMemory", "out_of_memory")
    assert (ended.state, ended.segments_made) == ("done", 2)


def test_a_card_that_stays_full_fails_the_row_after_one_more_try(
    manifest: str, tmp_path: Path, small: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = FullCard(monkeypatch, mended_by="nothing")
    assert run([manifest], str(tmp_path / "out"), small, executor=InProcess).failed == 1
    assert card.profiles == ["offloaded"]
    result = results(tmp_path / "out")["n"]
    assert result.error_code == "out_of_memory"
    assert "the card ran out of memory" in str(result.error_message)


def test_a_preset_without_its_weights_says_how_to_get_them() -> None:
    with pytest.raises(ManifestUnusable, match="rushes convert hallo3"):
        preset_named("hallo3-5b", preset_table({}))


def test_a_folder_that_was_not_converted_is_no_weights(tmp_path: Path) -> None:
    with pytest.raises(ManifestUnusable, match=r"digests\.json"):
        preset_table({"hallo3-5b": tmp_path})


def a_list_of(sha256: str) -> str:
    return json.dumps({"format": 1, "source": {}, "files": {"transformer/a": {"sha256": sha256}}})


def test_weights_are_named_by_their_digests_not_by_their_folder(tmp_path: Path) -> None:
    tables = []
    for name in ("here", "there"):
        for file in (presets.MODEL_INDEX, *presets.NEEDED):
            (tmp_path / name / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / file).touch()
        (tmp_path / name / "transformer").mkdir(exist_ok=True)
        (tmp_path / name / "transformer/config.json").write_text("{}")
        (tmp_path / name / "digests.json").write_text(a_list_of("abc"))
        tables.append(preset_table({"hallo3-5b": tmp_path / name})["hallo3-5b"])
    assert tables[0].digest == tables[1].digest
    (tmp_path / "there/digests.json").write_text(a_list_of("abd"))
    assert preset_table({"hallo3-5b": tmp_path / "there"})["hallo3-5b"].digest != tables[0].digest


def test_a_preset_calls_its_weights_what_the_converter_called_them(tmp_path: Path) -> None:
    made = convert_hallo3(an_official_folder(tmp_path / "in"), tmp_path / "out", **SIZES)
    assert listed_weights_digest(made.folder / "digests.json") == made.digest


def test_a_preset_with_lanes_has_other_segments_and_a_lane_for_each_accelerator(
    small_weights: Path,
) -> None:
    plain = preset_table({"tiny": small_weights})["tiny"]
    lanes = replace(plain, lanes=True)
    assert lanes.digest != plain.digest
    made = load.load_hallo3(lanes).networks.lanes
    assert made is not None
    assert len(made.transformers) == 1  # no accelerator here
    with pytest.raises(ValueError, match="no cache works"):
        replace(lanes, cache=FAST.cache)


ENDS_A_RUN = """
import sys
from dataclasses import replace
from jobs.config import RunConfig
from jobs.engine.executor import InProcess
from jobs.run import run
from pipeline import presets
from pipeline.media.recognition.recognisers import RecognitionSettings
from tests.night import UNJUDGED

presets.TINY = replace(presets.TINY, steps=2)
manifest, out, scratch, weights = sys.argv[1:]
hearing = RecognitionSettings(engine="none")
weights = {"tiny": weights}
config = RunConfig(scratch=scratch, weights=weights, hearing=hearing, gates=(UNJUDGED,))
assert run([manifest], out, config, executor=InProcess).complete
"""


class DiesWithItsFirstSegment(DiesAfter):
    segments = 0


def test_the_rest_of_a_chain_under_another_instruction_set_is_told_and_verified_by_tolerance(
    manifest: str, small_weights: Path, tmp_path: Path, small: RunConfig
) -> None:
    out = tmp_path / "out"
    with pytest.raises(Killed):
        run([manifest], str(out), small, executor=DiesWithItsFirstSegment)
    lowest = torch.backends.cpu.get_cpu_capability() == "DEFAULT"
    env = os.environ | {"ATEN_CPU_CAPABILITY": "avx2" if lowest else "default"}
    args = (manifest, str(out), str(tmp_path / "scratch"), str(small_weights))
    subprocess.run([sys.executable, "-c", ENDS_A_RUN, *args], env=env, check=True)  # noqa: S603 - our own program

    assert any(warning.startswith("other_class: ") for warning in results(out)["n"].warnings)
    ((here, there),) = require_valid((out / "videos/n.json").read_text())["devices"]
    assert here == device_here().name != there
    studio = SegmentVerifier(
        str(out), small.presets, Workspace(out=str(out), scratch=small.scratch)
    )
    (second,) = [
        draw for draw in sample_segments(read_results(str(out)), 2, seed=0) if draw.number == 1
    ]
    found = studio.remake(second)
    assert (found.device, found.compared) == (there, "tolerance")
    assert found.verdict in {"same", "close"}
