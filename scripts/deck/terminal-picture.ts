/** How to draw each terminal code, by its number. */
const styles: Record<string, string> = {
  "1": "font-weight: bold",
  "31": "fill: #ff7b72",
  "32": "fill: #7ee787",
  "33": "fill: #e3b341",
};

// In pixels.
const letterWidth = 9;
const lineHeight = 20;
const margin = 20;
const columns = 80;

/**
 * Draws a command's output as SVG, as a dark terminal of 80 columns.
 *
 * @param text the output, with codes for bold, red, green and yellow only
 * @param title describes the picture for people who cannot see it
 */
export function drawTerminal(text: string, title: string): string {
  const lines = text.trimEnd().split("\n");
  const width = columns * letterWidth + 2 * margin;
  const height = lines.length * lineHeight + 2 * margin;
  const drawn = lines.map((line, nth) => {
    const y = margin + (nth + 0.75) * lineHeight;
    return `<text x="${margin}" y="${y}" xml:space="preserve">${drawLine(line)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${title}</title>`,
    "<style>text { font: 15px ui-monospace, Menlo, 'DejaVu Sans Mono', monospace; fill: #e6edf3 }</style>",
    `<rect width="${width}" height="${height}" rx="10" fill="#161b22"/>`,
    ...drawn,
    "</svg>",
    "",
  ].join("\n");
}

function drawLine(line: string): string {
  const on = new Set<string>();
  // Text and codes alternate. A code ends earlier ones: 22 ends bold, 39 ends a colour.
  return line
    .split("\u001b[")
    .map((piece, nth) => {
      const [, code, rest = piece] = nth === 0 ? [] : (piece.match(/^(\d+)m([\s\S]*)$/) ?? []);
      if (code === "22") on.delete("1");
      else if (code === "39") for (const colour of ["31", "32", "33"]) on.delete(colour);
      else if (code !== undefined) on.add(code);
      const style = [...on].flatMap((each) => styles[each] ?? []).join("; ");
      const words = rest.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
      if (words === "") return "";
      return style === "" ? words : `<tspan style="${style}">${words}</tspan>`;
    })
    .join("");
}
