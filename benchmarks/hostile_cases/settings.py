"""Settings files and webhooks that are wrong in ways that could end a run, or reach elsewhere."""

from __future__ import annotations

import json

from benchmarks.hostile_cases.case import CANARY, Case, Ground, Make, cases_of, row


def settings(text: str) -> Make:
    """A check of a good row with such settings."""

    def made(ground: Ground) -> list[str]:
        manifest = ground.file("row.jsonl", json.dumps({"job_id": "x"} | row(ground)))
        return ["check", manifest, *ground.settings(text)]

    return made


def file(content: bytes | str) -> Make:
    def made(ground: Ground) -> list[str]:
        manifest = ground.file("row.jsonl", json.dumps({"job_id": "x"} | row(ground)))
        return ["check", manifest, "--config", ground.file("own.toml", content)]

    return made


def named(path: str) -> Make:
    def made(ground: Ground) -> list[str]:
        manifest = ground.file("row.jsonl", json.dumps({"job_id": "x"} | row(ground)))
        return ["check", manifest, "--config", path]

    return made


def hook(url: str) -> Make:
    return settings(f"notify = [{json.dumps(url)}]\n")


WRONG, UNREAD, HOOK = "config_wrong", "config_unreadable", "notify_wrong"
CLOSED = f"{WRONG} {UNREAD}"

CASES: tuple[Case, ...] = cases_of(
    "settings",
    [
        ("scratch-gb-inf", settings("scratch_gb = inf\n"), WRONG, "L3"),
        ("scratch-gb-nan", settings("scratch_gb = nan\n"), WRONG, "L3"),
        ("scratch-gb-1e300", settings("scratch_gb = 1e300\n"), WRONG, "L3"),
        ("lease-inf", settings("lease_s = inf\n"), WRONG, "L3"),
        ("lease-0", settings("lease_s = 0\n"), WRONG, "L3"),
        ("budget-nan", settings("budget_gpu_hours = nan\n"), WRONG, "L3"),
        ("budget-minus", settings("budget_gpu_hours = -1\n"), WRONG),
        ("pool-inf", settings("[pool]\ncpu_hang_s = inf\n"), WRONG, "L3"),
        ("pool-nan", settings("[pool]\nhang_s = nan\n"), WRONG, "L3"),
        ("pool-minus", settings("[pool]\ncpu_memory_gb = -8\n"), WRONG),
        ("split-nan", settings("[split]\nlongest_s = nan\n"), WRONG, "L3"),
        ("split-inf", settings("[split]\nwindow_s = inf\n"), WRONG, "L3"),
        ("split-minus", settings("[split]\nshortest_s = -1\n"), WRONG),
        ("audio-inf", settings("[audio]\nlongest_s = inf\n"), WRONG, "L3"),
        ("audio-nan", settings("[audio]\nsilent_dbfs = nan\n"), WRONG, "L3"),
        ("image-minus", settings("[image]\nlongest_side = -1\n"), WRONG),
        ("sizes-0", settings("[sizes]\nportrait_bytes = 0\n"), WRONG, "M1"),
        ("sizes-text", settings('[sizes]\nportrait_bytes = "many"\n'), WRONG),
        ("gpus-minus", settings("gpus = -1\n"), WRONG),
        ("gpus-true", settings('gpus = "all"\n'), WRONG),
        ("gpus-2-70", settings(f"gpus = {2**70}\n"), f"{CLOSED} fine"),
        ("port-70000", settings("metrics_port = 70000\n"), WRONG),
        ("preset-list", settings('preset = ["animatic"]\n'), WRONG),
        ("preset-unknown", settings('preset = "hallo9"\n'), "unknown_preset"),
        ("table-for-a-number", settings("[gpus]\na = 1\n"), WRONG),
        ("number-for-a-table", settings("pool = 7\n"), WRONG),
        ("unknown", settings("__class__ = 1\n"), WRONG),
        ("unknown-with-an-escape", settings('"\\u001b]0;evil\\u0007" = 1\n'), WRONG, "M7"),
        ("twice", settings("gpus = 1\ngpus = 2\n"), UNREAD),
        ("deep", file("a = " + "[" * 100_000), UNREAD),
        ("deep-keys", file("a" + ".a" * 1000 + " = 1\n"), CLOSED),
        ("number-of-5000-digits", file(f"gpus = {'9' * 5000}\n"), CLOSED),
        ("date-of-none", file("gpus = 2026-99-99\n"), UNREAD),
        ("noise", file(bytes(range(256)) * 99), UNREAD),
        ("nul", file("gpus = 1\0"), UNREAD),
        ("absent", named("/nothing.toml"), UNREAD),
        ("folder", named("/etc"), UNREAD),
        ("device", named("/dev/zero"), UNREAD),
        ("audio-minus", settings("[audio]\nlongest_s = -1.0\n"), WRONG),
        ("passwd", named("/etc/passwd"), UNREAD),
        ("weights-of-a-device", settings('[weights]\nhallo3 = "/dev/zero"\n'), f"{WRONG} weights_missing unknown_preset"),
        ("vocals-of-noise", settings('vocals = "/etc/passwd"\n'), f"{WRONG} vocals_wrong"),
        ("vocals-of-a-device", settings('vocals = "/dev/zero"\n'), f"{WRONG} vocals_wrong vocals_missing"),
        ("font-of-text", settings('caption_fonts = ["/etc/passwd"]\n'), f"{WRONG} font_wrong"),
        ("font-of-a-device", settings('caption_fonts = ["/dev/zero"]\n'), f"{WRONG} font_wrong"),
        ("inputs-of-an-address", settings('inputs = ["http://example.org/"]\n'), WRONG, "M4"),
        ("history-of-noise", settings('history = ["/etc/passwd"]\n'), "fine"),
        ("hook-of-a-file", hook("file:///etc/passwd"), HOOK),
        ("hook-of-gopher", hook("gopher://127.0.0.1:6379/_FLUSHALL"), HOOK),
        ("hook-with-a-password", hook(f"http://user:{CANARY}@example.org/"), f"{HOOK} fine"),
        ("hook-with-a-line", hook("http://example.org/\r\nX: evil"), HOOK, "M7"),
        ("hook-without-a-host", hook("http:///x"), HOOK),
        ("hook-of-a-wrong-port", hook("http://example.org:99999/"), HOOK),
        ("hook-of-a-bracket", hook("http://[::1/"), HOOK),
        ("hook-with-a-secret-in-its-query", hook(f"https://example.org:port/?token={CANARY}"), HOOK),
        ("hook-of-100-kb", hook("https://example.org/" + "a" * 100_000), f"{HOOK} fine", "L10"),
    ],
)  # fmt: skip
