import { useQueries } from "@tanstack/react-query";

import { api, data } from "../api/client";
import type { Account } from "../api/queries";
import type { Draft } from "./draft";

const KEPT_MS = 50_000;

/** The creators that a post is written for, asked afresh as TikTok wants it. */
export function useCreators(accounts: Account[], draft: Draft) {
  const used = draft.media.length > 0 ? accounts.filter((each) => each.platform === "tiktok" && each.is_active && each.status === "valid") : [];
  const asked = useQueries({
    queries: used.map((account) => ({
      queryKey: ["creator", account.id],
      queryFn: () => data(api.GET("/accounts/{account_id}/creator-info", { params: { path: { account_id: account.id } } })),
      staleTime: KEPT_MS,
      retry: false,
    })),
  });
  return {
    used: used.length > 0,
    waiting: asked.some((each) => each.isPending),
    creators: asked.flatMap((each) => each.data ?? []),
    troubles: asked.flatMap((each, index) => (each.error ? [`${used[index]?.display_name}: ${each.error.message}`] : [])),
  };
}
