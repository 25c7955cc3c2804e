import type { operations } from "../api/schema";

type Query = NonNullable<operations["DeadlettersListDeadLetters"]["parameters"]["query"]>;
type Kind = NonNullable<Query["kind"]>;

/** Which dead letters are shown; empty: any. */
export type DeadFilter = { platform: string; kind: string };
export type DeadCount = { platform: string; kind: string; number: number };

/** Why, as a person would say it. */
export const KIND_LABELS: Record<string, string> = {
  transient: "Did not get through",
  rate_limited: "Too many posts",
  platform_down: "Platform was down",
  needs_reconnect: "Access had ended",
  rejected_content: "Post not accepted",
  refused: "Not allowed",
  unconfirmed: "Unconfirmed",
};

/** The filter as the API takes it. */
export function narrowed(filter: DeadFilter): { platform: string | null; kind: Kind | null } {
  return { platform: filter.platform || null, kind: (filter.kind || null) as Kind | null };
}

/** How many there are of what a filter means; `sendable`: without the unconfirmed, which are decided one by one. */
export function sumOf(counts: DeadCount[] | undefined, filter: DeadFilter, sendable: boolean): number {
  return (counts ?? [])
    .filter((each) => (!filter.platform || each.platform === filter.platform) && (!filter.kind || each.kind === filter.kind))
    .filter((each) => !sendable || each.kind !== "unconfirmed")
    .reduce((sum, each) => sum + each.number, 0);
}
