// Ids of Restate, the model and bookings, other random ids, numbers too long to be ours, and times.
const ids = new RegExp(
  [
    /\b(prom|sign|inv|sub)_[\w-]+/,
    /\b(fc|msg|resp)-[\w-]{10,}/,
    /\d{4}-\d\d-\d\dT[\d:.]+Z?|\d\d:\d\d:\d\d/,
    /\d*\.\d{5,}/,
    /[0-9a-f]{8,}(-[0-9a-f-]+)?/,
    /\b(?=\w*\d)(?=\w*[a-z])\w{8,}\b/,
    /\d{6,}/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "g",
);

/** A text without ids and times, which differ between runs with the same input. */
export function withoutIds(text: string): string {
  return text.replace(ids, "#");
}
