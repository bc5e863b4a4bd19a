/** How often, in words: `once` or `4 times`. */
export function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
