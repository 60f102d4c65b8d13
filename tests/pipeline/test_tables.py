"""What grows is a table: each name of an enumeration has its row, and each row what it says."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from jobs.engine.worker import failure_of
from manifests import errors
from manifests.errors import FailureKind, Rejected, RushesError
from pipeline.delivery.file_names import NamedRow, file_names
from pipeline.delivery.gates import FinishedMaster, QualityGate, require_passed
from pipeline.delivery.profiles import CAPTION_FILES, COMPANIONS, profiles_of
from pipeline.delivery.settings import DeliverySettings
from pipeline.guests.table import RENDERERS
from pipeline.media.voice.voices import ENGINES, installed_voices
from pipeline.nouns import Master, Published, Reel
from pipeline.presets import WITH_WEIGHTS, preset_table
from pipeline.stage import StageName
from pipeline.stages import STAGES, StageRow
from pipeline.workspace.workspace import Workspace
from tests.noun_builders import a_job, a_take, an_artifact


def test_each_stage_has_a_row_in_the_order_in_which_jobs_pass_them() -> None:
    assert list(STAGES) == list(StageName)
    assert [name for name, row in STAGES.items() if row.generates] == [StageName.GENERATE]
    assert {name: row.needs.gpus for name, row in STAGES.items() if row.needs.gpus} == {
        StageName.GENERATE: 1
    }


@pytest.mark.parametrize("row", STAGES.values(), ids=STAGES)
def test_a_recipe_takes_and_makes_what_its_row_says(row: StageRow) -> None:
    module = vars(import_module(row.recipe.__module__))
    told = get_type_hints(row.recipe.load, {**module, **vars(import_module("pipeline.stages"))})
    (takes, place), makes = get_args(told["return"])
    assert (takes, place, makes) == (row.takes, Workspace, row.makes)


def test_each_stage_makes_a_noun_of_its_own() -> None:
    """By its type a later stage finds it."""
    made = [row.makes for row in STAGES.values()]
    assert made[-1] is Published, "what stands behind it never runs"
    assert len(set(made)) == len(made)


def test_files_of_profiles_have_the_names_that_pages_promise() -> None:
    delivery = DeliverySettings()
    job = a_job(job_id="a", language="pt-BR", deliverables=delivery.names)
    assert file_names(NamedRow(job=job, preset="animatic", seed=1), delivery) == {
        "web": "a.mp4",
        "captioned": "a.captioned.mp4",
        "web_hevc": "a.web_hevc.mp4",
        "vertical": "a.vertical.mp4",
        "prores_422hq": "a.prores_422hq.mov",
        "dnxhr_hqx": "a.dnxhr_hqx.mov",
        "archive": "a.archive.mov",
        "audio": "a.audio.wav",
        "srt": "a.pt-BR.srt",
        "vtt": "a.pt-BR.vtt",
        "ttml": "a.pt-BR.ttml",
        **{kind: f"a.{ending}" for kind, ending in COMPANIONS.items()},
        "sidecar": "a.json",
    }
    assert delivery.names == (*delivery.table, *CAPTION_FILES, *COMPANIONS)


def test_the_video_is_made_first_and_each_profile_once() -> None:
    table = DeliverySettings().table
    job = a_job(deliverables=("srt", "captioned", "web", "captioned"))
    assert [profile.name for profile in profiles_of(job, table)] == ["web", "captioned"]
    job = replace(job, deliverables=("vtt",))
    assert [profile.name for profile in profiles_of(job, table)] == ["web"]


def test_the_first_gate_that_a_master_fails_rejects_it_by_its_code(tmp_path: Path) -> None:
    workspace = Workspace(out=str(tmp_path), scratch=tmp_path)
    file = an_artifact()
    master = Master(
        fingerprint="m",
        profile="web",
        file=file,
        frames=9,
        fps=25.0,
        width=2,
        height=2,
        duration_s=0.36,
    )
    reel = Reel(take=a_take(), pieces=(), joins=())
    finished = FinishedMaster(master=master, reel=reel, clips=())
    short = QualityGate(code="too_short", fault=lambda f, _: "" if f.master.frames > 9 else "more")
    fine = QualityGate(code="fine", fault=lambda _f, _w: "")
    require_passed(finished, workspace, [fine])
    with pytest.raises(Rejected, match="more") as caught:
        require_passed(finished, workspace, [fine, short, replace(short, code="never")])
    assert caught.value.code == "too_short"


def test_each_renderer_is_where_its_row_says() -> None:
    for row in RENDERERS.values():
        module, _, function = row.loader.partition(":")
        assert callable(getattr(import_module(module), function)), row.name
    presets = (preset_table({}) | WITH_WEIGHTS).values()
    assert {preset.renderer for preset in presets} == set(RENDERERS), "a preset names each"


def test_voices_come_in_the_order_of_their_engines() -> None:
    ours = [name for voice in installed_voices() if (name := voice.name.split(":")[0]) in ENGINES]
    assert ours == sorted(ours, key=list(ENGINES).index)


def test_each_class_of_error_has_its_kind() -> None:
    direct = RushesError.__subclasses__()
    ours = [each for each in direct if each.__module__ == errors.__name__]
    assert {each.__name__ for each in ours} | {"Unexpected", "Cancelled", "Erased"} == set(
        FailureKind
    )
    for each in ours:
        assert failure_of(each("code", "what to do")).kind == each.__name__


def test_an_error_of_no_known_kind_is_a_fault_of_the_program() -> None:
    class Foreign(RushesError):
        pass

    failure = failure_of(Foreign("odd", "told"))
    assert (failure.kind, failure.code) == (FailureKind.UNEXPECTED, "odd")
