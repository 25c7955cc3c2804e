import { Button, Textarea } from "@mantine/core";

import type { PlatformFacts } from "../api/queries";
import { Icon } from "../shell/Icon";
import type { Draft } from "./draft";

type Props = { draft: Draft; change: (with_: (draft: Draft) => Draft) => void; platforms: PlatformFacts[] };

/** Other words for one platform; without them it gets the shared text. */
export function PlatformTexts({ draft, change, platforms }: Props) {
  const set = (platform: string, text: string | null) =>
    change((before) => {
      const { [platform]: _, ...others } = before.own;
      return { ...before, own: text === null ? others : { ...others, [platform]: text } };
    });
  const shared = platforms.filter((each) => draft.own[each.id] === undefined);
  return (
    <div className="stack">
      {platforms
        .filter((each) => draft.own[each.id] !== undefined)
        .map((each) => (
          <div key={each.id} className="stack tight">
            <Textarea
              label={`Text for ${each.name}`}
              autosize
              minRows={2}
              maxRows={12}
              value={draft.own[each.id] ?? ""}
              onChange={(event) => set(each.id, event.currentTarget.value)}
            />
            <div>
              <Button variant="subtle" size="compact-sm" className="quiet" onClick={() => set(each.id, null)}>
                Use the shared text on {each.name}
              </Button>
            </div>
          </div>
        ))}
      {shared.length > 0 && (
        <div className="row wrap other-words">
          <span className="small muted">Different words on</span>
          {shared.map((each) => (
            <Button key={each.id} variant="default" size="compact-sm" rightSection={<Icon name="down" />} onClick={() => set(each.id, draft.body)}>
              {each.name}
            </Button>
          ))}
        </div>
      )}
    </div>
  );
}
