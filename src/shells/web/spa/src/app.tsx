import { Skeleton } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { Route, Router, Switch } from "wouter";

import { sessionQuery } from "./api/queries";
import { onSessionEnd } from "./api/session";
import { Frame } from "./shell/Frame";
import { Trouble } from "./shell/Trouble";
import { SignIn } from "./signin/SignIn";

const Compose = lazy(() => import("./compose/Compose"));
const Activity = lazy(() => import("./activity/Activity"));
const Accounts = lazy(() => import("./accounts/Accounts"));
const Nowhere = lazy(() => import("./shell/Nowhere"));

export function App() {
  const client = useQueryClient();
  const session = useQuery(sessionQuery);
  const [ended, setEnded] = useState(false);
  useEffect(
    () =>
      onSessionEnd(() => {
        setEnded(true);
        client.setQueryData(sessionQuery.queryKey, null);
      }),
    [client],
  );
  if (session.isPending) return null;
  if (session.isError) {
    return (
      <main className="gate">
        <div className="middle">
          <Trouble error={session.error} again={() => void session.refetch()} />
        </div>
      </main>
    );
  }
  if (session.data === null) return <SignIn ended={ended} />;
  return (
    <Router base="/app">
      <Frame session={session.data}>
        <Suspense fallback={<Skeleton height={320} radius="lg" />}>
          <Switch>
            <Route path="/" component={Compose} />
            <Route path="/activity" component={Activity} />
            <Route path="/accounts" component={Accounts} />
            <Route component={Nowhere} />
          </Switch>
        </Suspense>
      </Frame>
    </Router>
  );
}
