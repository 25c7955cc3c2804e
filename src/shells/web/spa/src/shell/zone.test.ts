import { describe, expect, it } from "vitest";

import { instantOf, lasted, wallOf } from "./zone";

describe("a wall time in a zone", () => {
  it.each([
    ["2026-12-24T18:00", "America/New_York", "2026-12-24T23:00:00.000Z"],
    ["2026-07-01T09:30", "Europe/Berlin", "2026-07-01T07:30:00.000Z"],
    ["2026-01-01T00:15", "Asia/Kathmandu", "2025-12-31T18:30:00.000Z"],
    ["2026-03-29T03:30", "Europe/Berlin", "2026-03-29T01:30:00.000Z"],
    ["2026-05-01T12:00", "UTC", "2026-05-01T12:00:00.000Z"],
  ])("%s in %s is %s", (wall, zone, instant) => {
    expect(instantOf(wall, zone).toISOString()).toBe(instant);
    expect(wallOf(new Date(instant), zone)).toBe(wall);
  });

  it("in a spring gap is after the gap", () => {
    expect(instantOf("2026-03-29T02:30", "Europe/Berlin").toISOString()).toBe("2026-03-29T01:30:00.000Z");
    expect(instantOf("2026-03-08T02:30", "America/New_York").toISOString()).toBe("2026-03-08T07:30:00.000Z");
  });

  it("in an autumn overlap is one of both", () => {
    expect(wallOf(instantOf("2026-10-25T02:30", "Europe/Berlin"), "Europe/Berlin")).toBe("2026-10-25T02:30");
  });
});

describe("how long something took", () => {
  it.each([
    [-3, "0 ms"],
    [350, "350 ms"],
    [1_250, "1.3 s"],
    [42_000, "42 s"],
    [180_000, "3 min"],
    [5_400_000, "1.5 h"],
  ])("%d ms is %s", (milliseconds, words) => {
    expect(lasted(milliseconds)).toBe(words);
  });
});
