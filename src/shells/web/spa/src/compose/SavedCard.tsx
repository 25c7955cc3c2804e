import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";

import { api, data } from "../api/client";
import type { Saved } from "../api/queries";
import { useSecondsUntil } from "../shell/clock";
import { Icon } from "../shell/Icon";
import { useTell } from "../shell/notices";
import { shown } from "../shell/zone";

type Props = { saved: Saved; zone: string; undone: () => void };

/** What was just saved: when it goes, to how many, and a way back until then. */
export function SavedCard({ saved, zone, undone }: Props) {
  const client = useQueryClient();
  const tell = useTell();
  const left_s = useSecondsUntil(saved.release_at);
  const going = saved.accounts.filter((each) => each.goes).length;
  const staying = saved.accounts.filter((each) => !each.goes);
  const accounts = `${going} ${going === 1 ? "account" : "accounts"}`;
  const undo = useMutation({
    mutationFn: () => data(api.POST("/content/{content_id}/cancel", { params: { path: { content_id: saved.id } } })),
    onSuccess: (answer) => {
      void client.invalidateQueries({ queryKey: ["activity"] });
      const late = answer.deliveries.filter((each) => each.outcome !== "stopped").length;
      if (answer.nothing_sent || late === 0) tell({ text: "Taken back. Nothing was sent." });
      else tell({ text: `${late} ${late === 1 ? "account had" : "accounts had"} it already; the rest was stopped.`, tone: "bad" });
      undone();
    },
    onError: (error) => tell({ text: error.message, tone: "bad" }),
  });
  const waiting = saved.release_at !== null && left_s > 0;
  const words = !going
    ? (saved.notice ?? "Saved. It goes nowhere: no account takes it.")
    : saved.scheduled_at
      ? `Goes to ${accounts} on ${shown(saved.scheduled_at, zone)}`
      : waiting
        ? `Goes to ${accounts} in ${left_s} s`
        : `On its way to ${accounts}`;
  return (
    <section className={`card saved ${going ? "" : "none-go"}`} aria-label="Saved">
      <div className="row wrap">
        <Icon name={going ? (waiting ? "clock" : "check") : "warning"} />
        <p className="strong grow" role="status">
          {words}
        </p>
        {waiting && (
          <Button variant="default" loading={undo.isPending} onClick={() => undo.mutate()}>
            Undo
          </Button>
        )}
        <Link href="/activity" className="strong">
          See activity
        </Link>
      </div>
      {staying.length > 0 && (
        <ul className="small muted staying">
          {staying.map((each) => (
            <li key={each.account_id}>
              Not to {each.display_name}: {each.reason}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
