"""Recordings and beds whose headers lie, that name other files, or are other things."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
import soundfile  # type: ignore[import-untyped]  # no types in soundfile

from benchmarks.hostile_cases.case import Case, Ground, Make, cases_of, column
from benchmarks.hostile_cases.images import just
from benchmarks.hostile_cases.pictures import HTML, ZIP
from pipeline.media.ffmpeg import program
from pipeline.media.process import run_program

PASSWD = "/etc/passwd"
FIELDS = ("tag", "channels", "rate", "bytes_a_second", "block", "bits")
PLAIN = {"tag": 1, "channels": 1, "rate": 16_000, "bytes_a_second": 32_000, "block": 2, "bits": 16}


def tone(seconds: float = 1.0, level: float = 0.3) -> bytes:
    return (np.sin(np.arange(int(seconds * 16_000)) / 20) * level * 32767).astype("<i2").tobytes()


def wav(
    data: bytes | None = None,
    *,
    claims: int | None = None,
    before: bytes = b"",
    **fields: int,
) -> bytes:
    """A WAV whose header says what it is told to say."""
    data = tone() if data is None else data
    form = struct.pack("<HHIIHH", *(fields.get(name, PLAIN[name]) for name in FIELDS))
    size = len(data) if claims is None else claims
    body = b"WAVE" + before + b"fmt " + struct.pack("<I", 16) + form
    body += b"data" + struct.pack("<I", size) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def riff(name: bytes, size: int, content: bytes = b"") -> bytes:
    return name + struct.pack("<I", size) + content


def floats(value: float) -> bytes:
    """A second of a tone in floats, a tenth of which is that value."""
    samples = (np.sin(np.arange(16_000) / 20) * 0.3).astype("<f4")
    samples[4000:5600] = value
    return wav(samples.tobytes(), tag=3, bits=32, block=4, bytes_a_second=64_000)


def sound(make: Callable[[Ground], bytes | str], name: str = "in.wav") -> Make:
    return column("audio_uri", lambda ground: ground.file(name, make(ground)))


def bed(make: Callable[[Ground], bytes | str], name: str = "bed.wav") -> Make:
    return column("bed_uri", lambda ground: ground.file(name, make(ground)))


def said(text: str, name: str) -> Make:
    """A file that is text, and names another."""
    return sound(lambda _: text, name)


def as_(name: str, *options: str) -> Callable[[Ground], bytes]:
    """The good voice in another container."""

    def made(ground: Ground) -> bytes:
        path = ground.folder.parent / "tmp" / name
        run_program(
            [program(), "-loglevel", "error", "-y", "-i", str(ground.voice), *options, str(path)],
            timeout_s=60,
        )
        content = path.read_bytes()
        path.unlink()
        return content

    return made


def written(form: str, subtype: str, channels: int = 1) -> Callable[[Ground], bytes]:
    def made(ground: Ground) -> bytes:
        path = ground.folder.parent / "tmp" / "out"
        voice, rate = soundfile.read(ground.voice)
        one = voice if voice.ndim == 1 else voice[:, 0]
        soundfile.write(path, np.stack([one] * channels, 1), rate, format=form, subtype=subtype)
        content = path.read_bytes()
        path.unlink()
        return content

    return made


def changed(make: Callable[[Ground], bytes], at: int, content: bytes) -> Callable[[Ground], bytes]:
    def made(ground: Ground) -> bytes:
        data = bytearray(make(ground))
        data[at : at + len(content)] = content
        return bytes(data)

    return made


def shaken(make: Callable[[Ground], bytes], seed: int, first: int = 0) -> Callable[[Ground], bytes]:
    """With one byte in a hundred behind the `first` changed."""

    def made(ground: Ground) -> bytes:
        data = np.frombuffer(make(ground), np.uint8).copy()
        drawn = np.random.default_rng(seed)
        at = drawn.integers(first, data.size, max(1, data.size // 100))
        data[at] = drawn.integers(0, 256, at.size)
        return data.tobytes()

    return made


def joined(*makes: Callable[[Ground], bytes]) -> Callable[[Ground], bytes]:
    return lambda ground: b"".join(make(ground) for make in makes)


HLS = f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{PASSWD}\n#EXT-X-ENDLIST\n"
HLS_KEY = '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="http://169.254.169.254/"\n#EXTINF:1,\na.ts\n'
DASH = f'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><BaseURL>file://{PASSWD}</BaseURL>'
CONCAT = f"ffconcat version 1.0\nfile '{PASSWD}'\n"
SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n"
XSPF = f"<playlist><trackList><track><location>{PASSWD}</location></track></trackList></playlist>"
PLS = f"[playlist]\nFile1={PASSWD}\nNumberOfEntries=1\n"
CUE = f'FILE "{PASSWD}" WAVE\n  TRACK 01 AUDIO\n'
WORDS = "audio_unreadable"
ODD = f"{WORDS} audio_empty audio_missing_stream"
HEARD = "fine no_speech"
ID3 = b"ID3\4\0\0\x7f\x7f\x7f\x7f"
OPUS, OGG, MP3 = as_("a.opus"), as_("a.ogg", "-c:a", "libvorbis"), as_("a.mp3")
LOST = f"{HEARD} audio_damaged audio_checksum audio_gap {ODD} audio_too_short audio_runs_on"

CASES: tuple[Case, ...] = cases_of(
    "sound",
    [
        ("no-channels", sound(just(wav(channels=0))), ODD, "L8"),
        ("65-channels", sound(just(wav(channels=65, block=130))), WORDS, "L8"),
        ("65535-channels", sound(just(wav(channels=65_535, block=65_534))), WORDS, "L8"),
        ("rate-of-0", sound(just(wav(rate=0))), ODD),
        ("rate-of-1", sound(just(wav(rate=1))), f"{ODD} audio_too_long audio_silent {HEARD}"),
        ("rate-of-4-billion", sound(just(wav(rate=2**32 - 1))), f"{ODD} audio_too_short"),
        ("samples-of-0-bits", sound(just(wav(bits=0))), f"{ODD} {HEARD}"),
        ("samples-of-7-bits", sound(just(wav(bits=7))), f"{ODD} {HEARD} audio_clipped"),
        ("samples-of-65535-bits", sound(just(wav(bits=65_535))), f"{ODD} {HEARD}"),
        ("blocks-of-0", sound(just(wav(block=0))), f"{ODD} {HEARD}"),
        ("blocks-of-65535", sound(just(wav(block=65_535))), f"{ODD} {HEARD} audio_too_short"),
        ("codec-unknown", sound(just(wav(tag=0xBEEF))), WORDS),
        ("codec-that-it-is-not", sound(just(wav(tag=0x55))), f"{LOST} audio_clipped"),
        ("data-of-4-gb", sound(just(wav(claims=2**32 - 1))), f"{HEARD} audio_damaged audio_cut"),
        ("data-of-nothing-said", sound(just(wav(claims=0))), f"audio_runs_on {HEARD} audio_empty"),
        ("no-form", sound(just(riff(b"RIFF", 99, b"WAVE" + riff(b"data", 9, bytes(99))))), ODD),
        (
            "100000-chunks",
            sound(just(wav(before=riff(b"junk", 4, b"evil") * 100_000))),
            f"{HEARD} {WORDS}",
        ),
        (
            "a-chunk-of-4-gb",
            sound(just(wav(before=riff(b"LIST", 2**32 - 1, bytes(64))))),
            f"{ODD} {HEARD} audio_too_short",
        ),
        ("nan", sound(just(floats(float("nan")))), "audio_wrong_samples", "L8"),
        ("infinity", sound(just(floats(float("inf")))), "audio_wrong_samples", "L8"),
        ("1e38", sound(just(floats(1e38))), "audio_wrong_samples", "L8"),
        ("denormal", sound(just(floats(1e-40))), HEARD),
        ("far-over-full-scale", sound(just(floats(900.0))), "audio_over_full_scale audio_wrong_samples"),
        ("empty", sound(just(b"")), "audio_empty"),
        ("no-samples", sound(just(wav(b""))), "audio_empty audio_unreadable"),
        ("one-sample", sound(just(wav(b"\1\1"))), "audio_too_short audio_silent audio_empty"),
        ("silence", sound(just(wav(bytes(64_000)))), "audio_silent"),
        (
            "ten-hours",
            column("audio_uri", lambda g: g.sparse("in.wav", 1_152_000_044, wav(b"", claims=1_152_000_000))),
            "audio_too_long",
        ),
        (
            "silence-of-4-gb",
            column("audio_uri", lambda g: g.sparse("in.wav", 3_999_000_000, wav(b"", claims=2**32 - 1))),
            "audio_too_long audio_silent",
            "M1",
        ),
        ("of-5-gb", column("audio_uri", lambda g: g.sparse("in.wav", 5 << 30, wav())), "file_too_large", "M1"),
        ("hls", said(HLS, "in.m3u8"), WORDS),
        ("hls-as-wav", said(HLS, "in.wav"), WORDS),
        ("hls-with-a-key", said(HLS_KEY, "in.m3u8"), WORDS),
        ("dash", said(DASH, "in.mpd"), WORDS),
        ("concat", said(CONCAT, "in.wav"), WORDS),
        ("sdp", said(SDP, "in.sdp"), WORDS),
        ("xspf", said(XSPF, "in.xspf"), WORDS),
        ("pls", said(PLS, "in.pls"), WORDS),
        ("cue", said(CUE, "in.cue"), WORDS),
        ("text", said("hello " * 999, "in.mp3"), f"{WORDS} audio_too_short"),
        ("html", sound(just(HTML * 99)), WORDS),
        ("pattern", column("audio_uri", lambda g: g.file("in%03d.wav", wav())), HEARD),
        ("option", column("audio_uri", lambda g: g.file("-i", wav())), HEARD),
        ("protocol", column("audio_uri", lambda g: g.file("concat:a|b.wav", wav())), HEARD),
        ("ogg-chain", sound(joined(OGG, as_("b.ogg", "-ar", "8000", "-c:a", "libvorbis")), "in.ogg"), f"{WORDS} {HEARD}"),
        ("ogg-damaged", sound(shaken(OGG, 1, 4000), "in.ogg"), LOST),
        ("ogg-noise", sound(just(b"OggS" + np.random.default_rng(2).bytes(1 << 20)), "in.ogg"), ODD),
        ("opus-of-255-channels", sound(changed(OPUS, 37, b"\xff"), "in.opus"), LOST),
        ("opus-damaged", sound(shaken(OPUS, 2, 2000), "in.opus"), LOST),
        ("flac-wrong-sum", sound(changed(written("FLAC", "PCM_16"), 26, bytes(15) + b"\1"), "in.flac"), "audio_checksum fine", "L8"),
        ("flac-of-2-36-samples", sound(changed(written("FLAC", "PCM_16"), 21, b"\xff" * 5), "in.flac"), f"{LOST} audio_too_long"),
        ("flac-damaged", sound(shaken(written("FLAC", "PCM_16"), 3, 200), "in.flac"), LOST),
        ("mp3-and-zip", sound(joined(MP3, just(ZIP * 99)), "in.mp3"), LOST),
        ("mp3-with-a-tag-of-256-mb", sound(joined(just(ID3), MP3), "in.mp3"), LOST),
        ("mp3-damaged", sound(shaken(MP3, 4, 2000), "in.mp3"), LOST),
        ("mp3-of-noise", sound(just(np.random.default_rng(5).bytes(1 << 20)), "in.mp3"), f"{LOST} audio_clipped"),
        ("m4a-cut", sound(lambda g: as_("a.m4a")(g)[:9000], "in.m4a"), f"{ODD} audio_damaged"),
        ("m4a-damaged-header", sound(shaken(as_("a.m4a", "-movflags", "faststart"), 6, 40), "in.m4a"), LOST),
        ("aiff-noise", sound(just(b"FORM\0\0\0\x40AIFFCOMM" + b"\xff" * 60), "in.aiff"), ODD),
        ("au-of-4-billion-channels", sound(just(b".snd" + b"\0\0\0\x18" + b"\xff" * 16 + bytes(99)), "in.au"), ODD),
        ("caf-noise", sound(just(b"caff\0\1\0\0desc" + b"\xff" * 99), "in.caf"), ODD),
        ("matroska-noise", sound(just(b"\x1aE\xdf\xa3" + np.random.default_rng(6).bytes(9000)), "in.mka"), ODD),
        ("64-channels", sound(written("WAV", "PCM_16", 64)), f"{HEARD} mixed_down one_channel {WORDS}"),
        ("bed-of-text", bed(lambda _: "hello " * 999), WORDS),
        ("bed-of-silence", bed(just(wav(bytes(64_000)))), "audio_silent"),
        ("bed-of-nan", bed(just(floats(float("nan")))), "audio_wrong_samples"),
        ("bed-that-names-a-file", bed(lambda _: CONCAT), WORDS),
    ],
)  # fmt: skip
