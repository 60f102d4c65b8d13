"""What S3 answers, in our words: passing troubles are tried again, the rest says who must act."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar, overload

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)
from botocore.exceptions import ConnectionError as BotoConnectionError

from manifests.errors import BadInput, Forbidden, Missing, RushesError, Transient
from manifests.storage.uri import redacted

T = TypeVar("T")

_PASSING = (
    BotoConnectionError,
    CredentialRetrievalError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
)
_PASSING_CODES = {"RequestTimeout", "SlowDown", "Throttling", "ThrottlingException"}
_STALE_CODES = {"ExpiredToken", "ExpiredTokenException", "InvalidToken", "TokenRefreshRequired"}
_NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError)
# times only spread the load; nothing that is made depends on them
_jitter = random.SystemRandom()


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """At most `tries` tries; after failure n a random wait of up to min(cap, first * 2^n) s."""

    tries: int = 6
    first_s: float = 0.2
    cap_s: float = 10.0

    def wait(self, failures: int) -> None:
        time.sleep(_jitter.uniform(0, min(self.cap_s, self.first_s * 2**failures)))


@overload
def ask(uri: str, call: Callable[[], T], backoff: Backoff) -> T: ...
@overload
def ask(uri: str, call: Callable[[], T], backoff: Backoff, unless: Collection[int]) -> T | None: ...
def ask(
    uri: str, call: Callable[[], T], backoff: Backoff, unless: Collection[int] = ()
) -> T | None:
    """What `call` returns, or None when S3 answers with one of the statuses `unless`.

    Raises Missing, Forbidden, BadInput, or Transient after the last try.
    """
    reason = ""
    for failures in range(backoff.tries):
        try:
            return call()
        except ClientError as error:
            if _status(error) in unless:
                return None
            reason = _passing_answer(error, uri)
        except (*_PASSING, *_NO_CREDENTIALS, ParamValidationError) as error:
            reason = _passing_trouble(error, uri)
        if failures + 1 < backoff.tries:
            backoff.wait(failures)
    raise Transient(
        "storage_unavailable",
        f"{redacted(uri)}: S3 failed {backoff.tries} times, the last time with {reason}; "
        "run again later.",
    )


def _passing_answer(error: ClientError, uri: str) -> str:
    """Why to try again; raises when that cannot help."""
    status, code = _status(error), _code(error)
    busy = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
    if busy or code in _PASSING_CODES:
        return code or str(status)
    raise _in_our_words(status, code, uri) from error


def _passing_trouble(error: BotoCoreError, uri: str) -> str:
    """Why to try again; raises when that cannot help."""
    if isinstance(error, _NO_CREDENTIALS):
        raise Forbidden(f"There are no S3 credentials for {redacted(uri)}; set them.") from error
    if isinstance(error, ParamValidationError):
        raise BadInput("bad_uri", f"{redacted(uri)} is no S3 object; correct it.") from error
    # its text may hold a signed URL, its class never does
    return type(error).__name__


def _status(error: ClientError) -> int:
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])


def _code(error: ClientError) -> str:
    return str(error.response["Error"].get("Code", ""))


def _in_our_words(status: int, code: str, uri: str) -> RushesError:
    if status == HTTPStatus.NOT_FOUND:
        return Missing(f"{redacted(uri)} does not exist; correct the URI or upload the file.")
    if status in {HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED} or code in _STALE_CODES:
        return Forbidden(
            f"{redacted(uri)} may not be used with the S3 credentials at hand ({code}); "
            "renew them or ask for access."
        )
    if status == HTTPStatus.PRECONDITION_FAILED:
        return Transient(
            "storage_contended", f"{redacted(uri)} changed while it was read; run again."
        )
    return BadInput("storage_refused", f"S3 refuses {redacted(uri)} with {status} {code}.")
