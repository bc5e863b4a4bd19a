// Milliseconds. Restate's ingress also takes other words for these units, which are left as they are.
const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const inPath = /(?<=[?&]delay=)(\d+(?:\.\d+)?)(ms|[smhd])(?=&|$)/;

/**
 * The delay in the path of a request to the ingress, in milliseconds; undefined if it has none, or one in
 * other words.
 *
 * @param path `ReminderAgent/ada/remind/send?delay=20h`
 */
export function delayIn(path: string): number | undefined {
  const [, count, unit] = path.match(inPath) ?? [];
  return count === undefined ? undefined : Number(count) * units[unit as keyof typeof units];
}

/** Replaces the delay in a path by another one, in milliseconds. */
export function withDelay(path: string, delay: number): string {
  return path.replace(inPath, `${Math.max(0, Math.round(delay))}ms`);
}
