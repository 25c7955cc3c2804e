import "./accounts.css";

import { Button, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { type Account, accountsQuery, type PlatformFacts, surroundingsQuery } from "../api/queries";
import { PlatformMark } from "../shell/Face";
import { Icon } from "../shell/Icon";
import { Trouble } from "../shell/Trouble";
import { AccountRow } from "./AccountRow";
import { linkPath, relinkPath } from "./linking";

export default function Accounts() {
  const accounts = useQuery(accountsQuery);
  const surroundings = useQuery(surroundingsQuery);
  const active = accounts.data?.filter((each) => each.is_active && each.status === "valid").length ?? 0;
  return (
    <>
      <div className="stack tight">
        <h1>Accounts</h1>
        <p className="muted">
          {accounts.data?.length
            ? `What you save goes to ${active} of ${accounts.data.length} accounts. The switch decides.`
            : "Link an account, and everything you save goes there while its switch is on."}
        </p>
      </div>
      {accounts.isPending || surroundings.isPending ? (
        <div className="stack" aria-label="Loading accounts" aria-busy="true" role="status">
          {[0, 1, 2].map((each) => (
            <Skeleton key={each} height={190} radius="lg" />
          ))}
        </div>
      ) : accounts.isError || surroundings.isError ? (
        <Trouble error={accounts.error ?? surroundings.error} again={() => void Promise.all([accounts.refetch(), surroundings.refetch()])} />
      ) : (
        surroundings.data.platforms.map((platform) => (
          <PlatformCard key={platform.id} platform={platform} accounts={accounts.data.filter((each) => each.platform === platform.id)} />
        ))
      )}
    </>
  );
}

const WAYS: Record<string, string> = { member: "Link profile", community: "Link organizations" };

function PlatformCard({ platform, accounts }: { platform: PlatformFacts; accounts: Account[] }) {
  const ways = platform.ways.filter((way) => way.configured);
  return (
    <section className="card flush" aria-labelledby={`platform-${platform.id}`}>
      <div className="platform-head">
        <PlatformMark platform={platform.id} large />
        <div className="grow stack tight">
          <h2 id={`platform-${platform.id}`}>{platform.name}</h2>
          <p className="muted small">{platform.help}</p>
        </div>
        <div className="row wrap">
          {ways.map((way) => (
            <Button
              key={way.app}
              component="a"
              href={linkPath(platform.id, way.app)}
              variant={accounts.length ? "default" : "filled"}
              leftSection={<Icon name="link" />}
              title={way.purpose}
            >
              {WAYS[way.app] ?? "Link account"}
              <span className="out-of-sight"> on {platform.name}</span>
            </Button>
          ))}
        </div>
      </div>
      {ways.length < platform.ways.length && <Setup platform={platform} />}
      {accounts.length > 0 && (
        <ul className="accounts">
          {accounts.map((account) => (
            <AccountRow key={account.id} account={account} platformName={platform.name} relink={relinkPath(platform, account)} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** What is still to be set up before a platform can be linked. */
function Setup({ platform }: { platform: PlatformFacts }) {
  return (
    <div className="setup">
      {platform.ways
        .filter((way) => !way.configured)
        .map((way) => (
          <p key={way.app} className="note small">
            <strong>{way.purpose}</strong> Not set up: create a developer app, allow the redirect address{" "}
            <code>{`${window.location.origin}/oauth/${platform.id}/callback`}</code>, and give Simulcast its id and secret. <code>simulcast doctor</code> checks them.
          </p>
        ))}
    </div>
  );
}
