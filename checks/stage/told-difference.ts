// Characters around the first that differs: enough to know the place.
const before = 20;
const after = 30;

/** Where a request differs from the most similar of others: `with "to Bergen" instead of "to Oslo"`. */
export function tellDifference(asked: string, others: readonly string[]): string {
  const sameUntil = (other: string) => {
    let at = 0;
    while (at < asked.length && asked[at] === other[at]) at += 1;
    return at;
  };
  const [nearest = ""] = others.toSorted((one, two) => sameUntil(two) - sameUntil(one));
  const start = Math.max(0, sameUntil(nearest) - before);
  const excerpt = (text: string) => JSON.stringify(text.slice(start, start + before + after));
  return `with ${excerpt(asked)} instead of ${excerpt(nearest)}`;
}
