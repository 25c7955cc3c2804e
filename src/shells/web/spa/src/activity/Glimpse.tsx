import { useState } from "react";

import type { Content } from "../api/queries";
import { Icon } from "../shell/Icon";

/** The first picture of a post, to know it by; a film's first frame. Empty where there is none. */
export function Glimpse({ media }: { media: Content["media_assets"] }) {
  const [broken, setBroken] = useState(false);
  const [first] = media;
  if (!first) return null;
  const source = `/media/${first.key}`;
  return (
    <span className="glimpse" aria-hidden="true">
      {broken ? (
        <Icon name="picture" />
      ) : first.kind === "video" ? (
        <video src={`${source}#t=0.1`} preload="metadata" muted playsInline tabIndex={-1} onError={() => setBroken(true)} />
      ) : (
        <img src={source} alt="" loading="lazy" decoding="async" onError={() => setBroken(true)} />
      )}
    </span>
  );
}
