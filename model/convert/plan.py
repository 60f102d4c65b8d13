"""The conversion decided on names and shapes alone, both ways, before any weight is read."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from model.convert.errors import ConversionError, some
from model.convert.rules import Binding, Rule, Table

Shape = tuple[int, ...]
Shapes = Mapping[str, Shape]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """`rows` rows of an original tensor are `rows` rows of a target tensor."""

    original: str
    original_start: int
    target: str
    target_start: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRange:
    """Rows start..stop of a tensor that is read."""

    key: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A tensor that is made: its pieces, one behind the other along the first axis."""

    key: str
    shape: Shape
    pieces: tuple[RowRange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionPlan:
    """What becomes of every original key. It can be carried out when nothing is wrong."""

    recipes: tuple[Recipe, ...]
    dropped: Mapping[str, str]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    misshaped: tuple[str, ...]


def plan(table: Table, originals: Shapes, targets: Shapes) -> ConversionPlan:
    """Fill each of `targets`, dead ones included, from `originals`.

    Raises `ConversionError` when a target is one that the table knows no way to fill.
    """
    chain = links(table, targets)
    expected = original_shapes(chain, targets)
    left = [key for key in originals if key not in expected]
    dropped = {key: why for key in left if (why := table.reason_to_drop(key)) is not None}
    return ConversionPlan(
        recipes=recipes(
            chain, {key: s for key, s in targets.items() if not table.reason_dead(key)}
        ),
        dropped=dropped | _dead(table, chain),
        missing=tuple(key for key in expected if key not in originals),
        extra=tuple(key for key in left if key not in dropped),
        misshaped=tuple(
            f"{key} is {list(originals[key])} and must be {list(shape)}"
            for key, shape in expected.items()
            if key in originals and tuple(originals[key]) != shape
        ),
    )


def links(table: Table, targets: Shapes) -> list[Link]:
    """Where every row of every target comes from."""
    uses: dict[str, tuple[Rule, Binding]] = {}
    unknown = []
    for key in targets:
        found = table.filling(key)
        if found is None:
            unknown.append(key)
        else:
            uses[found[0].original.format(**found[1])] = found
    if unknown:
        raise ConversionError(f"no rule fills {some(unknown)}: these are not this network's keys")
    return [
        link
        for original, (rule, fields) in uses.items()
        for link in _blocks(original, [name.format(**fields) for name in rule.into], targets)
    ]


def _blocks(original: str, into: list[str], targets: Shapes) -> Iterator[Link]:
    """One link per block of an original; all blocks have as many rows."""
    absent = [target for target in dict.fromkeys(into) if target not in targets]
    if absent:
        raise ConversionError(f"{original} also fills {some(absent)}, which is not there")
    filled: Counter[str] = Counter()
    start = 0
    for target in into:
        rows = targets[target][0] // into.count(target)
        yield Link(
            original=original,
            original_start=start,
            target=target,
            target_start=filled[target],
            rows=rows,
        )
        filled[target] += rows
        start += rows


def original_shapes(chain: Iterable[Link], targets: Shapes) -> dict[str, Shape]:
    """The originals that the targets are made of."""
    rows: Counter[str] = Counter()
    trailing: dict[str, Shape] = {}
    for link in chain:
        rows[link.original] += link.rows
        trailing[link.original] = tuple(targets[link.target][1:])
    return {key: (rows[key], *rest) for key, rest in trailing.items()}


def target_shapes(table: Table, originals: Shapes) -> dict[str, Shape]:
    """The targets that the rules make of `originals`; keys that no rule takes are left aside."""
    rows: Counter[str] = Counter()
    trailing: dict[str, Shape] = {}
    for key, shape in originals.items():
        found = table.taking(key)
        if found is None:
            continue
        rule, fields = found
        for name in rule.into:
            target = name.format(**fields)
            rows[target] += shape[0] // len(rule.into)
            trailing[target] = tuple(shape[1:])
    return {key: (rows[key], *rest) for key, rest in trailing.items()}


def recipes(chain: Iterable[Link], targets: Shapes) -> tuple[Recipe, ...]:
    """How to make each of `targets` of the originals' rows."""
    pieces: dict[str, list[RowRange]] = defaultdict(list)
    for link in chain:  # a target's blocks come in their order
        stop = link.original_start + link.rows
        pieces[link.target].append(
            RowRange(key=link.original, start=link.original_start, stop=stop)
        )
    return tuple(
        Recipe(key=key, shape=tuple(shape), pieces=tuple(pieces[key]))
        for key, shape in targets.items()
    )


def _dead(table: Table, chain: Iterable[Link]) -> dict[str, str]:
    """Originals of which every row is dead, and why."""
    reasons: dict[str, list[str | None]] = defaultdict(list)
    for link in chain:
        reasons[link.original].append(table.reason_dead(link.target))
    return {key: why[0] for key, why in reasons.items() if why[0] is not None and all(why)}


def refuse_problems(plans: Iterable[ConversionPlan]) -> None:
    """Raise one `ConversionError` that lists all that is wrong with any of the plans."""
    plans = list(plans)
    told = {
        "missing": [key for p in plans for key in p.missing],
        "too many": [key for p in plans for key in p.extra],
        "mis-shaped": [text for p in plans for text in p.misshaped],
    }
    sentences = [f"{len(keys)} {what}: {some(keys)}" for what, keys in told.items() if keys]
    if sentences:
        raise ConversionError(
            f"these are not the weights of Hallo3; keys {'; '.join(sentences)}. "
            "Fetch the official file, or give the sizes it was made for"
        )
