import { useNetwork } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";

import { surroundingsQuery } from "../api/queries";

/** What is true of every page: that platforms are imitations, that there is no network. */
export function Banners() {
  const { data: found } = useQuery(surroundingsQuery);
  const { online } = useNetwork();
  return (
    <aside className="banners" aria-label="Where this runs">
      {found?.sandbox_url && (
        <p className="banner" role="note">
          <strong>Sandbox.</strong> The platforms are imitations on this machine.{" "}
          <a href={`${found.sandbox_url}/`} target="_blank" rel="noreferrer">
            See their timelines
          </a>
        </p>
      )}
      {!online && (
        <p className="banner offline" role="alert">
          You are offline. What you write is kept on this device.
        </p>
      )}
    </aside>
  );
}
