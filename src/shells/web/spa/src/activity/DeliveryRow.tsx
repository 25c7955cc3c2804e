import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type ReactNode, useId } from "react";

import { relinkPath } from "../accounts/linking";
import { type Account, type Delivery, usePlatforms } from "../api/queries";
import { shown } from "../shell/zone";
import { useSecondsUntil } from "../shell/clock";
import { Face } from "../shell/Face";
import { Icon } from "../shell/Icon";
import { useAsk, useResolve, useRetry } from "./changes";
import { Technical, Timeline } from "./Timeline";
import { nextStep, saysMore, statusOf } from "./words";

const COUNTED_S_MAX = 120;

type Props = { delivery: Delivery; account: Account | undefined; zone: string; lead?: ReactNode; subject?: ReactNode; edit?: (() => void) | undefined };

export function DeliveryRow({ delivery, account, zone, lead, subject, edit }: Props) {
  const [open, timeline] = useDisclosure(false);
  const id = useId();
  const status = statusOf(delivery);
  const step = nextStep(delivery);
  const left_s = useSecondsUntil(delivery.finished_at ? null : delivery.next_try_at);
  const error = delivery.status === "success" ? null : delivery.last_error;
  const name = delivery.account_name ?? "An account";
  return (
    <li className="delivery">
      {lead}
      <Face small name={name} picture={account?.avatar_url ?? null} platform={delivery.platform} />
      <div className="grow stack tight">
        {subject}
        <div className="row wrap delivery-head">
          <span className="strong small">{name}</span>
          <span className={`pill ${status.tone}`}>
            <Icon name={status.icon} />
            {status.words}
          </span>
          {left_s > 0 && <span className="muted small">next try {left_s > COUNTED_S_MAX ? shown(delivery.next_try_at ?? "", zone) : `in ${left_s} s`}</span>}
        </div>
        {step && <p className="small muted">{step}</p>}
        {error && saysMore(error, step) && <Technical error={error} />}
        <div className="row wrap delivery-tools">
          <Tools delivery={delivery} account={account} name={name} edit={edit} />
          <Button variant="subtle" size="compact-sm" className="quiet" aria-expanded={open} aria-controls={id} onClick={timeline.toggle}>
            {open ? "Hide timeline" : "Timeline"}
            <span className="out-of-sight"> of {name}</span>
          </Button>
        </div>
        <div id={id}>
          {open && (
            <div className="stack tight">
              <Timeline id={delivery.id} zone={zone} />
              {edit && delivery.actions.includes("edit") && delivery.actions.includes("retry") && (
                <div>
                  <Retry delivery={delivery} name={name} words="Try again as it is" quiet />
                </div>
              )}
            </div>
          )}
        </div>
      </div>
    </li>
  );
}

function Tools({ delivery, account, name, edit }: { delivery: Delivery; account: Account | undefined; name: string; edit: (() => void) | undefined }) {
  const platform = usePlatforms().get(delivery.platform);
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
      {can("edit") && edit ? (
        <Button size="compact-sm" onClick={edit}>
          Edit and send again<On name={name} />
        </Button>
      ) : (
        can("retry") && <Retry delivery={delivery} name={name} words="Try again" />
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

function Retry({ delivery, name, words, quiet = false }: { delivery: Delivery; name: string; words: string; quiet?: boolean }) {
  const retry = useRetry();
  return (
    <Button size="compact-sm" variant={quiet ? "default" : "filled"} loading={retry.isPending} onClick={() => retry.mutate(delivery.id)}>
      {words}
      <On name={name} />
    </Button>
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
