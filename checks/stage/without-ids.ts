// Restate's ids, the model's, bookings' and other random ones; numbers that are none of ours; times.
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

/** A text as it is in each run with the same input, in which ids and times differ. */
export function withoutIds(text: string): string {
  return text.replace(ids, "#");
}
