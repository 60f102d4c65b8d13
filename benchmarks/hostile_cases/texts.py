"""Scripts that are no speech, steer what shows them, or are made to keep a voice busy."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.hostile_cases.case import FINE, Case, cases_of, values

ALL = ["web", "srt", "vtt", "ttml"]
SPOKEN = "fine unspeakable_text signs_left_out captions_breach lips_from_loudness audio_too_short audio_silent no_words"
NOTHING = "nothing_to_speak"
TYPE, MARKUP = "wrong_type", "script_markup"
ODD = f"{SPOKEN} {NOTHING}"

SCRIPTS = {
    "bell": ("Hi.\x07", TYPE, "M3"),
    "nul": ("Hi.\0 Bye.", TYPE, "M3"),
    "escape": ("\x1b]0;evil\x07Hi.", TYPE, "M7"),
    "c1": ("Hi\x9b31m.", TYPE, "M7"),
    "u-0001": ("Hi\x01.", TYPE, "M3"),
    "u-fffe": ("Hi\ufffe.", TYPE, "M3"),
    "u-ffff": ("Hi\uffff.", TYPE, "M3"),
    "half-a-letter": ("Hi \ud83d.", f"{TYPE} malformed_row", "M3"),
    "bidi": ("Hi \u202eevil\u202c there.", ODD),
    "zalgo": ("H" + "\u0301\u0337\u0489" * 300 + "i.", ODD),
    "zero-width": ("\u200bHi\u200d \u2060there\ufeff.", ODD),
    "one-word-of-1-mb": ("a" * (1 << 20), "script_too_long", "L10"),
    "one-word-of-2000": ("a" * 2000, ODD),
    "one-word-of-2000-syllables": ("banana" * 300, ODD),
    "emoji": ("\U0001f600" * 50, NOTHING),
    "flags-and-families": ("Hi \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea.", ODD),
    "music": ("Hi \u266a there.", ODD),
    "private-letters": ("Hi \ue000\U000f0000 there.", ODD),
    "dots": ("." * 50_000, NOTHING),
    "letters-with-dots": ("a." * 800, ODD),
    "brackets": ("(" * 50_000 + "Hi", ODD),
    "quotes": ("'\"" * 20_000 + " Hi.", ODD),
    "hyphens": ("a-" * 800 + "a", ODD),
    "apostrophes": ("a'" * 800 + "a", ODD),
    "digits": ("9" * 5000, f"{ODD} script_too_long"),
    "a-number-of-many-points": ("1." * 1000, ODD),
    "a-number-of-many-commas": ("1," * 1000 + "1", ODD),
    "exponent": ("1e999999999 and -1e-999999999.", ODD),
    "newlines": ("Hi.\n" + "\n" * 150_000 + "Bye.", ODD),
    "tabs": ("\t" * 100_000 + "Hi.", ODD),
    "carriage-returns": ("Hi.\r\rBye.\r\n\x85Ok.\u2028No.\u2029", f"{ODD} {TYPE}"),
    "break": ("Hello. <break/> Bye.", MARKUP),
    "ssml": ('<speak><audio src="file:///etc/passwd"/></speak>', MARKUP),
    "entities": ("Hi &lt;b&gt; there.", MARKUP),
    "unclosed-tags": ("<a" * 300, ODD),
    "unclosed-comment": ("<!--" + "Hi " * 9, MARKUP),
    "cdata": ("Hi ]]> there.", f"{ODD} {MARKUP}"),
    "voice-tag": ("Hi </v><script>alert(1)</script>.", MARKUP, "L11"),
    "arrow": ("Hi 00:00:01,000 --> 00:00:02,000 there.", ODD, "L11"),
    "ass-tags": ("Hi {\\an8}{\\fs200} there \\N.", ODD, "L11"),
    "note": ("WEBVTT\n\nNOTE Hi\n\nSTYLE\n::cue{}", ODD, "L11"),
    "phonemes": ("Hi [[h@'loU]] there.", ODD),
    "shell": ("Hi $(touch evil) `touch evil`; touch evil | sh.", ODD),
    "option": ("--help", ODD),
    "option-of-a-file": ("-o /tmp/evil -w evil.wav", ODD),
    "at-a-file": ("@/etc/passwd", ODD),
    "formats": ("Hi %s%n%x {0.__class__} ${HOME}.", ODD),
    "arabic": ("\u0645\u0631\u062d\u0628\u0627 \u0628\u0643", "wrong_script"),
    "russian": ("\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440.", "wrong_script"),
    "wordless": ("... !", NOTHING),
    "blanks": ("   ", "one_speech_source"),
    "nothing": ("", "one_speech_source"),
    "formula-error": ("#REF!", TYPE),
    "nan": ("nan", TYPE),
    "url": ("See https://a:b@example.org/?q=%00#x.", ODD),
    "fractions": ("\u00bd \u2153 \u00b2 \u2460 \u2167.", ODD),
    "ligatures": ("\ufb01ne \u017fo \u212a\u00df.", ODD),
    "long-sentence": ("word " * 150, ODD),
}  # fmt: skip

SHORT = 400
"""Letters; a longer one that is taken would be minutes of a night's rendering."""

CASES: tuple[Case, ...] = tuple(
    replace(case, at_night=len(SCRIPTS[case.name][0]) < SHORT or FINE not in case.codes)
    for case in cases_of(
        "script",
        [
            (name, values(script=script, deliverables=ALL), *rest)
            for name, (script, *rest) in SCRIPTS.items()
        ],
    )
)
