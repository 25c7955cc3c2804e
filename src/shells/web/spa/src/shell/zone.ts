/** The zone of this browser's clock. */
export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** How far a zone is ahead of UTC at an instant, in milliseconds. */
function offset_ms(zone: string, instant: number): number {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" })
      .formatToParts(instant)
      .map((part) => [part.type, Number(part.value)]),
  );
  const wall = Date.UTC(parts.year ?? 0, (parts.month ?? 1) - 1, parts.day, parts.hour, parts.minute, parts.second);
  return wall - Math.floor(instant / 1000) * 1000;
}

/** The instant at which clocks in `zone` show `wall` (YYYY-MM-DDTHH:MM). In a spring gap it is after the gap, as clocks go. */
export function instantOf(wall: string, zone: string): Date {
  const naive = Date.parse(`${wall}:00Z`);
  const first = naive - offset_ms(zone, naive);
  const second = naive - offset_ms(zone, first);
  if (second === first) return new Date(first);
  const matches = second + offset_ms(zone, second) === naive;
  return new Date(matches ? second : Math.max(first, second));
}

/** What clocks in `zone` show at `instant`, as a person reads it. */
export function shown(instant: string | Date, zone: string): string {
  return new Intl.DateTimeFormat(undefined, { timeZone: zone, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(new Date(instant));
}

/** The same to the second, for what happened in quick succession. */
export function exactly(instant: string, zone: string): string {
  return new Intl.DateTimeFormat(undefined, { timeZone: zone, day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(new Date(instant));
}

/** How long something took, in the unit that fits. */
export function lasted(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(milliseconds < 10_000 ? 1 : 0)} s`;
  if (milliseconds < 3_600_000) return `${Math.round(milliseconds / 60_000)} min`;
  return `${(milliseconds / 3_600_000).toFixed(1)} h`;
}

/** The same for the value of a datetime-local field. */
export function wallOf(instant: Date, zone: string): string {
  return new Date(instant.getTime() + offset_ms(zone, instant.getTime())).toISOString().slice(0, 16);
}
