import { Face } from "../shell/Face";
import { Deeds, Grid, LinkCard, type Shown, Words } from "./shown";

/** A Page's post in the feed: up to five pictures, else a card for its link. */
export function FacebookPost({ account, when, title, text, seen, link, media, pictures }: Shown) {
  return (
    <>
      <div className="row post-head">
        <Face small name={account.display_name} picture={account.avatar_url} platform="facebook" />
        <div className="stack none grow">
          <span className="strong small clip">{account.display_name}</span>
          <span className="muted tiny">{when} · Public</span>
        </div>
      </div>
      {title && <p className="strong">{title}</p>}
      <Words text={text} seen={seen} more="… See more" />
      <Grid media={media} pictures={pictures} most={5} />
      {link && media.length === 0 && <LinkCard link={link} title={title} />}
      <Deeds names={["Like", "Comment", "Share"]} />
    </>
  );
}
