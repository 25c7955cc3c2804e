import { expect, test } from "vitest";

import { outcomeIn, startAddress, withoutOutcome } from "./sso";

test("an outcome is told in words, whatever it is", () => {
  expect(outcomeIn("?view=failed")).toBeNull();
  expect(outcomeIn("?sso=linked")).toEqual({ linked: true, words: "" });
  expect(outcomeIn("?sso=not_linked")?.words).toContain("link it in Settings");
  for (const odd of ["?sso=", "?sso=constructor", "?sso=<b>"]) expect(outcomeIn(odd)?.words).toBe("The sign-in page signed nobody in. Try again.");
});

test("one comes back to where one was, without the news of the time before", () => {
  expect(withoutOutcome("/app", "?sso=declined")).toBe("/app");
  expect(withoutOutcome("/app/activity", "?view=failed&sso=declined")).toBe("/app/activity?view=failed");
  expect(startAddress("/app/activity", "?view=failed&sso=x")).toBe("/auth/oidc/start?return_to=%2Fapp%2Factivity%3Fview%3Dfailed");
});
