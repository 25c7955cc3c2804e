import "./accounts.css";

import { Button, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useLocation, useSearch } from "wouter";

import { type Account, accountsQuery, type PlatformApp, platformsQuery, type PlatformFacts, surroundingsQuery } from "../api/queries";
import { useTell } from "../shell/notices";
import { PlatformMark } from "../shell/Face";
import { Icon } from "../shell/Icon";
import { Trouble } from "../shell/Trouble";
import { AccountRow } from "./AccountRow";
import { Choose } from "./Choose";
import { linkPath, relinkPath } from "./linking";

export default function Accounts() {
  const accounts = useQuery(accountsQuery);
  const surroundings = useQuery(surroundingsQuery);
  const [choice, done] = useConsent();
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
      {choice && <Choose id={choice} done={done} />}
      {accounts.isPending || surroundings.isPending ? (
        <div className="stack" aria-label="Loading accounts" aria-busy="true" role="status">
          {[0, 1, 2].map((each) => (
            <Skeleton key={each} height={190} radius="lg" />
          ))}
        </div>
      ) : !accounts.data || !surroundings.data ? (
        <Trouble error={accounts.error ?? surroundings.error} again={() => void Promise.all([accounts.refetch(), surroundings.refetch()])} />
      ) : (
        surroundings.data.platforms.map((platform) => (
          <PlatformCard key={platform.id} platform={platform} accounts={accounts.data.filter((each) => each.platform === platform.id)} />
        ))
      )}
    </>
  );
}

/** What a consent that was given just now left in the address: accounts to choose from, or how many were linked. */
function useConsent(): [string | null, () => void] {
  const search = new URLSearchParams(useSearch());
  const [, go] = useLocation();
  const tell = useTell();
  const linked = Number(search.get("linked") ?? 0);
  useEffect(() => {
    if (!linked) return;
    tell({ text: linked === 1 ? "One account is linked." : `${linked} accounts are linked.` });
    go("/accounts", { replace: true });
  }, [linked, tell, go]);
  return [search.get("choose"), () => go("/accounts", { replace: true })];
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
      <Lacking platform={platform.id} />
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

/** What is to be done before accounts can be linked, or go on as they should. */
function Lacking({ platform }: { platform: string }) {
  const platforms = useQuery(platformsQuery);
  const apps = platforms.data?.find((each) => each.id === platform)?.apps ?? [];
  const lacking = apps.filter((app) => app.lacks.length > 0 || app.missing_scopes.length > 0);
  if (lacking.length === 0) return null;
  return (
    <div className="setup">
      {lacking.map((app) => (
        <Diagnosis key={app.name} app={app} />
      ))}
    </div>
  );
}

function Diagnosis({ app }: { app: PlatformApp }) {
  return (
    <div className={`note small stack tight ${app.configured ? "warn" : ""}`}>
      <p>
        <strong>{app.configured ? app.purpose : `Not set up yet. ${app.purpose}`}</strong>
      </p>
      <ul className="lacks">
        {app.lacks.map((lack) => (
          <li key={lack.code + (lack.setting ?? "")}>{lack.words}</li>
        ))}
        {app.missing_scopes.map((each) => (
          <li key={each.account_id}>
            {each.display_name} lacks {each.scopes.join(", ")}: reconnect it.
          </li>
        ))}
      </ul>
      {!app.configured && (
        <p>
          Redirect address to register with the developer app: <code>{app.redirect_uri}</code>
        </p>
      )}
    </div>
  );
}
