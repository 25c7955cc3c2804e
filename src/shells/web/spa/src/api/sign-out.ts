import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { flushSync } from "react-dom";

import { useTell } from "../shell/notices";
import { api, data, dropQuestions } from "./client";
import { sessionQuery } from "./queries";

const KEPT = ["session", "surroundings", "setup"];

/** Ends the session. While `leaving` no page may be shown: none of them should ask anything of a session that is ending. */
export function useSignOut(): { leaving: boolean; leave: () => void } {
  const client = useQueryClient();
  const tell = useTell();
  const [leaving, setLeaving] = useState(false);
  const leave = () => {
    flushSync(() => setLeaving(true)); // the pages are gone before anything else, and with them what they would ask
    void client.cancelQueries();
    dropQuestions();
    // At once, and kept alive: who signs out may close the tab in the same moment.
    data(api.POST("/auth/logout", { keepalive: true }))
      .then(() => {
        client.setQueryData(sessionQuery.queryKey, null);
        client.removeQueries({ predicate: (query) => !KEPT.includes(String(query.queryKey[0])) });
      })
      .catch((error: Error) => tell({ text: `You are still signed in. ${error.message}`, tone: "bad" }))
      .finally(() => setLeaving(false));
  };
  return { leaving, leave };
}
