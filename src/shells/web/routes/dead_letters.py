"""Dead letters: what will not be tried again by itself, and another round for it."""

from typing import Annotated

from litestar import get, post
from litestar.params import FromQuery, JSONBody, QueryParameter

from distribution_core.domain.errors import InvalidInputError, Problem
from distribution_core.domain.outcome import FailureKind
from distribution_core.ports.dead_letters import DeadLetterFilter
from distribution_core.usecases.dead_letters import count_dead_letters, dead_letters
from distribution_core.usecases.redrive import redrive_all, redrive_chosen
from shells.web.routes.parsing import query_id
from shells.web.routes.showing import shown
from shells.web.security.permissions import Permission
from shells.web.security.tokens import Caller
from shells.web.shapes.content import ContentOut
from shells.web.shapes.dead_letters import DeadLetterCountOut, DeadLetterCountsOut, DeadLettersOut, RedriveIn, RedriveOut
from shells.wiring import Product


@get("/deadletters", summary="Deliveries that will not be tried again by themselves", permission=Permission.CONTENT_READ)
async def list_dead_letters(
    caller: Caller,
    product: Product,
    platform: FromQuery[str | None] = None,
    kind: FromQuery[FailureKind | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    before: FromQuery[str | None] = None,
) -> DeadLettersOut:
    """Unconfirmed ones are among them; those are resolved one by one."""
    found = await dead_letters(
        product.context,
        caller.user_id,
        DeadLetterFilter(platform=platform, kind=kind),
        limit=limit,
        before=query_id(before, "before"),
    )
    items = [shown(product, each, found.accounts.get(each.social_account_id)) for each in found.deliveries]
    contents = [ContentOut.of(each) for each in found.contents.values()]
    return DeadLettersOut(items=items, contents=contents, next_before=found.next_before)


@get("/deadletters/counts", summary="How many dead letters there are, by platform and kind", permission=Permission.CONTENT_READ)
async def count(caller: Caller, product: Product) -> DeadLetterCountsOut:
    counts = await count_dead_letters(product.context, caller.user_id)
    return DeadLetterCountsOut(counts=[DeadLetterCountOut.of(each) for each in counts])


@post(
    "/deadletters",
    status_code=202,
    summary="Send dead letters again: some by id, or all of a platform and kind",
    permission=Permission.CONTENT_WRITE,
)
async def redrive(data: JSONBody[RedriveIn], caller: Caller, product: Product) -> RedriveOut:
    """Unconfirmed ones are skipped: they may already be posted, and are resolved one by one."""
    if (data.ids is not None) == data.all:
        raise InvalidInputError(Problem(code="which", message="Say either ids or all: true.", field="ids"))
    if data.ids is not None:
        if data.platform or data.kind or data.before:
            words = "platform, kind and before go with all: true."
            raise InvalidInputError(Problem(code="which", message=words, field="ids"))
        return RedriveOut.of(await redrive_chosen(product.context, caller.user_id, data.ids))
    which = DeadLetterFilter(platform=data.platform, kind=data.kind)
    return RedriveOut.of(await redrive_all(product.context, caller.user_id, which, before=data.before))
