import type { ActivityItem, Attempt, Content, Delivery } from "../api/queries";
import type { IconName } from "../shell/Icon";

export type Tone = "good" | "bad" | "warn" | "calm" | "";
export type Said = { words: string; tone: Tone; icon: IconName };
type ErrorOut = NonNullable<Attempt["error"]>;
const PARKED = "needs_reconnect";

export function isFinal(delivery: Delivery): boolean {
  return ["success", "failed", "canceled"].includes(delivery.status);
}

/** What became of a delivery, in a word or two. */
export function statusOf(delivery: Delivery): Said {
  if (delivery.unconfirmed) return { words: "Unconfirmed", tone: "warn", icon: "question" };
  switch (delivery.status) {
    case "success":
      return { words: "Posted", tone: "good", icon: "check" };
    case "failed":
      return { words: "Not posted", tone: "bad", icon: "cross" };
    case "canceled":
      return { words: "Canceled", tone: "", icon: "cross" };
    default:
      if (delivery.wait_reason === PARKED || delivery.actions.includes("reconnect")) return { words: "Waits for you", tone: "warn", icon: "link" };
      if (delivery.being_sent) return { words: "Sending", tone: "calm", icon: "refresh" };
      return { words: delivery.status === "retried" ? "Trying again" : "Waiting", tone: "calm", icon: "clock" };
  }
}

/** Why, and what a person should do next, in plain words; empty when all is well. */
export function nextStep(delivery: Delivery): string {
  if (delivery.unconfirmed) return "The answer was lost, so it may or may not be posted. Look there, then say which.";
  if (delivery.actions.includes("reconnect")) return "Access has ended. Reconnect the account, and it goes by itself.";
  if (delivery.status === "failed" && delivery.last_error) return failureWords(delivery.last_error);
  if (!isFinal(delivery) && (delivery.wait_reason || delivery.last_error)) return waitWords(delivery.wait_reason ?? delivery.last_error?.kind ?? "");
  return "";
}

const FAILURES: Record<string, string> = {
  transient: "It did not get through, however often it was tried. Try it again.",
  rate_limited: "The platform took no more posts for as long as this one could wait. Try it again.",
  platform_down: "The platform was down for longer than this post could wait. Try it again.",
  needs_reconnect: "Access to the account had ended. Reconnect it, then try again.",
};

/** Why it failed for good. Where the reason is the platform's own decision, what it said is the reason. */
export function failureWords({ kind, message }: ErrorOut): string {
  return FAILURES[kind] ?? message;
}

/** Whether `failureWords` leaves something out that whoever looks into it wants to read. */
export function saysMore(error: ErrorOut, told: string): boolean {
  return error.code !== null || error.message !== told;
}

const WAITS: Record<string, string> = {
  rate_limited: "The platform asks us to slow down.",
  platform_down: "The platform is down; it goes when that is over.",
  processing: "The platform is still working on it.",
  confirming: "The answer was lost; the platform is asked what became of it.",
  twin: "The same words went to the same place, and their answer is awaited.",
  transient: "Something went wrong on the way; it is tried again.",
};

export function waitWords(reason: string): string {
  return WAITS[reason] ?? `${reason.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase())}.`;
}

const OUTCOMES: Record<string, string> = { published: "Posted", processing: "Accepted; the platform works on it", found: "Found: it is posted" };
const TRIES: Record<string, string> = {
  transient: "Something went wrong on the way",
  rate_limited: "The platform asked us to slow down",
  platform_down: "The platform was down",
  needs_reconnect: "Access had ended",
  unconfirmed: "The answer was lost",
};

/** What a post is known by in a list. */
export function contentWords({ title, body }: Pick<Content, "title" | "body">): string {
  return title || body || "No words, pictures only";
}

/** How one try went, in a few plain words. */
export function attemptWords({ error, outcome }: Pick<Attempt, "error" | "outcome">): string {
  if (error) return TRIES[error.kind] ?? error.message;
  return outcome ? (OUTCOMES[outcome] ?? outcome.replaceAll("_", " ")) : "under way";
}

/** All outcomes of one content in one line; `left_s` counts down to its release. */
export function summaryOf(item: ActivityItem, scheduled: string, left_s = 0): Said {
  const { content, deliveries } = item;
  if (content.held_at && !content.canceled_at) return { words: "Held: its time was missed", tone: "warn", icon: "clock" };
  if (content.canceled_at && deliveries.every((each) => each.status !== "success")) return { words: "Taken back", tone: "", icon: "cross" };
  if (content.visibility === "private") return { words: "Kept here", tone: "", icon: "check" };
  if (!content.released) return { words: content.scheduled_at ? scheduled : left_s ? `Goes in ${left_s} s` : "About to go", tone: "calm", icon: "clock" };
  if (deliveries.length === 0) return { words: "Went nowhere", tone: "warn", icon: "warning" };
  const count = (test: (delivery: Delivery) => boolean) => deliveries.filter(test).length;
  const asks = count((each) => each.unconfirmed);
  const failed = count((each) => each.status === "failed" && !each.unconfirmed);
  const waits = count((each) => !isFinal(each) && each.actions.includes("reconnect"));
  const open = count((each) => !isFinal(each)) - waits;
  const posted = count((each) => each.status === "success");
  if (asks) return { words: `${asks} unconfirmed`, tone: "warn", icon: "question" };
  if (failed) return { words: `${failed} not posted`, tone: "bad", icon: "cross" };
  if (waits) return { words: `${waits} ${waits === 1 ? "waits" : "wait"} for you`, tone: "warn", icon: "link" };
  if (open) return { words: `${posted} of ${deliveries.length} posted`, tone: "calm", icon: "refresh" };
  return { words: posted === deliveries.length ? `Posted on ${posted}` : `Posted on ${posted} of ${deliveries.length}`, tone: posted ? "good" : "", icon: "check" };
}

export function ago(instant: string, now: number): string {
  const minutes = Math.round((now - Date.parse(instant)) / 60_000);
  const format = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  if (minutes < 1) return "just now";
  if (minutes < 60) return format.format(-minutes, "minute");
  if (minutes < 60 * 24) return format.format(-Math.round(minutes / 60), "hour");
  return format.format(-Math.round(minutes / 60 / 24), "day");
}
