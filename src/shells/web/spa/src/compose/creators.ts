import { useQueries } from "@tanstack/react-query";

import { api, data } from "../api/client";
import type { Account } from "../api/queries";
import type { Draft } from "./draft";
import type { Creator } from "./tiktok-choices";

const KEPT_MS = 50_000;

/** The creators that a post is written for, asked afresh as TikTok wants it. */
export function useCreators(accounts: Account[], draft: Draft): { used: boolean; waiting: boolean; creators: Creator[] } {
  const used = draft.media.length > 0 ? accounts.filter((each) => each.platform === "tiktok" && each.is_active && each.status === "valid") : [];
  const asked = useQueries({
    queries: used.map((account) => ({
      queryKey: ["creator", account.id],
      queryFn: () => data(api.GET("/accounts/{account_id}/creator-info", { params: { path: { account_id: account.id } } })),
      staleTime: KEPT_MS,
      retry: false,
    })),
  });
  const creators = used.flatMap((account, index): Creator[] => {
    const { data: told, error } = asked[index] ?? {};
    if (!told && !error) return [];
    const name = told?.nickname ?? told?.username ?? account.display_name;
    return [{ ...told, account_id: account.id, name, trouble: told ? null : (error?.message ?? "") }];
  });
  return { used: used.length > 0, waiting: asked.some((each) => each.isPending), creators };
}
