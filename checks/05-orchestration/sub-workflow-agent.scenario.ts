export { approvedClaim as scenario } from "../claims.ts";
