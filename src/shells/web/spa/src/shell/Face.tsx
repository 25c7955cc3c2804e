import { useState } from "react";

const LETTERS: Record<string, string> = { facebook: "f", tiktok: "♪", linkedin: "in" };

export function PlatformMark({ platform, large = false }: { platform: string; large?: boolean }) {
  return (
    <span className={`mark ${platform} ${large ? "l" : ""}`} aria-hidden="true">
      {LETTERS[platform] ?? platform.slice(0, 1).toUpperCase()}
    </span>
  );
}

/** An account's picture, or its initials where it has none that loads, marked with its platform. */
export function Face({ name, picture, platform, small = false }: { name: string; picture: string | null; platform: string; small?: boolean }) {
  const [broken, setBroken] = useState(false);
  const initials = name.split(/\s+/).slice(0, 2).map((word) => [...word][0] ?? "").join("").toUpperCase();
  return (
    <span className={`face ${small ? "s" : ""}`} aria-hidden="true">
      {picture && !broken ? <img src={picture} alt="" onError={() => setBroken(true)} /> : initials}
      <PlatformMark platform={platform} />
    </span>
  );
}
