"""Checkpoints to convert, and folders of weights to render with, that are code, bombs or lies."""

from __future__ import annotations

import codecs
import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from io import BytesIO

from benchmarks.hostile_cases.case import Case, Ground, Make, cases_of

ENGINE = "pretrained_models/hallo3/1/mp_rank_00_model_states.pt"
MIB = 1 << 20


class Call:
    """Pickles as a call of the maker's choice."""

    def __init__(self, call: Callable[..., object], *given: object) -> None:
        self.call, self.given = call, given

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call, self.given


def archive(content: bytes, packed: int = zipfile.ZIP_STORED) -> bytes:
    """The zip that torch reads weights from."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", packed) as file:
        file.writestr("archive/data.pkl", content)
        file.writestr("archive/version", b"3\n")
        file.writestr("archive/byteorder", b"little")
    return out.getvalue()


def convert(make: Callable[[Ground], bytes | None]) -> Make:
    def made(ground: Ground) -> list[str]:
        content = make(ground)
        if content is not None:
            ground.file(ENGINE, content)
        where = ground.folder / "pretrained_models"
        return ["convert", "hallo3", str(where), str(ground.folder.parent / "out" / "made")]

    return made


def marked(ground: Ground) -> bytes:
    """A pickle that leaves a file where it was opened."""
    return pickle.dumps({"module": Call(os.mkdir, str(ground.folder / "evil"))}, protocol=2)


def shell(ground: Ground) -> bytes:
    return pickle.dumps(Call(os.system, f"touch {ground.folder}/evil"), protocol=2)


def calls(*given: object) -> Callable[[Ground], bytes]:
    return lambda _: archive(pickle.dumps({"module": {}, "c": Call(*given)}, protocol=2))  # type: ignore[arg-type]


def companion(config: str) -> Make:
    def made(ground: Ground) -> list[str]:
        ground.file("pretrained_models/t5-v1_1-xxl/config.json", config)
        return convert(lambda _: archive(pickle.dumps({"module": {}}, protocol=2)))(ground)  # type: ignore[return-value]

    return made


def linked(ground: Ground) -> list[str]:
    path = ground.folder / ENGINE
    path.parent.mkdir(parents=True)
    path.symlink_to("/dev/zero")
    return convert(lambda _: None)(ground)  # type: ignore[return-value]


def weights(make: Callable[[Ground], None]) -> Make:
    """A check with settings that name such a folder of weights."""

    def made(ground: Ground) -> list[str]:
        (ground.folder / "w").mkdir()
        make(ground)
        manifest = ground.file("m.csv", "job_id,portrait_uri,script,preset\na,a.png,Hi.,hallo3\n")
        text = f'[weights]\nhallo3 = "{ground.folder}/w"\ntiny = "{ground.folder}/w"\n'
        return ["check", manifest, *ground.settings(text)]

    return made


def tensors(size: int, header: bytes) -> Callable[[Ground], None]:
    """A safetensors file that says so much of its header."""

    def made(ground: Ground) -> None:
        content = struct.pack("<Q", size) + header
        for name in ("model.safetensors", "transformer/diffusion_pytorch_model.safetensors"):
            ground.file(f"w/{name}", content)
        ground.file("w/model_index.json", "{}")
        ground.file("w/transformer/config.json", "{}")

    return made


def index(text: str) -> Callable[[Ground], None]:
    def made(ground: Ground) -> None:
        for name in ("model_index.json", "config.json", "transformer/config.json", "preset.json"):
            ground.file(f"w/{name}", text)

    return made


SHAPE = json.dumps({"a": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}})
NO = "checkpoint_unusable"
NO_WEIGHTS = "weights_digest weights_missing weights_incomplete config_wrong unknown_preset"

CASES: tuple[Case, ...] = cases_of(
    "weights",
    [
        ("pickle-that-writes", convert(marked), NO, "L2"),
        ("pickle-that-writes-zipped", convert(lambda g: archive(marked(g))), NO, "L2"),
        ("pickle-of-a-shell", convert(shell), NO, "L2"),
        ("pickle-of-a-shell-zipped", convert(lambda g: archive(shell(g))), NO, "L2"),
        ("pickle-that-evaluates", convert(calls(eval, "open('evil', 'w')")), NO, "L2"),
        ("pickle-of-an-encoding", convert(calls(codecs.encode, "a", "base64")), NO, "L2"),
        ("pickle-of-lists-in-lists", convert(lambda _: archive(b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".")), NO, "L2"),
        ("pickle-that-grows", convert(lambda _: archive(b"\x80\x02]" + b"(h\0" * 99 + b".")), NO, "L2"),
        ("pickle-of-noise", convert(lambda _: b"\x80\x02" + os.urandom(9000)), NO),
        ("pickle-of-4-gb-said", convert(lambda _: archive(b"\x80\x04\x8e" + struct.pack("<Q", 1 << 42) + b"x.")), NO),
        ("zip-bomb", convert(lambda _: archive(b"\x80\x02" + bytes(1024 * MIB), zipfile.ZIP_DEFLATED)), NO, "L2"),
        ("data-of-32-mib", convert(lambda _: archive(b"\x80\x02" + b"0" * (32 * MIB))), NO, "L2"),
        ("zip-cut", convert(lambda _: archive(b"\x80\x02}.")[:-30]), NO),
        ("zip-of-nothing", convert(lambda _: b"PK\5\6" + bytes(18)), NO),
        ("text", convert(lambda _: b"hello"), NO),
        ("empty", convert(lambda _: b""), NO),
        ("of-64-gb-of-nothing", convert(lambda g: (g.file(ENGINE, b""), g.sparse(ENGINE, 64 << 30))[0] and None), NO),
        ("link-to-a-device", linked, f"{NO} path_unusable"),
        ("absent", convert(lambda _: None), NO),
        ("json-of-brackets", companion("[" * 200_000), NO, "L2"),
        ("json-of-65-mib", companion(" " * (65 * MIB)), NO, "L2"),
        ("header-of-2-63", weights(tensors(2**63 - 1, b"{}")), NO_WEIGHTS),
        ("header-of-2-64", weights(tensors(2**64 - 1, b"{}")), NO_WEIGHTS),
        ("header-deep", weights(tensors(200_000, b"[" * 200_000)), NO_WEIGHTS),
        ("tensor-of-4-tib", weights(tensors(len(SHAPE), SHAPE.encode())), NO_WEIGHTS),
        ("index-deep", weights(index("[" * 200_000)), NO_WEIGHTS),
        ("index-of-noise", weights(index("\x00\uffff")), NO_WEIGHTS),
        ("nothing", weights(lambda _: None), NO_WEIGHTS),
    ],
)  # fmt: skip
