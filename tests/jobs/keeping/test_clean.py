"""Finished work that is let go: what stays, what is said, and what the next run makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.commands.clean import cleaning_lines
from jobs.config import RunConfig
from jobs.engine.steering import Instruction, RetakeFrom
from jobs.keeping.clean import Cleaning, cleaned, foreseen
from jobs.keeping.stock import PREPARED
from jobs.output.instruction_files import give
from jobs.output.lease_holder import lease_held, lease_unless_busy
from jobs.output.let_go import let_go_rows
from jobs.output.work_of_jobs import FinishedRow, finished_rows, stored_work
from jobs.run import run
from manifests import Job, read_results
from manifests.errors import ManifestUnusable, Transient
from manifests.storage import storage_of
from manifests.storage.local import LocalStorage
from pipeline.workspace.keep_work import KeepWork
from tests.jobs.keeping.traces import tree
from tests.jobs.test_cli import call
from tests.manifests.builders import NOON
from tests.night import Media, a_manifest, attempts, results, run_here
from tests.s3_server import S3Server
from tests.sketched import Sketched

NOTHING, ALL = KeepWork(), KeepWork(days=0.0)
LATER_S = 1e12


def clean(out: Path | str, keep: KeepWork = ALL) -> Cleaning:
    with lease_unless_busy(str(out), 30.0) as lease:
        return cleaned(str(out), keep, lease)


def a_night(folder: Path, scratch: Path, *jobs: Job, out: str = "") -> str:
    """The manifest of a finished night of sketched rows."""
    manifest = a_manifest(folder, list(jobs))
    assert run_here(manifest, out or folder / "out", scratch, Sketched).complete
    return manifest


def row(job_id: str, **fields: object) -> Job:
    said = {"script": f"This is {job_id}.", "portrait_uri": "/faces/ada.png"} | fields
    return Job(job_id=job_id, **said)  # type: ignore[arg-type]  # fields by name


def rendered(out: Path | str) -> list[str]:
    """Stored work that is no take, portrait or cut."""
    works = stored_work(str(out)).values()
    files = [[Path(uri).name for uri in work.files] for work in works]
    return [names[0] for names in files if not PREPARED & set(names)]


def test_a_cleaned_night_is_done_and_verified(
    media: Media,
    tmp_path: Path,
    scratch: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With real pictures, through the commands."""
    out = tmp_path / "out"
    job = Job(job_id="a", portrait_uri=str(media.portrait), audio_uri=str(media.narration))
    manifest = a_manifest(tmp_path, [job])
    run_here(manifest, out, scratch)
    before = tree(out)

    assert call(monkeypatch, "clean", out, "--dry-run", "--days", "0") == 0
    assert "would go: work of 1 finished rows" in capsys.readouterr().out
    assert call(monkeypatch, "clean", out) == 0
    assert "0.0 MB went: work of 0 finished rows" in capsys.readouterr().out
    assert tree(out) == before

    assert call(monkeypatch, "clean", out, "--days", "0", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (list(told["rows"]), rendered(out)) == (["a"], [])
    assert all((out / "videos" / name).is_file() for name in ("a.mp4", "a.json"))
    assert run_here(manifest, out, scratch).kept == 1
    assert call(monkeypatch, "verify", out, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert {each["verdict"] for each in told["segments"]} == {"let_go"}
    assert call(monkeypatch, "status", out, "--json") == 0
    assert json.loads(capsys.readouterr().out)["let_go"] == ["a"]


def test_a_row_whose_work_was_let_go_is_retaken_anew_or_refused_when_its_inputs_are_gone(
    tmp_path: Path,
    scratch: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, portrait = tmp_path / "out", tmp_path / "ada.png"
    portrait.write_bytes(b"a portrait")
    manifest = a_night(tmp_path, scratch, row("a", portrait_uri=str(portrait)))
    clean(out)
    segments = results(out)["a"].segments
    assert call(monkeypatch, "retake", out, "a", "--from", "1", "--seed", "11") == 0
    assert f"all {segments} segments are rendered anew" in capsys.readouterr().out
    assert run_here(manifest, out, scratch, Sketched).done == 1
    made = sum(a.segments_made for a in attempts(out) if a.stage == "generate")
    assert made == 2 * segments
    assert not any("work_damaged" in warning for warning in results(out)["a"].warnings)
    assert let_go_rows(str(out), read_results(str(out))) == {}

    clean(out)
    portrait.unlink()
    assert call(monkeypatch, "retake", out, "a", "--from", "0", "--seed", "12") == 2
    assert "[let_go]" in capsys.readouterr().err


def test_only_rows_that_nobody_needs_lose_their_work(tmp_path: Path, scratch: Path) -> None:
    out = str(tmp_path / "out")
    rows = [row(name) for name in ("free", "held", "retaken", "changed", "lost")]
    a_night(tmp_path, scratch, *rows)
    give(out, Instruction(what="hold", jobs=("held",), given=NOON))
    give(out, RetakeFrom(jobs=("retaken",), given=NOON, from_s=1.0, seed=5))
    (tmp_path / "ada.png").write_bytes(b"a portrait")
    changed = row("changed", script="Something else.", portrait_uri=str(tmp_path / "ada.png"))
    a_manifest(tmp_path, [*rows[:3], changed, rows[4]])
    (tmp_path / "out/videos/lost.mp4").unlink()
    before = stored_work(out).keys()
    found = clean(out)
    assert list(found.rows) == ["free"]
    assert found.needed == {
        "held": "held",
        "changed": "its row has changed",
        "lost": "delivered files are missing",
        "retaken": "a retake is pending",
    }
    kept = finished_rows(results(out).values())
    for name in found.needed:
        other = kept[name]
        assert isinstance(other, FinishedRow)
        assert other.names & before <= stored_work(out).keys()


def test_a_row_that_is_not_finished_finds_all_its_segments_after_a_cleaning(
    tmp_path: Path, scratch: Path
) -> None:
    """Also those that it shares with a finished row of its title."""
    long = "A sentence that is long enough for several segments of a chain. " * 3
    done = [row("twin", script=long, title="T"), row("free"), row("again")]
    a_night(tmp_path, scratch, *done)
    half = row("half", script="Another one, " + long, title="U")
    manifest = a_manifest(tmp_path, [*done, row("twin2", script=long, title="T"), half])
    asked = iter([False] * 12)
    config = RunConfig(scratch=scratch)
    stopped = run(
        [manifest],
        str(tmp_path / "out"),
        config,
        executor=Sketched,
        stopping=lambda: next(asked, True),
    )
    assert stopped.left
    before = stored_work(str(tmp_path / "out"))
    found = clean(tmp_path / "out")
    assert set(found.rows) == {"free", "again"}
    assert found.needed == {"twin": "shares its seed with rows that are not finished"}
    gone = before.keys() - stored_work(str(tmp_path / "out")).keys()
    assert run_here(manifest, tmp_path / "out", scratch, Sketched).complete
    made_again = stored_work(str(tmp_path / "out")).keys() & gone
    assert made_again == set()
    assert clean(tmp_path / "out").needed == {}
    assert rendered(tmp_path / "out") == []


def test_rows_of_a_proof_that_wait_for_approval_keep_their_work(
    tmp_path: Path, scratch: Path
) -> None:
    manifest = a_manifest(tmp_path, [row("a")])
    run_here(manifest, tmp_path / "out", scratch, Sketched, proof=True)
    assert clean(tmp_path / "out").needed == {"a": "waits for approval"}


def test_a_manifest_that_is_gone_keeps_what_no_finished_row_has(
    tmp_path: Path, scratch: Path
) -> None:
    manifest = a_night(tmp_path, scratch, row("a"))
    Path(manifest).unlink()
    found = clean(tmp_path / "out")
    assert (list(found.rows), found.others, found.unread) == (["a"], 0, (manifest,))
    assert rendered(tmp_path / "out") == ["reel.json"]  # sketched ones have a name of their own


def test_a_cleaning_that_is_killed_at_any_call_is_ended_by_the_next(
    tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No record says finished whose bytes are gone, and what goes was written down before."""
    out = tmp_path / "out"
    manifest = a_night(tmp_path, scratch, row("a"), row("b"))
    delete = LocalStorage.delete
    for calls in range(100):
        left = iter(range(calls))

        def dies(self: LocalStorage, uri: str, left: object = left) -> None:
            if next(left, None) is None:  # type: ignore[call-overload]  # an iterator
                raise Transient("storage_unavailable", "killed")
            delete(self, uri)

        with monkeypatch.context() as fault:
            fault.setattr(LocalStorage, "delete", dies)
            try:
                clean(out)
                break
            except Transient:
                pass
        assert set(let_go_rows(str(out), read_results(str(out)))) == {"a", "b"}
        for folder in (out / "_run/work").iterdir():
            names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
            assert not {"segmentfile.json"} & names or {"frames.bin", "state.bin"} <= names
            assert "master.json" not in names or "web.bin" in names
        if calls == 3:
            assert run_here(manifest, out, scratch, Sketched).kept == 2
    assert rendered(out) == []
    assert run_here(manifest, out, scratch, Sketched).kept == 2


def test_the_oldest_row_goes_first_until_all_work_fits(tmp_path: Path, scratch: Path) -> None:
    out = str(tmp_path / "out")
    for jobs in ([row("old")], [row("old"), row("new")]):
        a_night(tmp_path, scratch, *jobs)
    whole = foreseen(out, KeepWork(days=1e9, bytes=10**9), LATER_S)
    assert whole.rows == {}
    limits = range(whole.left_bytes, 0, -100)
    found = [foreseen(out, KeepWork(days=1e9, bytes=most), LATER_S) for most in limits]
    gone = list(dict.fromkeys(tuple(sorted(each.rows)) for each in found))
    assert gone == [(), ("old",), ("new", "old")]
    most, first = next((m, f) for m, f in zip(limits, found, strict=True) if f.rows)
    assert clean(out, KeepWork(days=1e9, bytes=most)) == first
    assert first.left_bytes == whole.left_bytes - first.bytes <= most
    assert "old: " in next(cleaning_lines(first, dry_run=False))


def test_a_run_cleans_as_it_ends_only_where_its_settings_say_so(
    tmp_path: Path, scratch: Path
) -> None:
    manifest = a_night(tmp_path, scratch, row("a"))
    assert rendered(tmp_path / "out")
    run_here(manifest, tmp_path / "out", scratch, Sketched, keep_work=KeepWork(days=7))
    assert rendered(tmp_path / "out")
    run_here(manifest, tmp_path / "out", scratch, Sketched, keep_work=KeepWork(days=0))
    assert rendered(tmp_path / "out") == []


def test_what_is_kept_is_as_the_run_was_told_where_the_call_says_nothing(
    tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = a_manifest(tmp_path, [row("a")])
    run_here(manifest, tmp_path / "out", scratch, Sketched, keep_work=KeepWork(days=0, bytes=10**9))
    settings = tmp_path / "night.toml"
    settings.write_text("[keep_work]\ndays = 30\n")
    run_here(manifest, tmp_path / "out", scratch, Sketched)
    seen: list[KeepWork] = []

    def noted(out: str, keep: KeepWork, now_s: float) -> Cleaning:
        seen.append(keep)
        return foreseen(out, keep, now_s)

    monkeypatch.setattr("jobs.commands.clean.foreseen", noted)
    for flags in ((), ("--config", settings), ("--days", "2", "--bytes", "5")):
        assert call(monkeypatch, "clean", tmp_path / "out", "--dry-run", *flags) == 0
    assert seen == [KeepWork(), KeepWork(days=30), KeepWork(days=2, bytes=5)]


def test_a_folder_that_a_run_works_on_is_refused(tmp_path: Path, scratch: Path) -> None:
    a_night(tmp_path, scratch, row("a"))
    never: Callable[[], bool] = lambda: False  # noqa: E731 - a word
    with lease_held(str(tmp_path / "out"), 1.0, never) as lease:
        assert lease is not None
        with (
            pytest.raises(ManifestUnusable, match="being worked on by process"),
            lease_unless_busy(str(tmp_path / "out"), 600.0),
        ):
            pytest.fail("it was let in")
    assert rendered(tmp_path / "out")


def test_a_night_on_s3_is_cleaned_by_the_clock_of_s3(
    s3: S3Server, tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever this machine's clock says."""
    out = f"s3://{s3.bucket}/cleaned"
    a_night(tmp_path, scratch, row("a"), out=out)
    with monkeypatch.context() as wrong:
        wrong.setattr("time.time", lambda: LATER_S)
        assert clean(out, NOTHING).rows == {}
        assert rendered(out)
    assert list(clean(out).rows) == ["a"]
    assert rendered(out) == []
    assert len(list(storage_of(out).list(f"{out}/videos"))) > 1
