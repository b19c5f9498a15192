"""Fetches a feed within limits of size, time and kind; each address that it is led to is checked.

https://owasp.org/www-community/attacks/Server_Side_Request_Forgery names what could go wrong.
"""

import asyncio
import zipfile
from dataclasses import replace
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Final

import aiohttp
from yarl import URL

from importers.feeds.addresses import CheckedResolver, check_url
from importers.feeds.feed_folder import FeedFolder, FeedState
from importers.progress import Progress
from personalization.domain.errors import FeedUnavailableError, ImportRejectedError
from personalization.settings.feeds import FeedSettings

_CHUNK: Final = 256 << 10
_SILENT_SECONDS: Final = 60.0
"""Nothing may come for so long."""
_MIB: Final = 1 << 20
_TYPES: Final = frozenset(
    """application/xml application/rss+xml application/atom+xml application/json
    application/jsonl application/x-ndjson application/x-jsonlines application/csv
    application/gzip application/x-gzip application/zip application/x-zip-compressed
    application/octet-stream binary/octet-stream application/vnd.apache.parquet
    application/vnd.openxmlformats-officedocument.spreadsheetml.sheet""".split()  # noqa: SIM905 - readable
)
_AGAIN: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NAME: Final = "fitting-room"


def fetch_feed(
    text: str, folder: FeedFolder, settings: FeedSettings, progress: Progress
) -> FeedState | None:
    """Fetch a feed into `folder.part`, and return its state; None where it has not changed.

    Raises `ImportRejectedError` where it may not be fetched or is no feed, and
    `FeedUnavailableError` where another try may succeed.
    """
    progress.stage("Fetching")
    try:
        state = asyncio.run(_fetch(text, folder, settings, progress))
    except TimeoutError as error:
        raise FeedUnavailableError(
            f"The feed did not arrive within {settings.seconds:g} s."
        ) from error
    except (aiohttp.ClientError, OSError) as error:
        # The message of a client's error has the address, which may hold a password.
        raise FeedUnavailableError(
            f"The feed cannot be fetched: {type(error).__name__}."
        ) from error
    progress.advance(0, 1.0)
    if state is not None:
        _unpack_archive(folder.part, settings.most_mib * _MIB)
    return state


async def _fetch(
    text: str, folder: FeedFolder, settings: FeedSettings, progress: Progress
) -> FeedState | None:
    url = check_url(text, settings)
    known = folder.read_state(digest_of_url(text))
    headers = {"User-Agent": _NAME, "Accept-Encoding": "identity"}
    if known.etag is not None:
        headers["If-None-Match"] = known.etag
    if known.last_modified is not None:
        headers["If-Modified-Since"] = known.last_modified
    connector = aiohttp.TCPConnector(resolver=CheckedResolver(settings), use_dns_cache=False)
    timeout = aiohttp.ClientTimeout(total=settings.seconds, sock_read=_SILENT_SECONDS)
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=timeout,
        headers=headers,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    ) as session:
        for _ in range(settings.redirects + 1):
            async with session.get(url, allow_redirects=False) as answer:
                if answer.status == HTTPStatus.NOT_MODIFIED and known.sha256:
                    return None
                if not _is_redirect(answer):
                    _check(answer, settings)
                    return await _keep(answer, known, folder, settings, progress)
                url = _next_url(url, answer, settings)
    raise ImportRejectedError(
        f"The feed's address points to another one more than {settings.redirects} times."
    )


async def _keep(
    answer: aiohttp.ClientResponse,
    known: FeedState,
    folder: FeedFolder,
    settings: FeedSettings,
    progress: Progress,
) -> FeedState | None:
    most = settings.most_mib * _MIB
    size, passed, digest = answer.content_length or 0, 0, sha256()
    with folder.part.open("wb") as file:
        async for chunk in answer.content.iter_chunked(_CHUNK):
            passed += len(chunk)
            if passed > most:
                raise _too_large(settings)
            digest.update(chunk)
            file.write(chunk)
            if size:
                progress.advance(0, min(1.0, passed / size))
    if digest.hexdigest() == known.sha256:
        return None
    return replace(
        known,
        etag=answer.headers.get("ETag"),
        last_modified=answer.headers.get("Last-Modified"),
        sha256=digest.hexdigest(),
    )


def digest_of_url(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _is_redirect(answer: aiohttp.ClientResponse) -> bool:
    return "Location" in answer.headers and answer.status in _REDIRECTS


def _next_url(url: URL, answer: aiohttp.ClientResponse, settings: FeedSettings) -> URL:
    following = url.join(URL(answer.headers["Location"]))
    return check_url(str(following), settings)


def _check(answer: aiohttp.ClientResponse, settings: FeedSettings) -> None:
    """Refuse an answer by its head."""
    status = answer.status
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _AGAIN:
        raise FeedUnavailableError(f"The feed's server answers {status}.")
    if status != HTTPStatus.OK:
        raise ImportRejectedError(f"The feed's server answers {status}, and no feed.")
    kind = answer.content_type.casefold()
    is_text = kind.startswith("text/") and kind != "text/html"
    if "Content-Type" in answer.headers and not is_text and kind not in _TYPES:
        raise ImportRejectedError(
            f"The feed's address answers with {kind[:60]}, which is no file of products."
        )
    if (answer.content_length or 0) > settings.most_mib * _MIB:
        raise _too_large(settings)


def _too_large(settings: FeedSettings) -> ImportRejectedError:
    return ImportRejectedError(
        f"The feed has more than {settings.most_mib:,} MiB (FITTING_ROOM_FEEDS_MOST_MIB)."
    )


def _unpack_archive(path: Path, most: int) -> None:
    """Put the one file of a zip in its place; a workbook is a zip too, and stays."""
    if not zipfile.is_zipfile(path):
        return
    unpacked = path.with_suffix(".unpacked")
    try:
        with zipfile.ZipFile(path) as archive:
            files = [entry for entry in archive.infolist() if not entry.is_dir()]
            if any(entry.filename.startswith("xl/") for entry in files):
                return
            if len(files) != 1:
                raise ImportRejectedError(
                    f"The feed is an archive of {len(files)} files: it must hold one."
                )
            passed = 0
            with archive.open(files[0]) as packed, unpacked.open("wb") as file:
                # What the archive says of sizes may be a lie, so what comes is counted.
                while chunk := packed.read(_CHUNK):
                    passed += len(chunk)
                    if passed > most:
                        raise ImportRejectedError(
                            f"The feed unpacks to more than {most // _MIB:,} MiB"
                            " (FITTING_ROOM_FEEDS_MOST_MIB)."
                        )
                    file.write(chunk)
        unpacked.replace(path)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise ImportRejectedError(f"The feed is a damaged archive: {error}.") from error
    finally:
        unpacked.unlink(missing_ok=True)
