"""Where files are named: plain absolute paths, `file://` and `s3://bucket/key`."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from manifests.errors import BadInput

S3 = "s3://"
FILE = "file://"

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_UNSHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
_CREDENTIALS = re.compile(r"""://[^\s'"@/]*:[^\s'"@]*@""")
_QUERY = re.compile(r"""(://[^\s'"?#]*)[?#][^\s'"]*""")


def redacted(text: str) -> str:
    """The text with credentials and query strings of the URIs in it cut out, and control characters
    made visible: none reaches a terminal."""
    clean = _UNSHOWN.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    return _QUERY.sub(r"\1?...", _CREDENTIALS.sub("://...@", clean))


def is_of_windows(uri: str) -> bool:
    """Whether it is a path such as `C:\\faces` or `\\\\server\\faces`."""
    return bool(_WINDOWS.match(uri))


def join(base_uri: str, *names: str) -> str:
    """The URI of `names` below the folder `base_uri`."""
    return "/".join([base_uri.rstrip("/"), *(name.strip("/") for name in names)])


def parent(uri: str) -> str:
    """The folder that holds `uri`; a bucket or `/` is its own parent."""
    if uri.startswith(S3):
        bucket, _, key = uri.removeprefix(S3).partition("/")
        return join(S3 + bucket, posixpath.dirname(key)).rstrip("/")
    return str(local_path(uri).parent)


def absolute(uri: str) -> str:
    """A URI as a person may give it: a relative path starts at the current folder. Raises BadInput
    `bad_uri` for none, as a variable that was not set gives it."""
    if not uri.strip():
        raise BadInput("bad_uri", "A place that was named is empty; write a path or an s3:// URI.")
    if uri.startswith(S3):
        return uri
    path = str(local_path(uri if "://" in uri else str(Path(uri).absolute())))
    return join(path, "") if uri.endswith("/") else path


def resolve(uri: str, relative_to: str) -> str:
    """A plain absolute path or `s3://` URI; a relative `uri` starts at the folder of `relative_to`.

    Raises BadInput `bad_uri` for another scheme or a malformed URI.
    """
    if not uri or _CONTROL.search(uri):
        raise BadInput("bad_uri", "A URI is not empty and holds no control characters.")
    if is_of_windows(uri):
        raise BadInput("bad_uri", f"{uri} is a path of Windows; write one of this machine.")
    if uri.startswith(S3):
        bucket_and_key(uri)
        return uri
    if "://" in uri or uri.startswith("/"):
        return str(local_path(uri))
    return _below(parent(relative_to), uri)


def bucket_and_key(uri: str) -> tuple[str, str]:
    """The parts of an `s3://` URI, taken literally; the key may be empty (the bucket itself)."""
    bucket, _, key = uri.removeprefix(S3).partition("/")
    if not _BUCKET.fullmatch(bucket) or len(key.encode(errors="replace")) > 1024:  # noqa: PLR2004 - S3's limit
        raise BadInput("bad_uri", f"{redacted(uri)} is not s3://BUCKET/KEY; correct the URI.")
    return bucket, key


@lru_cache(maxsize=4096)
def local_path(uri: str) -> Path:
    """The path of a plain absolute path or a `file://` URI, with `..` taken out."""
    path = _path_of_file_uri(uri) if uri.startswith(FILE) else uri
    hidden = uri.startswith(FILE) and _CONTROL.search(path)
    if "\0" in path or hidden or not path.startswith("/"):
        raise BadInput(
            "bad_uri",
            f"{redacted(uri)} is not an absolute path, file:// or s3:// URI; use one of these.",
        )
    return Path(posixpath.normpath("/" + path.lstrip("/")))


def _path_of_file_uri(uri: str) -> str:
    # urlsplit would cut a query off; in a file name `?` and `#` are letters
    host, _, path = uri.removeprefix(FILE).partition("/")
    return "/" + unquote(path) if host in {"", "localhost"} else ""


def _below(folder: str, relative: str) -> str:
    """`relative` may climb with `..`, though not out of its bucket."""
    if not folder.startswith(S3):
        return posixpath.normpath(posixpath.join(folder, relative))
    bucket, key = bucket_and_key(folder)
    path = posixpath.normpath(posixpath.join(key, relative))
    if path.startswith("..") or path == ".":
        raise BadInput("bad_uri", f"{relative} leads out of {S3}{bucket}; correct the path.")
    return f"{S3}{bucket}/{path}"
