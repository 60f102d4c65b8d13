"""Whole manifests: small ones that unpack to much, broken ones, and other things under the name."""

from __future__ import annotations

import gzip
import json
import pickle
import struct
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from os import mkfifo

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # no types in pyarrow
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from benchmarks.hostile_cases.case import Case, Ground, Make, cases_of

MIB = 1 << 20


def check(make: Callable[[Ground], str]) -> Make:
    return lambda ground: ["check", make(ground), *ground.settings()]


def file(name: str, content: bytes | str) -> Make:
    return check(lambda ground: ground.file(name, content))


def lines(*rows: str) -> str:
    return "".join(f"{each}\n" for each in rows)


def texts(rows: int) -> dict[str, object]:
    return {"job_id": [f"r{n}" for n in range(rows)], "portrait_uri": ["a.png"] * rows}


def parquet(columns: Callable[[], Mapping[str, object]], **options: object) -> Make:
    def made(ground: Ground) -> str:
        path = ground.folder / "night.parquet"
        pq.write_table(pa.table(dict(columns())), path, **options)
        return str(path)

    return check(made)


def damaged(where: str, content: bytes) -> Make:
    """A good Parquet file with other bytes at its head, footer or end."""

    def made(ground: Ground) -> str:
        out = BytesIO()
        pq.write_table(pa.table({**texts(9), "script": ["x"] * 9}), out)
        data = bytearray(out.getvalue())
        at = {"head": 0, "page": 20, "footer": len(data) - 200, "length": len(data) - 8}[where]
        data[at : at + len(content)] = content
        return ground.file("night.parquet", bytes(data))

    return check(made)


def one_script_of_4_mib() -> Mapping[str, object]:
    at = pa.array(np.zeros(20_000, np.int32))
    return {**texts(20_000), "script": pa.DictionaryArray.from_arrays(at, ["x" * 4 * MIB])}


def prompts() -> Mapping[str, object]:
    return {**texts(1024), "script": ["x"] * 1024, "prompt": ["p" * MIB] * 1024}


def nested(depth: int) -> Mapping[str, object]:
    kind, value = pa.string(), "x"
    for _ in range(depth):
        kind, value = pa.list_(kind), [value]  # type: ignore[assignment]  # a list of lists
    return {**texts(1), "script": ["x"], "metadata": pa.array([value], kind)}


def extremes() -> Mapping[str, object]:
    far = pa.array([2**62, -(2**62)], pa.int64()).cast(pa.timestamp("us", "UTC"))
    return {**texts(2), "script": ["x", "y"], "due": far}


def a_folder(count: int, ground: Ground) -> str:
    for n in range(count):
        pq.write_table(pa.table(texts(1)), ground.folder / f"{n:05}.parquet")
    (ground.folder / "again").symlink_to(ground.folder)
    return str(ground.folder)


def a_fifo(ground: Ground) -> str:
    mkfifo(ground.folder / "night.csv")
    return str(ground.folder / "night.csv")


def hive(ground: Ground) -> str:
    below = ground.folder / "language=%1b]0;evil%07" / "seed=..%2f.."
    below.mkdir(parents=True)
    pq.write_table(pa.table({**texts(1), "script": ["x"]}), below / "a.parquet")
    return str(ground.folder)


def zipped(name: str, mib: int) -> bytes:
    out = BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w") as part,
    ):
        for _ in range(mib):
            part.write(bytes(MIB))
    return out.getvalue()


def arrow_file() -> bytes:
    out = BytesIO()
    table = pa.table(texts(1))
    with pa.ipc.new_file(out, table.schema) as file_:
        file_.write_table(table)
    return out.getvalue()


class Evil:
    """Unpickles as a call."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("a pickle was opened",)


HEAD = "job_id,portrait_uri,script"
GOOD = "a,a.png,Hi."
UNREADABLE = "manifest_unreadable manifest_missing"
ROW = "malformed_row"
ROWS = f"{ROW} wrong_type text_too_long {UNREADABLE} missing_value missing_column"
DEEP = '{"job_id": "a", "metadata": ' + "[" * 200_000

CASES: tuple[Case, ...] = cases_of(
    "manifest",
    [
        ("parquet-one-script-of-4-mib", parquet(one_script_of_4_mib), "script_too_long", "M2"),
        ("parquet-prompts-of-1-mib", parquet(prompts), f"{UNREADABLE} text_too_long", "M2"),
        ("parquet-prompts-plain", parquet(prompts, use_dictionary=False, compression="zstd", row_group_size=64), f"{UNREADABLE} text_too_long", "M2"),
        ("parquet-50000-wrong-rows", parquet(lambda: {**texts(50_000), "script": [""] * 50_000}), "one_speech_source"),
        ("parquet-lists-of-100000", parquet(lambda: {**texts(2), "script": ["x"] * 2, "deliverables": [["srt"] * 100_000] * 2}), f"{UNREADABLE} text_too_long", "M2"),
        ("parquet-60-lists-deep", parquet(lambda: nested(60)), f"{UNREADABLE} wrong_type", "L8"),
        ("parquet-of-10000-columns", parquet(lambda: {**texts(1), "script": ["x"], **{f"c{n}": [1] for n in range(10_000)}}), "fine"),
        ("parquet-column-named-by-escapes", parquet(lambda: {**texts(1), "script": ["x"], "\x1b]0;evil\x07": [1]}), "fine", "M7"),
        ("parquet-times-far-away", parquet(extremes), "wrong_type fine"),
        ("parquet-noise-in-a-page", damaged("page", bytes(range(60))), UNREADABLE),
        ("parquet-noise-in-its-footer", damaged("footer", bytes(range(99))), UNREADABLE),
        ("parquet-footer-of-2-gb", damaged("length", struct.pack("<I", 2**31 - 1)), UNREADABLE),
        ("parquet-footer-of-4-gb", damaged("length", struct.pack("<I", 2**32 - 1)), UNREADABLE),
        ("parquet-encrypted", damaged("head", b"PARE"), UNREADABLE + " fine"),
        ("parquet-empty", file("night.parquet", b""), UNREADABLE),
        ("parquet-of-csv", file("night.parquet", lines(HEAD, GOOD)), UNREADABLE),
        ("parquet-of-a-pickle", file("night.parquet", pickle.dumps(Evil())), UNREADABLE),
        ("parquet-of-feather", check(lambda g: g.file("night.parquet", arrow_file())), UNREADABLE),
        ("parquet-of-8-gb-of-nothing", check(lambda g: g.sparse("night.parquet", 8 << 30, b"PAR1")), UNREADABLE),
        ("folder-of-500-and-itself", check(lambda g: a_folder(500, g)), "one_speech_source duplicate_job_id missing_column manifest_unreadable"),
        ("folder-named-by-escapes", check(hive), "bad_language wrong_type fine manifest_unreadable", "M7"),
        ("folder-of-nothing", check(lambda g: str(g.folder)), UNREADABLE),
        ("csv-a-line-of-3-gb", check(lambda g: g.sparse("night.csv", 3 << 30, lines(HEAD, GOOD).encode())), f"{ROWS} fine", "M2"),
        ("csv-a-header-of-64-mb", file("night.csv", "x" * (64 << 20)), f"{ROWS}", "M2"),
        ("csv-quote-never-closed", file("night.csv", lines(HEAD, GOOD, 'b,b.png,"unterminated', *[f"r{n},a.png,Hi." for n in range(5)])), ROW, "L4"),
        ("csv-of-quotes", file("night.csv", lines(HEAD, '"' * 1_000_001)), ROWS, "L4"),
        ("csv-20000-open-quotes", file("night.csv", lines(HEAD, *[f'r{n},a.png,"x' for n in range(20_000)])), ROWS, "L4"),
        ("csv-of-one-line", file("night.csv", HEAD), "fine missing_column"),
        ("csv-columns-twice", file("night.csv", lines(f"{HEAD},script", f"{GOOD},x")), UNREADABLE),
        ("csv-of-10000-columns", file("night.csv", lines(HEAD + "".join(f",c{n}" for n in range(10_000)), GOOD + "," * 10_000)), "fine"),
        ("csv-of-a-million-commas", file("night.csv", lines(HEAD, "," * 1_000_000)), f"{ROWS} fine"),
        ("csv-200000-blank-lines", file("night.csv", lines(HEAD, *[",,"] * 200_000)), "fine"),
        ("csv-utf-16-half", file("night.csv", lines(HEAD, GOOD).encode("utf-16")[:-1]), f"{ROWS} fine"),
        ("csv-utf-16-half-of-a-pair", file("night.csv", lines(HEAD, "a,a.png,Hi").encode("utf-16-le") + b"\x00\xd8,\0"), f"{ROWS} fine"),
        ("csv-noise", file("night.csv", np.random.default_rng(1).bytes(MIB)), ROWS),
        ("csv-of-nul", file("night.csv", bytes(MIB)), ROWS),
        ("csv-nul-in-a-cell", file("night.csv", lines(HEAD, "a,a.png,H\0i")), ROWS),
        ("csv-mark-alone", file("night.csv", b"\xef\xbb\xbf"), f"{ROWS}"),
        ("csv-sep-of-nothing", file("night.csv", lines("sep=", HEAD, GOOD)), f"{ROWS} fine"),
        ("csv-header-of-escapes", file("night.csv", lines(f"{HEAD},\x1b]0;evil\x07", f"{GOOD},x")), f"{ROWS} fine", "M7"),
        ("csv-formulas", file("night.csv", lines(HEAD, "a,a.png,=cmd|'/c calc'!A0")), "fine wrong_type"),
        ("csv-empty", file("night.csv", b""), f"{ROWS}"),
        ("json-deep", file("night.jsonl", DEEP), ROW),
        ("json-closed-deep", file("night.jsonl", DEEP + "]" * 200_000 + "}"), ROWS),
        ("json-line-of-64-mb", file("night.jsonl", '{"job_id": "' + "a" * (64 << 20) + '"}'), ROWS, "M2"),
        ("json-number-of-5000-digits", file("night.jsonl", '{"job_id":"a","portrait_uri":"a.png","script":"x","seed":' + "9" * 5000 + "}"), ROWS),
        ("json-number-of-1e999", file("night.jsonl", '{"job_id":"a","portrait_uri":"a.png","script":"x","target_duration_s":1e999}'), f"{ROWS} bad_duration"),
        ("json-nan", file("night.jsonl", '{"job_id":"a","portrait_uri":"a.png","script":"x","seed":NaN}'), f"{ROWS} fine"),
        ("json-keys-twice", file("night.jsonl", '{"job_id":"a","job_id":"../b","portrait_uri":"a.png","script":"x"}'), f"{ROWS} bad_job_id fine"),
        ("json-of-a-million-keys", file("night.jsonl", json.dumps({f"k{n}": 0 for n in range(200_000)})), ROWS),
        ("json-no-object", file("night.jsonl", '[1]\n7\nnull\n"x"\n'), ROW),
        ("json-of-an-alien", file("night.jsonl", '{"__proto__": {"a": 1}, "job_id": "a"}'), "missing_value"),
        ("gzip-bomb", file("night.csv", gzip.compress(bytes(256 << 20))), UNREADABLE),
        ("workbook-bomb", check(lambda g: g.file("night.xlsx", zipped("xl/worksheets/sheet1.xml", 1024))), UNREADABLE),
        ("workbook-as-csv", check(lambda g: g.file("night.csv", zipped("xl/workbook.xml", 1))), UNREADABLE),
        ("fifo", check(a_fifo), UNREADABLE + " bad_uri", "L8"),
        ("device", check(lambda _: "/dev/zero"), UNREADABLE + " bad_uri"),
        ("passwd", check(lambda _: "/etc/passwd"), ROWS),
        ("environment", check(lambda _: "/proc/self/environ"), ROWS),
        ("name-with-an-escape", check(lambda g: f"{g.folder}/\x1b]0;evil\x07.csv"), f"{UNREADABLE} bad_uri", "M7"),
        ("address", check(lambda _: "http://169.254.169.254/a.csv"), f"{UNREADABLE} bad_uri"),
    ],
)  # fmt: skip
