"""Runs whose rows need the consent of people: before, in the middle, and at the end."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from jobs.commands.check import check_manifest
from jobs.config import RunConfig
from jobs.engine.executor import Report
from jobs.engine.steering import Addition
from jobs.orders import order_of, row_name_of
from jobs.output.instruction_files import give
from jobs.settings_file import load_config
from manifests.errors import BadInput, ManifestUnusable
from manifests.reading.consents import ConsentRules
from pipeline.presets import ANIMATIC
from pipeline.publish import require_consent
from tests.jobs.consented_night import NIGHT, STEP, a_register, a_row, ended, night
from tests.night import a_manifest, results
from tests.noun_builders import a_job, a_take


def test_rows_without_a_valid_consent_cost_nothing_and_a_renewed_one_is_made(
    tmp_path: Path,
) -> None:
    entries = ("good,Ada,,,", "old,Eve,,2026-11-01,", "back,Bob,true,,", "german,Ida,,,de")
    rows = [a_row(name, name) for name in ("good", "old", "back", "german", "strange")]
    rows += [a_row("none", None), a_row("column", "good", consent_expires=NIGHT)]
    begun: set[str] = set()
    settings = {"consents": a_register(tmp_path, *entries), "require_consent": True}
    night(tmp_path, rows, lambda r: begun.add(r.task.order.job.job_id), **settings)
    assert ended(tmp_path) == {
        "good": ("done", None),
        "old": ("invalid", "consent_expired"),
        "back": ("invalid", "consent_revoked"),
        "german": ("invalid", "consent_out_of_scope"),
        "strange": ("invalid", "consent_unknown"),
        "none": ("invalid", "consent_missing"),
        "column": ("invalid", "consent_expired"),
    }
    assert begun == {"good"}
    told = results(tmp_path / "out")["old"].error_message or ""
    assert told.startswith("Row 2 of manifest.parquet (old): the consent 'old' expired at 2026-11-")

    a_register(tmp_path, *entries[:1], "old,Eve,,2027-01-01,", *entries[2:])
    summary = night(tmp_path, rows, **settings)
    assert ended(tmp_path)["old"] == ("done", None)
    assert (summary.done, summary.kept, summary.invalid) == (1, 1, 5)


def test_a_revocation_in_the_night_stops_what_is_not_rendered_and_what_was_is_found_again(
    tmp_path: Path,
) -> None:
    entries = ("ada,Ada,,,", "eve,Eve,,,")
    rows = [a_row("first", "ada"), a_row("second", "eve")]
    stages: list[tuple[str, str]] = []

    def between(report: Report) -> None:
        stages.append((report.task.order.job.job_id, str(report.task.step.stage)))
        if stages[-1] == ("first", "generate"):
            a_register(tmp_path, "ada,Ada,true,,", entries[1])

    settings = {"consents": a_register(tmp_path, *entries)}
    night(tmp_path, rows, between, **settings)
    assert ended(tmp_path) == {"first": ("invalid", "consent_revoked"), "second": ("done", None)}
    made = [stage for job, stage in stages if job == "first"]
    assert made == ["prepare", "split", "generate"], "the segment in hand was finished, no more"
    assert not (tmp_path / "out/videos/first.mp4").exists()

    a_register(tmp_path, *entries)
    rendered: list[int] = []
    night(
        tmp_path, rows, lambda r: rendered.append(getattr(r.outcome.result, "made", 0)), **settings
    )
    assert ended(tmp_path)["first"] == ("done", None)
    segments = results(tmp_path / "out")["first"].segments
    assert sum(rendered) == segments - 1, "the segment of before was taken up"


def test_an_expiry_before_the_video_has_its_name_leaves_it_unnamed(tmp_path: Path) -> None:
    def between(report: Report) -> None:
        if report.task.step.stage == "master":
            a_register(tmp_path, "ada,Ada,,2026-11-28T22:00:00Z,")

    night(tmp_path, [a_row("job", "ada")], between, consents=a_register(tmp_path, "ada,Ada,,,"))
    assert ended(tmp_path) == {"job": ("invalid", "consent_expired")}
    assert not list((tmp_path / "out").glob("videos/*"))


def test_publish_asks_the_register_itself_and_compares_the_portrait(tmp_path: Path) -> None:
    register = tmp_path / "register.csv"
    register.write_text(f"id,person,portraits,valid_to\nc,Ada,{'a' * 64},2026-11-28T22:00:00Z\n")
    rules, job, take = ConsentRules(register=str(register)), a_job(consent_id="c"), a_take()
    require_consent(job, take, rules, NIGHT - STEP)
    with pytest.raises(BadInput, match="expired") as expired:
        require_consent(job, take, rules, NIGHT)
    assert expired.value.code == "consent_expired"
    register.write_text(f"id,person,portraits\nc,Ada,{'b' * 64}\n")
    object.__setattr__(take, "inputs", ("a" * 64,))
    with pytest.raises(BadInput) as other:
        require_consent(job, take, rules, NIGHT)
    assert other.value.code == "consent_out_of_scope"


def told_of(manifest: str, folder: Path, *, media: bool, **settings: object) -> list[str]:
    """What check tells of each row: its id, the column and the code."""
    lines: list[str] = []
    config = RunConfig(scratch=folder / "scratch", **settings)  # type: ignore[arg-type]  # by name
    check_manifest([manifest], config, media=media, tell=lines.append, clock=lambda: NIGHT)
    parts = [(line.split(), line.rpartition("[")[2].rstrip("]")) for line in lines]
    return [f"{words[3]} {words[4].rstrip(':')} {code}" for words, code in parts]


def test_check_tells_what_a_run_would_refuse_now_and_ends_that_differ(tmp_path: Path) -> None:
    register = a_register(tmp_path, "old,Eve,,2026-11-27,", "now,Ada,,2026-11-28,")
    manifest = a_manifest(
        tmp_path,
        [
            a_row("a", "old", portrait_uri="no.png"),
            a_row("b", "now", portrait_uri="no.png", consent_expires=NIGHT + STEP),
            a_row("c", None, portrait_uri="no.png"),
            a_row("d", None, portrait_uri="no.png", consent_expires=NIGHT),
        ],
    )
    assert told_of(manifest, tmp_path, media=False, consents=register, require_consent=True) == [
        "a consent_id consent_expired",
        "b consent_expires consent_ends_differ",
        "c consent_id consent_missing",
        "d consent_expires consent_expired",
    ]
    assert told_of(manifest, tmp_path, media=False) == ["d consent_expires consent_expired"]


def test_check_compares_the_portrait_when_it_is_opened(tmp_path: Path) -> None:
    face = tmp_path / "face.png"
    face.write_text("not the one")
    register = tmp_path / "register.csv"
    register.write_text(f"id,person,portraits\nada,Ada,{'a' * 64}\n")
    silent = str(tmp_path / "no.wav")
    row = a_job(job_id="a", script=None, audio_uri=silent, portrait_uri=str(face), consent_id="ada")
    manifest = a_manifest(tmp_path, [row])
    settings = {"consents": str(register)}
    assert told_of(manifest, tmp_path, media=False, **settings) == []
    assert "a portrait_uri consent_out_of_scope" in told_of(
        manifest, tmp_path, media=True, **settings
    )
    digest = sha256(face.read_bytes()).hexdigest()
    register.write_text(f"id,person,portraits\nada,Ada,{digest}\n")
    assert told_of(manifest, tmp_path, media=True, **settings) == [
        "a portrait_uri image_unreadable",
        "a audio_uri missing_file",
    ]


def test_rows_that_are_added_to_a_run_are_held_to_the_register_too(tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.mkdir()
    added = a_manifest(more, [a_row("added", "eve"), a_row("fine", "ada")])
    give(str(tmp_path / "out"), Addition(manifests=(added,), given=NIGHT))
    register = a_register(tmp_path, "ada,Ada,,,", "eve,Eve,true,,")
    night(tmp_path, [a_row("first", "ada")], consents=register)
    assert ended(tmp_path) == {
        "first": ("done", None),
        "added": ("invalid", "consent_revoked"),
        "fine": ("done", None),
    }


def test_a_renewed_consent_is_another_request_and_outdates_no_approval() -> None:
    rows = [
        a_row("job", "ada", consent_expires=NIGHT),
        a_row("job", "ada", consent_expires=NIGHT + STEP, territories=("DE",)),
        a_row("job", "ada"),
    ]
    orders = [order_of(row, ("version",), ANIMATIC, RunConfig(), 0) for row in rows]
    assert len({order.request_id for order in orders}) == 3
    assert len({order.row for order in orders}) == 1
    assert [row_name_of(row, ("version",)) for row in rows] == [order.row for order in orders]


def test_a_consent_can_be_required_only_with_a_register() -> None:
    with pytest.raises(ManifestUnusable, match="require_consent needs consents"):
        load_config(None, require_consent=True)


def test_a_broken_register_stops_the_run_before_anything_is_made(tmp_path: Path) -> None:
    register = tmp_path / "register.csv"
    register.write_text("id,person,valid_from,valid_to\nc,Ada,2026-02-01,2026-01-01\n")
    with pytest.raises(ManifestUnusable, match="row 1, column valid_to"):
        night(tmp_path, [a_row("job", "c")], consents=str(register))
    assert not (tmp_path / "out").exists()


def test_the_register_changes_no_name_of_finished_work(tmp_path: Path) -> None:
    rows = [a_row("job", "ada")]
    night(tmp_path, rows)
    before = results(tmp_path / "out")["job"]
    summary = night(tmp_path, rows, consents=a_register(tmp_path, "ada,Ada,,2030-01-01,"))
    assert summary.kept == 1
    assert results(tmp_path / "out")["job"] == before


def test_the_sidecar_says_which_consent_and_which_licence(tmp_path: Path) -> None:
    expires = datetime(2030, 1, 1, tzinfo=UTC)
    row = a_row("job", "ada", consent_expires=expires, territories=("DE", "AT"))
    night(tmp_path, [row], licences={"tiny": "our own weights"}, preset="tiny")
    told = json.loads((tmp_path / "out/videos/job.json").read_text())
    assert told["consent_id"] == "ada"
    assert told["consent_expires"] == "2030-01-01T00:00:00+00:00"
    assert told["territories"] == ["DE", "AT"]
    assert told["preset"]["licence"] == "our own weights"
