import { Button, Checkbox, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, data } from "../api/client";
import type { Account } from "../api/queries";
import { Icon } from "../shell/Icon";
import { Trouble } from "../shell/Trouble";
import { useRedrive } from "./changes";
import { DeliveryRow } from "./DeliveryRow";

const SHOWN_MAX = 100;

/** What will not be tried again by itself, to be sent again in bulk. */
export function DeadLetters({ accounts, zone }: { accounts: Map<string, Account>; zone: string }) {
  const found = useQuery({
    queryKey: ["dead", "list"],
    queryFn: () => data(api.GET("/deadletters", { params: { query: { limit: SHOWN_MAX } } })),
    refetchInterval: 15_000,
  });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const redrive = useRedrive();
  if (found.isPending) return <Skeleton height={200} radius="lg" />;
  if (found.isError && found.data === undefined) return <Trouble error={found.error} again={() => void found.refetch()} />;
  const items = found.data.items;
  const sendable = items.filter((each) => each.actions.includes("retry")).map((each) => each.id);
  const ids = sendable.filter((id) => chosen.has(id));
  if (items.length === 0) {
    return (
      <div className="card empty">
        <Icon name="check" />
        <h2>Nothing is stuck</h2>
        <p className="muted">Posts that failed for good gather here, to be sent again together.</p>
      </div>
    );
  }
  const pick = (id: string, on: boolean) => setChosen((all) => new Set(on ? [...all, id] : [...all].filter((each) => each !== id)));
  return (
    <section className="card stack" aria-label="Not sent">
      <div className="row wrap between">
        <Checkbox
          label={sendable.length === 1 ? "The one that can be sent again" : `All ${sendable.length} that can be sent again`}
          checked={ids.length === sendable.length && ids.length > 0}
          indeterminate={ids.length > 0 && ids.length < sendable.length}
          onChange={(event) => setChosen(new Set(event.currentTarget.checked ? sendable : []))}
        />
        <Button
          disabled={ids.length === 0}
          loading={redrive.isPending}
          onClick={() => redrive.mutate(ids, { onSuccess: () => setChosen(new Set()) })}
        >
          Send {ids.length || ""} again
        </Button>
      </div>
      <ul className="deliveries">
        {items.map((each) => (
          <DeliveryRow
            key={each.id}
            delivery={each}
            account={accounts.get(each.account_id)}
            zone={zone}
            lead={
              <Checkbox
                aria-label={`Choose ${each.account_name ?? "this delivery"}`}
                disabled={!sendable.includes(each.id)}
                checked={chosen.has(each.id)}
                onChange={(event) => pick(each.id, event.currentTarget.checked)}
              />
            }
          />
        ))}
      </ul>
    </section>
  );
}
