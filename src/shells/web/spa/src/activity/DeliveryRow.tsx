import { Button, Skeleton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useId } from "react";

import { api, data } from "../api/client";
import { relinkPath } from "../accounts/linking";
import { type Account, type Delivery, usePlatforms } from "../api/queries";
import { shown } from "../compose/zone";
import { Face } from "../shell/Face";
import { Icon } from "../shell/Icon";
import { useResolve, useRetry } from "./changes";
import { nextStep, statusOf } from "./words";

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
  const resolve = useResolve();
  const whose = <span className="out-of-sight"> on {name}</span>;
  const can = (action: Delivery["actions"][number]) => delivery.actions.includes(action);
  return (
    <>
      {delivery.permalink ? (
        <Button component="a" href={delivery.permalink} target="_blank" rel="noreferrer" variant="default" size="compact-sm" rightSection={<Icon name="outside" />}>
          See the post{whose}
        </Button>
      ) : (
        can("look") &&
        delivery.look_url && (
          <Button component="a" href={delivery.look_url} target="_blank" rel="noreferrer" size="compact-sm" rightSection={<Icon name="outside" />}>
            Look there{whose}
          </Button>
        )
      )}
      {can("edit") && edit && (
        <Button size="compact-sm" onClick={edit}>
          Edit and send again{whose}
        </Button>
      )}
      {can("retry") && (
        <Button size="compact-sm" variant={can("edit") && edit ? "default" : "filled"} loading={retry.isPending} onClick={() => retry.mutate(delivery.id)}>
          Try again{whose}
        </Button>
      )}
      {can("reconnect") && (
        <Button component="a" href={account ? relinkPath(platform, account) : "/app/accounts"} size="compact-sm">
          Reconnect {name}
        </Button>
      )}
      {can("resolve") && (
        <>
          <Button variant="default" size="compact-sm" loading={resolve.isPending} onClick={() => resolve.mutate({ id: delivery.id, posted: true })}>
            It is posted{whose}
          </Button>
          <Button variant="default" size="compact-sm" loading={resolve.isPending} onClick={() => resolve.mutate({ id: delivery.id, posted: false })}>
            It is not: send again{whose}
          </Button>
        </>
      )}
    </>
  );
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
  const history = found.data.history ?? [];
  return (
    <ol className="timeline small">
      <li>
        <time className="muted">{shown(found.data.created_at, zone)}</time> Put in line
      </li>
      {history.map((attempt) => (
        <li key={`${attempt.number} ${attempt.started_at}`}>
          <time className="muted">{shown(attempt.started_at, zone)}</time> Try {attempt.number}:{" "}
          {attempt.error?.message ?? (attempt.outcome ? (OUTCOMES[attempt.outcome] ?? attempt.outcome.replaceAll("_", " ")) : "under way")}
        </li>
      ))}
      {found.data.finished_at && (
        <li>
          <time className="muted">{shown(found.data.finished_at, zone)}</time> {statusOf(found.data).words}
        </li>
      )}
    </ol>
  );
}
