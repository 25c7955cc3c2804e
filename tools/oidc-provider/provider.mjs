// The identity provider that tests sign in at: oidc-provider with its own development pages, told by one JSON argument
// { port, jwks, clients }. Anybody is known there under the name they give; one with an @ has it as a verified e-mail,
// unless it begins with "unverified".
import { Provider } from "oidc-provider";

const { port, jwks, clients } = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients,
  jwks,
  claims: { openid: ["sub"], email: ["email", "email_verified"] },
  conformIdTokenClaims: false,
  cookies: { keys: ["a key for tests"] },
  features: { devInteractions: { enabled: true } },
  pkce: { required: () => true },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => (id.includes("@") ? { sub: id, email: id, email_verified: !id.startsWith("unverified") } : { sub: id }),
  }),
});
provider.listen(port, "127.0.0.1");
