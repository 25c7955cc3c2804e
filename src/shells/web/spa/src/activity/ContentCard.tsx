import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useId } from "react";

import type { Account, ActivityItem } from "../api/queries";
import { useEdit } from "../compose/editing";
import { useSecondsUntil } from "../shell/clock";
import { Face } from "../shell/Face";
import { Icon } from "../shell/Icon";
import { shown } from "../shell/zone";
import { useRelease, useRetryAll, useTakeBack } from "./changes";
import { DeliveryRow } from "./DeliveryRow";
import { Glimpse } from "./Glimpse";
import { ago, contentWords, isFinal, statusOf, summaryOf } from "./words";

const FACES_MAX = 6;
type Props = { item: ActivityItem; accounts: Map<string, Account>; zone: string };

export function ContentCard({ item, accounts, zone }: Props) {
  const { content, deliveries, skipped } = item;
  const [open, details] = useDisclosure(false);
  const edit = useEdit(zone);
  const id = useId();
  const soon = !content.released && !content.canceled_at && !content.held_at && !content.scheduled_at;
  const left_s = useSecondsUntil(soon ? content.release_at : null);
  const summary = summaryOf(item, content.scheduled_at ? shown(content.scheduled_at, zone) : "", left_s);
  const words = contentWords(content);
  const media = content.media_assets.length;
  return (
    <li className="card flush content">
      <button type="button" className="content-head" aria-expanded={open} aria-controls={id} onClick={details.toggle}>
        <Glimpse media={content.media_assets} />
        <span className="grow stack tight">
          <span className="content-text">{words}</span>
          <span className="small muted">
            {ago(content.created_at, Date.now())}
            {media > 0 && ` · ${media} ${media === 1 ? "file" : "files"}`}
            {skipped.length > 0 && ` · ${skipped.length} left out`}
          </span>
        </span>
        <span className="content-outcome">
          <span className={`pill ${summary.tone}`}>
            <Icon name={summary.icon} />
            {summary.words}
          </span>
          <span className="faces" aria-hidden="true">
            {deliveries.slice(0, FACES_MAX).map((each) => (
              <span key={each.id} className={`ring ${statusOf(each).tone}`}>
                <Face small name={each.account_name ?? "?"} picture={accounts.get(each.account_id)?.avatar_url ?? null} platform={each.platform} />
              </span>
            ))}
            {deliveries.length > FACES_MAX && <span className="small muted">+{deliveries.length - FACES_MAX}</span>}
          </span>
        </span>
        <span className={`turn ${open ? "open" : ""}`}>
          <Icon name="down" />
        </span>
      </button>
      <div id={id}>
        {open && (
          <div className="content-body">
            {(content.title || content.body.length > 120) && content.body && <p className="content-full">{content.body}</p>}
            {content.held_reason && <p className="note warn">{content.held_reason}</p>}
            {(content.at_risk || []).map((risk) => (
              <p key={risk.account_id} className="note warn small">
                <strong>{risk.account_name}</strong>: {risk.reason}
              </p>
            ))}
            <ContentTools item={item} change={() => edit(content, "change")} />
            {deliveries.length > 0 && (
              <ul className="deliveries" aria-label="Accounts">
                {deliveries.map((each) => (
                  <DeliveryRow key={each.id} delivery={each} account={accounts.get(each.account_id)} zone={zone} edit={() => edit(content, "resend")} />
                ))}
              </ul>
            )}
            {skipped.length > 0 && (
              <div className="stack tight">
                <h2 className="small">Left out</h2>
                <ul className="deliveries" aria-label="Left out">
                  {skipped.map((each) => (
                    <li key={each.account_id} className="row small">
                      <Face small name={each.account_name ?? "?"} picture={null} platform={each.platform ?? "?"} />
                      <span>
                        <span className="strong">{each.account_name ?? "An account"}</span> <span className="muted">{each.reason}</span>
                      </span>
                    </li>
                  ))}
                </ul>
              </div>
            )}
          </div>
        )}
      </div>
    </li>
  );
}

function ContentTools({ item: { content, deliveries }, change }: { item: ActivityItem; change: () => void }) {
  const retry = useRetryAll();
  const back = useTakeBack();
  const release = useRelease();
  const failed = deliveries.filter((each) => each.status === "failed" && !each.unconfirmed).length;
  const held = content.held_at !== null && content.canceled_at === null;
  const stoppable = content.canceled_at === null && (!content.released || deliveries.some((each) => !isFinal(each)));
  const changeable = content.canceled_at === null && !content.released;
  if (!(failed > 1 || held || stoppable)) return null;
  return (
    <div className="row wrap">
      {held && (
        <Button size="xs" loading={release.isPending} onClick={() => release.mutate(content.id)}>
          Send it now
        </Button>
      )}
      {failed > 1 && (
        <Button size="xs" loading={retry.isPending} onClick={() => retry.mutate(content.id)}>
          Try all {failed} again
        </Button>
      )}
      {changeable && (
        <Button size="xs" variant="default" onClick={change}>
          {content.scheduled_at ? "Edit or move it" : "Edit it"}
        </Button>
      )}
      {stoppable && (
        <Button size="xs" variant="default" loading={back.isPending} onClick={() => back.mutate(content.id)}>
          {content.released ? "Stop what is not sent" : "Take it back"}
        </Button>
      )}
    </div>
  );
}
