import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { api, data } from "../api/client";
import { sessionQuery, surroundingsQuery } from "../api/queries";
import { Banners } from "../shell/Banners";
import { startAddress, useSsoOutcome } from "./sso";

/** Stands in place of every page until somebody is signed in; the address stays, so that they come back to where they were. */
export function SignIn({ ended }: { ended: boolean }) {
  const client = useQueryClient();
  const { data: surroundings } = useQuery(surroundingsQuery);
  const outcome = useSsoOutcome();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const enter = useMutation({
    mutationFn: () => data(api.POST("/auth/login", { body: { email, password } })),
    onSuccess: (session) => {
      client.setQueryData(sessionQuery.queryKey, session);
      void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "session" });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    enter.mutate();
  };
  return (
    <div className="gate">
      <Banners />
      <main className="middle">
        <form className="card stack" onSubmit={submit}>
          <div className="logo">
            <img src="/icon.svg" alt="" width="28" height="28" />
            Simulcast
          </div>
          <div className="stack tight">
            <h1>Sign in</h1>
            <p className="muted">
              {ended ? "Your session has ended. Sign in to go on where you were; your draft is kept." : "Write once. Every account you have switched on carries it."}
            </p>
          </div>
          <TextInput label="E-mail" type="email" name="email" autoComplete="username" required withAsterisk={false} value={email} onChange={(event) => setEmail(event.currentTarget.value)} />
          <PasswordInput
            label="Password"
            name="password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            visibilityToggleButtonProps={{ "aria-label": "Show the password", tabIndex: 0 }}
          />
          {enter.isError ? (
            <p className="note bad" role="alert">
              {enter.error.message}
            </p>
          ) : (
            outcome?.words && (
              <p className="note bad" role="alert">
                {outcome.words}
              </p>
            )
          )}
          <Button type="submit" size="md" loading={enter.isPending}>
            Sign in
          </Button>
          {surroundings?.sso && (
            <Button component="a" href={startAddress(window.location.pathname, window.location.search)} variant="default" size="md" className="wraps">
              Sign in with {surroundings.sso.name}
            </Button>
          )}
        </form>
      </main>
    </div>
  );
}
