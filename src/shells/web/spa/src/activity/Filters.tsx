import { Select, TextInput } from "@mantine/core";

import { type Account, usePlatforms } from "../api/queries";
import { Icon } from "../shell/Icon";
import { type Filter, STATUSES } from "./filtering";

type Props = { filter: Filter; change: (filter: Filter) => void; accounts: Map<string, Account> };

export function Filters({ filter, change, accounts }: Props) {
  const platforms = [...usePlatforms().values()];
  const set = (name: keyof Filter) => (value: string | null) => change({ ...filter, [name]: value ?? "" });
  const any = (label: string) => ({ value: "", label });
  return (
    <search className="filters" aria-label="Filter posts">
      <TextInput
        aria-label="Words"
        placeholder="Search the words"
        maxLength={200}
        leftSection={<Icon name="search" />}
        value={filter.text}
        onChange={(event) => set("text")(event.currentTarget.value)}
      />
      <Select aria-label="Platform" data={[any("Any platform"), ...platforms.map((each) => ({ value: each.id, label: each.name }))]} value={filter.platform} onChange={set("platform")} />
      <Select aria-label="Account" data={[any("Any account"), ...[...accounts.values()].map((each) => ({ value: each.id, label: each.display_name }))]} value={filter.account} onChange={set("account")} />
      <Select aria-label="Outcome" data={[any("Any outcome"), ...STATUSES]} value={filter.status} onChange={set("status")} />
      <div className="days">
        <TextInput type="date" aria-label="From day" title="From day" value={filter.from} max={filter.to || undefined} onChange={(event) => set("from")(event.currentTarget.value)} />
        <span className="muted small" aria-hidden="true">
          to
        </span>
        <TextInput type="date" aria-label="To day" title="To day" value={filter.to} min={filter.from || undefined} onChange={(event) => set("to")(event.currentTarget.value)} />
      </div>
    </search>
  );
}
