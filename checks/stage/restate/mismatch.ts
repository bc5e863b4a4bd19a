/** Whether a failure is Restate's word on how the code uses it, which the next attempt has again. */
export function isMismatch(failure: string): boolean {
  return /RT0016|journal mismatch|mismatch between the code paths/i.test(failure);
}
