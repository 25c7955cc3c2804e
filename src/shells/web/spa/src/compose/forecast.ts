import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { api, data } from "../api/client";
import { type Draft, isEmpty } from "./draft";
import { contentOf } from "./request";
import type { Judged } from "./verdict";

const PAUSE_MS = 300;

/** What the server makes of a draft once the person pauses, by the rules that saving and sending go by. `fresh`: of this very draft. */
export function useForecast(draft: Draft, zone: string, hold_s: number, accounts: string): { judged: Judged | undefined; fresh: boolean } {
  const written = asJson(draft, zone, hold_s);
  const [settled] = useDebouncedValue(written, PAUSE_MS);
  const asked = written !== "" && !isEmpty({ ...draft, when: "" });
  const found = useQuery({
    queryKey: ["preview", accounts, settled],
    queryFn: () => data(api.POST("/content/preview", { body: JSON.parse(settled) as ReturnType<typeof contentOf> })),
    enabled: asked && settled !== "",
    placeholderData: keepPreviousData,
    gcTime: 60_000,
    retry: false,
  });
  return { judged: asked ? found.data : undefined, fresh: asked && settled === written && !found.isPlaceholderData && found.isSuccess };
}

/** Empty while the time that is being typed is none. */
function asJson(draft: Draft, zone: string, hold_s: number): string {
  try {
    return JSON.stringify(contentOf(draft, zone, hold_s));
  } catch (error) {
    if (error instanceof RangeError) return "";
    throw error;
  }
}
