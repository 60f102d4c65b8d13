"""One table of what the parts found, and whether the targets were met on a real card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.card.kept import DONE, PartResult, ended_parts, write_whole
from pipeline.card.parts import PARTS

SUMMARY = "summary.json"
SHOWN_CHARACTERS = 48
TARGET_CARD = "H200"


class CardTarget(NamedTuple):
    """At most so many seconds of a segment of 47 new frames, on the card named."""

    part: str
    figure: str
    at_most: float
    said: str


CARD_TARGETS = (
    CardTarget("segment", "whole_s", 73.0, "a segment, exact"),
    CardTarget("tuned-segment", "whole_s", 73.0, "a segment, exact, tuned"),
    CardTarget("fast-segment", "whole_s", 37.0, "a segment, fast"),
)

SHOWN: Mapping[str, tuple[str, ...]] = {
    "machine": ("name", "matrix_tflops", "copied_on_the_device_gib_s"),
    "step": ("seconds", "tflops", "of_matrix", "peak_gib", "plain_over_ours"),
    "segment": ("steps", "steps_s", "decode_s", "whole_s", "vae_share", "of_matrix", "peak_gib"),
    "tuned-segment": ("backend", "whole_s", "captures", "deviation", "peak_gib"),
    "fast-segment": ("steps", "whole_steps", "whole_s"),
    "draft-segment": ("steps", "whole_steps", "whole_s"),
    "host-waits": ("steps_watched", "host_waits", "torch_refused_none"),
    "step-graph": ("same_bits", "step_over_graph", "step_over_compiled_graph"),
    "compiled": ("first_call_s", "step_over_compiled", "deviation"),
    "same-bits": ("same_bits_twice",),
    "deterministic": ("same_bits_twice", "price"),
    "fused-projections": ("apart_over_fused",),
    "vae": ("seconds", "decode_over_channels_last"),
    "float8": ("float8_over_bfloat16", "weight_gib_before", "weight_gib", "deviation"),
    "card-of-48-gb": ("capped", "profile", "steps_s", "decode_s", "peak_gib"),
    "card-of-24-gb": ("capped", "profile", "steps_s", "decode_s", "peak_gib"),
    "tests": ("passed", "failed", "skipped"),
    "training": ("stages", "seconds", "shards"),
}
"""Of parts that are not here, all that they measured of each of theirs."""


def verdicts(results: Mapping[str, PartResult], device_name: str) -> list[dict[str, Any]]:
    """Each target: pass or miss on a real card of full size, and else that it was rehearsed."""
    told = []
    for target in CARD_TARGETS:
        result = results.get(target.part)
        if result is None or result.state != DONE:
            verdict, figure = "not measured", None
        else:
            figure = result.figures[target.figure]
            verdict = _verdict(figure <= target.at_most, result, device_name)
        told.append(
            {"target": target.said, "at_most_s": target.at_most, "found_s": figure, "is": verdict}
        )
    return told


def _verdict(met: bool, result: PartResult, device_name: str) -> str:
    if result.rehearsed:
        return "rehearsed"
    if TARGET_CARD not in device_name:
        return f"measured on another card than {TARGET_CARD}"
    return "pass" if met else "miss"


def summary_lines(folder: Path, device_name: str) -> list[str]:
    """The table, which is written into the folder too."""
    results = ended_parts(folder)
    rows = [(part.name, *_row(results.get(part.name))) for part in PARTS]
    targets = verdicts(results, device_name)
    write_whole(
        folder / SUMMARY,
        {
            "device": device_name,
            "claim": _claim(results),
            "targets": targets,
            "parts": {name: {"state": state, "told": told} for name, state, told in rows},
        },
    )
    wide = max(len(name) for name, _, _ in rows)
    lines = [f"{name:<{wide}}  {state:<8}  {told}".rstrip() for name, state, told in rows]
    return [f"{device_name}: {_claim(results)}", *lines, *map(_target_line, targets)]


def _target_line(told: Mapping[str, Any]) -> str:
    found = "" if told["found_s"] is None else f" ({told['found_s']} s)"
    return f"target: {told['target']} <= {told['at_most_s']:g} s: {told['is']}{found}"


def _claim(results: Mapping[str, PartResult]) -> str:
    """No number of a rehearsal stands anywhere without this word."""
    if any(result.rehearsed for result in results.values()):
        return "rehearsed at another size or on a CPU; no figure here says anything of a card"
    return "measured at full size with random weights"


def _row(result: PartResult | None) -> tuple[str, str]:
    if result is None:
        return "missing", ""
    if result.state != DONE:
        return result.state, result.why
    shown = SHOWN.get(result.name, tuple(result.figures))
    figures = {name: result.figures[name] for name in shown if name in result.figures}
    return result.state, ", ".join(f"{name} {_short(value)}" for name, value in figures.items())


def _short(value: object) -> str:
    if isinstance(value, Mapping):
        inside = (f"{name} {_short(each)}" for name, each in value.items())
        return "(" + "; ".join(inside) + ")"
    told = f"{value:.4g}" if isinstance(value, float) else str(value)
    return told if len(told) <= SHOWN_CHARACTERS else f"{told[:SHOWN_CHARACTERS]}..."
