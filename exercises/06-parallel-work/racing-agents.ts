import * as restate from "@restatedev/restate-sdk";
import type { InsuranceClaim } from "#world/claims.ts";
import { eligibilityAgent, fraudCheckAgent } from "#world/specialists.ts";

export default restate.service({
  name: "RacingClaimAgents",
  handlers: {
    run: async (ctx: restate.Context, claim: InsuranceClaim) => {
      const specialists = [
        ctx.serviceClient(eligibilityAgent).run(claim),
        ctx.serviceClient(fraudCheckAgent).run(claim),
      ];

      // TODO: take the first answer, the same one however often this code runs again.
      const answer = await Promise.race(specialists);

      // TODO: stop who is still working on it, also where the first to end has refused: nobody waits for
      // that answer any more.
      return answer;
    },
  },
});
