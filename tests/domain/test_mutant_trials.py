"""Which mistakes can be made in a collected test run: those inside functions, and no others."""

import pytest
from tools.mutant_trials import changed_functions

LAMP = """
WATTS = 40
class Lamp:
    volts = 230
    @property
    def amps(self): return WATTS / self.volts
    def dim(self, share=0.5):
        def watts(): return WATTS * share
        return watts()
def lit(lamp): return lamp.amps > 0
"""


def changed(old: str, new: str) -> list[str] | None:
    assert old in LAMP
    found = changed_functions(*(compile(text, "lamp.py", "exec") for text in (LAMP, LAMP.replace(old, new))))
    return None if found is None else sorted(found)


def test_what_is_the_same_changes_nothing() -> None:
    assert changed("WATTS", "WATTS") == []


@pytest.mark.parametrize(
    ("old", "new", "function"),
    [
        ("lamp.amps > 0", "lamp.amps >= 0", "lit"),
        ("lamp.amps > 0", "None", "lit"),
        ("WATTS / self.volts", "WATTS * self.volts", "Lamp.amps"),
        ("WATTS * share", "WATTS / share", "Lamp.dim"),
    ],
)
def test_a_mistake_in_a_function_is_that_function(old: str, new: str, function: str) -> None:
    assert changed(old, new) == [function]


@pytest.mark.parametrize(
    ("old", "new"),
    [("WATTS = 40", "WATTS = 41"), ("WATTS = 40", "pass"), ("volts = 230", "volts = 231"), ("share=0.5", "share=1.0")],
)
def test_a_mistake_that_is_made_when_the_module_loads_is_none_of_a_function(old: str, new: str) -> None:
    """What was collected has already seen the value as it is: such a module has to be loaded anew."""
    assert changed(old, new) is None
