export { analysedClaim as scenario } from "../shared/claims.ts";

export const sideBySide = true;
