"""Gates are read as data, the most exact one counts, and a verdict is what the figures say."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.errors import ManifestUnusable
from pipeline.quality.calibration import FEWEST_FIGURES, Calibration, GoodClip, calibrated
from pipeline.quality.gates import Gate, gates_for, gates_in, gates_text, read_gates
from pipeline.quality.measures import MEASURES
from pipeline.quality.verdict import PASSED, quality_warnings, verdict
from tests.noun_builders import a_chunk, a_clip

NAMES = st.sampled_from(sorted(MEASURES))
NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)


def a_gate(name: str, warn: float | None, fail: float | None, **only: tuple[str, ...]) -> Gate:
    """With its limits in the order that makes sense."""
    measure = MEASURES[name]
    if warn is not None and fail is not None:
        warn, fail = sorted((warn, fail), reverse=measure.better == "higher")
    return Gate(
        measure=name,
        better=measure.better,
        span=measure.span,
        unit=measure.unit,
        warn=warn,
        fail=fail,
        **only,
    )


GATES = st.builds(a_gate, NAMES, st.none() | NUMBERS, st.none() | NUMBERS)


@given(st.lists(GATES, max_size=6))
def test_gates_are_read_back_as_they_were_written(gates: list[Gate]) -> None:
    import tempfile  # noqa: PLC0415 - a folder for each example

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "gates.toml")
        file.write_text(gates_text(gates, "A line.\nAnother."), encoding="utf-8")
        assert gates_in(file) == tuple(gates)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[gate]]\nmeasure = 'charm'\nfail = 1", "charm is no measure; there are face_present"),
        ("[[gate]]\nmeasure = 'seam'\nwarn = 7\nfail = 6", "must be worse"),
        ("[[gate]]\nmeasure = 'face_present'\nwarn = 0.9\nfail = 0.97", "must be worse"),
        ("[[gate]]\nmeasure = 'seam'\nfails = 6", "gate.0.fails"),
        ("[[gate]]\nmeasure = 'seam'\nfail = nan", "gate.0.fail"),
        ("[gate]\nmeasure = 'seam'", "gate"),
        ("gate", "it is not TOML"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_what_is_wrong(
    tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "gates.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ManifestUnusable, match=told) as raised:
        read_gates([file])
    assert raised.value.code == "gates_unusable"


def test_the_carried_gates_hold_unless_a_file_says_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "gates.toml"
    file.write_text("[[gate]]\nmeasure = 'seam'\nfail = 6", encoding="utf-8")
    assert read_gates([file]) == (*read_gates(), *gates_in(file))
    file.write_text("carried = false", encoding="utf-8")
    assert read_gates([file]) == ()
    assert read_gates()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ManifestUnusable, match="No such file"):
        read_gates([tmp_path / "none.toml"])


def test_the_most_exact_gate_counts_and_of_equals_the_later_one() -> None:
    gates = (
        a_gate("seam", None, 3.0, presets=("tiny",)),
        a_gate("seam", None, 4.0, languages=("de",)),
        a_gate("seam", None, 5.0),
        a_gate("seam", None, 6.0),
        a_gate("seam", None, 7.0, presets=("tiny",), languages=("fr",)),
        a_gate("black", None, 0.0),
        a_gate("black", None, None, presets=("animatic",)),
    )

    def limits(preset: str, language: str) -> dict[str, float | None]:
        return {gate.measure: gate.fail for gate in gates_for(gates, preset, language)}

    assert limits("hallo3-5b", "en") == {"black": 0.0, "seam": 6.0}
    assert limits("hallo3-5b", "de-AT") == {"black": 0.0, "seam": 4.0}
    assert limits("tiny", "de") == {"black": 0.0, "seam": 3.0}
    assert limits("tiny", "FR") == {"black": 0.0, "seam": 7.0}
    assert limits("animatic", "en") == {"seam": 6.0}


@given(NAMES, NUMBERS, NUMBERS, NUMBERS)
def test_what_is_worse_than_a_limit_breaches_it_and_at_the_limit_nothing_does(
    name: str, warn: float, fail: float, value: float
) -> None:
    gate = a_gate(name, warn, fail)
    worse = (lambda a, b: a < b) if gate.better == "higher" else (lambda a, b: a > b)
    level = verdict({name: value}, [gate]).level
    assert level == (
        "fail" if worse(value, gate.fail) else "warn" if worse(value, gate.warn) else "pass"
    )
    assert verdict({name: gate.fail or 0.0}, [a_gate(name, None, gate.fail)]) == PASSED
    assert verdict({}, [gate]) == PASSED


def test_a_row_is_flagged_once_for_each_measure_where_it_is_worst() -> None:
    from dataclasses import replace  # noqa: PLC0415

    clip = a_clip(a_chunk(stop=141))
    seams = (7.0, 9.0, 1.0)
    files = zip(clip.segments, seams, strict=True)
    clip = replace(
        clip, segments=tuple(replace(f, figures=(("seam", value),)) for f, value in files)
    )
    gates = (a_gate("seam", 6.0, None), a_gate("take_identity", 0.5, None))
    told = list(quality_warnings([clip], {"take_identity": 0.55, "seam": 99.0}, gates))
    assert [text.partition(";")[0] for text in told] == [
        "quality_flagged: seam is 9 deviations, above 6, at 1.88 s and 1 more places",
        "quality_flagged: take_identity is 0.55 dlib distance, above 0.5, of the whole take",
    ]


def good(*values: float, preset: str = "tiny", language: str = "en") -> list[GoodClip]:
    return [
        GoodClip(preset=preset, language=language, figures={"seam": v, "face_present": 1 - v / 99})
        for v in values
    ]


def test_calibrated_gates_lie_a_margin_beyond_the_quantile_of_good_clips() -> None:
    clips = good(*(float(v) for v in range(1, 102)))
    face, seam = calibrated(clips, Calibration(quantile=0.05, margin=0.5))
    assert (seam.measure, seam.warn, seam.fail) == ("seam", 96.0, 118.5)
    assert (seam.presets, seam.languages) == (("tiny",), ("en",))
    assert (face.warn or 0) > (face.fail or 0)
    passed = sum(verdict(clip.figures, [seam]).level == "pass" for clip in clips)
    assert passed == 96


def test_a_figure_that_is_always_the_same_gets_room_and_too_few_get_no_gate() -> None:
    clips = good(*[1.0] * FEWEST_FIGURES) + good(*[1.0] * 29, language="de")
    face, seam = calibrated(clips, Calibration())
    assert seam.languages == face.languages == ("en",)
    assert (seam.warn, seam.fail) == (1.02, 1.04)
