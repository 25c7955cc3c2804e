import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { api, data, Refusal } from "../api/client";
import { sessionQuery, setupQuery } from "../api/queries";
import { Banners } from "../shell/Banners";

const PASSWORD_CHARS_MIN = 12;

/** The first run: whoever can read what the server printed creates the master account. The token stands behind a #. */
export function SetUp() {
  const client = useQueryClient();
  const [printed] = useState(() => new URLSearchParams(window.location.hash.slice(1)).get("token"));
  const [token, setToken] = useState(printed ?? "");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const create = useMutation({
    mutationFn: () => data(api.POST("/setup", { body: { token: token.trim(), email, password } })),
    onSuccess: (session) => {
      window.history.replaceState(null, "", "/app/accounts");
      client.setQueryData(setupQuery.queryKey, { open: false });
      client.setQueryData(sessionQuery.queryKey, session);
    },
    onError: (error) => {
      if (error instanceof Refusal && error.code === "setup_done") client.setQueryData(setupQuery.queryKey, { open: false });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
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
            <h1>Create the master account</h1>
            <p className="muted">Nobody is here yet. Who signs in with this account links the others and writes for them all.</p>
          </div>
          {printed === null && (
            <TextInput
              label="One-time token"
              description="The server printed it when it started; its address has it filled in."
              name="token"
              autoComplete="off"
              required
              withAsterisk={false}
              value={token}
              onChange={(event) => setToken(event.currentTarget.value)}
            />
          )}
          <TextInput label="E-mail" type="email" name="email" autoComplete="username" required withAsterisk={false} value={email} onChange={(event) => setEmail(event.currentTarget.value)} />
          <PasswordInput
            label="Password"
            description={`${PASSWORD_CHARS_MIN} characters or more`}
            name="password"
            autoComplete="new-password"
            minLength={PASSWORD_CHARS_MIN}
            required
            withAsterisk={false}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            visibilityToggleButtonProps={{ "aria-label": "Show the password", tabIndex: 0 }}
          />
          {create.isError && (
            <p className="note bad" role="alert">
              {create.error.message}
            </p>
          )}
          <Button type="submit" size="md" loading={create.isPending}>
            Create and sign in
          </Button>
        </form>
      </main>
    </div>
  );
}
