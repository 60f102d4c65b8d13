"""The command line as a person meets it: what it says and how it exits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.cli import main
from jobs.commands.run import next_steps, sentence
from jobs.config import RunConfig
from jobs.output.results_writer import NOTHING, Summary
from manifests import Job, read_jobs, write_jobs
from tests.night import Media, a_manifest


def call(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """The exit code of `rushes WORDS`."""
    monkeypatch.setattr("sys.argv", ["rushes", *map(str, words)])
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def a_script_job(**fields: object) -> Job:
    given = {"job_id": "a", "portrait_uri": "face.png", "script": "Hello."} | fields
    return Job(**given)  # type: ignore[arg-type]  # names are the test's business


def test_a_manifest_that_is_not_there_exits_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code = call(monkeypatch, "run", tmp_path / "none.parquet", "--out", tmp_path / "out")
    assert code == 2
    assert "none.parquet" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_manifest_without_a_required_column_exits_2_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pq.write_table(pa.table({"job_id": ["a"], "script": ["Hi"]}), tmp_path / "m.parquet")
    code = call(monkeypatch, "run", tmp_path / "m.parquet", "--out", tmp_path / "out")
    assert code == 2
    assert "portrait_uri" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_no_parquet_exits_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "m.parquet").write_text("hello")
    assert call(monkeypatch, "check", tmp_path / "m.parquet") == 2
    assert "m.parquet" in capsys.readouterr().err


@pytest.mark.parametrize("preset", ["hallo3-5b", "nonsense"])
def test_a_preset_that_is_not_there_exits_2(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    preset: str,
) -> None:
    manifest = a_manifest(tmp_path, [a_script_job()])
    assert call(monkeypatch, "run", manifest, "--out", tmp_path / "o", "--preset", preset) == 2
    assert preset in capsys.readouterr().err


def test_a_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = tmp_path / "night.toml"
    config.write_text("presett = 'animatic'\n[split]\nlongest_s = 'long'\n")
    manifest = a_manifest(tmp_path, [a_script_job()])
    assert call(monkeypatch, "check", manifest, "--config", config) == 2
    said = capsys.readouterr().err
    assert "presett" in said
    assert "split.longest_s" in said


def test_check_tells_each_problem_with_row_column_and_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text("job_id,portrait_uri,script,audio_uri\na,f.png,Hi,x.wav\n/b,,Hi,\n")
    assert call(monkeypatch, "check", manifest) == 1
    said = capsys.readouterr().out
    assert "[one_speech_source]" in said
    assert "[bad_job_id]" in said
    assert "[missing_value]" in said
    assert "2 rows, 2 with problems" in said


def test_check_media_opens_what_the_rows_name(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    media: Media,
    tmp_path: Path,
) -> None:
    (tmp_path / "text.png").write_text("no picture")
    good = {"portrait_uri": str(media.portrait), "script": None, "audio_uri": str(media.narration)}
    jobs = [
        a_script_job(job_id="good", **good),
        a_script_job(job_id="bad", portrait_uri="text.png", language="yo"),
    ]
    assert call(monkeypatch, "check", a_manifest(tmp_path, jobs)) == 1
    said = capsys.readouterr().out  # a voice that is missing is seen without opening anything
    assert "[no_voice]" in said
    assert "[image_unreadable]" not in said
    assert call(monkeypatch, "check", a_manifest(tmp_path, jobs), "--media") == 1
    said = capsys.readouterr().out
    assert "manifest.parquet row 2 bad portrait_uri" in said
    assert "[image_unreadable]" in said
    assert "[no_voice]" in said
    assert "2 rows, 1 with problems" in said


def test_a_column_that_is_not_known_is_named_with_what_was_meant(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text("job_id,portrait_uri,script,langage\na,f.png,Hi,en\n")
    assert call(monkeypatch, "check", manifest) == 0
    assert "did you mean language" in capsys.readouterr().out


def test_status_of_a_folder_that_is_no_run_exits_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert call(monkeypatch, "status", tmp_path) == 2
    assert "not the output of a run" in capsys.readouterr().err


def test_status_tells_where_a_run_stands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], undisturbed: Path
) -> None:
    assert call(monkeypatch, "status", undisturbed) == 0
    said = capsys.readouterr().out
    assert "1 done; 0 without a result" in said
    assert "segments rendered" in said


def test_the_example_is_a_manifest_whose_media_are_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert call(monkeypatch, "example", tmp_path / "new") == 0
    jobs = list(read_jobs(str(tmp_path / "new/manifest.parquet")))
    assert [job.preset for job in jobs] == [None, None, "tiny"]
    named = [uri for job in jobs for uri in (job.portrait_uri, job.audio_uri) if uri]
    assert all(Path(uri).stat().st_size > 1000 for uri in named)


def test_the_example_never_writes_into_a_folder_in_use(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert call(monkeypatch, "example", "portraits", tmp_path) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_last_sentence_counts_every_row() -> None:
    summary = Summary(done=1, kept=2, failed=3, rejected=0, invalid=4, left=5)
    assert sentence(summary, "/out") == (
        "1 done, 2 finished before, 3 failed, 4 invalid, 5 not reached. "
        "Results: /out/results.parquet"
    )


def test_jobs_written_as_csv_are_the_same_jobs(tmp_path: Path) -> None:
    job = a_script_job(portrait_uri=str(tmp_path / "face.png"), metadata={"scene": "a, b"})
    write_jobs([job], str(tmp_path / "m.csv"))
    (read,) = read_jobs(str(tmp_path / "m.csv"))
    assert (read.script, read.metadata) == (job.script, job.metadata)


def test_a_run_that_leaves_rows_says_where_the_reasons_are() -> None:
    settings, made = RunConfig(), replace(NOTHING, done=1)
    for left in ({"failed": 1}, {"rejected": 1}, {"invalid": 1}):
        lines = list(next_steps(replace(made, **left), "/out", settings, stopped=False))
        assert "Why, and who must act: rushes status /out" in lines
    assert not [line for line in next_steps(made, "/out", settings, stopped=False) if "Why" in line]


def test_a_variable_that_was_not_set_is_no_output(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    manifest = str(tmp_path / "m.csv")
    write_jobs([a_script_job()], manifest)
    monkeypatch.chdir(tmp_path)
    for words in (("run", manifest, "--out", ""), ("check", ""), ("status", "")):
        assert call(monkeypatch, *words) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["m.csv"]
