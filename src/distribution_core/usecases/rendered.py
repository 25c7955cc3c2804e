"""A post as it is sent, with what is reckoned of it: once for all accounts that carry the same one."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from uuid import UUID

from attrs import define, field

from distribution_core.domain.content import Content
from distribution_core.domain.delivery import Delivery
from distribution_core.domain.errors import Problem
from distribution_core.domain.post import ACCOUNTS_OPTION, Post, fingerprint, payload, payload_hash, render
from distribution_core.domain.rules import PlatformRules, check
from distribution_core.ports.platform import Platform


@define(eq=False, slots=False)
class Rendered:
    """Nothing is reckoned before somebody asks: what can't be rendered fails its own deliveries, and not who claims them."""

    rules: PlatformRules
    _render: Callable[[], Post]

    @cached_property
    def post(self) -> Post:
        return self._render()

    @cached_property
    def problems(self) -> Sequence[Problem]:
        """What keeps it off the platform."""
        return check(self.rules, self.post).problems

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint(self.post)

    @cached_property
    def payload_hash(self) -> str:
        return payload_hash(payload(self.post))

    @classmethod
    def frozen(cls, post: Post, rules: PlatformRules) -> "Rendered":
        """As it was sent before."""
        return cls(rules, lambda: post)


@define
class Renderer:
    """For the deliveries of one batch."""

    _platforms: Mapping[str, Platform]
    _shared: dict[tuple[UUID, str], Rendered] = field(factory=dict, init=False)

    def of(self, delivery: Delivery, content: Content) -> Rendered:
        """As it was frozen, if it was; else as the content is rendered now."""
        platform = delivery.platform
        rules = self._platforms[platform].adapter.rules
        if delivery.post is not None:
            return Rendered.frozen(delivery.post, rules)
        own = content.options.get(platform)
        if isinstance(own, Mapping) and ACCOUNTS_OPTION in own:
            return Rendered(rules, partial(render, content, platform, delivery.social_account_id))
        shared = self._shared.get((content.id, platform))
        if shared is None:
            shared = self._shared[content.id, platform] = Rendered(rules, partial(render, content, platform))
        return shared
