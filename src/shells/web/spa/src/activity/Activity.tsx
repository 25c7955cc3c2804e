import "./activity.css";

import { Button, SegmentedControl, Skeleton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "wouter";

import { api, data } from "../api/client";
import { useIsLive } from "../api/live";
import { type Account, accountsQuery, type ActivityItem, useDeadCount } from "../api/queries";
import { Icon } from "../shell/Icon";
import { Trouble } from "../shell/Trouble";
import { useZone } from "../shell/use-zone";
import { ContentCard } from "./ContentCard";
import { DeadLetters } from "./DeadLetters";
import { type Filter, filterOf, isFiltered, NO_FILTER, queryOf, searchOf } from "./filtering";
import { Filters } from "./Filters";
import { NothingFits } from "./NothingFits";
import { isFinal } from "./words";

const PAGE = 20;
// While changes are told, a look now and then is for what no stream promises.
const LIVE_MS = 60_000;
const PAUSE_MS = 300;
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
  const accounts = new Map((useQuery(accountsQuery).data ?? []).map((each) => [each.id, each]));
  const dead = useDeadCount();
  const zone = useZone();
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
          onChange={(next) => setSearch(searchOf(next === "dead" ? NO_FILTER : filterOf(search), next))}
          data={[
            { value: "all", label: "All" },
            { value: "scheduled", label: "Scheduled" },
            { value: "dead", label: dead ? `Not sent (${dead})` : "Not sent" },
          ]}
        />
      </div>
      {view === "dead" ? <DeadLetters accounts={accounts} zone={zone} /> : <Posts key={view} scheduledOnly={view === "scheduled"} accounts={accounts} zone={zone} />}
    </>
  );
}

function Posts({ scheduledOnly, accounts, zone }: { scheduledOnly: boolean; accounts: Map<string, Account>; zone: string }) {
  const [search, setSearch] = useSearchParams();
  const filter = filterOf(search);
  const setFilter = (next: Filter) => setSearch(searchOf(next, scheduledOnly ? "scheduled" : "all"), { replace: true });
  const [settled] = useDebouncedValue(filter, PAUSE_MS);
  const live = useIsLive();
  const query = queryOf(settled, zone);
  const found = useInfiniteQuery({
    queryKey: ["activity", scheduledOnly, query],
    queryFn: ({ pageParam }) =>
      data(api.GET("/content", { params: { query: { ...query, order: scheduledOnly ? "scheduled" : "newest", limit: PAGE, after: pageParam } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_after,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (live ? LIVE_MS : state.data?.pages.some((page) => page.items.some(moves)) ? SOON_MS : LATER_MS),
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
  if (found.isError && found.data === undefined) return <Trouble error={found.error} again={() => void found.refetch()} />;
  const items = found.data.pages.flatMap((page) => page.items);
  const narrowed = isFiltered(filter) || isFiltered(settled);
  return (
    <>
      {(items.length > 0 || narrowed) && <Filters filter={filter} change={setFilter} accounts={accounts} />}
      {items.length > 0 ? (
        <ul className="contents" aria-label="Posts" aria-busy={found.isPlaceholderData}>
          {items.map((item) => (
            <ContentCard key={item.content.id} item={item} accounts={accounts} zone={zone} />
          ))}
        </ul>
      ) : narrowed ? (
        <NothingFits clear={() => setFilter(NO_FILTER)} />
      ) : (
        <Empty scheduled={scheduledOnly} />
      )}
      {found.hasNextPage && (
        <Button variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {scheduledOnly ? "Show later posts" : "Show earlier posts"}
        </Button>
      )}
    </>
  );
}

function Empty({ scheduled }: { scheduled: boolean }) {
  return (
    <div className="card empty">
      <Icon name="activity" />
      <h2>{scheduled ? "Nothing is scheduled" : "Nothing yet"}</h2>
      <p className="muted">{scheduled ? "A post with a time waits here until it goes." : "Save a post, and watch it arrive here."}</p>
      <Button component={Link} href="/">
        Write a post
      </Button>
    </div>
  );
}
