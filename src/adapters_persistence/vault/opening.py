"""Which key service a setting names."""

import importlib.util
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from adapters_persistence.vault.key_service import KeyService, KeyServices
from adapters_persistence.vault.kms import KmsKey
from adapters_persistence.vault.local_key import UnusableKeyError
from adapters_persistence.vault.local_ring import LocalRing
from adapters_persistence.vault.transit import TransitKey
from distribution_core.domain.secret import Secret

_HOW = "SIMULCAST_KEY_SERVICE is empty, transit+https://host:8200/transit/key-name, or aws-kms://region/key-id"


def open_keys(key: Secret | None, key_file: Path | None, service: str, token: Secret | None) -> KeyServices:
    """The service named wraps; keys of this machine go on reading what they have wrapped. Raises UnusableKeyError in words."""
    ring = LocalRing.from_file(key_file) if key_file is not None else LocalRing.from_text(key)
    return KeyServices(_named(service, token), (ring,)) if service else KeyServices(ring)


def _named(service: str, token: Secret | None) -> KeyService:
    url = urlsplit(service)
    path = url.path.strip("/")
    if url.scheme in ("transit+https", "transit+http") and url.hostname and "/" in path:
        if url.scheme == "transit+http" and url.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise UnusableKeyError("SIMULCAST_KEY_SERVICE: data keys go to another machine over transit+https:// only")
        if token is None:
            raise UnusableKeyError("SIMULCAST_KEY_SERVICE_TOKEN is not set: the transit engine wants one")
        mount, _, name = path.rpartition("/")
        return TransitKey(address=f"{url.scheme.partition('+')[2]}://{url.netloc}", mount=mount, name=name, token=token)
    if url.scheme == "aws-kms" and url.netloc and path:
        if importlib.util.find_spec("boto3") is None:
            raise UnusableKeyError("SIMULCAST_KEY_SERVICE: AWS KMS wants the extra simulcast[kms]")
        endpoint = parse_qs(url.query).get("endpoint", [None])[0]
        return KmsKey(region=url.netloc, key=path, endpoint=endpoint)
    raise UnusableKeyError(_HOW)
