import "./compose.css";

import { Button, Kbd, Skeleton, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ClipboardEvent, useEffect, useRef, useState } from "react";

import { Refusal } from "../api/client";
import { accountsQuery, meQuery, type Saved, sessionQuery, surroundingsQuery, usePlatforms } from "../api/queries";
import { useTell } from "../shell/notices";
import { Trouble } from "../shell/Trouble";
import { useZone } from "../shell/use-zone";
import { wallOf } from "../shell/zone";
import { outlooks as outlooksOf } from "./counting";
import { useCreators } from "./creators";
import { type Draft, type Edits, emptyDraft, newId, sameWords, useDraft } from "./draft";
import { useForecast } from "./forecast";
import { MediaField, useUploads } from "./MediaField";
import { PlatformTexts } from "./PlatformTexts";
import { Preview } from "./Preview";
import { SavedCard } from "./SavedCard";
import { canSave, useSaving } from "./saving";
import { Targets } from "./Targets";
import { lacking, warned } from "./tiktok-choices";
import { TikTokRules } from "./TikTokRules";
import { corrected } from "./verdict";

const TITLE_MAX = 200;
const SAVED_SHOWN = 3;
const MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);

export default function Compose() {
  const session = useQuery(sessionQuery);
  const accounts = useQuery(accountsQuery);
  const me = useQuery(meQuery);
  const surroundings = useQuery(surroundingsQuery);
  const zone = useZone();
  // What was read once stays: a poll that fails takes no composer away from who is writing.
  if ([accounts, me, surroundings].some((each) => each.isError && each.data === undefined)) {
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
  return <Composer user={session.data.user_id} zone={zone} hold_s={me.data.hold_seconds} />;
}

function Composer({ user, zone, hold_s }: { user: string; zone: string; hold_s: number }) {
  const accounts = useQuery(accountsQuery).data ?? [];
  const platforms = usePlatforms();
  const [draft, change] = useDraft(user);
  const tell = useTell();
  const [done, setDone] = useState<{ saved: Saved; draft: Draft }[]>([]);
  // Sent, and the answer lost: whether it was saved is asked with the same words and key, before anything else is saved.
  const [unsure, setUnsure] = useState<Draft | null>(null);
  const uploads = useUploads(change);
  const saving = useSaving(zone, hold_s, (saved, sent) => {
    setUnsure(null);
    setDone((all) => [{ saved, draft: sent }, ...all.filter((each) => each.saved.id !== saved.id)].slice(0, SAVED_SHOWN));
    change((now) => (sameWords(now, sent) ? emptyDraft() : { ...now, id: newId(), edits: null }));
  });
  const failed = (error: Error, sent: Draft) => {
    if (!(error instanceof Refusal)) return;
    if (error.status === 0) setUnsure(sent);
    else setUnsure(null);
    // It was saved before its last words were written: those are another post, if they are to be one.
    if (error.code === "idempotency_key_reused") change({ id: newId() });
  };
  const switched = accounts.map((each) => `${each.id} ${each.is_active} ${each.status}`).join();
  const { judged, fresh } = useForecast(draft, zone, hold_s, switched);
  const tiktok = useCreators(accounts, draft);
  const outlooks = warned(corrected(outlooksOf(draft, accounts, platforms), judged, fresh), tiktok.creators, draft);
  const going = outlooks.filter((each) => each.why === null).length;
  const used = [...new Set(outlooks.map((each) => each.account.platform))].flatMap((name) => platforms.get(name) ?? []);
  const missing = lacking(draft.tiktok, tiktok.creators);
  const ready = canSave(draft) && uploads.underway.length === 0 && !saving.isPending && !tiktok.waiting && missing === null;
  const save = () => {
    const sending = unsure ?? draft;
    if (ready || (unsure && !saving.isPending)) saving.mutate(sending, { onError: (error) => failed(error, sending) });
  };
  const latest = useRef(save);
  useEffect(() => {
    latest.current = save;
  });
  useEffect(() => {
    if (!unsure) return;
    const again = () => latest.current();
    window.addEventListener("online", again);
    return () => window.removeEventListener("online", again);
  }, [unsure]);
  const pictures = Object.fromEntries(draft.media.map(({ key }) => [key, uploads.pictures[key] ?? `/media/${key}`]));
  useEffect(() => {
    // On the window: the keys work wherever the focus has gone, as when a picture that had it was taken out.
    const keys = (event: KeyboardEvent) => {
      if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      latest.current();
    };
    window.addEventListener("keydown", keys);
    return () => window.removeEventListener("keydown", keys);
  }, []);
  const paste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length > 0) {
      event.preventDefault();
      uploads.add(event.clipboardData.files);
    }
  };
  const undone = (of: { saved: Saved; draft: Draft }) => {
    const back = { ...of.draft, id: newId(), edits: null };
    if (canSave(draft)) tell({ text: "Its words are kept.", action: { label: "Write them again", run: () => change(back) }, lasts_ms: 20_000 });
    else change(back);
    setDone((all) => all.filter((each) => each !== of));
  };
  return (
    <>
      <div className="stack tight">
        <h1>Write once</h1>
        <p className="muted">Every account that is switched on carries it, exactly once.</p>
      </div>
      {done.map((each) => (
        <SavedCard key={each.saved.id} saved={each.saved} zone={zone} undone={() => undone(each)} />
      ))}
      <div className="compose" onPaste={paste}>
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
          {tiktok.used && <TikTokRules draft={draft} change={change} creators={tiktok.creators} />}
          <div className="fields">
            <TextInput label="Title" description="For platforms that show one" maxLength={TITLE_MAX} value={draft.title} onChange={(event) => change({ title: event.currentTarget.value })} />
            <When draft={draft} zone={zone} change={change} />
          </div>
          {draft.edits && <Editing edits={draft.edits} />}
          {saving.isError && <Refused error={saving.error} edits={draft.edits !== null} />}
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
              <Button size="md" onClick={save} disabled={!ready && !unsure} loading={saving.isPending} aria-keyshortcuts="Control+Enter Meta+Enter">
                {unsure ? "Ask again" : "Save"}
              </Button>
              <span className="keys" aria-hidden="true">
                <Kbd>{MAC ? "⌘" : "Ctrl"}</Kbd> <Kbd>↵</Kbd>
              </span>
            </div>
          </div>
        </section>
        <div className="stack beside">
          <Targets outlooks={outlooks} platforms={platforms} blank={!canSave(draft)} />
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

function Editing({ edits }: { edits: Edits }) {
  return (
    <p className="note">
      {edits.how === "resend"
        ? "This goes to the accounts on which it failed, as a post of its own. Where it is posted it stays as it is."
        : "This changes what you saved, until it leaves."}
    </p>
  );
}

function Refused({ error, edits }: { error: Error; edits: boolean }) {
  const parts = error instanceof Refusal ? error.parts : [];
  if (error instanceof Refusal && error.status === 0) {
    return (
      <div className="note warn" role="alert">
        <p className="strong">No answer came, so we don't know yet whether it was saved.</p>
        <p>{edits ? "Look at Activity before you save it again." : "Ask again: if it was saved, nothing is saved twice."} Your draft is kept.</p>
      </div>
    );
  }
  if (error instanceof Refusal && error.code === "idempotency_key_reused") {
    return (
      <div className="note warn" role="alert">
        <p className="strong">This was saved before you wrote its last words; see Activity.</p>
        <p>Save again to post what stands here now as a post of its own.</p>
      </div>
    );
  }
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
