export { analysedClaim as scenario } from "../claims.ts";

export const sideBySide = true;
