import { ActionIcon, Button, Progress, TextInput } from "@mantine/core";
import { type DragEvent, useRef, useState } from "react";

import type { PlatformFacts } from "../api/queries";
import { Icon } from "../shell/Icon";
import { useTell } from "../shell/notices";
import type { Draft, DraftMedia } from "./draft";
import { placed } from "./ordering";
import { upload } from "./uploading";
import { fatesOf, type Judged } from "./verdict";

type Change = (with_: (draft: Draft) => Draft) => void;
type Underway = { id: number; name: string; share: number };
const ALT_MAX = 2000;

/** Uploads, each with its progress; pictures of what was chosen in this tab are shown from memory. */
export function useUploads(change: Change) {
  const [underway, setUnderway] = useState<Underway[]>([]);
  const [pictures, setPictures] = useState<Record<string, string>>({});
  const next = useRef(0);
  const places = useRef<Record<string, number>>({});
  const tell = useTell();
  const add = (files: Iterable<File>) => {
    for (const file of files) {
      const id = next.current++;
      setUnderway((all) => [...all, { id, name: file.name, share: 0 }]);
      upload(file, (share) => setUnderway((all) => all.map((each) => (each.id === id ? { ...each, share } : each))))
        .then((media) => {
          setPictures((all) => ({ ...all, [media.key]: URL.createObjectURL(file) }));
          const item: DraftMedia = { key: media.key, name: file.name, kind: media.kind, width: media.width, height: media.height, duration_ms: media.duration_ms, alt: "" };
          places.current[media.key] ??= id;
          change((draft) => (draft.media.some((each) => each.key === item.key) ? draft : { ...draft, media: placed(draft.media, item, places.current) }));
        })
        .catch((error: Error) => tell({ text: `${file.name}: ${error.message}`, tone: "bad", lasts_ms: 10_000 }))
        .finally(() => setUnderway((all) => all.filter((each) => each.id !== id)));
    }
  };
  return { add, underway, pictures };
}

type Props = { media: DraftMedia[]; change: Change; uploads: ReturnType<typeof useUploads>; pictures: Record<string, string>; judged: Judged | undefined; platforms: Map<string, PlatformFacts> };

export function MediaField({ media, change, uploads, pictures, judged, platforms }: Props) {
  const picker = useRef<HTMLInputElement>(null);
  const chooser = useRef<HTMLButtonElement>(null);
  const [over, setOver] = useState(false);
  const set = (items: DraftMedia[]) => change((draft) => ({ ...draft, media: items }));
  const move = (from: number, by: number) => {
    const items = [...media];
    const [item] = items.splice(from, 1);
    if (item) items.splice(from + by, 0, item);
    set(items);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    uploads.add(event.dataTransfer.files);
  };
  return (
    <div className="stack tight">
      {media.length > 0 && (
        <ul className="media-list" aria-label="Pictures and videos">
          {media.map((item, index) => (
            <li key={item.key} className="media-item">
              <Thumbnail item={item} picture={pictures[item.key]} />
              <div className="grow stack tight">
                <span className="small strong clip">{item.name}</span>
                <TextInput
                  size="sm"
                  aria-label={`Description of ${item.name}, for who can't see it`}
                  placeholder="Describe it for who can't see it"
                  maxLength={ALT_MAX}
                  value={item.alt}
                  onChange={(event) => {
                    const alt = event.currentTarget.value;
                    set(media.map((each) => (each.key === item.key ? { ...each, alt } : each)));
                  }}
                />
                {fatesOf(item.key, judged).map((fate) => (
                  <span key={fate.platform} className={`tiny ${fate.bad ? "wrong" : "muted"}`}>
                    {platforms.get(fate.platform)?.name ?? fate.platform}: {fate.words}
                  </span>
                ))}
              </div>
              <div className="media-tools">
                <ActionIcon variant="subtle" color="gray" className="quiet" aria-label={`Move ${item.name} forward`} disabled={index === 0} onClick={() => move(index, -1)}>
                  <Icon name="left" />
                </ActionIcon>
                <ActionIcon variant="subtle" color="gray" className="quiet" aria-label={`Move ${item.name} back`} disabled={index === media.length - 1} onClick={() => move(index, 1)}>
                  <Icon name="right" />
                </ActionIcon>
                <ActionIcon variant="subtle" color="gray" className="quiet" aria-label={`Take ${item.name} out`} onClick={() => (set(media.filter((each) => each.key !== item.key)), chooser.current?.focus())}>
                  <Icon name="trash" />
                </ActionIcon>
              </div>
            </li>
          ))}
        </ul>
      )}
      {uploads.underway.map((each) => (
        <div key={each.id} className="stack tight">
          <span className="small muted clip">Uploading {each.name}</span>
          <Progress value={each.share * 100} aria-label={`Uploading ${each.name}`} />
        </div>
      ))}
      <div
        className={`drop ${over ? "over" : ""}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <Icon name="picture" />
        <span className="muted small grow">Drop or paste pictures and videos</span>
        <Button ref={chooser} variant="default" size="xs" onClick={() => picker.current?.click()}>
          Choose files
        </Button>
        <input
          ref={picker}
          type="file"
          accept="image/*,video/*"
          multiple
          hidden
          aria-label="Pictures and videos to add"
          onChange={(event) => {
            uploads.add([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = "";
          }}
        />
      </div>
    </div>
  );
}

export function Thumbnail({ item, picture }: { item: DraftMedia; picture: string | undefined }) {
  if (!picture) {
    return (
      <span className="thumb">
        <Icon name="picture" />
      </span>
    );
  }
  return item.kind === "video" ? <video className="thumb" src={picture} muted playsInline aria-label={item.name} /> : <img className="thumb" src={picture} alt={item.alt} />;
}
