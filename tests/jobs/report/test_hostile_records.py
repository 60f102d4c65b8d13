"""What a hostile or damaged record in OUT makes of the page: nothing of this machine gets into it,
and it costs its own row alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from jobs.keeping.erase import erased_result
from jobs.output.work_records import stays_below
from jobs.report.collect import collect
from jobs.report.told import JobFacts, sidecar_told
from jobs.report.write import ReportWriter, captions_of
from jobs.serve.pages import ServedPages
from manifests.results import Deliverable, Result, results_version, write_results
from tests.jobs.report.builders import a_result, a_sidecar, delivered, write_night

PRIVATE = "what is in no output"


def a_file(uri: object, profile: str) -> Deliverable:
    return Deliverable(profile=profile, uri=str(uri), sha256="0" * 64, bytes=4)


@pytest.mark.parametrize("out", ["s3://bucket/out", "OUT"])
def test_captions_that_are_not_in_the_output_are_not_read_into_a_page(
    tmp_path: Path, out: str
) -> None:
    secret = tmp_path / "credentials"
    secret.write_text(PRIVATE)
    folder = out if "://" in out else str(tmp_path / out)
    row = a_result("a", deliverables=(a_file(secret, "vtt"),))
    assert captions_of(folder, row) == ""


def test_a_link_out_of_the_output_is_not_followed_into_a_page(tmp_path: Path) -> None:
    secret, out = tmp_path / "secret.json", tmp_path / "out"
    secret.write_text(f'{{"{PRIVATE}": 1}}')
    looks = out / "report" / "looks" / "a.b"
    for folder in (looks, out / "videos"):
        folder.mkdir(parents=True)
    for link in (looks / "curves.js", out / "videos" / "a.vtt", out / "videos" / "a.json"):
        link.symlink_to(secret)
    captions, sidecar = a_file(out / "videos" / "a.vtt", "vtt"), out / "videos" / "a.json"
    row = a_result("a", deliverables=(captions, a_file(sidecar, "sidecar")))
    write_night(out, [row])
    assert captions_of(str(out), row) == ""
    assert sidecar_told(str(out), row) is None
    assert ServedPages(str(out)).part("looks/a.b/curves.js") is None
    assert not stays_below(str(out), str(sidecar))


def test_captions_of_the_output_are_read(tmp_path: Path) -> None:
    path = tmp_path / "videos" / "a.vtt"
    path.parent.mkdir()
    path.write_text("WEBVTT")
    assert captions_of(str(tmp_path), a_result("a", deliverables=(a_file(path, "vtt"),)))


def segment(**figures: float) -> Mapping[str, Any]:
    return {"segment": "b" * 40, "seed": 1, "figures": figures}


@pytest.mark.parametrize(
    "damage",
    [
        {"cuts_s": []},
        {"cuts_s": [float("inf")]},
        {"drawn": [segment(seam=float("inf"))]},
        {"drawn": [segment(seam=float("nan"))]},
        {"quality": {"lip_lag": float("inf")}},
        {"timings_s": {"generate": float("nan")}},
        {"retakes": [{"at": 10**400, "seed": 1}]},
        {"retakes": [{"at": 1, "to": 10**400, "seed": 1}]},
    ],
    ids=lambda damage: str(damage)[:48],
)
def test_a_damaged_sidecar_costs_no_page_of_the_other_rows(
    tmp_path: Path, damage: Mapping[str, Any]
) -> None:
    rows = [delivered(tmp_path, "bad", a_sidecar(**damage)), a_good_row(tmp_path)]
    out = write_night(tmp_path, rows)
    ReportWriter(out).write()
    told = {job.job_id: job.title for job in collect(out).jobs}
    assert told == {"bad": "", "good": "The title"}
    assert {row["job_id"] for _, row in ServedPages(out).look().rows} == {"bad", "good"}


def a_good_row(out: Path) -> Result:
    return delivered(out, "good", a_sidecar(title="The title"))


def test_a_page_that_is_open_forgets_who_is_erased_meanwhile(tmp_path: Path) -> None:
    failed = a_result("failed", "failed")
    manifest = tmp_path / "night.csv"
    manifest.write_text("job_id,portrait_uri,script,title\nfailed,/a.png,Secret,Ada\n")
    row, facts = a_good_row(tmp_path), JobFacts()
    out = write_night(tmp_path, [row, failed], manifest=str(manifest))
    assert {job.title for job in collect(out, facts).jobs} == {"The title", "Ada"}
    erased = [erased_result(each) for each in (row, failed)]
    assert write_results(erased, out, expected=results_version(out))
    assert {job.title for job in collect(out, facts).jobs} == {""}
