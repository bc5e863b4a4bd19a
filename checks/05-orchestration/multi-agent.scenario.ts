export { analysedClaim as scenario } from "../claims.ts";
