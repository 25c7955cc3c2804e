import { describe, expect, it } from "vitest";

import { filterOf, isFiltered, NO_FILTER, queryOf, searchOf } from "./filtering";

describe("a filter", () => {
  it("asks for nothing until it is set", () => {
    expect(isFiltered({ ...NO_FILTER, text: "  " })).toBe(false);
    expect(Object.values(queryOf(NO_FILTER, "UTC")).every((each) => each === null)).toBe(true);
  });
  it("includes both of its days, on the person's own clock", () => {
    const day = queryOf({ ...NO_FILTER, from: "2026-03-29", to: "2026-03-29" }, "Europe/Berlin");
    expect(day).toMatchObject({ from: "2026-03-28T23:00:00.000Z", to: "2026-03-29T22:00:00.000Z" }); // 23 hours: clocks go on
  });
  it("takes no half-typed day", () => {
    expect(queryOf({ ...NO_FILTER, from: "12026-01-01", to: "2026-99-01" }, "UTC")).toMatchObject({ from: null, to: null });
  });
  it("survives in an address, which names only what filters", () => {
    const filter = { ...NO_FILTER, text: "boats & more", status: "failed" };
    expect(searchOf(filter, "scheduled")).toEqual({ view: "scheduled", text: "boats & more", status: "failed" });
    expect(searchOf(NO_FILTER, "all")).toEqual({});
    expect(filterOf(new URLSearchParams(searchOf(filter, "all")))).toEqual(filter);
  });
});
