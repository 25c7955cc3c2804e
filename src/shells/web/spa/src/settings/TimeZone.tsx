import { Button, Select } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { api, data } from "../api/client";
import { meQuery } from "../api/queries";
import { useSecondsUntil } from "../shell/clock";
import { useTell } from "../shell/notices";
import { browserZone, shown } from "../shell/zone";

const DEVICE = "";
const SHOWN_MAX = 60;

/** In which zone times are shown and schedules are written. */
export function TimeZone() {
  const me = useQuery(meQuery);
  const client = useQueryClient();
  const tell = useTell();
  const [wanted, setWanted] = useState<string | null>(null);
  const change = useMutation({
    mutationFn: (time_zone: string | null) => data(api.PATCH("/me", { body: { time_zone } })),
    onSuccess: (user) => {
      client.setQueryData(meQuery.queryKey, user);
      void client.invalidateQueries({ queryKey: ["activity"] });
      setWanted(null);
      tell({ text: `Times are shown as in ${named(user.time_zone ?? browserZone())}.` });
    },
  });
  const kept = me.data?.time_zone ?? DEVICE;
  const value = wanted ?? kept;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(value || null);
  };
  return (
    <form className="card stack" onSubmit={submit}>
      <div className="stack tight">
        <h2>Time zone</h2>
        <p className="muted">Times are shown, and schedules written, as clocks go there.</p>
      </div>
      <div className="row wrap">
        <Select
          label="Zone"
          data={zones(kept)}
          value={value}
          onChange={(next) => setWanted(next ?? DEVICE)}
          searchable
          limit={SHOWN_MAX}
          nothingFoundMessage="There is no such zone"
          allowDeselect={false}
          disabled={me.isPending}
          w="min(22rem, 100%)"
        />
      </div>
      <Now zone={value || browserZone()} />
      {change.isError && (
        <p className="note bad" role="alert">
          {change.error.message}
        </p>
      )}
      <div className="row">
        <Button type="submit" loading={change.isPending} disabled={value === kept}>
          Use this zone
        </Button>
      </div>
    </form>
  );
}

/** What clocks show there, so that one sees whether it is the right zone. */
function Now({ zone }: { zone: string }) {
  const minute = Math.floor(Date.now() / 60_000) * 60_000;
  useSecondsUntil(new Date(minute + 60_000).toISOString());
  return <p className="small muted">It is {shown(new Date(), zone)} there.</p>;
}

function zones(kept: string): { value: string; label: string }[] {
  const all = new Set(["UTC", ...Intl.supportedValuesOf("timeZone"), ...(kept ? [kept] : [])]);
  return [{ value: DEVICE, label: `As on this device (${named(browserZone())})` }, ...[...all].map((zone) => ({ value: zone, label: named(zone) }))];
}

function named(zone: string): string {
  return zone.replaceAll("_", " ");
}
