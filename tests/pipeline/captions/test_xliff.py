"""Translations as tools write them: XLIFF 1.2 and 2.x, read by their text alone."""

from __future__ import annotations

import pytest

from pipeline.captions.bounded_xml import DEEPEST
from pipeline.captions.xliff import Xliff, read_xliff

OLD = "urn:oasis:names:tc:xliff:document:1.2"
NEW = "urn:oasis:names:tc:xliff:document:2.0"


NESTED = "<group>" * DEEPEST + "</group>" * DEEPEST


def old(body: str, language: str = "de") -> Xliff:
    return read_xliff(
        f'<?xml version="1.0"?><xliff version="1.2" xmlns="{OLD}"><file original="a.srt" '
        f'source-language="en" target-language="{language}"><body>{body}</body></file></xliff>'
    )


def new(body: str) -> Xliff:
    return read_xliff(
        f'<xliff version="2.0" xmlns="{NEW}" srcLang="en" trgLang="de"><file id="f">{body}</file>'
        "</xliff>"
    )


def targets(found: Xliff) -> dict[str, str | None]:
    return {unit.id: unit.target for unit in found.units}


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("Guten Abend.", "Guten Abend."),
        ("  Guten\n   Abend.  ", "Guten\nAbend."),
        ('Guten <g id="1">Abend</g>.', "Guten Abend."),
        ('<bpt id="1">&lt;i&gt;</bpt>Guten<ept id="1">&lt;/i&gt;</ept> Abend.', "Guten Abend."),
        ('Guten<x id="1" ctype="lb"/>Abend.', "Guten\nAbend."),
        ('Guten<x id="1" equiv-text="&lt;br/&gt;"/>Abend.', "Guten\nAbend."),
        ('Guten<ph id="1">&lt;BR&gt;</ph>Abend.', "Guten\nAbend."),
        ('Guten <mrk mtype="term">Abend</mrk>.', "Guten Abend."),
        ('Guten<tool:note xmlns:tool="t">nie gesagt</tool:note> Abend.', "Guten Abend."),
    ],
)
def test_targets_of_version_1_are_read_without_their_codes(target: str, text: str) -> None:
    found = old(f'<trans-unit id="1"><source>x</source><target>{target}</target></trans-unit>')
    assert targets(found) == {"1": text}
    assert found.language == "de"


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("<segment><source>a</source><target>Guten Abend.</target></segment>", "Guten Abend."),
        (
            (
                "<notes><note>hm</note></notes><segment><source>a</source><target>Guten</target>"
                "</segment><ignorable><source> </source></ignorable><segment><source>b</source>"
                "<target>Abend.</target></segment>"
            ),
            "Guten Abend.",
        ),
        (
            (
                '<segment><source>a</source><target order="3">Abend.</target></segment><ignorable>'
                '<source> </source></ignorable><segment><source>b</source><target order="1">Guten'
                "</target></segment>"
            ),
            "Guten Abend.",
        ),
        (
            (
                '<segment><source>a</source><target><pc id="1">Guten</pc><ph id="2" type="fmt" '
                'subType="xlf:lb"/>Abend<ph id="3"/>.</target></segment>'
            ),
            "Guten\nAbend.",
        ),
        ('<segment><target>A<cp hex="0001"/>b.</target></segment>', "Ab."),
        ('<segment><target>A<ph id="1" disp="&lt;br&gt;"/>b.</target></segment>', "A\nb."),
    ],
)
def test_targets_of_version_2_are_put_together_of_their_segments(unit: str, text: str) -> None:
    assert targets(new(f'<group id="g"><unit id="1">{unit}</unit></group>')) == {"1": text}


@pytest.mark.parametrize(
    "unit",
    [
        '<trans-unit id="1"><source>a</source></trans-unit>',
        '<trans-unit id="1"><source>a</source><target/></trans-unit>',
        '<trans-unit id="1"><source>a</source><target state="new">a</target></trans-unit>',
        (
            '<trans-unit id="1"><source>a</source><target state="needs-translation">a</target>'
            "</trans-unit>"
        ),
        (
            '<trans-unit id="1"><source>a</source><alt-trans><target>old</target></alt-trans>'
            "</trans-unit>"
        ),
    ],
)
def test_a_unit_without_translation_has_none(unit: str) -> None:
    assert targets(old(unit)) == {"1": None}


def test_a_segment_without_translation_leaves_its_unit_without_any() -> None:
    segments = (
        "<segment><source>a</source><target>b</target></segment><segment><source>c</source>"
        "</segment>"
    )
    assert targets(new(f'<unit id="1">{segments}</unit>')) == {"1": None}
    emptied = segments.replace("<source>c</source>", "<source>c</source><target/>")
    assert targets(new(f'<unit id="1">{emptied}</unit>')) == {"1": None}
    filled_in = '<segment state="initial"><source>c</source><target>c</target></segment>'
    assert targets(new(f'<unit id="1">{filled_in}</unit>')) == {"1": None}
    kept = "<segment><source>Ada</source></segment>"
    assert targets(new(f'<unit id="1" translate="no">{kept}</unit>')) == {"1": "Ada"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<xliff>", "not XML"),
        ("<tt/>", "does not begin with the `xliff`"),
        (f'<xliff xmlns="{OLD.replace("1.2", "1.1")}"/>', "XLIFF 1.2 or 2.x"),
        (f'<!DOCTYPE x [<!ENTITY a "b">]><xliff xmlns="{OLD}"/>', "declares a document type"),
        (f'<xliff xmlns="{NEW}">' + NESTED + "</xliff>", "deep"),
        ((f'<xliff xmlns="{NEW}"><unit id="1"><segment><target><cp hex="zz"/></target></segment>'
         "</unit></xliff>"), "number of no character"),
    ],
)  # fmt: skip
def test_what_is_no_xliff_is_refused_with_a_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_xliff(text)
