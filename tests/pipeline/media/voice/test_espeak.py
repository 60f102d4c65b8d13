"""espeak-ng: every language speaks, the same bytes each time, and every refusal of it is heard."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from manifests.errors import BadInput, Transient
from pipeline.media.voice import espeak
from pipeline.media.voice.espeak import Carried, Espeak, ask_espeak, carried_espeak, espeak_voices
from pipeline.media.voice.espeak_voices import files_by_tag, variants
from pipeline.media.voice.utterance import Utterance
from pipeline.media.voice.voices import choose_voice

A, B = "Bonjour le monde, 42 chats.", "Guten Tag."


@pytest.fixture(scope="module")
def carried() -> Carried:
    there = carried_espeak()
    assert there is not None
    return there


def asked(voice: str, text: str, wav: Path | None = None, **more: object) -> dict[str, object]:
    return {"voice": voice, "text": text, "wav": str(wav or ""), **more}


def test_the_same_sentence_has_the_same_bytes_whatever_was_said_before(
    carried: Carried, tmp_path: Path
) -> None:
    first, other, again = (tmp_path / name for name in ("first.wav", "other.wav", "again.wav"))
    ask_espeak(
        carried,
        [asked("roa/fr", A, first), asked("gmw/de", B, other), asked("roa/fr", A, again)],
    )
    assert first.read_bytes() == again.read_bytes() != other.read_bytes()


def test_the_breath_of_a_variant_is_the_same_each_time(carried: Carried, tmp_path: Path) -> None:
    """The library seeds it with the time of day."""
    once, again = tmp_path / "once.wav", tmp_path / "again.wav"
    for path in (once, again):
        ask_espeak(carried, [asked("roa/fr", A, path, variant="f2")])
    assert once.read_bytes() == again.read_bytes()


def test_each_tag_speaks_after_another_language_as_it_does_alone(carried: Carried) -> None:
    """An unknown voice would leave the one before, so each is told from the one before it."""
    files = list(dict.fromkeys(files_by_tag(carried.data).values()))
    text = "banana 2"
    mixed = ask_espeak(
        carried, [each for file in files for each in (asked("gmw/de", B), asked(file, text))]
    )
    alone = ask_espeak(carried, [asked(file, text) for file in files])
    assert mixed[1::2] == alone
    assert len(files) > 100
    assert [file for file, told in zip(files, alone, strict=True) if not told.get("phones")] == []
    assert all(told["stop"] > 100 for told in alone)


def test_unknown_voices_and_variants_are_refused_before_anything_is_said(
    carried: Carried, tmp_path: Path
) -> None:
    """The library itself keeps the voice before, or passes over the variant."""
    wavs = [tmp_path / name for name in ("a", "b", "c", "d")]
    told = ask_espeak(
        carried,
        [
            asked("fr-fr", A, wavs[0]),
            asked("roa/fr", A, wavs[1], variant="nonesuch"),
            asked("../voices/!v/f2", A, wavs[2], rate=9),
            {"voice": "roa/fr"},
        ],
    )
    assert ["refused" in each for each in told] == [True] * 4
    assert not any(wav.exists() for wav in wavs)


def test_a_library_without_its_data_is_told(carried: Carried, tmp_path: Path) -> None:
    elsewhere = Carried(library=carried.library, data=tmp_path, digest="")
    with pytest.raises(Transient, match="its data") as caught:
        ask_espeak(elsewhere, [asked("roa/fr", A)])
    assert caught.value.code == "voice_failed"


def a_program(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    program = folder / "as_told"
    program.write_text(f"import os, sys\n{body}\n")
    monkeypatch.setattr(espeak, "PROGRAM", program)


@pytest.mark.parametrize(
    "body",
    [
        'print(\'{"refused": "no voice"}\')',
        "print('{\"broke\": -9}')",
        "pass",
        "sys.exit(3)",
    ],
)
def test_a_program_that_does_not_speak_is_tried_again_later(
    body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_program(tmp_path, monkeypatch, body)
    with pytest.raises(Transient) as caught:
        list(choose_voice("de", "espeak:de").speak([B], tmp_path))
    assert caught.value.code == "voice_failed"


def test_a_sentence_over_which_a_child_breaks_down_costs_no_other(
    carried: Carried, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Path(espeak.PROGRAM).read_text("utf-8")
    a_program(
        tmp_path,
        monkeypatch,
        source.replace("from __future__ import annotations", "").replace(
            "        told = speaker.speak(",
            "        if b'Crash' in line:\n            os.abort()\n        told = speaker.speak(",
        ),
    )
    voice = Espeak(tag="de", file="gmw/de", carried=carried)
    spoken = list(voice.speak(["Eins.", "Crash.", "Zwei."], tmp_path))
    assert [each is None for each in spoken] == [False, True, False]


def test_words_and_phones_are_told_by_their_place_and_time(tmp_path: Path) -> None:
    text = "Guten Tag, 42 Äpfel."
    (spoken,) = choose_voice("de", "espeak:de").speak([text], tmp_path)
    assert isinstance(spoken, Utterance)
    heard = [text[word.at : word.at + word.length] for word in spoken.words]
    assert heard[:2] == ["Guten", "Tag"]
    assert heard[-1].startswith("Äpfel")
    starts = [word.start_s for word in spoken.words]
    assert starts == sorted(starts)
    edges = [edge for phone in spoken.phones for edge in (phone.start_s, phone.stop_s)]
    assert edges == sorted(edges)
    assert {"t", "n"} <= {phone.ipa for phone in spoken.phones}


def test_a_faster_pace_is_shorter(carried: Carried) -> None:
    own, fast = ask_espeak(carried, [asked("gmw/de", B), asked("gmw/de", B, rate=201)])
    assert 0.8 < fast["stop"] / own["stop"] < 0.95


@pytest.mark.parametrize(
    ("name", "language", "file", "variant"),
    [
        ("espeak:fr-fr", "fr", "roa/fr", ""),
        ("espeak:roa/fr", "fr-CA", "roa/fr", ""),
        ("espeak:fr+f2", "fr", "roa/fr", "f2"),
        ("espeak:+f2", "de-AT", "gmw/de", "f2"),
        ("espeak:+f2", "zh-CN", "sit/cmn", "f2"),
    ],
)
def test_voices_are_named_by_tag_by_file_and_by_variant(
    name: str, language: str, file: str, variant: str
) -> None:
    voice = choose_voice(language, name)
    assert isinstance(voice, Espeak)
    assert (voice.file, voice.variant) == (file, variant)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("espeak:fr+nonesuch", "unknown_voice"),
        ("espeak:xx-yy", "unknown_voice"),
        ("espeak:+", "unknown_voice"),
        ("espeak:roa/fr+../f2", "unknown_voice"),
        ("espeak:de", "voice_language"),
    ],
)
def test_names_that_stand_for_no_voice_of_the_language_are_refused(name: str, code: str) -> None:
    with pytest.raises(BadInput) as caught:
        choose_voice("fr", name)
    assert caught.value.code == code


def test_there_are_a_hundred_languages_and_as_many_variants(carried: Carried) -> None:
    languages = {voice.tag.partition("-")[0] for voice in espeak_voices()}
    assert len(languages) > 100
    named = "en de fr es it pt nl pl ru uk tr hi ar he ja zh ko th sv da no nb fi cs el hu ro id vi"
    assert set(named.split()) <= languages
    assert {"f2", "m3"} <= variants(carried.data)


def test_the_program_under_the_gpl_imports_nothing_of_ours_and_is_imported_by_nothing() -> None:
    tree = ast.parse(espeak.PROGRAM.read_text("utf-8"))
    modules = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "."]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert modules <= sys.stdlib_module_names
    assert "SPDX-License-Identifier: GPL-3.0-or-later" in espeak.PROGRAM.read_text("utf-8")
