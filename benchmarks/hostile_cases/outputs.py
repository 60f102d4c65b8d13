"""Outputs and bundles of others: damaged, deep, endless, or with instructions of their own."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from benchmarks.hostile_cases.case import RUN_HERE, Case, Given, Ground, Make, cases_of, row
from jobs.engine.phases import Failure
from jobs.reporting.replay_bundle import _ADAPTER, Bundle, versions_here
from manifests import Job, Result
from manifests.results import write_results

NOISE = bytes(range(256)) * 400
DEEP = "[" * 200_000


def bundle_of(ground: Ground, **config: object) -> bytes:
    """The bundle of a good row, with such settings."""
    job = Job(job_id="x", portrait_uri=str(ground.face), audio_uri=str(ground.voice))
    return bytes(
        _ADAPTER.dump_json(
            Bundle(
                run_id="1",
                job=job,
                asked="",
                seed=1,
                preset_name="animatic",
                preset="",
                inputs=(),
                failure=Failure(kind="Unexpected", code="evil", message="\x1b]0;evil\x07"),
                attempts=1,
                steps={},
                config=config,
                versions=versions_here(),
            )
        )
    )


def replay(make: Callable[[Ground], bytes | str]) -> Make:
    return lambda ground: ["replay", ground.file("x.json", make(ground)), *ground.settings()]


def of_a_program(ground: Ground) -> bytes:
    """A bundle that names a program, a file to write to and a folder to sweep."""
    script = ground.file("evil.sh", f"#!/bin/sh\ntouch {ground.folder}/ran\n")
    os.chmod(script, 0o700)  # noqa: PTH101 - a name
    ground.file("foreign/desk-precious/kept", "kept")
    ground.file("events", "kept\n")
    return bundle_of(
        ground,
        hearing={"whisperx_python": script, "engine": "whisperx"},
        events=str(ground.folder / "events"),
        scratch=str(ground.folder / "foreign"),
        notify=["http://127.0.0.1:9/"],
        caption_fonts=[script],
        vocals=script,
        weights={"animatic": str(ground.folder)},
    )


def changed_bundle(**fields: object) -> Callable[[Ground], bytes]:
    def made(ground: Ground) -> bytes:
        found = json.loads(bundle_of(ground))
        for name, value in fields.items():
            found[name] = found[name] | value if isinstance(value, dict) else value
        return json.dumps(found).encode()

    return made


def an_output(ground: Ground) -> Path:
    """The output of a run of which a row is open, as files."""
    out = ground.folder.parent / "out"
    ground.file("row.jsonl", json.dumps({"job_id": "x"} | row(ground)) + "\n")
    known = {"format": 1, "run_id": "1", "manifests": [str(ground.folder / "row.jsonl")]}
    known |= {"rows": 1, "started": "2026-01-01T00:00:00+00:00", "preset": {"name": "animatic"}}
    (out / "_run" / "ledger").mkdir(parents=True)
    (out / "_run" / "orders").mkdir()
    (out / "_run" / "run.json").write_text(json.dumps(known | {"config": {}, "versions": {}}))
    assert write_results([a_result()], str(out))  # noqa: S101 - the folder is new
    return out


def a_result() -> Result:
    return Result(job_id="other", status="cancelled")


def damaged(command: str, name: str, content: bytes | str) -> Make:
    """A command on an output one of whose files holds this."""

    def made(ground: Ground) -> Given:
        out = an_output(ground)
        data = content.encode() if isinstance(content, str) else content
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(data)
        if command == RUN_HERE:
            return [RUN_HERE, str(ground.folder / "row.jsonl"), str(out)]
        return [command, str(out), *(ground.settings() if command == "verify" else ())]

    return made


def swept(ground: Ground) -> Given:
    """An output whose run file names a foreign scratch folder."""
    out = an_output(ground)
    ground.file("foreign/desk-precious/kept", "kept")
    known = json.loads((out / "_run" / "run.json").read_text())
    known["config"] = {"scratch": str(ground.folder / "foreign"), "vocals": "/etc/passwd"}
    (out / "_run" / "run.json").write_text(json.dumps(known))
    return ["verify", str(out), *ground.settings()]


def linked(name: str) -> Make:
    """An output one of whose files is a link to a device."""

    def made(ground: Ground) -> Given:
        out = an_output(ground)
        (out / name).unlink(missing_ok=True)
        (out / name).symlink_to("/dev/zero")
        return ["status", str(out)]

    return made


def an_order(text: str) -> Make:
    return damaged("status", "orders/20260101T000000000000Z-00000000.json", text)


NO_BUNDLE = "bundle_unreadable"
RUN_FILE = "run_file_damaged not_a_run format_unknown"
READ = "fine results_damaged unreadable_parquet"
TAKEN_UP = f"{READ} run_file_damaged"
LEDGER = "_run/ledger/0.parquet"

CASES: tuple[Case, ...] = cases_of(
    "output",
    [
        ("bundle-of-a-program", replay(of_a_program), "recogniser_failed fine", "H2"),
        ("bundle-of-settings-that-are-none", replay(lambda g: bundle_of(g, split={"longest_s": "many"}, audio=[1])), f"{NO_BUNDLE} config_wrong fine", "H2"),
        ("bundle-deep", replay(lambda _: DEEP), NO_BUNDLE),
        ("bundle-of-noise", replay(lambda _: NOISE), NO_BUNDLE),
        ("bundle-empty", replay(lambda _: b""), NO_BUNDLE),
        ("bundle-of-a-climbing-id", replay(changed_bundle(job={"job_id": "../../escape"})), f"{NO_BUNDLE} bad_job_id", "H2"),
        ("bundle-of-an-id-with-escapes", replay(changed_bundle(job={"job_id": "\x1b]0;evil\x07"})), f"{NO_BUNDLE} bad_job_id wrong_type", "H2"),
        ("bundle-of-passwd", replay(changed_bundle(job={"portrait_uri": "/etc/passwd"})), "image_unreadable fine", "H2"),
        ("bundle-of-an-unknown-preset", replay(changed_bundle(preset_name="../evil")), "unknown_preset"),
        ("bundle-of-2-70", replay(changed_bundle(seed=2**70)), f"{NO_BUNDLE} wrong_type"),
        ("bundle-of-1-gb", lambda g: ["replay", g.sparse("x.json", 1 << 30, b"{"), *g.settings()], f"{NO_BUNDLE} file_too_large"),
        ("bundle-of-a-device", lambda g: ["replay", "/dev/zero", *g.settings()], f"{NO_BUNDLE} bad_uri"),
        ("run-file-of-noise", damaged("status", "_run/run.json", NOISE), RUN_FILE, "L6"),
        ("run-file-deep", damaged("status", "_run/run.json", DEEP), RUN_FILE, "L6"),
        ("run-file-of-format-99", damaged("status", "_run/run.json", '{"format": 99}'), RUN_FILE),
        ("run-file-of-odd-fields", damaged("status", "_run/run.json", '{"format": 1, "rows": "x", "manifests": 7}'), f"{RUN_FILE} fine"),
        ("run-file-of-escapes", damaged("status", "_run/run.json", '{"format": 1, "run_id": "\\u001b]0;evil\\u0007", "rows": 1, "manifests": ["\\u001b[2J"]}'), f"{RUN_FILE} fine", "M7"),
        ("run-file-that-names-scratch", swept, f"fine {RUN_FILE} nothing_to_verify", "H2"),
        ("run-file-of-a-device", linked("_run/run.json"), f"{RUN_FILE} bad_uri"),
        ("results-of-noise", damaged("status", "results.parquet", NOISE), READ, "L6"),
        ("results-of-a-device", linked("results.parquet"), f"{READ} bad_uri"),
        ("ledger-of-noise", damaged("status", LEDGER, NOISE), READ, "L5"),
        ("ledger-of-a-word", damaged("status", LEDGER, b"PAR1"), READ, "L5"),
        ("ledger-empty", damaged("status", LEDGER, b""), READ, "L5"),
        ("verify-of-noise", damaged("verify", "results.parquet", NOISE), f"{READ} not_a_run"),
        ("orders-deep", an_order(DEEP), "fine"),
        ("orders-of-noise", an_order("\x00\x1b]0;evil"), "fine", "M7"),
        ("orders-of-odd-fields", an_order('{"kind": "cancel", "jobs": 7, "given": "never"}'), "fine"),
        ("run-over-a-damaged-run-file", damaged(RUN_HERE, "_run/run.json", DEEP), TAKEN_UP, "L6"),
        ("run-over-damaged-results", damaged(RUN_HERE, "results.parquet", NOISE), TAKEN_UP, "L6"),
        ("run-over-a-damaged-ledger", damaged(RUN_HERE, LEDGER, NOISE), TAKEN_UP, "L5"),
        ("run-over-odd-orders", damaged(RUN_HERE, "orders/20260101T000000000000Z-00000000.json", DEEP), TAKEN_UP),
        ("run-over-another-format", damaged(RUN_HERE, "_run/run.json", '{"format": 99}'), "format_unknown"),
        ("no-output", lambda g: ["status", str(g.folder)], "not_a_run"),
    ],
)  # fmt: skip
