import type { ActivityItem } from "../api/queries";
import { isFinal } from "./words";

export type Filter = { platform: string; account: string; status: string; text: string };
export const NO_FILTER: Filter = { platform: "", account: "", status: "", text: "" };

/** Whether an item has a delivery, or an account that was left out, that a filter asks for. */
export function matches(item: ActivityItem, filter: Filter): boolean {
  const text = filter.text.trim().toLowerCase();
  if (text && !`${item.content.title ?? ""} ${item.content.body}`.toLowerCase().includes(text)) return false;
  if (!filter.platform && !filter.account && !filter.status) return true;
  const fits = (each: { platform: string | null; account_id: string }) =>
    (!filter.platform || each.platform === filter.platform) && (!filter.account || each.account_id === filter.account);
  if (filter.status === "skipped") return item.skipped.some(fits);
  if (item.deliveries.some((each) => fits(each) && (!filter.status || group(each) === filter.status))) return true;
  return !filter.status && item.skipped.some(fits);
}

function group(delivery: ActivityItem["deliveries"][number]): string {
  if (delivery.unconfirmed) return "unconfirmed";
  if (!isFinal(delivery)) return "open";
  return delivery.status;
}

export const STATUSES = [
  { value: "success", label: "Posted" },
  { value: "open", label: "On the way" },
  { value: "failed", label: "Not posted" },
  { value: "unconfirmed", label: "Unconfirmed" },
  { value: "canceled", label: "Canceled" },
  { value: "skipped", label: "Left out" },
];
