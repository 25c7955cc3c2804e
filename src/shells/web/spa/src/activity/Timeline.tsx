import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Fragment, type ReactNode } from "react";

import { api, data } from "../api/client";
import type { Attempt } from "../api/queries";
import { exactly, lasted, shown } from "../shell/zone";
import { attemptWords, saysMore, statusOf, waitWords } from "./words";

const NOTICED_MS = 2_000;

/** Each try of a delivery and each wait between them, in order. */
export function Timeline({ id, zone }: { id: string; zone: string }) {
  const found = useQuery({
    queryKey: ["delivery", id],
    queryFn: () => data(api.GET("/deliveries/{delivery_id}", { params: { path: { delivery_id: id } } })),
    refetchInterval: 5_000,
  });
  if (found.isPending) return <Skeleton height={60} radius="md" />;
  if (found.isError && found.data === undefined) return <p className="small wrong">{found.error.message}</p>;
  const { created_at, finished_at, wait_reason, next_try_at, history = [] } = found.data;
  const waits = !finished_at && next_try_at !== null && Date.parse(next_try_at) > Date.now();
  return (
    <ol className="timeline small">
      <At instant={created_at} zone={zone}>
        Put in line
      </At>
      {history.map((attempt, index) => (
        <Fragment key={`${attempt.number} ${attempt.started_at}`}>
          <Waited from={index ? (history[index - 1]?.finished_at ?? null) : created_at} until={attempt.started_at} />
          <At instant={attempt.started_at} zone={zone}>
            Try {attempt.number}: {attemptWords(attempt)}
            {attempt.finished_at && <span className="muted"> ({lasted(Date.parse(attempt.finished_at) - Date.parse(attempt.started_at))})</span>}
            {attempt.error && saysMore(attempt.error, attemptWords(attempt)) && <Technical error={attempt.error} />}
          </At>
        </Fragment>
      ))}
      {waits && (
        <li>
          <span className="muted">Waits</span> {wait_reason ? waitWords(wait_reason) : "Its turn comes."} Next try {exactly(next_try_at, zone)}.
        </li>
      )}
      {finished_at && (
        <At instant={finished_at} zone={zone}>
          {statusOf(found.data).words}
        </At>
      )}
    </ol>
  );
}

function At({ instant, zone, children }: { instant: string; zone: string; children: ReactNode }) {
  return (
    <li>
      <time className="muted" dateTime={instant} title={shown(instant, zone)}>
        {exactly(instant, zone)}
      </time>{" "}
      {children}
    </li>
  );
}

/** A wait that a person would notice. */
function Waited({ from, until }: { from: string | null; until: string }) {
  const spent = from ? Date.parse(until) - Date.parse(from) : 0;
  return spent < NOTICED_MS ? null : <li className="muted">Waited {lasted(spent)}</li>;
}

/** What the platform said in its own words, for whoever looks into it. */
export function Technical({ error }: { error: NonNullable<Attempt["error"]> }) {
  return (
    <details className="details small">
      <summary>Details</summary>
      <p>{error.message}</p>
      {error.code && <p>Code {error.code}</p>}
    </details>
  );
}
