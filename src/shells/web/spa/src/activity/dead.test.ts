import { describe, expect, it } from "vitest";

import { narrowed, sumOf } from "./dead";

const counts = [
  { platform: "facebook", kind: "transient", number: 3 },
  { platform: "facebook", kind: "unconfirmed", number: 2 },
  { platform: "tiktok", kind: "transient", number: 5 },
];

describe("dead letters", () => {
  it("are counted by what the filter means", () => {
    expect(sumOf(counts, { platform: "", kind: "" }, false)).toBe(10);
    expect(sumOf(counts, { platform: "facebook", kind: "" }, false)).toBe(5);
    expect(sumOf(counts, { platform: "", kind: "transient" }, false)).toBe(8);
    expect(sumOf(undefined, { platform: "", kind: "" }, false)).toBe(0);
  });
  it("leave the unconfirmed to a person", () => {
    expect(sumOf(counts, { platform: "facebook", kind: "" }, true)).toBe(3);
  });
  it("are asked for with what narrows only", () => {
    expect(narrowed({ platform: "", kind: "transient" })).toEqual({ platform: null, kind: "transient" });
  });
});
