"""The written words of a sentence, joined by their place in its text to what the voice that spoke
it told."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from pipeline.media.recognition.word_times import spread
from pipeline.media.text.reading import ReadingPiece
from pipeline.media.voice.utterance import WordEvent
from pipeline.nouns import Phone, Span

Pieces = Sequence[ReadingPiece]


def said_at(
    written: Sequence[str], text: str, said: str, pieces: Pieces | None = None
) -> tuple[int, ...]:
    """Where each written word of a `text` begins in what was `said` for it, in order.

    `pieces` tile both texts; without them the two are compared letter by letter.
    """
    tiling = compared(text, said) if pieces is None else pieces
    begins = [_carried(at, said, tiling) for at in _starts(written, text)]
    ordered: list[int] = []
    for at in begins:
        ordered.append(max([at, *ordered[-1:]]))
    return tuple(ordered)


def compared(text: str, said: str) -> tuple[ReadingPiece, ...]:
    """Pieces that tile both texts, where nobody kept how the one was made of the other."""
    matcher = SequenceMatcher(None, text, said, autojunk=False)
    return tuple(
        ReadingPiece(
            written_start=first,
            written_stop=last,
            said_start=begin,
            said_stop=end,
            by="as_written" if same == "equal" else "voice",
        )
        for same, first, last, begin, end in matcher.get_opcodes()
    )


def _starts(written: Sequence[str], text: str) -> Iterator[int]:
    """Where each word begins in the text that they were taken from, blanks aside."""
    places = [at for at, letter in enumerate(text) if not letter.isspace()]
    used = 0
    for word in written:
        yield places[used] if used < len(places) else len(text)
        used += sum(not letter.isspace() for letter in word)


def _carried(at: int, said: str, pieces: Pieces) -> int:
    """A place of the written text in what was said; within a piece that is said otherwise, the
    beginning of the nearest word, or its share of a piece without blanks (`2024年`)."""
    for piece in pieces:
        if piece.written_start <= at < piece.written_stop:
            into = at - piece.written_start
            written = piece.written_stop - piece.written_start
            length = piece.said_stop - piece.said_start
            if not into or written == length:
                return piece.said_start + into
            wanted = piece.said_start + into * length / written
            words = [place for place in _beginnings(said) if _inside(place, piece)]
            if not any(place > piece.said_start for place in words):
                return min(round(wanted), piece.said_stop)
            return min(words, key=lambda place: abs(place - wanted))
    return len(said)


def _inside(place: int, piece: ReadingPiece) -> bool:
    return piece.said_start <= place < piece.said_stop


def _beginnings(said: str) -> list[int]:
    return [
        at
        for at, (before, letter) in enumerate(pairwise(f" {said}"))
        if before.isspace() and not letter.isspace()
    ]


def engine_spans(
    written: Sequence[str],
    begins: Sequence[int],
    events: Sequence[WordEvent],
    phones: Sequence[Phone],
    phrase: Span,
) -> tuple[Span, ...]:
    """When each written word of a `phrase` is said, in order, apart and inside of it.

    A word begins with the first phone of its first event and ends with the last phone before the
    next. `phones` are those that sound. Words without an event share the phones of the word before.
    """
    inside = sorted(phones, key=lambda phone: phone.start_s)
    spans: list[Span] = []
    for words, start_s, stop_s in _groups(written, begins, events, phrase):
        sounds = [phone for phone in inside if start_s <= _middle_s(phone) < stop_s]
        spans += _shared(words, sounds, Span(start_s=start_s, stop_s=stop_s))
    return tuple(_apart(spans, phrase))


def _middle_s(phone: Phone) -> float:
    return (phone.start_s + phone.stop_s) / 2


def _groups(
    written: Sequence[str], begins: Sequence[int], events: Sequence[WordEvent], phrase: Span
) -> Iterator[tuple[Sequence[str], float, float]]:
    """Runs of words with one event, its own or that of the first of them, from its time to the
    next."""
    at, times = [0], [phrase.start_s]
    for event in sorted(events, key=lambda event: (event.start_s, event.at)):
        word = max(0, bisect_right(begins, event.at) - 1)
        time_s = min(max(event.start_s, times[-1]), phrase.stop_s)
        if word > at[-1]:
            at.append(word)
            times.append(time_s)
    for (first, last), (start_s, stop_s) in zip(
        pairwise([*at, len(written)]), pairwise([*times, phrase.stop_s]), strict=True
    ):
        yield written[first:last], start_s, stop_s


def _shared(words: Sequence[str], sounds: Sequence[Phone], room: Span) -> Iterator[Span]:
    """The phones shared out by the words' lengths, one each at least; where there are fewer phones
    than words, their time."""
    start_s = sounds[0].start_s if sounds else room.start_s
    stop_s = max(start_s, min(sounds[-1].stop_s, room.stop_s)) if sounds else room.stop_s
    if len(sounds) < len(words):
        yield from spread(words, start_s, stop_s)
        return
    weights = [1 + sum(letter.isalnum() for letter in word) for word in words]
    spare, edge = len(sounds) - len(words), 0
    for count in range(1, len(words) + 1):
        last = count + round(spare * sum(weights[:count]) / sum(weights))
        yield Span(start_s=sounds[edge].start_s, stop_s=min(sounds[last - 1].stop_s, room.stop_s))
        edge = last


def _apart(spans: Sequence[Span], phrase: Span) -> Iterator[Span]:
    """To the millisecond, none before the end of the one before."""
    now_s = phrase.start_s
    for span in spans:
        start_s = min(max(round(span.start_s, 3), now_s), phrase.stop_s)
        now_s = min(max(round(span.stop_s, 3), start_s), phrase.stop_s)
        yield Span(start_s=start_s, stop_s=now_s)
