import { useQuery } from "@tanstack/react-query";

import { meQuery } from "../api/queries";
import { browserZone } from "./zone";

/** The zone on whose clocks times are shown: the user's own, else this device's. */
export function useZone(): string {
  return useQuery(meQuery).data?.time_zone ?? browserZone();
}
