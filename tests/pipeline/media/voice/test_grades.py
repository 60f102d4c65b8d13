# ruff: noqa: RUF001  # letters of other scripts are meant
"""What a voice reads, and what it would only spell."""

from __future__ import annotations

from pathlib import Path

import pytest

from manifests.errors import BadInput
from pipeline.checks.scripts import estimated
from pipeline.checks.unopened import Unopened
from pipeline.limits import Limits
from pipeline.media.text.check_script import JUDGED
from pipeline.media.text.language import scripts_of
from pipeline.media.voice.espeak import ask_espeak, carried_espeak, espeak_voices
from pipeline.media.voice.grades import check_letters, graded, spelled_script, told_of_grade
from pipeline.media.voice.voices import choose_voice
from pipeline.workspace.workspace import Workspace
from tests.noun_builders import a_job

WORDS = {
    "CYRILLIC": "дом",
    "GREEK": "νερό",
    "ARABIC": "مدرسة",
    "HEBREW": "שלום",
    "DEVANAGARI": "पानी",
    "BENGALI": "বাংলা",
    "GURMUKHI": "ਪਾਣੀ",
    "GUJARATI": "પાણી",
    "TAMIL": "தமிழ்",
    "TELUGU": "తెలుగు",
    "KANNADA": "ಕನ್ನಡ",
    "MALAYALAM": "മലയാളം",
    "SINHALA": "සිංහල",
    "THAI": "สวัสดี",
    "MYANMAR": "မြန်မာ",
    "GEORGIAN": "ქართული",
    "ARMENIAN": "հայերեն",
    "ETHIOPIC": "አማርኛ",
    "CJK": "学校",
    "HIRAGANA": "ひらがな",
    "KATAKANA": "カタカナ",
    "HANGUL": "안녕하세요",
}


def test_letters_that_espeak_spells_are_those_that_take_long() -> None:
    """A name of a letter is several sounds, and what is read has few for each letter; only English
    names of Cyrillic letters are as short."""
    carried = carried_espeak()
    assert carried is not None
    tags = ("de", "fr", "es", "ru", "el", "hi", "ar", "he", "ja", "zh", "ko", "th", "sr")
    voices = [choose_voice(tag, f"espeak:{tag}") for tag in tags]
    files = {voice.tag: voice.file for voice in espeak_voices()}
    asked = [
        {"voice": files[tag], "text": word, "wav": ""} for tag in tags for word in WORDS.values()
    ]
    told = iter(ask_espeak(carried, asked))
    wrong = []
    for voice in voices:
        for script, word in WORDS.items():
            sounds = sum(1 for ipa, _ in next(told)["phones"] if ipa)
            if (sounds / len(word) > 4) != (spelled_script(word, voice) == script):
                wrong.append((voice.name, script, sounds / len(word)))
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "language", "voice", "script"),
    [
        ("東京へ。", "ja", "espeak:ja", "CJK"),
        ("とうきょうへ、ラーメン。", "ja", "espeak:ja", ""),
        ("東京へ。", "ja", None, ""),
        ("The word дом is Russian.", "en", "espeak:en", "CYRILLIC"),
        ("The word дом is Russian.", "en", "piper:joe", "CYRILLIC"),
        ("Good 上.", "en", None, "CJK"),
        ("The α particle and Ω.", "en", None, ""),
        ("καλημέρα friend", "en", "espeak:en", "GREEK"),
        ("καλημέρα Freund", "de", "espeak:de", ""),
        ("漢字 한국어", "ko", "espeak:ko", "CJK"),
        ("say [[θɪŋk]] дa", "en", "piper:joe", ""),
    ],
)
def test_words_that_would_be_spelled_are_refused(
    text: str, language: str, voice: str | None, script: str
) -> None:
    chosen = choose_voice(language, voice)
    assert spelled_script(text, chosen) == script
    if script:
        with pytest.raises(BadInput, match=chosen.name) as caught:
            check_letters([text], chosen)
        assert caught.value.code == "unread_script"
    else:
        check_letters([text], chosen)


def test_a_check_tells_what_a_run_would_refuse_or_warn_of() -> None:
    def codes(**columns: object) -> list[tuple[str, bool]]:
        row = a_job(audio_uri=None, **columns)
        return [(each.code, each.warning) for each in Unopened().problems(row)]

    kanji = {"script": "東京へ。", "language": "ja"}
    assert codes(**kanji) == []
    part = ("voice_reads_part", True)
    assert codes(**kanji, voice="espeak:ja") == [part, ("unread_script", False)]
    assert codes(**kanji, voice="espeak:ja", lexicon_uri="/in/words.txt") == [part]
    assert codes(script="Good 上.", language="en") == [("unread_script", False)]
    assert codes(script="สวัสดี", language="th") == [part]
    assert codes(script="Привет", language="en") == [("wrong_script", False)]


@pytest.mark.parametrize(
    ("language", "voice", "grade"),
    [
        ("ja", None, "reads"),
        ("ja", "espeak:ja", "reads_part"),
        ("ar", None, "reads_part"),
        ("he", None, "reads_part"),
        ("iw", None, "reads_part"),
        ("th", None, "placeholder"),
        ("hi", None, "reads"),
        ("de-AT", None, "reads"),
    ],
)
def test_each_language_has_a_grade(language: str, voice: str | None, grade: str) -> None:
    chosen = choose_voice(language, voice)
    assert graded(chosen)[0] == grade
    assert [told.partition(":")[0] for told in told_of_grade(chosen)] == (
        [] if grade == "reads" else ["voice_reads_part"]
    )


def test_every_language_reads_its_own_script_but_those_that_are_listed() -> None:
    for voice in espeak_voices():
        own = sorted(scripts_of(voice.tag) & JUDGED)
        spelled = {script for script in own if script in WORDS}
        spelled = {script for script in spelled if spelled_script(WORDS[script], voice)}
        assert spelled <= ({"CJK"} if voice.tag.startswith("ja") else set()), voice.tag


def test_a_speaker_keeps_one_voice_of_an_engine_in_every_language() -> None:
    def name(language: str, speaker: str) -> str:
        return choose_voice(language, None, (), speaker).name

    ada = {name(tag, "Ada").partition("+")[2] for tag in ("de", "fr", "hi", "zh-CN", "pt_BR")}
    assert len(ada) == 1
    assert ada != {""}
    assert name("de", " ada ") == name("de", "Ada")
    everybody = {name("de", f"speaker {number}") for number in range(60)}
    assert len(everybody) == 11
    assert len({name("ja", f"speaker {number}") for number in range(40)}) == 5
    assert name("en", "Ada") == "piper:joe"


def test_a_speaker_whose_rows_several_engines_speak_is_told() -> None:
    checks = Unopened()
    told = [
        [each.code for each in checks.problems(a_job(script="Ja.", audio_uri=None, **columns))]
        for columns in (
            {"language": "de", "speaker": "Ada"},
            {"language": "fr", "speaker": "ada"},
            {"language": "en", "speaker": "Ada"},
            {"language": "en", "speaker": "Ada", "voice": "espeak:+f2"},
            {"language": "en", "speaker": "Bob"},
        )
    ]
    assert told == [[], [], ["speaker_voice"], [], []]


@pytest.mark.parametrize("kind", ["txt", "srt"])
def test_a_check_looks_at_scripts_in_files_too(kind: str, tmp_path: Path) -> None:
    times = "1\n00:00:01,000 --> 00:00:09,000\n" if kind == "srt" else ""
    (tmp_path / f"script.{kind}").write_text(f"{times}東京へ。\n")
    place = Workspace(out="", scratch=tmp_path / "scratch")
    row = {"script_uri": str(tmp_path / f"script.{kind}"), "language": "ja", "script": None}

    def codes(**columns: str) -> list[str]:
        job = a_job(audio_uri=None, **row, **columns)
        return [each.code for each in estimated(job, place, Limits())]

    assert codes() == []
    assert codes(voice="espeak:ja") == ["unread_script"]
    assert codes(voice="espeak:ja", lexicon_uri="/in/words.txt") == []
