import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, data } from "../api/client";
import { meQuery, surroundingsQuery } from "../api/queries";
import { useTell } from "../shell/notices";
import { useSsoOutcome } from "../signin/sso";

/** The identity that signs one in beside the password; nothing where no provider is set and none is linked. */
export function SingleSignOn() {
  const me = useQuery(meQuery);
  const surroundings = useQuery(surroundingsQuery);
  const client = useQueryClient();
  const tell = useTell();
  const outcome = useSsoOutcome();
  const link = useMutation({
    mutationFn: () => data(api.POST("/me/sso")),
    onSuccess: ({ url }) => window.location.assign(url),
  });
  const unlink = useMutation({
    mutationFn: () => data(api.DELETE("/me/sso")),
    onSuccess: () => tell({ text: "Unlinked. From now on the password alone signs you in." }),
    onError: (error) => tell({ text: error.message, tone: "bad" }),
    onSettled: () => client.invalidateQueries({ queryKey: meQuery.queryKey }),
  });
  const name = surroundings.data?.sso?.name;
  const issuer = me.data?.sso_issuer;
  if (!me.data || !(name || issuer)) return null;
  const refused = link.error?.message ?? (outcome && !outcome.linked ? outcome.words : null);
  return (
    <section className="card stack" aria-labelledby="single-sign-on">
      <div className="row wrap between">
        <div className="stack tight">
          <h2 id="single-sign-on">{name ?? "Single sign-on"}</h2>
          <p className="muted">{issuer ? `Linked: whoever you are at ${issuer} signs in as you.` : "Link your identity there, and it signs you in without the password."}</p>
        </div>
        {issuer ? (
          <Button variant="default" loading={unlink.isPending} onClick={() => unlink.mutate()}>
            Unlink
          </Button>
        ) : (
          <Button variant="default" loading={link.isPending || link.isSuccess} onClick={() => link.mutate()}>
            Link
          </Button>
        )}
      </div>
      {outcome?.linked && issuer && (
        <p className="note" role="status">
          It is linked now.
        </p>
      )}
      {refused && (
        <p className="note bad" role="alert">
          {refused}
        </p>
      )}
    </section>
  );
}
