import { Skeleton } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { Redirect, Route, Router, Switch } from "wouter";

import { sessionQuery, setupQuery, surroundingsQuery } from "./api/queries";
import { onSessionEnd } from "./api/session";
import { useSignOut } from "./api/sign-out";
import { Frame } from "./shell/Frame";
import { Trouble } from "./shell/Trouble";
import { SetUp } from "./signin/SetUp";
import { SignIn } from "./signin/SignIn";

const Compose = lazy(() => import("./compose/Compose"));
const Activity = lazy(() => import("./activity/Activity"));
const Accounts = lazy(() => import("./accounts/Accounts"));
const Settings = lazy(() => import("./settings/Settings"));
const Nowhere = lazy(() => import("./shell/Nowhere"));

export function App() {
  const client = useQueryClient();
  const session = useQuery(sessionQuery);
  const surroundings = useQuery(surroundingsQuery);
  const setup = useQuery({ ...setupQuery, enabled: session.data === null });
  const [ended, setEnded] = useState(false);
  const { leaving, leave } = useSignOut();
  useEffect(
    () =>
      onSessionEnd(() => {
        setEnded(true);
        client.setQueryData(sessionQuery.queryKey, null);
      }),
    [client],
  );
  // What the banner says is known before the first page is drawn, or it would push that page down.
  if (session.isPending || surroundings.isPending) return null;
  if (session.isError && session.data === undefined) {
    return (
      <main className="gate">
        <div className="middle">
          <Trouble error={session.error} again={() => void session.refetch()} />
        </div>
      </main>
    );
  }
  if (session.data === null && setup.isPending) return null;
  if (session.data === null) return setup.data?.open ? <SetUp /> : <SignIn ended={ended} />;
  if (leaving) return <main className="gate" aria-busy="true" aria-label="Signing out" />;
  return (
    <Router base="/app">
      <Frame session={session.data} onLeave={leave}>
        <Suspense fallback={<Skeleton height={320} radius="lg" />}>
          <Switch>
            <Route path="/" component={Compose} />
            <Route path="/activity" component={Activity} />
            <Route path="/accounts" component={Accounts} />
            <Route path="/settings" component={Settings} />
            <Route path="/setup">
              <Redirect to="/accounts" replace />
            </Route>
            <Route component={Nowhere} />
          </Switch>
        </Suspense>
      </Frame>
    </Router>
  );
}
