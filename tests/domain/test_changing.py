"""A changed value is what attrs.evolve makes of it."""

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from distribution_core.domain.changing import changed
from distribution_core.domain.delivery import Delivery, DeliveryStatus, Phase
from tests.domain.strategies import delivery as a_delivery

CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(DeliveryStatus),
        "phase": st.sampled_from(Phase),
        "attempts": st.integers(0, 9),
        "lease_owner": st.none() | st.text(max_size=3),
        "handles": st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    },
)


@given(st.builds(a_delivery, st.sampled_from(DeliveryStatus)), CHANGES)
def test_it_is_as_attrs_has_it(delivery: Delivery, changes: dict[str, Any]) -> None:
    before = evolve(delivery)
    assert changed(delivery, **changes) == evolve(delivery, **changes)
    assert delivery == before, "the value itself stays"


@given(st.builds(a_delivery))
def test_a_name_that_is_no_field_is_refused(delivery: Delivery) -> None:
    with pytest.raises(TypeError, match="due"):
        changed(delivery, due=timedelta())
