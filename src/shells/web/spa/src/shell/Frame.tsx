import { ActionIcon, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import { Link, useLocation } from "wouter";

import { useLive } from "../api/live";
import { type Session, useDeadCount } from "../api/queries";
import { Banners } from "./Banners";
import { Icon, type IconName } from "./Icon";

const PLACES: { to: string; label: string; icon: IconName }[] = [
  { to: "/", label: "Compose", icon: "compose" },
  { to: "/activity", label: "Activity", icon: "activity" },
  { to: "/accounts", label: "Accounts", icon: "accounts" },
  { to: "/settings", label: "Settings", icon: "settings" },
];

/** Navigation around a page. A change of page moves the focus to it, so that a screen reader reads on there. */
export function Frame({ session, onLeave, children }: { session: Session; onLeave: () => void; children: ReactNode }) {
  const [place] = useLocation();
  useLive();
  const dead = useDeadCount();
  const main = useRef<HTMLElement>(null);
  const before = useRef(place);
  useEffect(() => {
    const name = PLACES.find((each) => each.to === place)?.label;
    document.title = name ? `${name} · Simulcast` : "Simulcast";
    if (before.current !== place) main.current?.focus();
    before.current = place;
  }, [place]);
  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        Skip to the page
      </a>
      <Banners />
      <header className="rail">
        <Link href="/" className="logo">
          <img src="/icon.svg" alt="" width="28" height="28" />
          Simulcast
        </Link>
        <nav aria-label="Pages">
          {PLACES.map(({ to, label, icon }) => (
            <Link key={to} href={to} aria-current={place === to ? "page" : undefined}>
              <Icon name={icon} />
              {label}
              {to === "/activity" && dead ? (
                <span className="count">
                  {dead}
                  <span className="out-of-sight"> not sent</span>
                </span>
              ) : null}
            </Link>
          ))}
        </nav>
        <div className="foot">
          <p className="who small muted clip">{session.email}</p>
          <div className="row">
            <SchemeSwitch />
            <Tooltip label="Sign out">
              <ActionIcon variant="default" size="lg" aria-label="Sign out" onClick={onLeave}>
                <Icon name="leave" />
              </ActionIcon>
            </Tooltip>
          </div>
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <div className="page">{children}</div>
      </main>
    </div>
  );
}

function SchemeSwitch() {
  const scheme = useComputedColorScheme("light");
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true }); // else it writes a <style> element
  const other = scheme === "dark" ? "light" : "dark";
  return (
    <Tooltip label={`Turn ${other}`}>
      <ActionIcon variant="default" size="lg" aria-label={`Turn ${other}`} onClick={() => setColorScheme(other)}>
        <Icon name={scheme === "dark" ? "sun" : "moon"} />
      </ActionIcon>
    </Tooltip>
  );
}
