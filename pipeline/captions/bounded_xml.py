"""XML of strangers, whose size and depth are bounded and which declares no entities."""

from __future__ import annotations

from xml.etree import ElementTree as ET

DEEPEST = 40
MOST_ELEMENTS = 100_000


def bounded_xml(text: str) -> ET.Element:
    """The root of a document. Raises `ValueError` that says why it cannot be read."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:  # entities can be made to fill all memory
        raise ValueError("it declares a document type")
    parser = ET.XMLParser(target=_Bounded())  # noqa: S314  # no document type, so no entities
    try:
        parser.feed(text)
        root: ET.Element = parser.close()
    except ET.ParseError as error:
        raise ValueError(f"it is not XML ({error})") from error
    return root


class _Bounded(ET.TreeBuilder):
    """Ends with a `ValueError` where a file nests too deep, or goes on for too long."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = self.count = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> ET.Element:
        self.depth += 1
        self.count += 1
        if self.depth > DEEPEST or self.count > MOST_ELEMENTS:
            raise ValueError(
                f"its elements nest deeper than {DEEPEST}, or are more than {MOST_ELEMENTS:,}"
            )
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ET.Element:
        self.depth -= 1
        return super().end(tag)
