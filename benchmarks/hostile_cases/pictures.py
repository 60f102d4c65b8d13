"""Pictures that are bombs, lie about themselves, or are other things."""

from __future__ import annotations

import struct

import numpy as np

from benchmarks.hostile_cases.case import Case, cases_of, column
from benchmarks.hostile_cases.images import (
    LAUGHS,
    SQUARE,
    blank,
    chunk,
    cut,
    damaged,
    exif,
    exif_loop,
    face,
    flipbook,
    jpeg_with,
    just,
    noise,
    picture,
    png_of,
    png_with,
    resized,
    saved,
    scans,
    segment,
    side_by_side,
    tags,
    tiff_pages,
    unseen,
    zeros,
)

SVG = '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
SVG += '<svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>'
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 512 512\n(%pipe%touch /tmp/eps) (r) file\n"
HTML = b"--><script>alert(1)</script><!--"
ZIP = b"PK\3\4" + bytes(26) + b"PK\5\6" + bytes(18)
BMP = struct.pack("<2sIHHIIiiHHIIiiII", b"BM", 54, 0, 0, 54, 40, 512, 0, 1, 24, 0, 0, 1, 1, 0, 0)

BROKEN = "image_unreadable image_truncated"
COSTLY = "image_too_costly"
LARGE = "image_too_large"

CASES: tuple[Case, ...] = cases_of(
    "picture",
    [
        ("scans-15000", picture(scans(15_000, 8900)), COSTLY, "H3"),
        ("scans-2000", picture(scans(2_000, 8900)), COSTLY, "H3"),
        ("scans-101", picture(scans(101, 512)), COSTLY, "H3"),
        (
            "exif-of-104-mb",
            picture(lambda g: jpeg_with(g, *[segment(0xE1, b"Exif\0\0" + bytes(65_000))] * 1600)),
            COSTLY,
            "H3",
        ),
        (
            "icc-of-12-mb",
            picture(
                lambda g: jpeg_with(
                    g,
                    *[
                        segment(0xE2, b"ICC_PROFILE\0" + bytes([n + 1, 200]) + bytes(65_000))
                        for n in range(200)
                    ],
                )
            ),
            f"{COSTLY} colours_guessed",
            "H3",
        ),
        ("tiff-xmp-of-2-gb", picture(tags(*SQUARE, (700, 1, 2_000_000_000, 8))), COSTLY, "M1"),
        ("tiff-rationals", picture(tags(*SQUARE, (700, 5, 2_000_000, 8))), COSTLY, "M1"),
        ("tiff-list-of-itself", picture(tags(*SQUARE, (0x8769, 4, 1, 8))), BROKEN, "H3"),
        (
            "tiff-strips-beyond-its-end",
            picture(tags(*SQUARE, (273, 4, 1, 4_000_000_000), (279, 4, 1, 262_144))),
            BROKEN,
        ),
        ("tiff-of-65535-bits", picture(tags(*SQUARE[:2], (258, 3, 1, 65_535))), BROKEN),
        ("tiff-of-no-size", picture(tags((256, 3, 1, 0), (257, 3, 1, 0), *SQUARE[2:])), BROKEN),
        ("tiff-of-3000-pages", picture(tiff_pages(3000)), f"first_picture {COSTLY}"),
        ("png-header-of-100000", picture(just(png_of(100_000, 100_000, zeros(1)))), LARGE),
        ("png-header-of-2-31", picture(just(png_of(2**31, 2**31, zeros(1)))), f"{LARGE} {BROKEN}"),
        ("png-of-no-size", picture(just(png_of(0, 512, zeros(1)))), BROKEN),
        ("png-of-20000", picture(blank("PNG", 20_000)), LARGE),
        ("png-of-one-pixel", picture(blank("PNG", 1, "RGB")), "image_too_small"),
        ("png-of-79-megapixels", picture(blank("PNG", 8900, "L")), "no_face"),
        ("png-data-of-1-gb", picture(just(png_of(512, 512, zeros(1024)))), f"no_face {BROKEN}"),
        (
            "png-text-of-1-gb",
            picture(lambda g: png_with(g, chunk(b"zTXt", b"Comment\0\0" + zeros(1024)))),
            f"{COSTLY} {BROKEN} fine",
            "H3",
        ),
        (
            "png-profile-of-1-gb",
            picture(lambda g: png_with(g, chunk(b"iCCP", b"p\0\0" + zeros(1024)))),
            f"{COSTLY} {BROKEN} colours_guessed fine",
            "H3",
        ),
        (
            "png-texts-of-15-mb",
            picture(lambda g: png_with(g, *[chunk(b"tEXt", b"C\0" + b"x" * 500_000)] * 30)),
            COSTLY,
            "H3",
        ),
        (
            "png-of-a-million-chunks",
            picture(lambda g: png_with(g, chunk(b"tIME", bytes(7)) * 300_000)),
            f"{COSTLY} fine",
        ),
        ("png-wrong-sum", picture(lambda g: png_with(g, chunk(b"gAMA", bytes(4))[:-4] + b"evil")), f"{BROKEN} fine"),
        ("png-cut", picture(cut("PNG", 0.6)), "image_truncated"),
        ("png-damaged", picture(damaged("PNG", 1)), BROKEN),
        ("png-transparent", picture(unseen), "portrait_transparent"),
        ("apng-of-200", picture(flipbook("PNG", 200)), "first_picture"),
        (
            "apng-that-claims-4-billion",
            picture(lambda g: png_with(g, chunk(b"acTL", struct.pack(">II", 2**32 - 1, 0)))),
            f"first_picture fine {BROKEN}",
        ),
        ("webp-of-100", picture(flipbook("WEBP", 100), "in.webp"), "first_picture"),
        ("webp-of-16383", picture(blank("WEBP", 16_383, "RGB", lossless=True, quality=0, method=0), "in.webp"), LARGE),
        ("webp-cut", picture(cut("WEBP", 0.5), "in.webp"), BROKEN),
        ("webp-damaged", picture(damaged("WEBP", 3), "in.webp"), f"{BROKEN} fine no_face"),
        ("jpeg-cut", picture(cut("JPEG", 0.5), "in.jpg"), "image_truncated"),
        ("jpeg-header-alone", picture(just(b"\xff\xd8\xff\xe0\0\x10JFIF\0"), "in.jpg"), BROKEN),
        ("jpeg-of-65535", picture(resized("JPEG", 0, b"\xff" * 4), "in.jpg"), f"{LARGE} {BROKEN}"),
        ("jpeg-of-no-size", picture(resized("JPEG", 0, bytes(4)), "in.jpg"), BROKEN),
        ("jpeg-damaged", picture(damaged("JPEG", 2, 0.002), "in.jpg"), f"{BROKEN} fine no_face"),
        ("jpeg-noise", picture(just(b"\xff\xd8" + np.random.default_rng(4).bytes(1 << 20))), BROKEN),
        ("exif-orientation-9", picture(lambda g: exif(g, 9), "in.jpg"), "fine"),
        ("exif-turned", picture(lambda g: exif(g, 6), "in.jpg"), "portrait_turned portrait_sideways"),
        ("exif-list-of-itself", picture(exif_loop, "in.jpg"), "fine"),
        (
            "exif-noise",
            picture(lambda g: jpeg_with(g, segment(0xE1, b"Exif\0\0" + bytes(range(256)) * 9))),
            "fine",
        ),
        (
            "xmp-of-entities",
            picture(lambda g: jpeg_with(g, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + LAUGHS.encode()))),
            "fine",
        ),
        (
            "icc-noise",
            picture(lambda g: saved(face(g), "PNG", icc_profile=b"broken" * 50)),
            "colours_guessed",
        ),
        (
            "icc-that-claims-4-gb",
            picture(lambda g: saved(face(g), "PNG", icc_profile=b"\xff" * 4 + b"acsp" * 50)),
            "colours_guessed",
        ),
        ("bmp-of-no-height", picture(just(BMP), "in.bmp"), BROKEN),
        ("bmp-that-claims-much", picture(resized("BMP", 18, b"\xff\xff\xff\x7f" * 2)), f"{LARGE} {BROKEN}"),
        ("gif", picture(flipbook("GIF", 3), "in.gif"), "image_unreadable"),
        ("svg-with-an-entity", picture(just(SVG.encode()), "in.svg"), "image_unreadable"),
        ("svg-as-png", picture(just(SVG.encode())), "image_unreadable"),
        ("eps-that-starts-a-program", picture(just(EPS), "in.eps"), "image_unreadable"),
        ("pdf", picture(just(b"%PDF-1.7\n" + bytes(99))), "image_unreadable"),
        ("heic", picture(just(b"\0\0\0\x18ftypheic" + bytes(16)), "in.heic"), "image_unreadable"),
        ("psd", picture(just(b"8BPS\0\1" + bytes(20))), "image_unreadable"),
        ("elf", picture(just(b"\x7fELF" + bytes(4000))), "image_unreadable"),
        ("empty", picture(just(b"")), "image_unreadable"),
        ("ten-mb-of-nothing", picture(just(bytes(10 << 20))), "image_unreadable"),
        ("jpeg-and-zip", picture(lambda g: jpeg_with(g) + ZIP, "in.jpg"), "fine"),
        ("jpeg-and-html", picture(lambda g: jpeg_with(g, segment(0xFE, HTML))), "fine"),
        ("pdf-and-jpeg", picture(lambda g: b"%PDF-1.7\n" + jpeg_with(g)), "image_unreadable"),
        ("two-faces", picture(side_by_side), "several_faces"),
        ("noise", picture(noise), "no_face"),
        (
            "of-201-mb",
            column("portrait_uri", lambda g: g.sparse("in.png", 201_000_000, saved(face(g), "PNG"))),
            "file_too_large",
            "M1",
        ),
    ],
)  # fmt: skip
