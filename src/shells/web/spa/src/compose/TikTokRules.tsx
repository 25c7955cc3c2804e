import { Checkbox, Select, Switch } from "@mantine/core";

import type { Draft, TikTokChoices } from "./draft";
import { type Creator, lacking, levelsOf } from "./tiktok-choices";

const MUSIC = "https://www.tiktok.com/legal/page/global/music-usage-confirmation/en";
const BRANDED = "https://www.tiktok.com/legal/page/global/bc-policy/en";

type Props = { draft: Draft; change: (with_: Partial<Draft>) => void; creators: Creator[] };

/** What TikTok asks of whoever writes a post for a creator: nothing is chosen beforehand, and every switch starts off. */
export function TikTokRules({ draft, change, creators }: Props) {
  const choices = draft.tiktok;
  const set = (with_: Partial<TikTokChoices>) => change({ tiktok: { ...choices, ...with_ } });
  const video = draft.media.some((each) => each.kind === "video");
  const names = creators.map((each) => each.name).join(" and ");
  const off = (name: "comment_disabled" | "duet_disabled" | "stitch_disabled") => creators.length > 0 && creators.every((each) => each[name] === true);
  const branded = choices.promotes && choices.branded;
  const missing = lacking(choices, creators);
  const disclosed = choices.promotes && (choices.branded ? "Paid partnership" : choices.yours ? "Promotional content" : "");
  return (
    <section className="platform-rules stack tight" aria-labelledby="tiktok-rules">
      <h2 id="tiktok-rules">On TikTok</h2>
      {names && <p className="small muted">Goes out as {names}.</p>}
      {creators.flatMap((each) =>
        each.trouble === null
          ? []
          : [
              <p key={each.account_id} className="note warn small">
                <strong>{each.name}</strong>: {each.trouble} It waits until TikTok takes it.
              </p>,
            ],
      )}
      <div className="fields">
        {creators.map((each) => (
          <Select
            key={each.account_id}
            label={creators.length === 1 ? "Who can see it" : `Who can see it as ${each.name}`}
            placeholder="Choose"
            data={levelsOf(each, branded)}
            value={choices.privacy[each.account_id] || null}
            onChange={(privacy) => set({ privacy: { ...choices.privacy, [each.account_id]: privacy ?? "" } })}
          />
        ))}
      </div>
      <div className="row wrap">
        <Checkbox label="Allow comments" checked={choices.comment && !off("comment_disabled")} disabled={off("comment_disabled")} onChange={(event) => set({ comment: event.currentTarget.checked })} />
        {video && (
          <>
            <Checkbox label="Allow Duet" checked={choices.duet && !off("duet_disabled")} disabled={off("duet_disabled")} onChange={(event) => set({ duet: event.currentTarget.checked })} />
            <Checkbox label="Allow Stitch" checked={choices.stitch && !off("stitch_disabled")} disabled={off("stitch_disabled")} onChange={(event) => set({ stitch: event.currentTarget.checked })} />
          </>
        )}
      </div>
      <Switch label="It promotes a brand, a product or a service" checked={choices.promotes} onChange={(event) => set({ promotes: event.currentTarget.checked })} />
      {choices.promotes && (
        <div className="row wrap">
          <Checkbox label="Your brand" checked={choices.yours} onChange={(event) => set({ yours: event.currentTarget.checked })} />
          <Checkbox label="Branded content" checked={choices.branded} onChange={(event) => set({ branded: event.currentTarget.checked })} />
          {disclosed && <span className="small muted">TikTok labels it “{disclosed}”.</span>}
        </div>
      )}
      {missing && Object.values(choices.privacy).some(Boolean) && <p className="small wrong">{missing}</p>}
      <p className="small muted">
        By saving, you agree to TikTok's{" "}
        {branded && (
          <>
            <a href={BRANDED} target="_blank" rel="noreferrer">
              Branded Content Policy
            </a>{" "}
            and{" "}
          </>
        )}
        <a href={MUSIC} target="_blank" rel="noreferrer">
          Music Usage Confirmation
        </a>
        . It may take a few minutes until the post shows on the profile.
      </p>
    </section>
  );
}
