"""Codes and tokens: single-use codes, short and long user tokens, Page tokens; and the proof that goes with them."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from attrs import define, evolve, field, frozen

from shells.sandbox.clock import SandboxClock
from shells.sandbox.facebook.errors import GraphError
from shells.sandbox.facebook.people import APP_SECRET

CODE_MINUTES = 10
SHORT_S = 5400
LONG_S = 5183944


@frozen(kw_only=True)
class Code:
    person_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    page_ids: tuple[str, ...]
    expires_at: datetime


@frozen(kw_only=True)
class Token:
    """A user token, or a Page token when `page_id` is set. `expires_at` None: no end date."""

    value: str
    person_id: str
    scopes: tuple[str, ...]
    page_ids: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime | None
    page_id: str | None = None
    long_lived: bool = False
    dead: int | None = None


@define
class TokenBook:
    clock: SandboxClock
    _codes: dict[str, Code] = field(factory=dict)
    _used: set[str] = field(factory=set)
    _tokens: dict[str, Token] = field(factory=dict)

    def new_code(self, person_id: str, redirect_uri: str, scopes: tuple[str, ...], page_ids: tuple[str, ...]) -> str:
        code = "AQ" + secrets.token_urlsafe(40)
        expires_at = self.clock.now() + timedelta(minutes=CODE_MINUTES)
        self._codes[code] = Code(
            person_id=person_id, redirect_uri=redirect_uri, scopes=scopes, page_ids=page_ids, expires_at=expires_at
        )
        return code

    def take_code(self, code: str, redirect_uri: str) -> Code:
        """Raises GraphError for a code that is wrong, used, late, or meant for another redirect URI."""
        if code in self._used:
            raise GraphError(100, "This authorization code has been used.", subcode=36009)
        found = self._codes.get(code)
        if found is None:
            raise GraphError(100, "Invalid verification code format.")
        if found.expires_at <= self.clock.now():
            raise GraphError(100, "This authorization code has expired.", subcode=36007)
        if found.redirect_uri != redirect_uri:
            raise GraphError(
                100,
                "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in "
                "the OAuth dialog request",
                subcode=36008,
                headers={"www-authenticate": 'OAuth "Facebook Platform" "invalid_code" "Error validating verification code."'},
            )
        self._used.add(code)
        return self._codes.pop(code)

    def issue(self, person_id: str, scopes: tuple[str, ...], page_ids: tuple[str, ...], *, long_lived: bool) -> Token:
        now = self.clock.now()
        return self._keep(
            Token(
                value="EAA" + secrets.token_hex(40),
                person_id=person_id,
                scopes=scopes,
                page_ids=page_ids,
                issued_at=now,
                expires_at=now + timedelta(seconds=LONG_S if long_lived else SHORT_S),
                long_lived=long_lived,
            )
        )

    def page_token(self, user: Token, page_id: str) -> Token:
        """The Page's token for this person and app: the same one each time, without end for a long-lived user token."""
        for known in self._tokens.values():
            if (known.person_id, known.page_id, known.dead, known.long_lived) == (user.person_id, page_id, None, user.long_lived):
                return self._keep(evolve(known, scopes=user.scopes))
        return self._keep(
            evolve(
                user,
                value="EAAP" + secrets.token_hex(40),
                page_id=page_id,
                expires_at=None if user.long_lived else user.expires_at,
            )
        )

    def check(self, value: str | None, proof: str | None) -> Token:
        """The live token. Raises GraphError 190 (or 2500 for none), 100 for a wrong appsecret_proof."""
        if not value:
            raise GraphError(2500, "An active access token must be used to query information about the current user.")
        token = self._tokens.get(value)
        if token is None:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
        if token.dead is not None:
            raise GraphError(190, "Error validating access token: The session is no longer valid.", subcode=token.dead)
        if token.expires_at is not None and token.expires_at <= self.clock.now():
            raise GraphError(190, "Error validating access token: Session has expired.", subcode=463)
        if proof is None:
            raise GraphError(100, "API calls from the server require an appsecret_proof argument", kind="GraphMethodException")
        if not hmac.compare_digest(proof, hmac.new(APP_SECRET.encode(), value.encode(), hashlib.sha256).hexdigest()):
            raise GraphError(100, "Invalid appsecret_proof provided in the API argument", kind="GraphMethodException")
        return token

    def find(self, value: str) -> Token | None:
        return self._tokens.get(value)

    def end(self, person_id: str, subcode: int, *, page_id: str | None = None) -> int:
        """Kill a person's tokens (those for one Page, where it is named); returns how many lived."""
        count = 0
        for token in list(self._tokens.values()):
            if token.person_id == person_id and token.dead is None and page_id in (None, token.page_id):
                self._keep(evolve(token, dead=subcode))
                count += 1
        return count

    def drop_scope(self, person_id: str, scope: str) -> None:
        for token in list(self._tokens.values()):
            if token.person_id == person_id:
                self._keep(evolve(token, scopes=tuple(kept for kept in token.scopes if kept != scope)))

    def clear(self) -> None:
        self._codes.clear()
        self._used.clear()
        self._tokens.clear()

    def _keep(self, token: Token) -> Token:
        self._tokens[token.value] = token
        return token
