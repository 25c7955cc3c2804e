"""Password hashes as they are stored, and the time that a check takes."""

import asyncio
import re
import statistics
import time
from collections.abc import Awaitable, Callable

import pytest
from argon2 import PasswordHasher, Type
from argon2.low_level import hash_secret

from adapters_persistence.passwords import Argon2Passwords
from distribution_core.domain.secret import Secret

pytestmark = pytest.mark.anyio

# What a test of anything but the cost need not pay.
CHEAP = PasswordHasher(time_cost=1, memory_cost=1024)
PASSWORD = Secret("a long enough password")


@pytest.fixture
def passwords() -> Argon2Passwords:
    return Argon2Passwords(CHEAP)


async def test_it_is_argon2id_at_least_as_costly_as_rfc_9106_asks() -> None:
    """The RFC's second choice, for machines with little memory: 64 MiB, 3 passes, 16 bytes of salt, 32 of hash."""
    stored = await Argon2Passwords().hash(PASSWORD)
    found = re.fullmatch(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)", stored)
    assert found is not None
    memory_kib, passes, lanes = (int(found[n]) for n in (1, 2, 3))
    assert (memory_kib >= 65_536, passes >= 3, lanes >= 1) == (True, True, True)
    assert (len(found[4]) * 3 // 4, len(found[5]) * 3 // 4) == (16, 32)


async def test_the_right_password_and_no_other(passwords: Argon2Passwords) -> None:
    stored = await passwords.hash(PASSWORD)
    assert await passwords.verify(PASSWORD, stored)
    for wrong in ("", "a long enough passwore", "A long enough password", "a long enough password ", "a long enough password\0"):
        assert not await passwords.verify(Secret(wrong), stored)


async def test_the_same_password_is_stored_differently_each_time(passwords: Argon2Passwords) -> None:
    first, second = await passwords.hash(PASSWORD), await passwords.hash(PASSWORD)
    assert first != second
    assert await passwords.verify(PASSWORD, second)


@pytest.mark.parametrize("text", ["p" * 73, "p" * 10_000, "пароль, который длинен", "🔑" * 40, "with\0a zero", " "])
async def test_every_character_of_a_password_counts(passwords: Argon2Passwords, text: str) -> None:
    """Unlike bcrypt's, where those after byte 72 or a zero byte do not."""
    stored = await passwords.hash(Secret(text))
    assert await passwords.verify(Secret(text), stored)
    assert not await passwords.verify(Secret(text[:-1] + "!"), stored)
    assert not await passwords.verify(Secret(text + "!"), stored)


@pytest.mark.parametrize("guess", ["decoy", "", "a long enough password"])
async def test_a_user_who_does_not_exist_has_no_password_at_all(passwords: Argon2Passwords, guess: str) -> None:
    assert await passwords.verify(Secret(guess), None) is False


@pytest.mark.parametrize("stored", ["", "nonsense", "$argon2id$v=19$m=65536,t=3,p=4$", "$2b$12$" + "a" * 53])
async def test_what_is_no_hash_lets_nobody_in(passwords: Argon2Passwords, stored: str) -> None:
    assert await passwords.verify(Secret("decoy"), stored) is False


async def test_a_hash_of_older_parameters_still_lets_its_owner_in(passwords: Argon2Passwords) -> None:
    older = hash_secret(PASSWORD.reveal().encode(), b"sixteen byte slt", 1, 8, 1, 16, Type.ID).decode()
    assert await passwords.verify(PASSWORD, older)
    assert not await passwords.verify(Secret("another"), older)


async def test_checking_for_nobody_costs_as_much_as_for_somebody() -> None:
    """Processor time, and medians, so that a busy machine says nothing about it."""
    passwords = Argon2Passwords()
    stored = await passwords.hash(PASSWORD)
    await passwords.verify(PASSWORD, None)
    wrong = Secret("another password")
    somebody = await _cost(lambda: passwords.verify(wrong, stored))
    nobody = await _cost(lambda: passwords.verify(wrong, None))
    assert nobody > somebody / 2, "an answer for unknown users that comes sooner tells who has an account"
    assert nobody < somebody * 2


async def test_the_first_check_of_a_process_costs_the_same_for_both() -> None:
    """Its decoy is made at the first check of any kind. Few passes, for there are many firsts here."""
    cheap = PasswordHasher(time_cost=1)
    stored = await Argon2Passwords(cheap).hash(PASSWORD)
    somebody = await _cost(lambda: Argon2Passwords(cheap).verify(PASSWORD, stored))
    nobody = await _cost(lambda: Argon2Passwords(cheap).verify(PASSWORD, None))
    assert somebody / 2 < nobody < somebody * 2


async def test_the_loop_goes_on_while_a_password_is_hashed() -> None:
    """A hash long enough that a loop that stood still for it would show."""
    slow = Argon2Passwords(PasswordHasher(time_cost=15))
    hashing = asyncio.create_task(slow.hash(PASSWORD))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 10


async def _cost(check: Callable[[], Awaitable[bool]]) -> float:
    spent = []
    for _ in range(3):
        start = time.process_time()
        await check()
        spent.append(time.process_time() - start)
    return statistics.median(spent)
