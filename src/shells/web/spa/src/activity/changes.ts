import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, data } from "../api/client";
import type { components } from "../api/schema";
import { useTell } from "../shell/notices";
import { type DeadFilter, narrowed } from "./dead";

type RedriveOut = components["schemas"]["RedriveOut"];

function useChange<T>(work: (subject: T) => Promise<string>) {
  const client = useQueryClient();
  const tell = useTell();
  return useMutation({
    mutationFn: work,
    onSuccess: (words) => tell({ text: words }),
    onError: (error) => tell({ text: error.message, tone: "bad" }),
    onSettled: () => Promise.all(["activity", "delivery", "dead"].map((key) => client.invalidateQueries({ queryKey: [key] }))),
  });
}

const many = (number: number, one: string) => `${number} ${one}${number === 1 ? "" : "s"}`;

export function useRetry() {
  return useChange(async (id: string) => {
    await data(api.POST("/deliveries/{delivery_id}/retry", { params: { path: { delivery_id: id } } }));
    return "It is tried again now.";
  });
}

export function useRetryAll() {
  return useChange(async (id: string) => {
    const done = await data(api.POST("/content/{content_id}/retry", { params: { path: { content_id: id } } }));
    const left = Object.keys(done.skipped).length;
    return `${many(done.again.length, "account")} tried again.${left ? ` ${many(left, "unconfirmed one")} left for you to decide.` : ""}`;
  });
}

export function useResolve() {
  return useChange(async ({ id, posted }: { id: string; posted: boolean }) => {
    const body = { outcome: posted ? ("posted" as const) : ("not_posted" as const) };
    await data(api.POST("/deliveries/{delivery_id}/resolve", { params: { path: { delivery_id: id } }, body }));
    return posted ? "Noted as posted." : "Noted. It is sent again now.";
  });
}

export function useAsk() {
  return useChange(async (id: string) => {
    const found = await data(api.POST("/deliveries/{delivery_id}/ask", { params: { path: { delivery_id: id } } }));
    return found.status === "success" ? "Found: it is posted." : "The platform was asked.";
  });
}

export function useTakeBack() {
  return useChange(async (id: string) => {
    const done = await data(api.POST("/content/{content_id}/cancel", { params: { path: { content_id: id } } }));
    if (done.nothing_sent) return "Taken back. Nothing was sent.";
    const stopped = done.deliveries.filter((each) => each.outcome === "stopped").length;
    return `${many(stopped, "account")} stopped; ${done.deliveries.length - stopped} could not be.`;
  });
}

export function useRelease() {
  return useChange(async (id: string) => {
    await data(api.POST("/content/{content_id}/release", { params: { path: { content_id: id } } }));
    return "It goes now.";
  });
}

const redriven = (again: number, left: number) => `${many(again, "delivery").replace("deliverys", "deliveries")} sent again.${left ? ` ${left} not: they may already be posted.` : ""}`;

export function useRedrive() {
  return useChange(async (ids: string[]) => {
    const done = await data(api.POST("/deadletters", { body: { ids, all: false } }));
    return redriven(done.again.length, Object.keys(done.skipped).length);
  });
}

/** All that a filter means, in as many calls as that takes. */
export function useRedriveAll() {
  return useChange(async (filter: DeadFilter) => {
    let again = 0;
    let left = 0;
    let before: string | null = null;
    do {
      const done: RedriveOut = await data(api.POST("/deadletters", { body: { all: true, before, ...narrowed(filter) } }));
      again += done.again.length;
      left += Object.keys(done.skipped).length;
      before = done.next_before;
    } while (before !== null);
    return redriven(again, left);
  });
}
