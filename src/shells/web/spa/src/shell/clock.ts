import { useEffect, useState } from "react";

const TICK_MS = 250;

/** Whole seconds until an instant, counted down as one looks; 0 when it is over, or there is none. */
export function useSecondsUntil(instant: string | null): number {
  const left = () => (instant ? Math.max(0, Math.ceil((Date.parse(instant) - Date.now()) / 1000)) : 0);
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    setSeconds(left());
    if (left() === 0) return;
    const timer = window.setInterval(() => setSeconds(left()), TICK_MS);
    return () => window.clearInterval(timer);
  }, [instant]);
  return seconds;
}
