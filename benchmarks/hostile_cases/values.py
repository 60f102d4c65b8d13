"""Columns that are neither files nor scripts, with values that nobody means."""

from __future__ import annotations

from benchmarks.hostile_cases.case import Case, Make, cases_of, values

LONG, TYPE, UNKNOWN = "text_too_long", "wrong_type", "unknown_value"
VOICE = "unknown_voice wrong_type text_too_long"
TAG = "bad_language text_too_long"


def scripted(**columns: object) -> Make:
    return values(script="Good morning.", **columns)


CASES: tuple[Case, ...] = cases_of(
    "value",
    [
        ("voice-that-climbs", scripted(voice="../../etc/passwd"), VOICE),
        ("voice-of-a-model-elsewhere", scripted(voice="piper:../../evil.onnx"), VOICE),
        ("voice-of-an-option", scripted(voice="--voice=/tmp/evil"), VOICE),
        ("voice-of-a-shell", scripted(voice="espeak:en;touch evil"), VOICE),
        ("voice-of-1-mb", scripted(voice="v" * (1 << 20)), VOICE, "L10"),
        ("voice-with-an-escape", scripted(voice="\x1b[2Jx"), VOICE, "M7"),
        ("language-that-climbs", scripted(language="../../en"), TAG),
        ("language-of-an-option", scripted(language="-w/tmp/x"), TAG),
        ("language-of-1-mb", scripted(language="e" * (1 << 20)), TAG, "L10"),
        ("language-unspoken", scripted(language="ti"), "no_voice wrong_script"),
        ("preset-that-climbs", values(preset="../hallo3"), "unknown_preset"),
        ("preset-of-1-mb", values(preset="p" * (1 << 20)), f"unknown_preset {LONG}", "L10"),
        ("speaker-of-1-mb", values(speaker="s" * (1 << 20)), LONG, "M2"),
        ("speaker-u-0001", values(speaker="A\x01B"), TYPE, "M3"),
        ("speaker-u-ffff", values(speaker="A\uffff"), TYPE, "M3"),
        ("speaker-of-markup", scripted(speaker="</v><script>--", deliverables=["vtt", "srt"]), "fine signs_left_out captions_breach"),
        ("speaker-of-an-arrow", scripted(speaker="-->", deliverables=["vtt", "ttml"]), "fine signs_left_out captions_breach"),
        ("title-of-1-mb", values(title="t" * (1 << 20)), LONG, "M2"),
        ("prompt-of-1-mb", values(prompt="p" * (1 << 20)), LONG, "M2"),
        ("deliverables-of-100000", values(deliverables=["srt"] * 100_000), LONG, "M2"),
        ("deliverable-that-climbs", values(deliverables=["../evil"]), f"not_yet {UNKNOWN}"),
        ("deliverables-nested", values(deliverables=[["web"]]), TYPE),
        ("metadata-of-100000", values(metadata={f"k{n}": "v" for n in range(100_000)}), LONG, "M2"),
        ("metadata-of-1-mb", values(metadata={"k": "v" * (1 << 20)}), LONG, "M2"),
        ("metadata-nested", values(metadata={"a": {"b": "c"}}), TYPE),
        ("metadata-with-an-escape", values(metadata={"\x1b[2J": "x"}), TYPE, "M7"),
        ("transcript-of-others", values(metadata={"transcript": "Nothing of this is said here at all."}), "script_differs no_recogniser fine"),
        ("seed-of-2-70", values(seed=2**70), TYPE),
        ("seed-of-half", values(seed=7.5), TYPE),
        ("seed-of-text", values(seed="many"), TYPE),
        ("slot-nan", values(target_duration_s="NaN"), f"fine {TYPE}"),
        ("slot-infinite", values(target_duration_s="inf"), f"bad_duration {TYPE}"),
        ("slot-of-1e308", values(target_duration_s=1e308), "bad_duration"),
        ("slot-of-minus-1", values(target_duration_s=-1), "bad_duration"),
        ("slot-of-a-hundredth", values(target_duration_s=0.01), "bad_duration"),
        ("slot-of-a-minute", values(target_duration_s=60.0), "slot_missed fine slot_fit"),
        ("priority-of-2-40", values(priority=2**40), TYPE),
        ("due-in-the-year-0", values(due="0000-00-00T00:00:00Z"), TYPE),
        ("due-in-the-year-99999", values(due="99999-01-01T00:00:00Z"), TYPE),
        ("due-long-ago", values(due="0001-01-01T00:00:00Z"), "fine late"),
        ("due-without-a-zone", values(due="2027-01-01T00:00:00"), TYPE),
        ("consent-expires", values(consent_expires="2027-01-01T00:00:00Z"), "fine consent_expired"),
        ("consent-over", values(consent_expires="2020-01-01T00:00:00Z"), "consent_expired"),
        ("territories", values(territories=["UK"]), "bad_territory"),
        ("framing", values(framing="__class__"), UNKNOWN),
        ("aspect-of-0", values(aspect="0:0"), UNKNOWN),
        ("aspect-of-much", values(aspect="99999:1"), UNKNOWN),
        ("continuity", values(continuity="*" * 5000), f"{UNKNOWN} {LONG}"),
        ("both-sources", values(script="x", audio_uri="y.wav"), "one_speech_source"),
        ("true-as-text", values(portrait_uri=True), TYPE),
        ("list-as-text", values(script=["a"] * 9), TYPE),
    ],
)  # fmt: skip
