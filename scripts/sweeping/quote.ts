// XML 1.0 has no way to write other control characters.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to remove
const unwritable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** A text as it is written in XML and HTML. */
export function quote(text: string): string {
  return text
    .replace(unwritable, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
