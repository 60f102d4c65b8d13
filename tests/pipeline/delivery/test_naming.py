"""Names of files by a template: what is refused, what is made safe, what is found to be shared."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.errors import BadInput
from pipeline.delivery.file_names import NamedRow, TakenNames, clashes, file_names
from pipeline.delivery.naming import (
    FIELDS,
    LONGEST_NAME,
    LONGEST_VALUE,
    NameTemplate,
    file_name,
    name_key,
    read_template,
    safe,
)
from pipeline.delivery.settings import DeliverySettings
from tests.noun_builders import a_job

ROW = {field: field for field in FIELDS} | {"language": "de", "profile": "web", "title": "Reel 4"}


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{colour}", "no field of it; there are: job_id"),
        ("{title.x}", "no field"),
        ("{title!r}", "stands alone in its braces; write {title}"),
        ("{seed:>9}", "stands alone in its braces; write {seed}"),
        ("{}", "no field"),
        ("{title", "write fields as"),
        ("", "all files would have one name"),
        ("reel", "all files would have one name"),
        ("a/{title}", "no folders"),
        ("a\\{title}", "no folders"),
        ("{title}..{seed}", "no '..'"),
        ("{title}\n", "no control characters"),
        ("{title}\u202e", "no control characters"),
        ("{title}?", "none of"),
        (".{title}", "begins with a letter"),
        ("-{title}", "begins with a letter"),
        ("x" * LONGEST_NAME + "{title}", "more than 250 bytes"),
    ],
)
def test_a_template_that_can_make_no_names_is_refused_with_what_to_write(
    template: str, told: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        read_template(template)


@pytest.mark.parametrize(
    ("template", "ending", "name"),
    [
        ("{job_id}", "mp4", "job_id.mp4"),
        ("{job_id}", "captioned.mp4", "job_id.captioned.mp4"),
        ("{job_id}", "{language}.srt", "job_id.de.srt"),
        ("{title}_{language}", "mp4", "Reel_4_de.mp4"),
        ("{title}_{language}", "{language}.srt", "Reel_4_de.srt"),
        ("{title}_{language}", "captioned.mp4", "Reel_4_de.captioned.mp4"),
        ("{title}_{profile}", "captioned.mp4", "Reel_4_web.mp4"),
        ("{title}_{profile}", "{language}.srt", "Reel_4_web.de.srt"),
        ("{{{title}}}", "mp4", "{Reel_4}.mp4"),
    ],
)
def test_what_a_template_says_of_a_file_does_not_stand_in_its_ending_again(
    template: str, ending: str, name: str
) -> None:
    assert file_name(read_template(template), ROW, ending) == name


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("AC/DC: live?", "AC-DC-_live"),
        ("../../etc/passwd", "etc-passwd"),
        ("e\u0301te\u0301", "\u00e9t\u00e9"),
        ("a\u200db\u202ec\x00d", "abcd"),
        ("  two \t blanks ", "two_blanks"),
        ("\U0001f600 yes", "\U0001f600_yes"),
        ("\u5927" * 1000, "\u5927" * (LONGEST_VALUE // 3)),
        ("...", ""),
    ],
)
def test_what_a_row_says_is_made_safe_by_one_rule(value: str, name: str) -> None:
    assert safe(value) == name


@pytest.mark.laws
@given(st.text(max_size=300))
def test_a_safe_value_can_be_part_of_any_name_and_stays_as_it_is(value: str) -> None:
    made = safe(value)
    assert safe(made) == made
    assert len(made.encode()) <= LONGEST_VALUE
    assert not set(made) & set('/\\<>:"|?*\n\x00')
    assert ".." not in made
    assert made == unicodedata.normalize("NFC", made)


@pytest.mark.laws
@given(st.text(max_size=60))
def test_names_that_some_file_system_takes_for_one_have_one_key(name: str) -> None:
    for form in ("NFC", "NFD"):
        assert name_key(unicodedata.normalize(form, name)) == name_key(name)
    assert name_key("STRASSE") == name_key("stra\u00dfe")


def test_a_row_without_what_names_its_files_is_refused() -> None:
    for empty in ("", "...", "\u200d"):
        with pytest.raises(BadInput, match=r"\{title\}, and the row has none"):
            file_name(read_template("{title}"), ROW | {"title": empty}, "mp4")


def test_a_device_of_windows_and_a_name_too_long_are_refused() -> None:
    for title in ("con", "Lpt1", "AUX.b"):
        with pytest.raises(BadInput, match="names no file on Windows"):
            file_name(read_template("{title}"), ROW | {"title": title}, "mp4")
    long = ROW | {"title": "t" * 999, "speaker": "s" * 999}
    with pytest.raises(BadInput, match="more than 250 bytes"):
        file_name(read_template("{title}{speaker}"), long, "mp4")


def test_ids_name_files_as_they_always_did_whatever_they_are_called() -> None:
    for job_id in ("con", "a..b-", "_x", "J" * 128):
        assert file_name(NameTemplate(), {"job_id": job_id}, "mp4") == f"{job_id}.mp4"


def row(job_id: str, **fields: object) -> NamedRow:
    return NamedRow(job=a_job(job_id=job_id, **fields), preset="animatic", seed=7)


def named(template: str, *rows: NamedRow) -> list[tuple[str, list[str]]]:
    """The names that come twice, with the ids of their rows."""
    delivery, taken = DeliverySettings(template=read_template(template)), TakenNames()
    jobs = [(each.job, file_names(each, delivery)) for each in rows]
    for _, names in jobs:
        taken.add(names.values())
    found = clashes(jobs, taken.shared())
    return [(name, [job.job_id for job in shared]) for name, shared in found]


def test_rows_whose_files_would_share_a_name_are_all_found() -> None:
    rows = (row("a", title="\u00c9t\u00e9"), row("b", title="e\u0301te\u0301"), row("c", title="x"))
    assert named("{title}", *rows) == [
        ("\u00c9t\u00e9.mp4", ["a", "b"]),
        ("\u00c9t\u00e9.json", ["a", "b"]),
    ]
    assert named("{title}_{job_id}", *rows) == []


def test_captions_and_sidecars_count_too() -> None:
    rows = (
        row("a", title="t", deliverables=("srt",)),
        row("b", title="T", language="en", deliverables=("srt",)),
    )
    assert [name for name, _ in named("{title}", *rows)] == ["t.mp4", "t.en.srt", "t.json"]
    assert named("{title}_{seed}", rows[0]) == []


def test_a_file_of_one_profile_may_not_have_the_name_of_anothers_video() -> None:
    rows = (row("a", deliverables=("captioned",)), row("a.captioned"))
    assert named("{job_id}", *rows) == [("a.captioned.mp4", ["a", "a.captioned"])]


@pytest.mark.laws
@given(st.lists(st.text(min_size=1, max_size=6), max_size=20))
def test_no_two_names_that_are_not_told_are_one(titles: list[str]) -> None:
    keys: dict[str, int] = {}
    taken = TakenNames()
    for title in titles:
        name = f"{safe(title)}.mp4"
        keys[name_key(name)] = keys.get(name_key(name), 0) + 1
        taken.add([name])
    assert len(taken.shared()) == sum(count > 1 for count in keys.values())
