import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { renew } from "./session";

// First the page, then its news.
const AFTER_LOAD_MS = 1_500;
const AGAIN_MS = 5_000;
// The server shows every 15 s that the stream lives.
const SILENT_MAX_MS = 40_000;
const GATHER_MS = 200;
const STALE: Record<string, string[]> = {
  content: ["activity", "delivery", "dead"],
  delivery: ["activity", "delivery", "dead"],
  account: ["accounts", "activity", "preview"],
  settings: ["me"],
  reset: ["activity", "delivery", "dead", "accounts", "me"],
};
const live = ["live"];

/** Whether changes are told as they happen; where not, pages have to ask. */
export function useIsLive(): boolean {
  return useQuery({ queryKey: live, queryFn: () => false, initialData: false, staleTime: Infinity }).data;
}

/** Hears of changes while the tab is looked at: a browser has few connections to a server, and hidden tabs need none.
    It resumes after what it heard last, so nothing is missed. */
export function useLive(): void {
  const client = useQueryClient();
  useEffect(() => {
    let source: EventSource | null = null;
    let last = "";
    let timer = 0;
    let watch = 0;
    let gathering = 0;
    const stale = new Set<string>();
    const tell = () => {
      gathering = 0;
      for (const key of stale) void client.invalidateQueries({ queryKey: [key] });
      stale.clear();
    };
    const close = () => {
      source?.close();
      source = null;
      window.clearTimeout(timer);
      window.clearTimeout(watch);
      client.setQueryData(live, false);
    };
    const later = (wait_ms: number) => {
      close();
      timer = window.setTimeout(open, wait_ms);
    };
    const alive = () => {
      window.clearTimeout(watch);
      watch = window.setTimeout(() => later(0), SILENT_MAX_MS);
    };
    const open = () => {
      if (document.hidden) return;
      source = new EventSource(last ? `/events?after=${encodeURIComponent(last)}` : "/events");
      source.addEventListener("ready", (event) => {
        last = event.lastEventId || last;
        client.setQueryData(live, true);
        for (const key of STALE.reset ?? []) stale.add(key); // what happened before the stream was there
        gathering ||= window.setTimeout(tell, 0);
        alive();
      });
      source.addEventListener("beat", alive);
      for (const [name, keys] of Object.entries(STALE)) {
        source.addEventListener(name, (event) => {
          last = (event as MessageEvent).lastEventId || last;
          for (const key of keys) stale.add(key);
          gathering ||= window.setTimeout(tell, GATHER_MS);
          alive();
        });
      }
      source.onerror = () => {
        client.setQueryData(live, false);
        // Refused (a session that ended, too many streams): the browser does not try again by itself.
        if (source?.readyState === EventSource.CLOSED) void renew().finally(() => later(AGAIN_MS));
      };
    };
    const look = () => later(document.hidden ? AGAIN_MS : 0);
    document.addEventListener("visibilitychange", look);
    timer = window.setTimeout(open, AFTER_LOAD_MS);
    return () => {
      document.removeEventListener("visibilitychange", look);
      window.clearTimeout(gathering);
      close();
    };
  }, [client]);
}
