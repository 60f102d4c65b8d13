"""A script of any length for benchmarks: sentences that a seed puts together, some short, some with
clauses, numbers and abbreviations, in paragraphs."""

from __future__ import annotations

import random

WHO = ("The editor", "A young pilot", "Her brother", "Dr. Moreau", "The studio", "An old friend",
       "My neighbour", "The night shift", "Nobody in town", "The second camera")  # fmt: skip
DOES = ("waited for the train",
        "remembered the first winter", "wrote 14 letters", "opened the door",
        "carried the lamps upstairs", "listened to the rain", "counted every single frame",
        "left before breakfast", "spoke about the lighthouse",
        "painted the wall again")  # fmt: skip
WHERE = ("near the harbour", "in the small hours of the morning", "on the other side of the river",
         "behind the theatre", "at half past nine", "under a sky without stars",
         "with the greatest of care", "for the third time in 1984")  # fmt: skip
LINKS = (", and", ", but", ", because", "; then", ", while", ", although")
SHORT = ("Nobody answered.", "It was late.", "Why not?", "She laughed!", "So be it.")


def tale(words: int, seed: int = 6) -> str:
    """At least `words` words in sentences; the same ones for the same seed."""
    draw = random.Random(seed)  # noqa: S311  # a text, no secret
    paragraphs: list[str] = []
    sentences: list[str] = []
    count = 0
    while count < words:
        sentence = _sentence(draw)
        sentences.append(sentence)
        count += len(sentence.split())
        if len(sentences) == 7:  # noqa: PLR2004  # a paragraph
            paragraphs.append(" ".join(sentences))
            sentences = []
    return "\n\n".join([*paragraphs, " ".join(sentences)]).strip()


def _sentence(draw: random.Random) -> str:
    if draw.random() < 0.2:  # noqa: PLR2004
        return draw.choice(SHORT)
    parts = [f"{draw.choice(WHO)} {draw.choice(DOES)} {draw.choice(WHERE)}"]
    for _ in range(draw.choice((0, 0, 1, 1, 2))):
        who = draw.choice(WHO)
        who = who if who.startswith("Dr.") else who[0].lower() + who[1:]
        parts.append(f"{draw.choice(LINKS)} {who} {draw.choice(DOES)}")
    return "".join(parts) + "."
