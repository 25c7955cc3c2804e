import { Button } from "@mantine/core";

import { Icon } from "./Icon";

/** Something could not be shown: why, and a way to ask again. */
export function Trouble({ error, again }: { error: unknown; again: () => void }) {
  return (
    <div className="card empty" role="alert">
      <Icon name="warning" />
      <h2>This could not be loaded</h2>
      <p className="muted">{error instanceof Error ? error.message : "Something went wrong."}</p>
      <Button onClick={again}>Try again</Button>
    </div>
  );
}
