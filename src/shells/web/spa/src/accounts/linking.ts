import type { Account, PlatformFacts } from "../api/queries";

/** Where linking begins, and from where the browser comes back to choose; `app` chooses a developer app where a platform has several. */
export function linkPath(platform: string, app?: string): string {
  return `/oauth/${platform}/authorize?choose=true${app ? `&app=${encodeURIComponent(app)}` : ""}`;
}

/** The same for an account that is linked again: organizations have an app of their own where there is one. */
export function relinkPath(platform: PlatformFacts | undefined, account: Pick<Account, "platform" | "kind">): string {
  const own = account.kind === "organization" ? platform?.ways.find((each) => each.app === "community") : undefined;
  return linkPath(account.platform, (own ?? platform?.ways[0])?.app);
}
