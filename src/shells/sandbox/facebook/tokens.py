"""Codes and tokens: single-use codes, short and long user tokens, Page tokens; and the proof that goes with them."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from attrs import define, evolve, field, frozen

from shells.sandbox.clock import SandboxClock
from shells.sandbox.facebook.errors import GraphError
from shells.sandbox.facebook.people import APP_ID, APP_SECRET

APP_TOKEN = f"{APP_ID}|{APP_SECRET}"
CODE_MINUTES = 10
SHORT_S = 5400
LONG_S = 5183944
_WORDS = {
    458: "The user has not authorized application {app}.",
    460: "The session has been invalidated because the user changed their password or Facebook has changed the session "
    "for security reasons.",
    463: "Session has expired.",
}


@frozen(kw_only=True)
class Code:
    person_id: str
    redirect_uri: str
    expires_at: datetime


@frozen(kw_only=True)
class Token:
    """A user token, or a Page token when `page_id` is set. `expires_at` None: no end date. `dead`: the subcode of its end."""

    value: str
    person_id: str
    issued_at: datetime
    expires_at: datetime | None
    page_id: str | None = None
    long_lived: bool = False
    dead: int | None = None


@define
class TokenBook:
    """Every code and token of the one app. What a token may do stands in the person's grant, not here."""

    clock: SandboxClock
    _codes: dict[str, Code] = field(factory=dict)
    _used: set[str] = field(factory=set)
    _tokens: dict[str, Token] = field(factory=dict)

    def new_code(self, person_id: str, redirect_uri: str) -> str:
        code = "AQ" + secrets.token_urlsafe(40)
        expires_at = self.clock.now() + timedelta(minutes=CODE_MINUTES)
        self._codes[code] = Code(person_id=person_id, redirect_uri=redirect_uri, expires_at=expires_at)
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

    def issue(self, person_id: str, *, long_lived: bool) -> Token:
        """A new user token: an hour and a half, or about sixty days."""
        now = self.clock.now()
        return self._keep(
            Token(
                value="EAA" + secrets.token_hex(40),
                person_id=person_id,
                issued_at=now,
                expires_at=now + timedelta(seconds=LONG_S if long_lived else SHORT_S),
                long_lived=long_lived,
            )
        )

    def lengthen(self, value: str) -> Token:
        """A long-lived token for a living user token. Raises GraphError: what has expired can't be exchanged."""
        spent = self._tokens.get(value)
        if spent is None or spent.page_id is not None:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
        self._alive(spent)
        return self.issue(spent.person_id, long_lived=True)

    def page_token(self, user: Token, page_id: str) -> Token:
        """The Page's token for this person and app: the same one each time, without end for a long-lived user token."""
        for known in self._tokens.values():
            same = (known.person_id, known.page_id, known.long_lived) == (user.person_id, page_id, user.long_lived)
            if same and known.dead is None and (known.expires_at is None or known.expires_at > self.clock.now()):
                return known
        value = "EAAP" + secrets.token_hex(40)
        expires_at = None if user.long_lived else user.expires_at
        return self._keep(evolve(user, value=value, page_id=page_id, expires_at=expires_at, issued_at=self.clock.now()))

    def check(self, value: str | None, proof: str | None, *, require_proof: bool) -> Token:
        """The live token. Raises GraphError 2500 for none, 190 for a dead one, 100 for a missing or wrong appsecret_proof."""
        if not value or is_app_token(value):
            raise GraphError(2500, "An active access token must be used to query information about the current user.")
        token = self._tokens.get(value)
        if token is None:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
        self._alive(token)
        if proof is None and require_proof:
            raise GraphError(100, "API calls from the server require an appsecret_proof argument", kind="GraphMethodException")
        if proof is not None and not hmac.compare_digest(proof.encode(), proof_of(value).encode()):
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

    def clear(self) -> None:
        self._codes.clear()
        self._used.clear()
        self._tokens.clear()

    def why_dead(self, token: Token) -> tuple[int, str] | None:
        """Subcode and words of a token's end, or None while it lives."""
        expired = token.expires_at is not None and token.expires_at <= self.clock.now()
        subcode = token.dead or (463 if expired else None)
        if subcode is None:
            return None
        words = _WORDS.get(subcode, "The session is invalid.").format(app=APP_ID)
        return subcode, f"Error validating access token: {words}"

    def _alive(self, token: Token) -> None:
        end = self.why_dead(token)
        if end is not None:
            raise GraphError(190, end[1], subcode=end[0])

    def _keep(self, token: Token) -> Token:
        self._tokens[token.value] = token
        return token


def is_app_token(value: str | None) -> bool:
    return value is not None and hmac.compare_digest(value.encode(), APP_TOKEN.encode())


def proof_of(token: str) -> str:
    """appsecret_proof: hex HMAC-SHA256 of the token with the app secret (Securing Graph API calls)."""
    return hmac.new(APP_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
