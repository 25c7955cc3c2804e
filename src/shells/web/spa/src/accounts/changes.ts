import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, data } from "../api/client";
import { type Account, accountsQuery } from "../api/queries";
import { useTell } from "../shell/notices";

const key = accountsQuery.queryKey;

/** Shows the switch moved at once, and puts it back with the server's reason when it is refused. */
export function useSwitch() {
  const client = useQueryClient();
  const tell = useTell();
  return useMutation({
    mutationFn: ({ account, on }: { account: Account; on: boolean }) =>
      data(api.PATCH("/accounts/{account_id}/toggle", { params: { path: { account_id: account.id } }, body: { is_active: on } })),
    onMutate: async ({ account, on }) => {
      await client.cancelQueries({ queryKey: key });
      client.setQueryData(key, (all) => all?.map((each) => (each.id === account.id ? { ...each, is_active: on } : each)));
    },
    onError: (error, { account, on }) => {
      client.setQueryData(key, (all) => all?.map((each) => (each.id === account.id ? { ...each, is_active: !on } : each)));
      tell({ text: `${account.display_name} stays ${on ? "off" : "on"}. ${error.message}`, tone: "bad" });
    },
    onSuccess: (done) => {
      const name = done.account.display_name;
      const told = [];
      if (done.stopped) told.push(`${done.stopped} waiting ${done.stopped === 1 ? "post was" : "posts were"} canceled`);
      if (done.being_sent) told.push(`${done.being_sent} already on the way will arrive`);
      if (told.length) tell({ text: `${name} is off: ${told.join(", ")}.` });
    },
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
}

export function useRenewal() {
  const client = useQueryClient();
  const tell = useTell();
  return useMutation({
    mutationFn: (account: Account) => data(api.POST("/accounts/{account_id}/refresh", { params: { path: { account_id: account.id } } })),
    onSuccess: (account) => tell({ text: `Access to ${account.display_name} is renewed.` }),
    onError: (error, account) => tell({ text: `${account.display_name}: ${error.message}`, tone: "bad" }),
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
}

export function useUnlinking(done: () => void) {
  const client = useQueryClient();
  const tell = useTell();
  return useMutation({
    mutationFn: (account: Account) => data(api.DELETE("/accounts/{account_id}", { params: { path: { account_id: account.id } } })),
    onSuccess: (answer) => tell({ text: `${answer.account.display_name} is unlinked. Its history stays.` }),
    onError: (error, account) => tell({ text: `${account.display_name} stays linked. ${error.message}`, tone: "bad" }),
    onSettled: () => {
      done();
      void client.invalidateQueries({ queryKey: key });
    },
  });
}
