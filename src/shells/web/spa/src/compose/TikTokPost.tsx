import { Thumbnail } from "./MediaField";
import type { Shown } from "./shown";

const DOTS_MAX = 10;

/** A full screen of picture with the words over its foot; several pictures turn one after another. */
export function TikTokPost({ account, title, text, seen, media, pictures }: Shown) {
  const first = media[0];
  return (
    <div className="screen">
      {first ? <Thumbnail item={first} picture={pictures[first.key]} /> : <p className="screen-empty">A video or pictures fill this screen.</p>}
      <div className="screen-side" aria-hidden="true">
        <span>♥</span>
        <span>💬</span>
        <span>↗</span>
      </div>
      <div className="screen-foot">
        <span className="strong small clip">@{(account.handle ?? account.display_name).replace(/^@/, "")}</span>
        {title && <span className="small strong">{title}</span>}
        {text && (
          <p className="small">
            {seen}
            {seen.length < text.length && <span className="strong"> more</span>}
          </p>
        )}
        {media.length > 1 && (
          <span className="dots" aria-hidden="true">
            {media.slice(0, DOTS_MAX).map((item) => (
              <span key={item.key} />
            ))}
          </span>
        )}
        {media.length > 1 && <span className="out-of-sight">{media.length} pictures, one after another</span>}
      </div>
    </div>
  );
}
