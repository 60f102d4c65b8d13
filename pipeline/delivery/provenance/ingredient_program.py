"""Reads the content credentials of a file that came from outside, in a process of its own.

    python ingredient_program.py FILE FORMAT ROLE KEY CHAIN ARCHIVE

A hostile file may crash the reader or keep it busy for ever: then this process dies and nobody
else. It writes the credentials into ARCHIVE, as an ingredient called ROLE, after it has signed and
read a file with that very archive, with a key made for this: what the worker will do with it has
gone well once. Credentials that do not hold are kept too: the ingredient says so.
Exit code 3: there are no credentials, or they cannot be kept.

It imports nothing of the program around it.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import c2pa  # type: ignore[import-untyped]  # it has no types

REFUSED = 3
SETTINGS = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": False},
    "builder": {"thumbnail": {"enabled": False}},
}
CREATED = {
    "label": "c2pa.actions.v2",
    "data": {
        "actions": [
            {
                "action": "c2pa.created",
                "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/composite",
            }
        ]
    },
}
PLAIN = "application/octet-stream"


def ingredient_archive(path: Path, kind: str, role: str, context: c2pa.Context) -> bytes:
    """The credentials of a file of the kind, as an ingredient that a signer can add."""
    described = {"title": role, "label": role, "instance_id": role, "relationship": "inputTo"}
    with path.open("rb") as file, c2pa.Builder({}, context) as builder:
        builder.add_ingredient(described, kind, file)
        archive = io.BytesIO()
        builder.write_ingredient_archive(role, archive)
    return archive.getvalue()


def require_kept(archive: bytes, key: bytes, chain: bytes, context: c2pa.Context) -> None:
    """Sign and read a few bytes with the ingredient; `ValueError` when that goes wrong, or when the
    credentials are not among it."""
    manifest = {"title": "trial", "assertions": [CREATED]}
    signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", chain, key, None))
    with signer, c2pa.Builder(manifest, context) as builder:
        builder.set_no_embed()
        builder.add_ingredient_from_archive(io.BytesIO(archive))
        signed = builder.sign(signer, PLAIN, io.BytesIO(b"trial"), io.BytesIO())
    with c2pa.Reader(PLAIN, io.BytesIO(b"trial"), signed, context=context) as reader:
        found = json.loads(reader.json())
        (ingredient,) = found["manifests"][found["active_manifest"]]["ingredients"]
        right = reader.get_validation_state() in {"Valid", "Trusted"}
    if not right or not ingredient.get("active_manifest"):
        raise ValueError("what is signed with the credentials does not hold them")


def main(words: list[str]) -> int:
    path, kind, role, key, chain, archive = words
    context = c2pa.Context.from_dict(SETTINGS)
    try:
        content = ingredient_archive(Path(path), kind, role, context)
        require_kept(content, Path(key).read_bytes(), Path(chain).read_bytes(), context)
        Path(archive).write_bytes(content)
    except (c2pa.C2paError, ValueError, KeyError) as error:
        sys.stderr.write(f"{type(error).__name__}\n")
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
