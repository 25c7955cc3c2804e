import { Button, Modal, Switch } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";

import type { Account } from "../api/queries";
import { Face } from "../shell/Face";
import { Icon } from "../shell/Icon";
import { useZone } from "../shell/use-zone";
import { shown } from "../shell/zone";
import { useRenewal, useSwitch, useUnlinking } from "./changes";
import { expiryOf, kindOf, statusOf } from "./words";

export function AccountRow({ account, platformName, relink }: { account: Account; platformName: string; relink: string }) {
  const [asking, ask] = useDisclosure(false);
  const flip = useSwitch();
  const renewal = useRenewal();
  const unlinking = useUnlinking(ask.close);
  const status = statusOf(account);
  const expiry = expiryOf(account, Date.now());
  const name = account.display_name;
  const zone = useZone();
  return (
    <li className="account">
      <Face name={name} picture={account.avatar_url} platform={account.platform} />
      <div className="grow stack tight">
        <div className="row wrap account-name">
          <span className="strong clip">{name}</span>
          <span className="muted small">{account.handle ? `@${account.handle.replace(/^@/, "")}` : kindOf(account)}</span>
        </div>
        <div className="row wrap account-facts">
          <span className={`pill ${status.tone}`}>{status.words}</span>
          {expiry && !status.reconnect && <span className={`small ${expiry.soon ? "soon" : "muted"}`}>{expiry.words}</span>}
        </div>
        {account.last_post && (
          <p className="small muted">
            Last post {shown(account.last_post.at, zone)}
            {account.last_post.permalink && (
              <>
                {" "}
                <a href={account.last_post.permalink} target="_blank" rel="noreferrer">
                  See it<Whose name={`on ${name}`} />
                </a>
              </>
            )}
          </p>
        )}
        {status.reconnect && account.status_reason && <p className="small muted">{account.status_reason}</p>}
      </div>
      <div className="account-tools">
        {status.reconnect ? (
          <Button component="a" href={relink} size="sm" leftSection={<Icon name="link" />}>
            Reconnect<Whose name={name} />
          </Button>
        ) : (
          <Button variant="subtle" color="gray" size="compact-sm" className="quiet" loading={renewal.isPending} onClick={() => renewal.mutate(account)}>
            Refresh now<Whose name={name} />
          </Button>
        )}
        <Button variant="subtle" color="gray" size="compact-sm" className="quiet" onClick={ask.open}>
          Unlink<Whose name={name} />
        </Button>
      </div>
      <Switch
        size="lg"
        className="big-switch"
        label="Active"
        labelPosition="left"
        checked={account.is_active}
        onChange={(event) => flip.mutate({ account, on: event.currentTarget.checked })}
        aria-label={`${name} on ${platformName} is active`}
      />
      {/* In parts, without Mantine's own head, which would be a second banner of the page. */}
      <Modal.Root opened={asking} onClose={ask.close} lockScroll={false} centered>
        <Modal.Overlay backgroundOpacity={0.45} />
        <Modal.Content radius="lg">
          <Modal.Body className="stack">
            <Modal.Title>Unlink {name}?</Modal.Title>
            <p>
              Nothing more goes to {name} on {platformName}, and what waits for it is canceled. What was posted stays, and so does its history here.
            </p>
            <div className="row end">
              <Button variant="default" onClick={ask.close} data-autofocus>
                Keep it
              </Button>
              <Button color="red" loading={unlinking.isPending} onClick={() => unlinking.mutate(account)}>
                Unlink
              </Button>
            </div>
          </Modal.Body>
        </Modal.Content>
      </Modal.Root>
    </li>
  );
}

/** Tells apart, for who hears the page, buttons that say the same. */
function Whose({ name }: { name: string }) {
  return <span className="out-of-sight"> {name}</span>;
}
