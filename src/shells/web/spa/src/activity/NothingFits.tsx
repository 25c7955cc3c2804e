import { Button } from "@mantine/core";

import { Icon } from "../shell/Icon";

/** A filter that leaves nothing, and the way out of it. */
export function NothingFits({ clear }: { clear: () => void }) {
  return (
    <div className="card empty">
      <Icon name="search" />
      <h2>Nothing fits</h2>
      <Button variant="default" onClick={clear}>
        Show everything
      </Button>
    </div>
  );
}
