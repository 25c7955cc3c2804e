import { QueryClient, queryOptions, useQuery } from "@tanstack/react-query";

import { api, csrfToken, data, Refusal } from "./client";
import type { components } from "./schema";
import { renew } from "./session";

type Schemas = components["schemas"];
export type Account = Schemas["ListedAccountOut"];
export type Content = Schemas["ContentOut"];
export type Delivery = Schemas["DeliveryOut"];
export type Attempt = Schemas["AttemptOut"];
export type ActivityItem = Schemas["ActivityItem"];
export type Media = Schemas["MediaOut"];
export type Saved = Schemas["SavedOut"];
export type Session = Schemas["SessionOut"];
export type PlatformFacts = Schemas["PlatformFactsOut"];
export type Skipped = Schemas["SkippedOut"];
export type Platform = Schemas["PlatformOut"];
export type PlatformApp = Schemas["PlatformAppOut"];
export type Place = Schemas["PlaceOut"];

export const queries = new QueryClient({
  defaultOptions: {
    mutations: { networkMode: "always" }, // without a network a change fails at once, in words, and does not wait unseen
    queries: {
      staleTime: 5_000,
      retry: (times, error) => times < 2 && !(error instanceof Refusal && error.status >= 400 && error.status < 500),
    },
  },
});

export const surroundingsQuery = queryOptions({
  queryKey: ["surroundings"],
  queryFn: () => data(api.GET("/surroundings")),
  staleTime: Infinity,
});

/** Who is signed in; null: nobody. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async (): Promise<Session | null> => {
    if (!csrfToken()) return null;
    const { data: session, response } = await api.GET("/auth/session");
    if (session) return session;
    if (response.status !== 401) throw new Refusal(response.status, `The server answered ${response.status}.`, undefined);
    return (await renew()) ? data(api.GET("/auth/session")) : null;
  },
  staleTime: 60_000,
});

/** Whether the master account is still to be created. */
export const setupQuery = queryOptions({ queryKey: ["setup"], queryFn: () => data(api.GET("/setup")), staleTime: 60_000 });

/** What each platform takes, and what its apps lack. */
export const platformsQuery = queryOptions({
  queryKey: ["platforms"],
  queryFn: async () => (await data(api.GET("/platforms"))).platforms,
  staleTime: 60_000,
});

export const placesQuery = queryOptions({ queryKey: ["places"], queryFn: () => data(api.GET("/me/sessions")) });

export const offerQuery = (id: string) =>
  queryOptions({
    queryKey: ["offer", id],
    queryFn: () => data(api.GET("/link-intents/{choice_id}/candidates", { params: { path: { choice_id: id } } })),
    staleTime: Infinity,
    gcTime: 0,
  });

export const meQuery = queryOptions({ queryKey: ["me"], queryFn: () => data(api.GET("/me")), staleTime: 60_000 });

export const accountsQuery = queryOptions({
  queryKey: ["accounts"],
  queryFn: async () => (await data(api.GET("/accounts"))).accounts,
  refetchInterval: 30_000,
});

export function usePlatforms(): Map<string, PlatformFacts> {
  const { data: found } = useQuery(surroundingsQuery);
  return new Map((found?.platforms ?? []).map((platform) => [platform.id, platform]));
}

/** How many deliveries will not be tried again by themselves, by platform and reason. */
export const deadCountsQuery = queryOptions({
  queryKey: ["dead", "count"],
  queryFn: async () => (await data(api.GET("/deadletters/counts"))).counts,
  refetchInterval: 15_000,
});

/** The same in all. */
export function useDeadCount(): number {
  return (useQuery(deadCountsQuery).data ?? []).reduce((sum, each) => sum + each.number, 0);
}
