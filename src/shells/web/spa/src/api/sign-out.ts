import { useMutation, useQueryClient } from "@tanstack/react-query";

import { useTell } from "../shell/notices";
import { api, data, dropQuestions } from "./client";
import { sessionQuery } from "./queries";

const KEPT = ["session", "surroundings", "setup"];

/** Ends the session. While `leaving` no page may be shown: none of them should ask anything of a session that is ending. */
export function useSignOut(): { leaving: boolean; leave: () => void } {
  const client = useQueryClient();
  const tell = useTell();
  const { mutate, isPending } = useMutation({
    mutationFn: async () => {
      await new Promise((taken) => window.setTimeout(taken)); // the pages are taken away first
      await client.cancelQueries();
      dropQuestions();
      await data(api.POST("/auth/logout"));
    },
    onSuccess: () => {
      client.setQueryData(sessionQuery.queryKey, null);
      client.removeQueries({ predicate: (query) => !KEPT.includes(String(query.queryKey[0])) });
    },
    onError: (error) => tell({ text: `You are still signed in. ${error.message}`, tone: "bad" }),
  });
  return { leaving: isPending, leave: () => mutate() };
}
