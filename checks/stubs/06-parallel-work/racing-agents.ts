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

      // TODO: take the first answer, and the same one in every replay.
      const answer = await Promise.race(specialists);

      // TODO: when this agent has an answer, or fails, stop the specialist that is still running. Nobody
      // needs that specialist's answer any more.
      return answer;
    },
  },
});
