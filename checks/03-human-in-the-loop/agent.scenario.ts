export { approvedClaim as scenario } from "../shared/claims.ts";
