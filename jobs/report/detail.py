"""All of one job for its screen: gates with values, versions, segments, attempts and files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from jobs.report.night import (
    NightDetail,
    ShownAttempt,
    ShownFile,
    ShownGate,
    ShownSegment,
    ShownVersion,
)
from jobs.report.sidecars import (
    PlacedBreach,
    SidecarTold,
    placed_breaches,
    segment_starts,
    sidecar_breaches,
)
from jobs.report.told import Hrefs, RowTold
from manifests.ledger import Attempt
from manifests.results import Result
from model.shapes import FPS
from pipeline.quality.gates import Gate
from pipeline.quality.measures import MEASURES
from pipeline.quality.versions import Version

MOST_ATTEMPTS = 200
"""Of a job that are shown, the newest; the ledger has all."""


def night_detail(
    key: str,
    result: Result,
    sidecar: SidecarTold | None,
    *,
    row: RowTold,
    versions: Sequence[Version],
    attempts: Sequence[Attempt],
) -> NightDetail:
    """Without files, which are named by where they are."""
    return NightDetail(
        key=key,
        gates=tuple(gates_shown(sidecar)) if sidecar else (),
        versions=tuple(map(version_shown, versions)),
        segments=tuple(segments_shown(sidecar)) if sidecar else (),
        joins_s=tuple(round(join.at / FPS, 3) for join in sidecar.joins) if sidecar else (),
        restarts_s=tuple(round(at / FPS, 3) for at in sidecar.restarts) if sidecar else (),
        retakes=tuple(map(retake_told, sidecar.retakes)) if sidecar else (),
        attempts=tuple(map(attempt_shown, attempts[-MOST_ATTEMPTS:])),
        warnings=result.warnings,
        facts=dict(facts_of(result, sidecar)),
        script=(sidecar.script or sidecar.transcript or "") if sidecar else row.script,
    )


def files_shown(result: Result, hrefs: Hrefs) -> Iterator[ShownFile]:
    for file in result.deliverables:
        yield ShownFile(
            profile=file.profile,
            name=file.uri.rpartition("/")[2],
            href=hrefs.of(file.uri),
            bytes=file.bytes,
            sha256=file.sha256,
        )


def gates_shown(sidecar: SidecarTold) -> Iterator[ShownGate]:
    """Breaches first, the worst first; then each gate that was passed at its worst figure, then
    what was measured and no gate is for."""
    breaches = sidecar_breaches(sidecar)
    yield from map(breach_shown, breaches, (_gate_of(each, sidecar.gates) for each in breaches))
    breached = {each.breach.measure for each in breaches}
    judged = {gate.measure for gate in sidecar.gates}
    for gate in sidecar.gates:
        if gate.measure not in breached:
            yield passed_gate(gate, sidecar)
    for name, value in sidecar.quality.items():
        if name not in judged:
            yield _shown(name, value, "no gate", "of the whole take", None, None)


def _gate_of(placed_breach: PlacedBreach, gates: Iterable[Gate]) -> Gate | None:
    name, limit = placed_breach.breach.measure, placed_breach.breach.limit
    return next((g for g in gates if g.measure == name and limit in (g.warn, g.fail)), None)


def breach_shown(each: PlacedBreach, gate: Gate | None) -> ShownGate:
    breach = each.breach
    return _shown(breach.measure, breach.value, breach.level, each.place, each.at_s, gate)


def passed_gate(gate: Gate, sidecar: SidecarTold) -> ShownGate:
    """A gate that nothing breached, with the figure that came nearest; without one where nothing
    was measured."""
    if gate.span != "segment":
        value = sidecar.quality.get(gate.measure)
        place = "of the whole take" if value is not None else "not measured"
        return _shown(gate.measure, value, "pass", place, None, gate)
    found = [
        (drawn.figures[gate.measure], at_s)
        for drawn, at_s in zip(sidecar.drawn, segment_starts(sidecar), strict=True)
        if gate.measure in drawn.figures
    ]
    if not found:
        return _shown(gate.measure, None, "pass", "not measured", None, gate)
    value, at_s = (min if gate.better == "higher" else max)(found)
    return _shown(gate.measure, value, "pass", f"at {at_s:.2f} s", at_s, gate)


def _shown(
    name: str,
    value: float | None,
    level: str,
    place: str,
    at_s: float | None,
    gate: Gate | None,
) -> ShownGate:
    measure = MEASURES.get(name)
    return ShownGate(
        measure=name,
        unit=measure.unit if measure else "",
        better=measure.better if measure else "",
        formula=measure.formula if measure else "",
        value=None if value is None else round(value, 4),
        warn=gate.warn if gate else None,
        fail=gate.fail if gate else None,
        level=level,
        place=place,
        at_s=at_s,
    )


def version_shown(version: Version) -> ShownVersion:
    return ShownVersion(
        number=version.number,
        state=version.state,
        level=version.level,
        at_s=version.at_s,
        why=version.why,
        seed=str(version.recipe.seed),
    )


def segments_shown(sidecar: SidecarTold) -> Iterator[ShownSegment]:
    """Each drawn segment; where it ends, the next one begins."""
    gates = [gate for gate in sidecar.gates if gate.span == "segment"]
    for drawn, start_s in zip(sidecar.drawn, segment_starts(sidecar), strict=True):
        found = list(placed_breaches(drawn.figures, gates, start_s))
        yield ShownSegment(
            start_s=start_s,
            seed=str(drawn.seed),
            level=found[0].breach.level if found else "pass",
            figures={name: round(value, 4) for name, value in drawn.figures.items()},
        )


def retake_told(retake: Mapping[str, object]) -> str:
    at, seed = retake.get("at"), retake.get("seed")
    stop = retake.get("to")
    until = f" to {stop / FPS:.2f} s" if isinstance(stop, int) else ""
    return f"from {at / FPS:.2f} s{until} with seed {seed}" if isinstance(at, int) else ""


def attempt_shown(attempt: Attempt) -> ShownAttempt:
    return ShownAttempt(
        stage=attempt.stage,
        chunk=attempt.chunk,
        state="found finished" if attempt.reused else attempt.state,
        worker=attempt.worker,
        started=f"{attempt.started:%Y-%m-%dT%H:%M:%SZ}",
        wall_s=round((attempt.finished - attempt.started).total_seconds(), 2),
        gpu_s=round(attempt.gpu_s, 2),
        error=attempt.error_message,
    )


def facts_of(result: Result, sidecar: SidecarTold | None) -> Iterator[tuple[str, str]]:
    """What else is told, in the words of its columns; what is empty is left out."""
    told: dict[str, object] = {
        "row": (result.error_message or "").partition(f" ({result.job_id}): ")[0]
        if result.status != "done"
        else "",
        "weights": result.weights_digest,
        "fingerprint": result.fingerprint,
        "picture": f"{result.width} x {result.height}, {result.fps:g} a second"
        if result.width
        else "",
        "chunks": result.chunks,
        "begun": result.started and f"{result.started:%Y-%m-%d %H:%M:%S} UTC",
        "ended": result.finished and f"{result.finished:%Y-%m-%d %H:%M:%S} UTC",
    }
    if sidecar:
        told |= {
            "prompt": sidecar.prompt,
            "consent": sidecar.consent_id,
            "voices": ", ".join(sidecar.voices),
            "made from": ", ".join(each.uri for each in sidecar.inputs),
            "seconds by stage": ", ".join(f"{k} {v:.1f}" for k, v in sidecar.timings_s.items()),
            **{f"metadata {name}": value for name, value in sidecar.metadata.items()},
        }
    yield from ((name, str(value)) for name, value in told.items() if value)
