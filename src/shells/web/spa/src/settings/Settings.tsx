import { Button, NumberInput, Skeleton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { api, data } from "../api/client";
import { meQuery, type Place, placesQuery } from "../api/queries";
import { useTell } from "../shell/notices";
import { Trouble } from "../shell/Trouble";
import { useZone } from "../shell/use-zone";
import { shown } from "../shell/zone";
import { ApiKeys } from "./ApiKeys";
import { deviceOf } from "./devices";
import { SingleSignOn } from "./SingleSignOn";
import { TimeZone } from "./TimeZone";

const HOLD_S_MAX = 300;

export default function Settings() {
  return (
    <>
      <div className="stack tight">
        <h1>Settings</h1>
        <p className="muted">How long a saved post can be taken back, whose clocks count, where you are signed in, and which programs act for you.</p>
      </div>
      <Undo />
      <TimeZone />
      <SingleSignOn />
      <Sessions />
      <ApiKeys />
    </>
  );
}

function Undo() {
  const me = useQuery(meQuery);
  const client = useQueryClient();
  const tell = useTell();
  const [wanted, setWanted] = useState<number | string | null>(null);
  const change = useMutation({
    mutationFn: (hold_seconds: number | null) => data(api.PATCH("/me", { body: { hold_seconds } })),
    onSuccess: (user) => {
      client.setQueryData(meQuery.queryKey, user);
      setWanted(null);
      tell({ text: `What you save now waits ${user.hold_seconds} s for an Undo.` });
    },
  });
  if (me.isError && me.data === undefined) return <Trouble error={me.error} again={() => void me.refetch()} />;
  const shown = wanted ?? me.data?.hold_seconds ?? "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(Number(shown));
  };
  return (
    <form className="card stack" onSubmit={submit}>
      <div className="stack tight">
        <h2>Undo</h2>
        <p className="muted">A post leaves this long after Save; until then it can be taken back.</p>
      </div>
      <div className="row wrap">
        <NumberInput label="Seconds" value={shown} onChange={setWanted} min={0} max={HOLD_S_MAX} allowDecimal={false} hideControls required withAsterisk={false} disabled={me.isPending} w="8rem" />
      </div>
      {change.isError && (
        <p className="note bad" role="alert">
          {change.error.message}
        </p>
      )}
      <div className="row">
        <Button type="submit" loading={change.isPending} disabled={shown === "" || Number(shown) === me.data?.hold_seconds}>
          Keep this
        </Button>
        {me.data?.hold_is_own && (
          <Button variant="default" onClick={() => change.mutate(null)}>
            As usual
          </Button>
        )}
      </div>
    </form>
  );
}

function Sessions() {
  const places = useQuery(placesQuery);
  const zone = useZone();
  const client = useQueryClient();
  const tell = useTell();
  const settled = () => client.invalidateQueries({ queryKey: placesQuery.queryKey });
  const end = useMutation({
    mutationFn: (place: Place) => data(api.DELETE("/me/sessions/{session_id}", { params: { path: { session_id: place.id } } })),
    onSuccess: (_, place) => tell({ text: `${deviceOf(place.device)} is signed out.` }),
    onError: (error) => tell({ text: error.message, tone: "bad" }),
    onSettled: settled,
  });
  const endOthers = useMutation({
    mutationFn: () => data(api.DELETE("/me/sessions")),
    onSuccess: ({ ended }) => tell({ text: ended === 1 ? "One other session was ended." : `${ended} other sessions were ended.` }),
    onError: (error) => tell({ text: error.message, tone: "bad" }),
    onSettled: settled,
  });
  if (places.isPending) return <Skeleton height={220} radius="lg" />;
  if (places.isError && places.data === undefined) return <Trouble error={places.error} again={() => void places.refetch()} />;
  const all = places.data.sessions;
  return (
    <section className="card stack" aria-labelledby="sessions">
      <div className="row wrap between">
        <div className="stack tight">
          <h2 id="sessions">Where you are signed in</h2>
          <p className="muted">End what you don't know, and change your password.</p>
        </div>
        {all.length > 1 && (
          <Button variant="default" loading={endOthers.isPending} onClick={() => endOthers.mutate()}>
            Sign out everywhere else
          </Button>
        )}
      </div>
      <ul className="sessions">
        {all.map((place) => (
          <li key={place.id} className="row wrap between">
            <div className="stack tight">
              <span className="row wrap">
                <span className="strong">{deviceOf(place.device)}</span>
                {place.current && <span className="pill good">This one</span>}
              </span>
              <span className="muted small">
                Since {shown(place.began_at, zone)}, last seen {shown(place.used_at, zone)}
              </span>
            </div>
            {!place.current && (
              <Button variant="default" size="sm" loading={end.isPending && end.variables?.id === place.id} onClick={() => end.mutate(place)}>
                Sign out<span className="out-of-sight"> {deviceOf(place.device)}</span>
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
