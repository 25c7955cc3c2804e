import type { operations } from "../api/schema";
import { instantOf } from "../shell/zone";

type Query = NonNullable<operations["ContentListAll"]["parameters"]["query"]>;

/** `from` and `to` are days as a calendar names them, both included; empty: any. */
export type Filter = { platform: string; account: string; status: string; text: string; from: string; to: string };
export const NO_FILTER: Filter = { platform: "", account: "", status: "", text: "", from: "", to: "" };

export function isFiltered(filter: Filter): boolean {
  return Object.values(filter).some((each) => each.trim() !== "");
}

/** What the API is asked for; days begin and end on the clock of `zone`. */
export function queryOf(filter: Filter, zone: string): Query {
  return {
    platform: filter.platform || null,
    account: filter.account || null,
    status: (filter.status || null) as NonNullable<Query["status"]> | null,
    text: filter.text.trim() || null,
    from: dayStart(filter.from, zone, 0),
    to: dayStart(filter.to, zone, 1),
  };
}

function dayStart(day: string, zone: string, days_on: number): string | null {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(midnight)) return null;
  const date = new Date(midnight);
  date.setUTCDate(date.getUTCDate() + days_on);
  return instantOf(`${date.toISOString().slice(0, 10)}T00:00`, zone).toISOString();
}

export const STATUSES = [
  { value: "success", label: "Posted" },
  { value: "pending", label: "On the way" },
  { value: "retried", label: "Trying again" },
  { value: "failed", label: "Not posted" },
  { value: "unconfirmed", label: "Unconfirmed" },
  { value: "canceled", label: "Canceled" },
  { value: "waiting", label: "Not yet sent" },
  { value: "held", label: "Held" },
  { value: "kept", label: "Kept here" },
  { value: "taken_back", label: "Taken back" },
];

const NAMES = Object.keys(NO_FILTER) as (keyof Filter)[];

/** The filter that an address names, so that it survives a reload and can be handed on. */
export function filterOf(search: URLSearchParams): Filter {
  return Object.fromEntries(NAMES.map((name) => [name, search.get(name) ?? ""])) as Filter;
}

/** The address of a filter; what filters nothing stays out of it. */
export function searchOf(filter: Filter, view: string): Record<string, string> {
  const kept = NAMES.filter((name) => filter[name] !== "").map((name) => [name, filter[name]]);
  return Object.fromEntries([...(view === "all" ? [] : [["view", view]]), ...kept]) as Record<string, string>;
}
