import type { Account } from "../api/queries";
import { Face } from "../shell/Face";
import { Icon } from "../shell/Icon";
import type { Draft } from "./draft";
import { Thumbnail } from "./MediaField";

/** What a platform shows of a draft. `seen` is what stands before the fold of `text`. */
export type Shown = {
  account: Account;
  when: string;
  title: string | null;
  text: string;
  seen: string;
  link: string | null;
  media: Draft["media"];
  pictures: Record<string, string>;
};

/** Who posts, and below the name what the platform says of them. */
export function Poster({ account, lines }: { account: Account; lines: string[] }) {
  return (
    <div className="row post-head">
      <Face small name={account.display_name} picture={account.avatar_url} platform={account.platform} />
      <div className="stack none grow">
        <span className="strong small clip">{account.display_name}</span>
        {lines.map((line) => (
          <span key={line} className="muted tiny clip">
            {line}
          </span>
        ))}
      </div>
    </div>
  );
}

export function Words({ text, seen, more }: { text: string; seen: string; more: string }) {
  if (!text) return <p className="post-text muted">Your words stand here.</p>;
  return (
    <p className="post-text">
      {seen}
      {seen.length < text.length && <span className="post-more"> {more}</span>}
    </p>
  );
}

/** Pictures side by side; what is beyond `most` is a number on the last. */
export function Grid({ media, pictures, most }: { media: Shown["media"]; pictures: Shown["pictures"]; most: number }) {
  if (media.length === 0) return null;
  return (
    <div className="post-media" data-count={Math.min(media.length, most)}>
      {media.slice(0, most).map((item, index) => (
        <div key={item.key} className="post-picture">
          <Thumbnail item={item} picture={pictures[item.key]} />
          {index === most - 1 && media.length > most && <span className="rest">+{media.length - most}</span>}
        </div>
      ))}
    </div>
  );
}

export function LinkCard({ link, title }: { link: string; title: string | null }) {
  const host = URL.canParse(link) ? new URL(link).hostname : link;
  return (
    <div className="post-link">
      <span className="post-link-picture">
        <Icon name="link" />
      </span>
      <span className="stack none grow">
        <span className="tiny muted clip">{host}</span>
        {title && <span className="small strong clip">{title}</span>}
      </span>
    </div>
  );
}

/** The platform's own row of buttons, drawn: nothing of it can be pressed here. */
export function Deeds({ names }: { names: string[] }) {
  return (
    <div className="post-deeds" aria-hidden="true">
      {names.map((name) => (
        <span key={name}>{name}</span>
      ))}
    </div>
  );
}
