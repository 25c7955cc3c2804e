import { Face } from "../shell/Face";
import { Deeds, Grid, LinkCard, type Shown, Words } from "./shown";

/** A member's or an organization's post in the feed: text first and soon folded, then pictures or a card. */
export function LinkedInPost({ account, when, title, text, seen, link, media, pictures }: Shown) {
  return (
    <>
      <div className="row post-head">
        <Face small name={account.display_name} picture={account.avatar_url} platform="linkedin" />
        <div className="stack none grow">
          <span className="strong small clip">{account.display_name}</span>
          <span className="muted tiny clip">{account.kind === "organization" ? "Organization" : "1st"}</span>
          <span className="muted tiny">{when === "Just now" ? "now" : when}</span>
        </div>
      </div>
      <Words text={text} seen={seen} more="…more" />
      <Grid media={media} pictures={pictures} most={4} />
      {link && media.length === 0 && <LinkCard link={link} title={title} />}
      <Deeds names={["Like", "Comment", "Repost", "Send"]} />
    </>
  );
}
