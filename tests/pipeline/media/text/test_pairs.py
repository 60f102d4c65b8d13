"""Pairs of written and spoken that were committed before the rules that read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.readings import said_of
from benchmarks.speech.pairs import expanded, read_pairs

PAIRS = Path(__file__).parent / "pairs"


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it"])
def test_every_pair_of_the_first_set_is_read_right(language: str) -> None:
    wrong = {
        pair.written: said
        for pair in read_pairs(PAIRS / f"{language}.tsv")
        for said in [said_of(pair)]
        if not pair.holds(said)
    }
    assert wrong == {}


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it"])
@pytest.mark.parametrize("written_by_others", ["second", "third"])
def test_what_others_wrote_is_read_right_as_often_as_is_told(
    written_by_others: str, language: str
) -> None:
    pairs = read_pairs(PAIRS / written_by_others / f"{language}.tsv")
    right = sum(pair.holds(said_of(pair)) for pair in pairs)
    assert right / len(pairs) >= 0.93  # docs/languages.md has the shares


def test_a_reading_has_either_and_what_may_be_left_out() -> None:
    said = set(expanded("a {b|c [d]} | e"))
    assert said == {"a b", "a c d", "a c ", "e"}


@pytest.mark.parametrize("line", ["en\tmoney\t$5", "en", "a\tb\tc\td\te"])
def test_a_line_of_another_shape_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    file = tmp_path / "pairs.tsv"
    file.write_text(f"# a comment\n{line}\n")
    with pytest.raises(ValueError, match="line 2 has"):
        read_pairs(file)
