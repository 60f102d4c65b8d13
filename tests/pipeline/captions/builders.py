"""Words for tests of captions: a text said at an even pace."""

from __future__ import annotations

from pipeline.words import Word


def words_of(
    text: str, *, characters_per_s: float = 14.0, pause_s: float = 0.4, start_s: float = 0.2
) -> tuple[Word, ...]:
    """The words of a text as a voice of this pace says them, with pauses between sentences."""
    words: list[Word] = []
    now_s, sentence = start_s, 0
    for text_ in text.split():
        stop_s = now_s + (len(text_) + 1) / characters_per_s
        words.append(
            Word(text=text_, start_s=round(now_s, 3), stop_s=round(stop_s, 3), sentence=sentence)
        )
        ended = text_.endswith((".", "?", "!"))
        now_s = stop_s + pause_s * ended
        sentence += ended
    return tuple(words)


def frames_for(words: tuple[Word, ...]) -> int:
    """Of a take that ends half a second after its last word."""
    return round((words[-1].stop_s if words else 0.0) * 25) + 13


TALE = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age "
    "of foolishness. There were a king with a large jaw and a queen with a plain face, on the "
    "throne of England. In both countries it was clearer than crystal to the lords of the State "
    "preserves of loaves and fishes, that things in general were settled for ever."
)
