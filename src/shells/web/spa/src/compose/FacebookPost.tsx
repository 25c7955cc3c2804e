import { Deeds, Grid, LinkCard, Poster, type Shown, Words } from "./shown";

/** A Page's post in the feed: up to five pictures, else a card for its link. */
export function FacebookPost({ account, when, title, text, seen, link, media, pictures }: Shown) {
  return (
    <>
      <Poster account={account} lines={[`${when} · Public`]} />
      {title && <p className="strong">{title}</p>}
      <Words text={text} seen={seen} more="… See more" />
      <Grid media={media} pictures={pictures} most={5} />
      {link && media.length === 0 && <LinkCard link={link} title={title} />}
      <Deeds names={["Like", "Comment", "Share"]} />
    </>
  );
}
