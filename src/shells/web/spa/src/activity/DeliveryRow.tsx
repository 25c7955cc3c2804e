import { Button, Skeleton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Fragment, type ReactNode, useId } from "react";

import { api, data } from "../api/client";
import { relinkPath } from "../accounts/linking";
import { type Account, type Delivery, usePlatforms } from "../api/queries";
import { exactly, lasted, shown } from "../compose/zone";
import { Face } from "../shell/Face";
import { Icon } from "../shell/Icon";
import { useAsk, useResolve, useRetry } from "./changes";
import { nextStep, statusOf, waitWords } from "./words";

const NOTICED_MS = 2_000;

type Props = { delivery: Delivery; account: Account | undefined; zone: string; lead?: ReactNode; edit?: () => void };

export function DeliveryRow({ delivery, account, zone, lead, edit }: Props) {
  const [open, timeline] = useDisclosure(false);
  const id = useId();
  const status = statusOf(delivery);
  const step = nextStep(delivery);
  const name = delivery.account_name ?? "An account";
  return (
    <li className="delivery">
      {lead}
      <Face small name={name} picture={account?.avatar_url ?? null} platform={delivery.platform} />
      <div className="grow stack tight">
        <div className="row wrap delivery-head">
          <span className="strong small">{name}</span>
          <span className={`pill ${status.tone}`}>
            <Icon name={status.icon} />
            {status.words}
          </span>
          {delivery.next_try_at && !delivery.finished_at && Date.parse(delivery.next_try_at) > Date.now() && (
            <span className="muted small">next try {shown(delivery.next_try_at, zone)}</span>
          )}
        </div>
        {step && <p className="small muted">{step}</p>}
        <div className="row wrap delivery-tools">
          <Tools delivery={delivery} account={account} name={name} edit={edit} />
          <Button variant="subtle" size="compact-sm" className="quiet" aria-expanded={open} aria-controls={id} onClick={timeline.toggle}>
            {open ? "Hide timeline" : "Timeline"}
            <span className="out-of-sight"> of {name}</span>
          </Button>
        </div>
        <div id={id}>{open && <Timeline id={delivery.id} zone={zone} />}</div>
      </div>
    </li>
  );
}

function Tools({ delivery, account, name, edit }: { delivery: Delivery; account: Account | undefined; name: string; edit: (() => void) | undefined }) {
  const platform = usePlatforms().get(delivery.platform);
  const retry = useRetry();
  const ask = useAsk();
  const can = (action: Delivery["actions"][number]) => delivery.actions.includes(action);
  return (
    <>
      {delivery.permalink ? (
        <Button component="a" href={delivery.permalink} target="_blank" rel="noreferrer" variant="default" size="compact-sm" rightSection={<Icon name="outside" />}>
          See the post<On name={name} />
        </Button>
      ) : (
        can("look") &&
        delivery.look_url && (
          <Button component="a" href={delivery.look_url} target="_blank" rel="noreferrer" size="compact-sm" rightSection={<Icon name="outside" />}>
            Look there<On name={name} />
          </Button>
        )
      )}
      {can("edit") && edit && (
        <Button size="compact-sm" onClick={edit}>
          Edit and send again<On name={name} />
        </Button>
      )}
      {can("retry") && (
        <Button size="compact-sm" variant={can("edit") && edit ? "default" : "filled"} loading={retry.isPending} onClick={() => retry.mutate(delivery.id)}>
          Try again<On name={name} />
        </Button>
      )}
      {can("reconnect") && (
        <Button component="a" href={account ? relinkPath(platform, account) : "/app/accounts"} size="compact-sm">
          Reconnect {name}
        </Button>
      )}
      {can("resolve") && !(can("look") && delivery.look_url) && (
        <Button size="compact-sm" loading={ask.isPending} onClick={() => ask.mutate(delivery.id)}>
          Ask the platform<On name={name} />
        </Button>
      )}
      {can("resolve") && <Decide delivery={delivery} name={name} ask={can("look") && delivery.look_url ? ask : null} />}
    </>
  );
}

/** What to do after looking, folded away until then: sending again what is there would post it twice. */
function Decide({ delivery, name, ask }: { delivery: Delivery; name: string; ask: ReturnType<typeof useAsk> | null }) {
  const [open, deciding] = useDisclosure(false);
  const resolve = useResolve();
  if (!open) {
    return (
      <Button variant="default" size="compact-sm" aria-expanded={false} onClick={deciding.open}>
        I have looked<On name={name} />
      </Button>
    );
  }
  return (
    <div className="decide stack tight" role="group" aria-label={`Is it posted on ${name}?`}>
      <p className="small">Is the post there? Sent again although it is, it stands there twice.</p>
      <div className="row wrap delivery-tools">
        <Button variant="default" size="compact-sm" loading={resolve.isPending} onClick={() => resolve.mutate({ id: delivery.id, posted: true })}>
          It is posted<On name={name} />
        </Button>
        <Button variant="default" size="compact-sm" loading={resolve.isPending} onClick={() => resolve.mutate({ id: delivery.id, posted: false })}>
          It is not: send again<On name={name} />
        </Button>
        {ask && (
          <Button variant="subtle" size="compact-sm" className="quiet" loading={ask.isPending} onClick={() => ask.mutate(delivery.id)}>
            I can't tell: ask the platform<On name={name} />
          </Button>
        )}
      </div>
    </div>
  );
}

/** Tells apart, for who hears the page, buttons that say the same. */
function On({ name }: { name: string }) {
  return <span className="out-of-sight"> on {name}</span>;
}

const OUTCOMES: Record<string, string> = { published: "Posted", processing: "Accepted; the platform works on it", found: "Found: it is posted" };

function Timeline({ id, zone }: { id: string; zone: string }) {
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
            Try {attempt.number}: {attempt.error?.message ?? (attempt.outcome ? (OUTCOMES[attempt.outcome] ?? attempt.outcome.replaceAll("_", " ")) : "under way")}
            {attempt.finished_at && <span className="muted"> ({lasted(Date.parse(attempt.finished_at) - Date.parse(attempt.started_at))})</span>}
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
