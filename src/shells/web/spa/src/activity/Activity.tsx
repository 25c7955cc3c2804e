import "./activity.css";

import { Button, SegmentedControl, Select, Skeleton, TextInput } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "wouter";

import { api, data } from "../api/client";
import { type Account, accountsQuery, type ActivityItem, deadCountQuery, meQuery, usePlatforms } from "../api/queries";
import { browserZone } from "../compose/zone";
import { Icon } from "../shell/Icon";
import { Trouble } from "../shell/Trouble";
import { ContentCard } from "./ContentCard";
import { DeadLetters } from "./DeadLetters";
import { type Filter, matches, NO_FILTER, STATUSES } from "./filtering";
import { isFinal } from "./words";

const PAGE = 20;
const SOON_MS = 1_500;
const LATER_MS = 10_000;

/** Whether something is about to change by itself, so that it is worth asking again soon. */
function moves({ content, deliveries }: ActivityItem): boolean {
  if (content.canceled_at || content.held_at) return false;
  if (content.released) return deliveries.some((each) => !isFinal(each) && !each.actions.includes("reconnect"));
  return content.release_at !== null && Date.parse(content.release_at) - Date.now() < 60_000;
}

export default function Activity() {
  const [search, setSearch] = useSearchParams();
  const view = search.get("view") ?? "all";
  const me = useQuery(meQuery);
  const accounts = new Map((useQuery(accountsQuery).data ?? []).map((each) => [each.id, each]));
  const { data: dead } = useQuery(deadCountQuery);
  const zone = me.data?.time_zone ?? browserZone();
  return (
    <>
      <div className="row wrap between">
        <div className="stack tight">
          <h1>Activity</h1>
          <p className="muted">What became of everything, account by account.</p>
        </div>
        <SegmentedControl
          aria-label="Which posts"
          value={view}
          onChange={(next) => setSearch(next === "all" ? {} : { view: next })}
          data={[
            { value: "all", label: "All" },
            { value: "scheduled", label: "Scheduled" },
            { value: "dead", label: dead ? `Not sent (${dead})` : "Not sent" },
          ]}
        />
      </div>
      {view === "dead" ? <DeadLetters accounts={accounts} zone={zone} /> : <Posts scheduledOnly={view === "scheduled"} accounts={accounts} zone={zone} />}
    </>
  );
}

function Posts({ scheduledOnly, accounts, zone }: { scheduledOnly: boolean; accounts: Map<string, Account>; zone: string }) {
  const [filter, setFilter] = useState<Filter>(NO_FILTER);
  const found = useInfiniteQuery({
    queryKey: ["activity"],
    queryFn: ({ pageParam }) => data(api.GET("/activity", { params: { query: { limit: PAGE, before: pageParam } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_before,
    refetchInterval: (query) => (query.state.data?.pages.some((page) => page.items.some(moves)) ? SOON_MS : LATER_MS),
  });
  if (found.isPending) {
    return (
      <div className="stack" role="status" aria-label="Loading activity">
        {[0, 1, 2, 3].map((each) => (
          <Skeleton key={each} height={84} radius="lg" />
        ))}
      </div>
    );
  }
  if (found.isError) return <Trouble error={found.error} again={() => void found.refetch()} />;
  const all = found.data.pages.flatMap((page) => page.items);
  const waiting = ({ content }: ActivityItem) => content.scheduled_at !== null && !content.released && !content.canceled_at;
  const chosen = scheduledOnly
    ? all.filter(waiting).sort((one, other) => (one.content.scheduled_at ?? "").localeCompare(other.content.scheduled_at ?? ""))
    : all;
  const items = chosen.filter((item) => matches(item, filter));
  return (
    <>
      {chosen.length > 0 && <Filters filter={filter} change={setFilter} accounts={accounts} />}
      {items.length > 0 ? (
        <ul className="contents" aria-label="Posts">
          {items.map((item) => (
            <ContentCard key={item.content.id} item={item} accounts={accounts} zone={zone} />
          ))}
        </ul>
      ) : (
        <Empty nothingAtAll={chosen.length === 0} scheduled={scheduledOnly} clear={() => setFilter(NO_FILTER)} />
      )}
      {found.hasNextPage && (
        <Button variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          Show earlier posts
        </Button>
      )}
    </>
  );
}

function Empty({ nothingAtAll, scheduled, clear }: { nothingAtAll: boolean; scheduled: boolean; clear: () => void }) {
  return (
    <div className="card empty">
      <Icon name={nothingAtAll ? "activity" : "search"} />
      <h2>{nothingAtAll ? (scheduled ? "Nothing is scheduled" : "Nothing yet") : "Nothing fits"}</h2>
      {nothingAtAll ? (
        <>
          <p className="muted">{scheduled ? "A post with a time waits here until it goes." : "Save a post, and watch it arrive here."}</p>
          <Button component={Link} href="/">
            Write a post
          </Button>
        </>
      ) : (
        <Button variant="default" onClick={clear}>
          Show everything
        </Button>
      )}
    </div>
  );
}

type FiltersProps = { filter: Filter; change: (filter: Filter) => void; accounts: Map<string, Account> };

function Filters({ filter, change, accounts }: FiltersProps) {
  const platforms = [...usePlatforms().values()];
  const any = { value: "", label: "Any" };
  return (
    <search className="filters" aria-label="Filter posts">
      <TextInput
        aria-label="Words"
        placeholder="Search the words"
        leftSection={<Icon name="search" />}
        value={filter.text}
        onChange={(event) => change({ ...filter, text: event.currentTarget.value })}
      />
      <Select aria-label="Platform" data={[{ ...any, label: "Any platform" }, ...platforms.map((each) => ({ value: each.id, label: each.name }))]} value={filter.platform} onChange={(platform) => change({ ...filter, platform: platform ?? "" })} />
      <Select aria-label="Account" data={[{ ...any, label: "Any account" }, ...[...accounts.values()].map((each) => ({ value: each.id, label: each.display_name }))]} value={filter.account} onChange={(account) => change({ ...filter, account: account ?? "" })} />
      <Select aria-label="Outcome" data={[{ ...any, label: "Any outcome" }, ...STATUSES]} value={filter.status} onChange={(status) => change({ ...filter, status: status ?? "" })} />
    </search>
  );
}
