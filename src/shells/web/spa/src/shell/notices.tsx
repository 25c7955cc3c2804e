import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from "react";

export type Notice = { text: string; tone?: "plain" | "bad"; action?: { label: string; run: () => void }; lasts_ms?: number };
type Shown = Notice & { id: number };

const Tell = createContext<(notice: Notice) => void>(() => undefined);

/** Says one thing at the edge of the page, to screen readers, too. */
export function useTell(): (notice: Notice) => void {
  return useContext(Tell);
}

const LASTS_MS = 6_000;

export function Notices({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<Shown[]>([]);
  const next = useRef(0);
  const drop = useCallback((id: number) => setShown((all) => all.filter((each) => each.id !== id)), []);
  const tell = useCallback(
    (notice: Notice) => {
      const id = next.current++;
      setShown((all) => [...all.slice(-2), { ...notice, id }]);
      window.setTimeout(() => drop(id), notice.lasts_ms ?? LASTS_MS);
    },
    [drop],
  );
  const rows = useMemo(
    () =>
      shown.map(({ id, text, tone, action }) => (
        <div key={id} className={`notice ${tone ?? ""}`}>
          <span>{text}</span>
          {action && (
            <button
              type="button"
              onClick={() => {
                drop(id);
                action.run();
              }}
            >
              {action.label}
            </button>
          )}
          <button type="button" aria-label="Dismiss" onClick={() => drop(id)}>
            ×
          </button>
        </div>
      )),
    [shown, drop],
  );
  return (
    <Tell.Provider value={tell}>
      {children}
      <div className="notices" role="status" aria-live="polite">
        {rows}
      </div>
    </Tell.Provider>
  );
}
