import { Button, Checkbox, Select, Skeleton } from "@mantine/core";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, data } from "../api/client";
import { type Account, type Content, deadCountsQuery, type Delivery, usePlatforms } from "../api/queries";
import { useEdit } from "../compose/editing";
import { Icon } from "../shell/Icon";
import { Trouble } from "../shell/Trouble";
import { useRedrive, useRedriveAll } from "./changes";
import { type DeadFilter, KIND_LABELS, narrowed, sumOf } from "./dead";
import { DeliveryRow } from "./DeliveryRow";
import { Glimpse } from "./Glimpse";
import { NothingFits } from "./NothingFits";
import { contentWords } from "./words";

const PAGE = 20;
const LOOK_MS = 15_000;
const ANY: DeadFilter = { platform: "", kind: "" };

/** What will not be tried again by itself, to be sent again in bulk. */
export function DeadLetters({ accounts, zone }: { accounts: Map<string, Account>; zone: string }) {
  const [filter, setFilter] = useState(ANY);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const counts = useQuery(deadCountsQuery);
  const found = useInfiniteQuery({
    queryKey: ["dead", "list", filter],
    queryFn: ({ pageParam }) => data(api.GET("/deadletters", { params: { query: { limit: PAGE, before: pageParam, ...narrowed(filter) } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_before,
    placeholderData: keepPreviousData,
    refetchInterval: LOOK_MS,
  });
  const redrive = useRedrive();
  const redriveAll = useRedriveAll();
  if (found.isPending) return <Skeleton height={200} radius="lg" />;
  if (found.isError && found.data === undefined) return <Trouble error={found.error} again={() => void found.refetch()} />;
  const items = found.data.pages.flatMap((page) => page.items);
  const contents = new Map(found.data.pages.flatMap((page) => page.contents).map((each) => [each.id, each]));
  const sendable = items.filter((each) => each.actions.includes("retry")).map((each) => each.id);
  const ids = sendable.filter((id) => chosen.has(id));
  const all = sumOf(counts.data, filter, true);
  const change = (next: DeadFilter) => {
    setChosen(new Set());
    setFilter(next);
  };
  const pick = (id: string, on: boolean) => setChosen((now) => new Set(on ? [...now, id] : [...now].filter((each) => each !== id)));
  const cleared = { onSuccess: () => setChosen(new Set<string>()) };
  const isNarrowed = filter.platform !== "" || filter.kind !== "";
  if (items.length === 0 && !isNarrowed) {
    return (
      <div className="card empty">
        <Icon name="check" />
        <h2>Nothing is stuck</h2>
        <p className="muted">Posts that failed for good gather here, to be sent again together.</p>
      </div>
    );
  }
  return (
    <>
      <Narrowing filter={filter} change={change} counts={counts.data ?? []} />
      {items.length === 0 ? (
        <NothingFits clear={() => change(ANY)} />
      ) : (
        <section className="card stack" aria-label="Not sent">
          <div className="row wrap between">
            <Checkbox
              label={sendable.length === 1 ? "The one that can be sent again" : `All ${sendable.length} that can be sent again`}
              checked={ids.length === sendable.length && ids.length > 0}
              indeterminate={ids.length > 0 && ids.length < sendable.length}
              onChange={(event) => setChosen(new Set(event.currentTarget.checked ? sendable : []))}
            />
            <div className="row wrap">
              {all > sendable.length && (
                <Button variant="default" loading={redriveAll.isPending} onClick={() => redriveAll.mutate(filter, cleared)}>
                  Send all {all} again
                </Button>
              )}
              <Button disabled={ids.length === 0} loading={redrive.isPending} onClick={() => redrive.mutate(ids, cleared)}>
                Send {ids.length || ""} again
              </Button>
            </div>
          </div>
          <ul className="deliveries" aria-busy={found.isPlaceholderData}>
            {items.map((each) => (
              <Dead key={each.id} delivery={each} content={contents.get(each.content_id)} account={accounts.get(each.account_id)} zone={zone} sendable={sendable.includes(each.id)} chosen={chosen.has(each.id)} pick={pick} />
            ))}
          </ul>
          {found.hasNextPage && (
            <Button variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
              Show earlier ones
            </Button>
          )}
        </section>
      )}
    </>
  );
}

type RowProps = { delivery: Delivery; content: Content | undefined; account: Account | undefined; zone: string; sendable: boolean; chosen: boolean; pick: (id: string, on: boolean) => void };

function Dead({ delivery, content, account, zone, sendable, chosen, pick }: RowProps) {
  const edit = useEdit(zone);
  return (
    <DeliveryRow
      delivery={delivery}
      account={account}
      zone={zone}
      edit={content && (() => edit(content, "resend"))}
      subject={
        content && (
          <div className="subject">
            <Glimpse media={content.media_assets} />
            <p className="content-text">{contentWords(content)}</p>
          </div>
        )
      }
      lead={
        <Checkbox
          aria-label={`Choose ${delivery.account_name ?? "this delivery"}`}
          disabled={!sendable}
          checked={chosen}
          onChange={(event) => pick(delivery.id, event.currentTarget.checked)}
        />
      }
    />
  );
}

function Narrowing({ filter, change, counts }: { filter: DeadFilter; change: (filter: DeadFilter) => void; counts: { platform: string; kind: string; number: number }[] }) {
  const platforms = usePlatforms();
  const named = (values: string[], label: (value: string) => string, narrow: (value: string) => DeadFilter) =>
    [...new Set(values)].map((value) => ({ value, label: `${label(value)} (${sumOf(counts, narrow(value), false)})` }));
  const byPlatform = named([...counts.map((each) => each.platform), ...(filter.platform ? [filter.platform] : [])], (id) => platforms.get(id)?.name ?? id, (platform) => ({ ...filter, platform }));
  const byKind = named([...counts.map((each) => each.kind), ...(filter.kind ? [filter.kind] : [])], (kind) => KIND_LABELS[kind] ?? kind, (kind) => ({ ...filter, kind }));
  return (
    <search className="filters two" aria-label="Filter what was not sent">
      <Select aria-label="Platform" data={[{ value: "", label: "Any platform" }, ...byPlatform]} value={filter.platform} onChange={(value) => change({ ...filter, platform: value ?? "" })} />
      <Select aria-label="Reason" data={[{ value: "", label: "Any reason" }, ...byKind]} value={filter.kind} onChange={(value) => change({ ...filter, kind: value ?? "" })} />
    </search>
  );
}
