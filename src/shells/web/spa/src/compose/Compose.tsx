import "./compose.css";

import { Button, Kbd, Skeleton, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ClipboardEvent, type KeyboardEvent, useState } from "react";

import { Refusal } from "../api/client";
import { accountsQuery, meQuery, type Saved, sessionQuery, surroundingsQuery, usePlatforms } from "../api/queries";
import { Trouble } from "../shell/Trouble";
import { outlooks as outlooksOf } from "./counting";
import { useCreators } from "./creators";
import { type Draft, emptyDraft, useDraft } from "./draft";
import { useForecast } from "./forecast";
import { MediaField, useUploads } from "./MediaField";
import { PlatformTexts } from "./PlatformTexts";
import { Preview } from "./Preview";
import { SavedCard } from "./SavedCard";
import { canSave, useSaving } from "./saving";
import { Targets } from "./Targets";
import { lacking } from "./tiktok-choices";
import { TikTokRules } from "./TikTokRules";
import { corrected } from "./verdict";
import { browserZone, wallOf } from "./zone";

const TITLE_MAX = 200;
const MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);

export default function Compose() {
  const session = useQuery(sessionQuery);
  const accounts = useQuery(accountsQuery);
  const me = useQuery(meQuery);
  const surroundings = useQuery(surroundingsQuery);
  if (accounts.isError || me.isError || surroundings.isError) {
    const error = accounts.error ?? me.error ?? surroundings.error;
    return <Trouble error={error} again={() => void Promise.all([accounts.refetch(), me.refetch(), surroundings.refetch()])} />;
  }
  if (!session.data || !accounts.data || !me.data || !surroundings.data) {
    return (
      <>
        <h1>Write once</h1>
        <div className="compose" role="status" aria-label="Loading">
          <Skeleton height={420} radius="lg" />
          <Skeleton height={420} radius="lg" />
        </div>
      </>
    );
  }
  return <Composer user={session.data.user_id} zone={me.data.time_zone ?? browserZone()} hold_s={me.data.hold_seconds} />;
}

function Composer({ user, zone, hold_s }: { user: string; zone: string; hold_s: number }) {
  const accounts = useQuery(accountsQuery).data ?? [];
  const platforms = usePlatforms();
  const [draft, change] = useDraft(user);
  const [done, setDone] = useState<{ saved: Saved; draft: Draft } | null>(null);
  const uploads = useUploads(change);
  const saving = useSaving(zone, hold_s, (saved, sent) => {
    setDone({ saved, draft: sent });
    change(emptyDraft());
  });
  const switched = accounts.map((each) => `${each.id} ${each.is_active} ${each.status}`).join();
  const { judged, fresh } = useForecast(draft, zone, hold_s, switched);
  const outlooks = corrected(outlooksOf(draft, accounts, platforms), judged, fresh);
  const going = outlooks.filter((each) => each.why === null).length;
  const used = [...new Set(outlooks.map((each) => each.account.platform))].flatMap((name) => platforms.get(name) ?? []);
  const tiktok = useCreators(accounts, draft);
  const missing = lacking(draft.tiktok, tiktok.creators);
  const ready = canSave(draft) && uploads.underway.length === 0 && !saving.isPending && !tiktok.waiting && missing === null;
  const save = () => ready && saving.mutate(draft);
  const pictures = Object.fromEntries(draft.media.map(({ key }) => [key, uploads.pictures[key] ?? `/media/${key}`]));
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
      event.preventDefault();
      save();
    }
  };
  const paste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length > 0) {
      event.preventDefault();
      uploads.add(event.clipboardData.files);
    }
  };
  const undone = () => {
    if (done) change((now) => (canSave(now) ? now : { ...done.draft, id: emptyDraft().id }));
    setDone(null);
  };
  return (
    <>
      <div className="stack tight">
        <h1>Write once</h1>
        <p className="muted">Every account that is switched on carries it, exactly once.</p>
      </div>
      {done && <SavedCard saved={done.saved} zone={zone} undone={undone} />}
      <div className="compose" onKeyDown={keys} onPaste={paste}>
        <section className="card stack" aria-label="Your post">
          <Textarea
            label="Text"
            placeholder="What do you want everyone to know?"
            autosize
            minRows={6}
            maxRows={22}
            size="md"
            value={draft.body}
            onChange={(event) => change({ body: event.currentTarget.value })}
          />
          <MediaField media={draft.media} change={change} uploads={uploads} pictures={pictures} judged={judged} platforms={platforms} />
          <PlatformTexts draft={draft} change={change} platforms={used} />
          {tiktok.used && <TikTokRules draft={draft} change={change} creators={tiktok.creators} troubles={tiktok.troubles} />}
          <div className="fields">
            <TextInput label="Title" description="For platforms that show one" maxLength={TITLE_MAX} value={draft.title} onChange={(event) => change({ title: event.currentTarget.value })} />
            <When draft={draft} zone={zone} change={change} />
          </div>
          {saving.isError && <Refused error={saving.error} />}
          <div className="row wrap between save-row">
            <span className="small muted" data-testid="plan">
              {missing ?? (canSave(draft) ? plan(going, hold_s, draft.when !== "") : "Drafts are kept on this device.")}
            </span>
            <div className="row">
              {canSave(draft) && (
                <Button variant="subtle" className="quiet" onClick={() => change(emptyDraft())}>
                  Clear
                </Button>
              )}
              <Button size="md" onClick={save} disabled={!ready} loading={saving.isPending} aria-keyshortcuts="Control+Enter Meta+Enter">
                Save
              </Button>
              <span className="keys" aria-hidden="true">
                <Kbd>{MAC ? "⌘" : "Ctrl"}</Kbd> <Kbd>↵</Kbd>
              </span>
            </div>
          </div>
        </section>
        <div className="stack beside">
          <Targets outlooks={outlooks} />
          <Preview draft={draft} outlooks={outlooks} platforms={platforms} pictures={pictures} judged={fresh ? judged : undefined} />
        </div>
      </div>
    </>
  );
}

function plan(going: number, hold_s: number, scheduled: boolean): string {
  if (going === 0) return "Goes to no account as it stands.";
  const accounts = `${going} ${going === 1 ? "account" : "accounts"}`;
  return scheduled ? `Goes to ${accounts} at its time.` : `Goes to ${accounts} ${hold_s >= 1 ? `${Math.round(hold_s)} s after` : "upon"} saving.`;
}

function When({ draft, zone, change }: { draft: Draft; zone: string; change: (with_: Partial<Draft>) => void }) {
  return (
    <TextInput
      type="datetime-local"
      label="Schedule"
      description={`Time in ${zone.replaceAll("_", " ")}; empty: now`}
      min={wallOf(new Date(), zone)}
      value={draft.when}
      onChange={(event) => change({ when: event.currentTarget.value })}
    />
  );
}

function Refused({ error }: { error: Error }) {
  const parts = error instanceof Refusal ? error.parts : [];
  return (
    <div className="note bad" role="alert">
      <p className="strong">It was not saved. Your draft is kept.</p>
      {parts.length > 0 ? (
        <ul className="staying">
          {parts.map((part) => (
            <li key={`${part.field}${part.platform}${part.message}`}>{part.message}</li>
          ))}
        </ul>
      ) : (
        <p>{error.message}</p>
      )}
    </div>
  );
}
