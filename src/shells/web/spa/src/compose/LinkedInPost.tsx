import { Deeds, Grid, LinkCard, Poster, type Shown, Words } from "./shown";

/** A member's or an organization's post in the feed: text first and soon folded, then pictures or a card. */
export function LinkedInPost({ account, when, title, text, seen, link, media, pictures }: Shown) {
  return (
    <>
      <Poster account={account} lines={[account.kind === "organization" ? "Organization" : "1st", when === "Just now" ? "now" : when]} />
      <Words text={text} seen={seen} more="…more" />
      <Grid media={media} pictures={pictures} most={4} />
      {link && media.length === 0 && <LinkCard link={link} title={title} />}
      <Deeds names={["Like", "Comment", "Repost", "Send"]} />
    </>
  );
}
