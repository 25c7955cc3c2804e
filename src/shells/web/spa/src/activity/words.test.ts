import { describe, expect, it } from "vitest";

import type { ActivityItem, Delivery } from "../api/queries";
import { ago, failureWords, isFinal, nextStep, saysMore, statusOf, summaryOf, waitWords } from "./words";

const delivery = (changes: Partial<Delivery>): Delivery =>
  ({ status: "pending", unconfirmed: false, being_sent: false, wait_reason: null, last_error: null, actions: ["cancel"], ...changes }) as Delivery;
const item = (deliveries: Delivery[], content: Partial<ActivityItem["content"]> = {}): ActivityItem =>
  ({ content: { held_at: null, canceled_at: null, visibility: "public", released: true, scheduled_at: null, ...content }, deliveries }) as ActivityItem;

describe("what became of a delivery", () => {
  it("says unconfirmed before it says failed", () => {
    expect(statusOf(delivery({ status: "failed", unconfirmed: true })).words).toBe("Unconfirmed");
    expect(statusOf(delivery({ status: "failed" })).words).toBe("Not posted");
  });
  it("says that it waits for its person where only they can help", () => {
    expect(statusOf(delivery({ status: "retried", actions: ["reconnect", "cancel"] })).words).toBe("Waits for you");
    expect(nextStep(delivery({ actions: ["reconnect"] }))).toContain("Reconnect");
  });
  it("is plain about errors, and quotes the platform only where that is the reason", () => {
    const last_error = { kind: "transient", code: "500", message: "The platform answers 500." };
    expect(nextStep(delivery({ status: "retried", last_error }))).toBe(waitWords("transient"));
    expect(nextStep(delivery({ status: "failed", last_error }))).toContain("Try it again");
    expect(nextStep(delivery({ status: "failed", last_error: { kind: "rejected_content", code: "100", message: "Too long." } }))).toBe("Too long.");
    expect(nextStep(delivery({ status: "success", last_error }))).toBe("");
    expect(saysMore(last_error, failureWords(last_error))).toBe(true);
    expect(saysMore({ kind: "refused", code: null, message: "No." }, "No.")).toBe(false);
  });
  it("is final in three ways", () => {
    expect(["success", "failed", "canceled", "pending", "retried"].map((status) => isFinal(delivery({ status })))).toEqual([true, true, true, false, false]);
  });
  it("names waits that it does not know", () => {
    expect(waitWords("platform_down")).toContain("down");
    expect(waitWords("something_new")).toBe("Something new.");
  });
});

describe("a post's outcomes in a line", () => {
  it("put what asks for its person first", () => {
    const posted = delivery({ status: "success" });
    const failed = delivery({ status: "failed" });
    const unsure = delivery({ status: "failed", unconfirmed: true });
    expect(summaryOf(item([posted, failed, unsure]), "").words).toBe("1 unconfirmed");
    expect(summaryOf(item([posted, failed]), "").words).toBe("1 not posted");
    expect(summaryOf(item([posted, delivery({})]), "").words).toBe("1 of 2 posted");
    expect(summaryOf(item([posted]), "").words).toBe("Posted on 1");
    expect(summaryOf(item([]), "").words).toBe("Went nowhere");
  });
  it("say when it goes before it went", () => {
    expect(summaryOf(item([], { released: false, scheduled_at: "2026-11-28T08:00:00Z" }), "Sat 09:00").words).toBe("Sat 09:00");
    expect(summaryOf(item([], { released: false }), "", 7).words).toBe("Goes in 7 s");
    expect(summaryOf(item([], { canceled_at: "2026-11-28T08:00:00Z" }), "").words).toBe("Taken back");
  });
});

describe("how long ago", () => {
  const now = Date.parse("2026-11-27T12:00:00Z");
  it("is told in the unit that fits", () => {
    expect(ago("2026-11-27T11:59:50Z", now)).toBe("just now");
    expect(ago("2026-11-27T11:00:00Z", now)).toContain("1 hour");
    expect(ago("2026-11-24T12:00:00Z", now)).toContain("3 days");
  });
});
