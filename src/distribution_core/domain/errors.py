"""What use cases raise when they refuse. The tree:

SimulcastError
├── NotFoundError         no such thing for this user
├── InvalidInputError     what was given cannot be taken; carries problems
├── ConflictError         the thing exists but its state forbids this
├── LinkRefusedError      linking an account ended without one
├── CredentialsError      sign-in or session refused
├── SsoRefusedError       what an identity provider said signs nobody in
├── SsoUnavailableError   the identity provider can't be asked now
├── LeaseLostError        another worker holds this delivery now
└── LedgerUnavailableError  the database is away, or too busy: the same may go well in a moment
"""

from attrs import frozen


@frozen(kw_only=True)
class Problem:
    """One thing wrong, in words for a person. `field` names the input, `platform` whom it concerns."""

    code: str
    message: str
    field: str | None = None
    platform: str | None = None


class SimulcastError(Exception):
    """Root of everything the product refuses to do."""


class NotFoundError(SimulcastError):
    """No such thing, or not this user's: the two are never told apart."""


class InvalidInputError(SimulcastError):
    """The input cannot be taken. `problems` says what was wrong and what to do."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


class ConflictError(SimulcastError):
    """The state of the thing forbids this now. `code` is stable, the message is for a person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class LinkRefusedError(SimulcastError):
    """Linking ended without an account. `code` is stable, the message says what to do next."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class CredentialsError(SimulcastError):
    """Sign-in or session refused; says no more than that on purpose."""


class SsoRefusedError(SimulcastError):
    """What came from the identity provider signs nobody in, and links nobody. `code` is stable, the message for a person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class SsoUnavailableError(SimulcastError):
    """The identity provider can't be asked now, or answers nothing usable. The message is for operators."""


class LeaseLostError(SimulcastError):
    """The delivery's fence moved on: whoever raises this must not touch it again."""


class LedgerUnavailableError(SimulcastError):
    """The database can't be reached or can't answer now. What was begun is undone; try again in a moment. The message
    is for operators."""
