"""Probes stored media in a process with memory and time limits."""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from attrs import field, frozen

from distribution_core.domain.content import MediaAsset, MediaKind
from distribution_core.domain.errors import InvalidInputError, Problem
from distribution_core.ports.media import MediaProbe, MediaStore

AT_ONCE = 4
"""How many files one process looks inside at once: each may take a gigabyte."""

_PIECE_BYTES = 1024 * 1024


@frozen
class ProcessProbe:
    """Copies the bytes to a private file and looks at it in a child process, no longer than `timeout_s`. Unless it is to be
    kept, what tells where and with what a file was made is taken out of it there, and the store gets the rest."""

    timeout_s: float = 60.0
    keep_metadata: bool = False
    _places: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(AT_ONCE), init=False, repr=False, eq=False)

    async def describe(self, store: MediaStore, key: str) -> MediaAsset:
        with tempfile.TemporaryDirectory(prefix="simulcast-probe-") as folder:
            path = Path(folder) / "media"
            await self._copy(store, key, path)
            async with self._places:
                found = await self._inspect(path)
            if "error" in found:
                raise _refused(str(found["error"]))
            if found.get("stripped"):
                await store.put(key, _pieces(path), found["mime"])
        return MediaAsset(
            key=key,
            kind=MediaKind(found["kind"]),
            mime=found["mime"],
            size_bytes=found["size_bytes"],
            sha256=found["sha256"],
            width=found["width"],
            height=found["height"],
            duration_ms=found["duration_ms"],
        )

    async def _copy(self, store: MediaStore, key: str, path: Path) -> None:
        file = await asyncio.to_thread(path.open, "wb")
        try:
            async for chunk in store.stream(key):
                await asyncio.to_thread(file.write, chunk)
        finally:
            await asyncio.to_thread(file.close)

    async def _inspect(self, path: Path) -> dict[str, Any]:
        # A bare environment: the child reads a stranger's file and needs no secret of ours.
        environment = {"PYTHONPATH": os.pathsep.join(part for part in sys.path if part), "PATH": os.defpath}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "adapters_persistence.media.inspection",
            str(path),
            *(["--keep-metadata"] if self.keep_metadata else []),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
        )
        try:
            async with asyncio.timeout(self.timeout_s):
                output, _ = await process.communicate()
        except TimeoutError:
            raise _refused("looking inside this file took too long") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise _refused("this file can't be read as a picture or video")
        answer: dict[str, Any] = json.loads(output)
        return answer


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
            yield piece
    finally:
        await asyncio.to_thread(file.close)


def _refused(why: str) -> InvalidInputError:
    return InvalidInputError(Problem(code="media_unusable", message=f"The upload was not kept: {why}.", field="file"))


_: type[MediaProbe] = ProcessProbe
