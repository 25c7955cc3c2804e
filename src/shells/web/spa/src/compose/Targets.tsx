import { Link } from "wouter";

import type { PlatformFacts } from "../api/queries";
import { Face } from "../shell/Face";
import { Icon } from "../shell/Icon";
import type { Outlook } from "./counting";

type Props = { outlooks: Outlook[]; platforms: Map<string, PlatformFacts>; blank: boolean };

/** Each active account with what it will do with the post; `blank`: nothing is written yet, so nothing is judged. */
export function Targets({ outlooks, platforms, blank }: Props) {
  const going = outlooks.filter((each) => each.why === null).length;
  const names = [...new Set(outlooks.map((each) => each.account.platform))];
  return (
    <section className="card stack" aria-labelledby="targets">
      <div className="row between">
        <h2 id="targets">Goes to</h2>
        <span className={`pill ${going && !blank ? "good" : ""}`}>{blank ? `${outlooks.length} switched on` : `${going} of ${outlooks.length}`}</span>
      </div>
      {outlooks.length === 0 ? (
        <p className="muted small">
          No account is switched on. <Link href="/accounts">Link an account</Link> or switch one on; until then, what you save stays here.
        </p>
      ) : (
        <div className="targets">
          {names.map((name) => (
            <div key={name} role="group" aria-label={`Accounts on ${platforms.get(name)?.name ?? name}`}>
              <h3>{platforms.get(name)?.name ?? name}</h3>
              <ul>
                {outlooks
                  .filter((each) => each.account.platform === name)
                  .map((each) => (
                    <Target key={each.account.id} {...each} blank={blank} />
                  ))}
              </ul>
            </div>
          ))}
        </div>
      )}
    </section>
  );
}

function Target({ account, used, max, why, warnings, blank }: Outlook & { blank: boolean }) {
  // An account that has to be reconnected is so whatever is written.
  const waits = blank && account.status === "valid";
  return (
    <li className="row">
      <Face small name={account.display_name} picture={account.avatar_url} platform={account.platform} />
      <div className="grow stack none">
        <span className="small strong clip">{account.display_name}</span>
        {waits ? <span className="small blank">Waits for your words</span> : why ? <span className="small wrong">{why}</span> : <span className="small fine">Will go</span>}
        {!waits &&
          warnings.map((warning) => (
            <span key={warning} className="tiny muted">
              {warning}
            </span>
          ))}
      </div>
      <span className={`tiny ${used > max ? "wrong strong" : "muted"}`}>
        {used.toLocaleString()}
        <span aria-hidden="true">/</span>
        <span className="out-of-sight"> of </span>
        {max.toLocaleString()}
        <span className="out-of-sight"> characters</span>
      </span>
      {!waits && (
        <span className={why ? "wrong" : "fine"}>
          <Icon name={why ? "cross" : "check"} />
        </span>
      )}
    </li>
  );
}
