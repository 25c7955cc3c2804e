import { Button, Checkbox, Skeleton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api, data } from "../api/client";
import { accountsQuery, offerQuery, usePlatforms } from "../api/queries";
import { Face } from "../shell/Face";
import { useTell } from "../shell/notices";

/** After a consent: which of the accounts that it opens are to be linked. */
export function Choose({ id, done }: { id: string; done: () => void }) {
  const client = useQueryClient();
  const tell = useTell();
  const platforms = usePlatforms();
  const offer = useQuery(offerQuery(id));
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const free = offer.data?.candidates.filter((each) => !each.problem) ?? [];
  const chosen = free.filter((each) => each.linked || !left.has(each.id)).map((each) => each.id);
  const link = useMutation({
    mutationFn: () => data(api.POST("/link-intents/{choice_id}/accounts", { params: { path: { choice_id: id } }, body: { ids: chosen } })),
    onSuccess: (answer) => {
      const many = answer.accounts.length;
      tell({ text: many === 1 ? `${answer.accounts[0]?.display_name} is linked.` : `${many} accounts are linked.` });
      void client.invalidateQueries({ queryKey: accountsQuery.queryKey });
      done();
    },
  });
  if (offer.isPending) return <Skeleton height={220} radius="lg" />;
  if (offer.isError) {
    return (
      <section className="card stack" role="alert">
        <h2>Nothing to choose from</h2>
        <p className="muted">{offer.error.message}</p>
        <div className="row">
          <Button variant="default" onClick={done}>
            Back to the accounts
          </Button>
        </div>
      </section>
    );
  }
  const name = platforms.get(offer.data.platform)?.name ?? offer.data.platform;
  const flip = (account: string) => setLeft((before) => new Set(before.has(account) ? [...before].filter((each) => each !== account) : [...before, account]));
  return (
    <section className="card stack" aria-labelledby="choose">
      <div className="stack tight">
        <h2 id="choose">Which accounts on {name}?</h2>
        <p className="muted">Your consent opens these. Only what you choose here is linked; each can be switched off later.</p>
      </div>
      <ul className="choices">
        {offer.data.candidates.map((each) => (
          <li key={each.id}>
            <Checkbox
              checked={!each.problem && (each.linked || !left.has(each.id))}
              disabled={each.problem !== null || each.linked}
              onChange={() => flip(each.id)}
              label={
                <span className="row">
                  <Face name={each.display_name} picture={each.avatar_url} platform={offer.data.platform} />
                  <span className="stack tight">
                    <span className="strong">{each.display_name}</span>
                    <span className="muted small">{each.problem ?? (each.linked ? "Linked already" : each.handle ? `@${each.handle}` : each.kind)}</span>
                  </span>
                </span>
              }
            />
          </li>
        ))}
      </ul>
      {link.isError && (
        <p className="note bad" role="alert">
          {link.error.message}
        </p>
      )}
      <div className="row end">
        <Button variant="default" onClick={done}>
          Link none
        </Button>
        <Button disabled={chosen.length === 0} loading={link.isPending} onClick={() => link.mutate()}>
          {chosen.length === 1 ? "Link 1 account" : `Link ${chosen.length} accounts`}
        </Button>
      </div>
    </section>
  );
}
