import "./preview.css";

import { SegmentedControl } from "@mantine/core";
import { type ReactNode, useState } from "react";

import type { PlatformFacts } from "../api/queries";
import { type Outlook, textFor } from "./counting";
import type { Draft } from "./draft";
import { FacebookPost } from "./FacebookPost";
import { LinkedInPost } from "./LinkedInPost";
import type { Shown } from "./shown";
import { TikTokPost } from "./TikTokPost";
import type { Judged } from "./verdict";

// Roughly where each platform folds a text away behind "more".
const FOLDS: Record<string, number> = { facebook: 477, linkedin: 210, tiktok: 90 };

type Props = { draft: Draft; outlooks: Outlook[]; platforms: Map<string, PlatformFacts>; pictures: Record<string, string>; judged: Judged | undefined };

/** How a platform would show what is written. */
export function Preview({ draft, outlooks, platforms, pictures, judged }: Props) {
  const names = [...new Set(outlooks.map((each) => each.account.platform))];
  const [chosen, choose] = useState("");
  const platform = names.includes(chosen) ? chosen : names[0];
  const outlook = outlooks.find((each) => each.account.platform === platform);
  if (!platform || !outlook) return null;
  // Until the server has said what the platform gets, the words as they stand here.
  const said = judged?.accounts.find((each) => each.account_id === outlook.account.id);
  const text = said?.text ?? textFor(draft, platform);
  const shown: Shown = {
    account: outlook.account,
    when: draft.when ? "Scheduled" : "Just now",
    title: said?.title ?? null,
    text,
    seen: said ? (said.text_shown ?? text) : [...text].slice(0, FOLDS[platform] ?? Infinity).join(""),
    link: said?.link ?? null,
    media: draft.media,
    pictures,
  };
  return (
    <section className="card stack" aria-labelledby="preview">
      <h2 id="preview">Preview</h2>
      {names.length > 1 && (
        <SegmentedControl fullWidth size="sm" aria-label="Platform of the preview" value={platform} onChange={choose} data={names.map((name) => ({ value: name, label: platforms.get(name)?.name ?? name }))} />
      )}
      <article className={`post ${platform}`} aria-label={`As ${platforms.get(platform)?.name ?? platform} shows it`}>
        {layoutOf(platform, shown)}
      </article>
    </section>
  );
}

function layoutOf(platform: string, shown: Shown): ReactNode {
  switch (platform) {
    case "tiktok":
      return <TikTokPost {...shown} />;
    case "linkedin":
      return <LinkedInPost {...shown} />;
    default:
      return <FacebookPost {...shown} />;
  }
}
