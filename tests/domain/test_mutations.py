"""The mistakes that `make mutants` makes: of the kinds meant, each one once, and each still a module."""

import ast

import pytest
from tools.mutations import enumerations, mutants

ENUMS = {"Light": ["RED", "GREEN"]}


def changes(source: str) -> list[str]:
    return [mutant.change for mutant in mutants("lamp.py", source, ENUMS)]


@pytest.mark.parametrize(
    ("source", "change"),
    [
        ("a < b", "a < b → a <= b"),
        ("a < b", "a < b → a >= b"),
        ("a is b", "a is b → a is not b"),
        ("a and b", "a and b → a or b"),
        ("a and b", "a and b → b"),
        ("not a", "not a → a"),
        ("a + b", "a + b → a - b"),
        ("min(a, b)", "min(a, b) → max(a, b)"),
        ("f(a, b=1)", "f(a, b=1) → f(a)"),
        ("x = 1", "1 → 2"),
        ("x = 0.0", "0.0 → 1.0"),
        ("x = True", "True → False"),
        ("x = 'a'", "'a' → 'aXX'"),
        ("x = a if b else c", "a if b else c → a if True else c"),
        ("x = (a, b)", "(a, b) → (b,)"),
        ("x = {a: b}", "{a: b} → {}"),
        ("x = Light.GREEN", "Light.GREEN → Light.RED"),
        ("raise a", "raise a → pass"),
        ("def f():\n    return a", "return a → return None"),
        ("match a:\n    case 1 | 2 if b:\n        c()", "1 | 2 → 2"),
        ("match a:\n    case 1 if b:\n        c()", "case 1 if b: c() → case 1: c()"),
        ("match a:\n    case 1:\n        c()", "case 1: c() → case 1 if False: c()"),
    ],
)
def test_each_kind_of_mistake_is_made(source: str, change: str) -> None:
    assert changes(source).count(change) == 1


@pytest.mark.parametrize(
    "source",
    [
        '"""Words."""',
        "import a",
        "if TYPE_CHECKING:\n    import a",
        "@frozen(kw_only=True)\nclass A:\n    pass",
        "def f(a: int | None) -> int | None:\n    pass",
        "assert_never(a)",
    ],
)
def test_what_no_test_could_see_is_left_alone(source: str) -> None:
    assert changes(source) == []


def test_every_mutant_differs_from_the_module_and_has_a_name_of_its_own() -> None:
    source = "class Lamp:\n    def on(self):\n        if self.a > 1:\n            return 1\n        return f'{1}' + self.b(c=1)\n"
    made = list(mutants("lamp.py", source, ENUMS))
    assert {mutant.where for mutant in made} == {"Lamp.on"}
    assert len({mutant.name for mutant in made}) == len(made)
    texts = [ast.unparse(mutant.tree) for mutant in made]
    assert ast.unparse(ast.parse(source)) not in texts
    assert len(set(texts)) == len(texts)
    for mutant in made:
        compile(mutant.tree, mutant.module, "exec")


def test_the_members_of_an_enumeration_are_read() -> None:
    assert enumerations("class Light(StrEnum):\n    RED = 'r'\n    GREEN = 'g'\n\nclass Other:\n    X = 1\n") == {
        "Light": ["RED", "GREEN"]
    }
