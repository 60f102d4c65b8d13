"""URIs and ids that name what is no business of a row, or what is no file."""

from __future__ import annotations

import socket
from collections.abc import Callable
from os import mkfifo
from pathlib import Path

from benchmarks.hostile_cases.case import CANARY, Case, Ground, Make, cases_of, column, row, values


def portrait(uri: str) -> Make:
    return values(portrait_uri=uri)


def narration(uri: str) -> Make:
    return values(audio_uri=uri)


def link(target: str) -> Make:
    """A picture's name that leads elsewhere."""

    def made(ground: Ground) -> str:
        path = ground.folder / "link.png"
        path.symlink_to(target)
        return str(path)

    return column("portrait_uri", made)


def loop(ground: Ground) -> str:
    one, two = ground.folder / "one.png", ground.folder / "two.png"
    one.symlink_to(two)
    two.symlink_to(one)
    return str(one)


def fifo(ground: Ground) -> str:
    mkfifo(ground.folder / "in.png")
    return str(ground.folder / "in.png")


def listening(ground: Ground) -> str:
    path = ground.folder / "in.png"
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        server.bind(str(path.relative_to(here)) if path.is_relative_to(here) else str(path))
    return str(path)


def named(name: str) -> Make:
    """The good portrait under another name."""
    return column("portrait_uri", lambda ground: ground.file(name, ground.face.read_bytes()))


def below_inputs(uri: Callable[[Ground], str]) -> Make:
    """A row that may name files of one folder alone."""

    def made(ground: Ground) -> list[str]:
        (ground.folder / "studio").mkdir()
        (ground.folder / "secret.tsv").write_text(f"key\t/{CANARY} /\n")
        columns = row(ground, portrait_uri=uri(ground)) | {"job_id": "x"}
        manifest = ground.file("row.jsonl", _line(columns))
        allowed = f'inputs = ["{ground.folder}/studio", "s3://studio/"]\n'
        return ["check", "--media", manifest, *ground.settings(allowed)]

    return made


def climbing(ground: Ground) -> str:
    (ground.folder / "studio").mkdir(exist_ok=True)
    path = ground.folder / "studio" / "link.png"
    path.symlink_to(ground.face)
    return str(path)


def _line(columns: dict[str, object]) -> str:
    from json import dumps  # noqa: PLC0415 - one use

    return dumps(columns) + "\n"


def job_id(name: object) -> Make:
    return values(job_id=name)


URI, GONE = "bad_uri", "missing_file"
NO_PICTURE = "image_unreadable forbidden"
NO_SOUND = "audio_unreadable forbidden audio_empty audio_too_short"
BAD_ID = "bad_job_id wrong_type text_too_long"

CASES: tuple[Case, ...] = cases_of(
    "name",
    [
        ("title-of-a-terminal", portrait("file:///etc/%1b]0;evil%07.png"), URI, "M7"),
        ("second-line", portrait("file:///etc/a%0aok.png"), URI, "M7"),
        ("c1", portrait("file:///etc/%c2%9b31m.png"), URI, "M7"),
        ("nul", portrait("file:///etc/passwd%00.png"), URI, "M7"),
        ("plain-escape", portrait("/etc/\x1b[31m.png"), f"{URI} wrong_type", "M7"),
        ("plain-newline", portrait("/etc/a\nb.png"), f"{URI} wrong_type"),
        ("bidi", portrait("/etc/\u202egnp.exe"), f"{URI} {GONE} wrong_type"),
        ("passwd", portrait("/etc/passwd"), NO_PICTURE, "M4"),
        ("shadow", portrait("/etc/shadow"), NO_PICTURE, "M4"),
        ("passwd-by-climbing", portrait("../../../../../../../../etc/passwd"), NO_PICTURE, "M4"),
        ("passwd-as-sound", narration("file:///etc/passwd"), NO_SOUND, "M4"),
        ("environment", narration("/proc/self/environ"), f"{NO_SOUND} {URI} {GONE}", "M4"),
        ("memory", portrait("/proc/self/mem"), f"storage_unavailable {NO_PICTURE} {URI} {GONE}", "M4"),
        ("kernel-memory", portrait("/proc/kcore"), f"{NO_PICTURE} {URI} file_too_large forbidden {GONE}", "M4"),
        ("pagemap", portrait("/proc/self/pagemap"), f"{NO_PICTURE} {URI} file_too_large", "M4"),
        ("zeros", portrait("/dev/zero"), URI),
        ("random", narration("/dev/urandom"), URI),
        ("stdin", narration("/dev/stdin"), f"{URI} {GONE}"),
        ("full", portrait("/dev/full"), URI),
        ("fifo", column("portrait_uri", fifo), URI, "L8"),
        ("socket", column("portrait_uri", listening), f"{URI} {GONE}", "L8"),
        ("folder", portrait("/etc"), f"{URI} {NO_PICTURE}"),
        ("links-in-a-circle", column("portrait_uri", loop), f"{URI} {GONE}"),
        ("link-to-passwd", link("/etc/passwd"), NO_PICTURE, "M4"),
        ("link-to-nothing", link("/nothing"), GONE),
        ("link-to-a-device", link("/dev/zero"), URI),
        ("http", portrait("http://169.254.169.254/latest/meta-data/"), URI),
        ("ftp", portrait("ftp://a:b@example.org/x.png"), URI),
        ("data", portrait("data:image/png;base64,AAAA"), f"{URI} {GONE}"),
        ("script", portrait("javascript:alert(1)"), f"{URI} {GONE}"),
        ("file-of-another-host", portrait("file://example.org/x.png"), URI),
        ("s3-without-a-bucket", portrait("s3://"), URI),
        ("s3-with-a-password", portrait("s3://key:secret@bucket/x"), URI),
        ("s3-bucket-that-climbs", portrait("s3://../x"), URI),
        ("s3-key-of-2000", portrait("s3://bucket/" + "k" * 2000), URI),
        ("windows", portrait("C:\\Windows\\win.ini"), URI),
        ("windows-share", portrait("\\\\server\\share\\x.png"), URI),
        ("pipe", portrait("|touch evil"), f"{URI} {GONE}"),
        ("ffmpeg-pipe", narration("pipe:0"), f"{URI} {GONE}"),
        ("ffmpeg-concat", narration("concat:/etc/passwd|/etc/hosts"), f"{URI} {GONE}"),
        ("ffmpeg-subfile", narration("subfile,,start,0,end,9,,:/etc/passwd"), f"{URI} {GONE}"),
        ("glob", portrait("/etc/*"), f"{URI} {GONE}"),
        ("home", portrait("~/.aws/credentials"), GONE),
        ("part-of-300", portrait("/tmp/" + "a" * 300 + ".png"), f"{URI} {GONE}"),
        ("of-4000", portrait("/tmp/" + "a/" * 1990 + "x.png"), f"{URI} {GONE}"),
        ("of-1-mb", portrait("/tmp/" + "a" * (1 << 20)), "text_too_long", "L10"),
        ("accents-apart", portrait("/tmp/e\u0301\u0301.png"), GONE),
        ("quotes", named("it's \"one\" $(touch evil) %s.png"), "fine"),
        ("pattern", named("in%03d[0-9]*.png"), "fine"),
        ("option", named("-vf.png"), "fine"),
        ("outside-its-inputs", below_inputs(lambda g: str(g.face)), "input_forbidden", "M4"),
        ("outside-by-climbing", below_inputs(lambda g: f"{g.folder}/studio/../secret.tsv"), "input_forbidden", "M4"),
        ("outside-by-a-link", below_inputs(climbing), "input_forbidden", "M4"),
        ("outside-in-s3", below_inputs(lambda _: "s3://studio-of-others/x.png"), "input_forbidden", "M4"),
        ("outside-beside", below_inputs(lambda g: f"{g.folder}/studio-2/x.png"), "input_forbidden", "M4"),
        ("id-that-climbs", job_id("../escape"), BAD_ID),
        ("id-of-a-path", job_id("/etc/cron.d/x"), BAD_ID),
        ("id-with-nul", job_id("a\0b"), BAD_ID),
        ("id-with-an-escape", job_id("\x1b[31mx"), BAD_ID, "M7"),
        ("id-with-a-newline", job_id("a\n"), BAD_ID),
        ("id-hidden", job_id(".ssh"), BAD_ID),
        ("id-of-an-option", job_id("-rf"), BAD_ID),
        ("id-of-129", job_id("a" * 129), BAD_ID),
        ("id-of-1-mb", job_id("a" * (1 << 20)), BAD_ID, "L10"),
        ("id-of-emoji", job_id("\U0001f600"), BAD_ID),
        ("id-of-another-a", job_id("\u0430dmin"), BAD_ID),
        ("id-captioned", job_id("x.captioned"), BAD_ID),
        ("id-of-a-list", job_id(["x"]), BAD_ID),
        ("id-of-nothing", job_id(""), "missing_value"),
    ],
)  # fmt: skip
