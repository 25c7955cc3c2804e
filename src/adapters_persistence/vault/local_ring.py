"""Versions of a key-encryption key on this machine: in a setting, or in a file to which a rotation adds one."""

import asyncio
import base64
import contextlib
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from attrs import define, field

from adapters_persistence.vault.key_service import KeyService
from adapters_persistence.vault.local_key import KEY_BYTES, LocalKey, UnusableKeyError
from distribution_core.domain.account import DataKey
from distribution_core.domain.secret import Secret
from distribution_core.ports.keys import KeyServiceError, KeyStanding
from distribution_core.ports.vault import VaultUnavailableError

_MADE = "%Y%m%dT%H%M%SZ"
_VERSION_MAX = 10**6


@define
class LocalRing:
    """`version:key` or `version:key:made` for each, with spaces or lines between, or one bare key, which is version 1; the
    highest wraps. A file is read again when it has changed: other processes rotate it, too."""

    _keys: dict[int, LocalKey] = field(repr=False)
    _made: dict[int, datetime] = field(factory=dict, repr=False)
    _file: Path | None = None
    _read_at_ns: int = field(default=0, init=False, repr=False)
    key_id: str = field(default="local", init=False)

    @classmethod
    def from_text(cls, text: Secret | None) -> Self:
        """Raises UnusableKeyError in words; no key is ever part of them."""
        return cls(*_parsed(text))

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Raises UnusableKeyError, also for a file that others may read."""
        ring = cls(*_parsed(read_key_file(path)), path)
        ring._read_at_ns = _changed_at_ns(path)
        return ring

    async def wrap(self, data_key: bytes) -> DataKey:
        await self._look()
        return await self._keys[max(self._keys)].wrap(data_key)

    async def unwrap(self, key: DataKey) -> bytes:
        if key.key_version not in self._keys:
            await self._look()
        found = self._keys.get(key.key_version)
        if key.key_id != self.key_id or found is None:
            raise VaultUnavailableError(f"wrapped by key {key.key_id} version {key.key_version}, which is not configured")
        return await found.unwrap(key)

    async def standing(self) -> KeyStanding:
        await self._look()
        newest = max(self._keys)
        return KeyStanding(key_id=self.key_id, version=newest, made_at=self._made.get(newest), versions=tuple(sorted(self._keys)))

    async def rotate(self) -> KeyStanding:
        await self._look()
        version = max(self._keys) + 1
        if self._file is None:
            raise KeyServiceError(
                f"SIMULCAST_KEY is a setting, which only its keeper can change: add version {version} to it, as"
                f" {version - 1}:<the key that is there> {version}:<a new one>, restart every process, and run this again."
                " Or keep keys in a file (SIMULCAST_KEY_FILE), which this command adds to."
            )
        made = datetime.now(UTC).replace(microsecond=0)
        text = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
        self._keys[version], self._made[version] = LocalKey.from_text(Secret(text), version=version), made
        await asyncio.to_thread(self._write)
        return await self.standing()

    async def retire(self, version: int) -> None:
        (await self.standing()).keep_newest(version)
        if self._file is None:
            raise KeyServiceError(f"Nothing is wrapped under version {version} any more: take it out of SIMULCAST_KEY.")
        self._keys = {number: key for number, key in self._keys.items() if number > version}
        await asyncio.to_thread(self._write)

    async def _look(self) -> None:
        if self._file is None or _changed_at_ns(self._file) == self._read_at_ns:
            return
        try:
            changed = _changed_at_ns(self._file)
            self._keys, self._made = _parsed(await asyncio.to_thread(read_key_file, self._file))
            self._read_at_ns = changed
        except UnusableKeyError as error:
            raise VaultUnavailableError(str(error)) from None

    def _write(self) -> None:
        """Whole or not at all, and readable by nobody else."""
        if self._file is None:
            return
        lines = [_line(version, key, self._made.get(version)) for version, key in sorted(self._keys.items())]
        part = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as written:
            written.write("\n".join(lines) + "\n")
            written.flush()
            os.fsync(written.fileno())
        part.replace(self._file)
        self._read_at_ns = _changed_at_ns(self._file)


def read_key_file(path: Path) -> Secret:
    """What a key file holds. Raises UnusableKeyError."""
    try:
        if path.stat().st_mode & 0o077:
            raise UnusableKeyError(f"SIMULCAST_KEY_FILE: {path} can be read by others; chmod 600 it")
        return Secret(path.read_text("ascii"))
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableKeyError(f"SIMULCAST_KEY_FILE: {path} can't be read ({type(error).__name__})") from None


def oldest_key(text: Secret | None) -> Secret:
    """The text of the oldest version that is held: what other keys are derived from, which a rotation must not change.
    Raises UnusableKeyError."""
    _parsed(text)
    _, oldest, _ = (
        min((_split(token) for token in text.reveal().split()), key=lambda parts: int(parts[0] or 1)) if text else ("", "", "")
    )
    return Secret(oldest)


def _parsed(text: Secret | None) -> tuple[dict[int, LocalKey], dict[int, datetime]]:
    tokens = text.reveal().split() if text else []
    if not tokens or (len(tokens) == 1 and ":" not in tokens[0]):
        return {1: LocalKey.from_text(text)}, {}
    keys: dict[int, LocalKey] = {}
    made: dict[int, datetime] = {}
    for token in tokens:
        number, key, at = _split(token)
        if not number.isdecimal() or not 0 < int(number) <= _VERSION_MAX or int(number) in keys:
            raise UnusableKeyError("SIMULCAST_KEY holds several keys: each is version:key, and every version is another number")
        keys[int(number)] = LocalKey.from_text(Secret(key), version=int(number))
        try:
            made |= {int(number): datetime.strptime(at, _MADE).replace(tzinfo=UTC)} if at else {}
        except ValueError:
            raise UnusableKeyError(f"SIMULCAST_KEY: when version {number} was made is such as 20260131T120000Z") from None
    return keys, made


def _split(token: str) -> tuple[str, str, str]:
    number, colon, rest = token.partition(":")
    if not colon:
        return "", number, ""
    key, _, at = rest.partition(":")
    return number, key, at


def _line(version: int, key: LocalKey, made: datetime | None) -> str:
    return f"{version}:{key.text()}" + (f":{made.strftime(_MADE)}" if made else "")


def _changed_at_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return -1


_: type[KeyService] = LocalRing
