import { SegmentedControl } from "@mantine/core";
import { useState } from "react";

import type { PlatformFacts } from "../api/queries";
import { Face } from "../shell/Face";
import { Icon } from "../shell/Icon";
import { type Outlook, textFor } from "./counting";
import type { Draft } from "./draft";
import { Thumbnail } from "./MediaField";
import type { Judged } from "./verdict";

// Roughly where each platform folds a text away behind "more".
const FOLDS: Record<string, number> = { facebook: 477, linkedin: 210, tiktok: 90 };
const MORE: Record<string, string> = { facebook: "See more", linkedin: "…more", tiktok: "more" };
const SHOWN_MAX = 4;

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
  const seen = said ? (said.text_shown ?? text) : [...text].slice(0, FOLDS[platform] ?? Infinity).join("");
  return (
    <section className="card stack" aria-labelledby="preview">
      <h2 id="preview">Preview</h2>
      {names.length > 1 && (
        <SegmentedControl fullWidth size="sm" aria-label="Platform of the preview" value={platform} onChange={choose} data={names.map((name) => ({ value: name, label: platforms.get(name)?.name ?? name }))} />
      )}
      <article className={`post ${platform}`} aria-label={`As ${platforms.get(platform)?.name ?? platform} shows it`}>
        <div className="row">
          <Face small name={outlook.account.display_name} picture={outlook.account.avatar_url} platform={platform} />
          <div className="stack none">
            <span className="strong small">{outlook.account.display_name}</span>
            <span className="muted tiny">{draft.when ? "Scheduled" : "Just now"}</span>
          </div>
        </div>
        {said?.title && <p className="strong">{said.title}</p>}
        {text ? (
          <p className="post-text">
            {seen}
            {seen.length < text.length && <span className="muted"> {MORE[platform]}</span>}
          </p>
        ) : (
          <p className="post-text muted">Your words stand here.</p>
        )}
        {draft.media.length > 0 && (
          <div className="post-media" data-count={Math.min(draft.media.length, SHOWN_MAX)}>
            {draft.media.slice(0, SHOWN_MAX).map((item, index) => (
              <div key={item.key} className="post-picture">
                <Thumbnail item={item} picture={pictures[item.key]} />
                {index === SHOWN_MAX - 1 && draft.media.length > SHOWN_MAX && <span className="rest">+{draft.media.length - SHOWN_MAX}</span>}
              </div>
            ))}
          </div>
        )}
        {said?.link && draft.media.length === 0 && (
          <div className="post-link">
            <Icon name="link" />
            <span className="clip">{hostOf(said.link)}</span>
          </div>
        )}
      </article>
    </section>
  );
}

function hostOf(link: string): string {
  return URL.canParse(link) ? new URL(link).hostname : link;
}
