import { Button, Checkbox, Select, Skeleton, TextInput } from "@mantine/core";
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { api, data } from "../api/client";
import type { components } from "../api/schema";
import { useTell } from "../shell/notices";
import { Trouble } from "../shell/Trouble";

type Scope = components["schemas"]["ApiScope"];
type ApiKey = components["schemas"]["ApiKeyOut"];

const SCOPES: { scope: Scope; words: string }[] = [
  { scope: "content:read", words: "See posts and what became of them" },
  { scope: "content:write", words: "Save posts, take them back, try again" },
  { scope: "accounts:read", words: "See accounts" },
  { scope: "accounts:write", words: "Switch accounts, unlink them" },
  { scope: "media:read", words: "See pictures and videos" },
  { scope: "media:write", words: "Upload pictures and videos" },
];
const ENDS = [
  { value: "30", label: "In 30 days" },
  { value: "90", label: "In 90 days" },
  { value: "366", label: "In a year" },
  { value: "", label: "When I revoke it" },
];
const keysQuery = queryOptions({ queryKey: ["api-keys"], queryFn: async () => (await data(api.GET("/me/api-keys"))).api_keys });

/** Keys for programs: made, shown once, and revoked here. */
export function ApiKeys() {
  const keys = useQuery(keysQuery);
  const client = useQueryClient();
  const tell = useTell();
  const [shown, setShown] = useState<string | null>(null);
  const settled = () => client.invalidateQueries({ queryKey: keysQuery.queryKey });
  const revoke = useMutation({
    mutationFn: (key: ApiKey) => data(api.DELETE("/me/api-keys/{key_id}", { params: { path: { key_id: key.id } } })),
    onSuccess: (_, key) => tell({ text: `${key.name} works no more.` }),
    onError: (error) => tell({ text: error.message, tone: "bad" }),
    onSettled: settled,
  });
  if (keys.isPending) return <Skeleton height={220} radius="lg" />;
  if (keys.isError && keys.data === undefined) return <Trouble error={keys.error} again={() => void keys.refetch()} />;
  return (
    <section className="card stack" aria-labelledby="api-keys">
      <div className="stack tight">
        <h2 id="api-keys">Keys for programs</h2>
        <p className="muted">A program with a key posts as you, within what the key is for.</p>
      </div>
      {shown && (
        <div className="note" role="status">
          <p className="strong">Copy it now: it is not shown again.</p>
          <p className="row wrap">
            <code className="key">{shown}</code>
            <Button variant="default" size="xs" onClick={() => void navigator.clipboard.writeText(shown).then(() => tell({ text: "Copied." }))}>
              Copy
            </Button>
            <Button variant="subtle" size="xs" className="quiet" onClick={() => setShown(null)}>
              Done
            </Button>
          </p>
        </div>
      )}
      {keys.data.length > 0 && (
        <ul className="sessions" aria-label="Keys">
          {keys.data.map((key) => (
            <li key={key.id} className="row wrap between">
              <div className="stack tight">
                <span className="row wrap">
                  <span className="strong">{key.name}</span>
                  <code className="small muted">{key.prefix}…</code>
                </span>
                <span className="muted small">
                  {key.scopes.join(", ")} · {key.expires_at ? `ends ${day(key.expires_at)}` : "has no end"} · {key.last_used_at ? `last used ${day(key.last_used_at)}` : "never used"}
                </span>
              </div>
              <Button variant="default" size="sm" loading={revoke.isPending && revoke.variables?.id === key.id} onClick={() => revoke.mutate(key)}>
                Revoke<span className="out-of-sight"> {key.name}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
      <Make made={(key) => (setShown(key), settled())} />
    </section>
  );
}

function Make({ made }: { made: (key: string) => void }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<Scope[]>(["content:read", "content:write"]);
  const [ends, setEnds] = useState("90");
  const make = useMutation({
    mutationFn: () => data(api.POST("/me/api-keys", { body: { name, scopes, expires_in_days: ends ? Number(ends) : null } })),
    onSuccess: (answer) => {
      setName("");
      made(answer.key);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <form className="stack" onSubmit={submit}>
      <div className="row wrap">
        <TextInput label="What it is for" value={name} maxLength={100} required withAsterisk={false} onChange={(event) => setName(event.currentTarget.value)} />
        <Select label="Ends" data={ENDS} value={ends} onChange={(value) => setEnds(value ?? "")} allowDeselect={false} />
      </div>
      <Checkbox.Group label="It may" value={scopes} onChange={(value) => setScopes(value as Scope[])}>
        <div className="stack tight">
          {SCOPES.map(({ scope, words }) => (
            <Checkbox key={scope} value={scope} label={words} />
          ))}
        </div>
      </Checkbox.Group>
      {make.isError && (
        <p className="note bad" role="alert">
          {make.error.message}
        </p>
      )}
      <div className="row">
        <Button type="submit" loading={make.isPending} disabled={!name.trim() || scopes.length === 0}>
          Make a key
        </Button>
      </div>
    </form>
  );
}

function day(at: string): string {
  return new Date(at).toLocaleDateString(undefined, { dateStyle: "medium" });
}
