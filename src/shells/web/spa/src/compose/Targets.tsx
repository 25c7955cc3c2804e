import { Link } from "wouter";

import { Face } from "../shell/Face";
import { Icon } from "../shell/Icon";
import type { Outlook } from "./counting";

/** Each active account with what it will do with the post. */
export function Targets({ outlooks }: { outlooks: Outlook[] }) {
  const going = outlooks.filter((each) => each.why === null).length;
  return (
    <section className="card stack" aria-labelledby="targets">
      <div className="row between">
        <h2 id="targets">Goes to</h2>
        <span className={`pill ${going ? "good" : ""}`}>
          {going} of {outlooks.length}
        </span>
      </div>
      {outlooks.length === 0 ? (
        <p className="muted small">
          No account is switched on. <Link href="/accounts">Link an account</Link> or switch one on; until then, what you save stays here.
        </p>
      ) : (
        <ul className="targets">
          {outlooks.map(({ account, used, max, why, warnings }) => (
            <li key={account.id} className="row">
              <Face small name={account.display_name} picture={account.avatar_url} platform={account.platform} />
              <div className="grow stack none">
                <span className="small strong clip">{account.display_name}</span>
                {why ? <span className="small wrong">{why}</span> : <span className="small fine">Will go</span>}
                {warnings.map((warning) => (
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
              <span className={why ? "wrong" : "fine"}>
                <Icon name={why ? "cross" : "check"} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
