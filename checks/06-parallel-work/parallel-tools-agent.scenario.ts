export { analysedClaim as scenario } from "../shared/claims.ts";
