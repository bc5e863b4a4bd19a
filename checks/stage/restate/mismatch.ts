/** Whether a failure is a journal mismatch. It comes from the code, so the next attempt has it again. */
export function isMismatch(failure: string): boolean {
  return /RT0016|journal mismatch|mismatch between the code paths/i.test(failure);
}
