import { styleText } from "node:util";
import { expect, test } from "vitest";
import { drawTerminal } from "./terminal-picture.ts";

test("what a terminal shows is drawn line by line, in its colours", () => {
  const styled = (how: "bold" | "red", text: string) =>
    styleText(how, text, { validateStream: false });
  const svg = drawTerminal(
    `${styled("bold", `${styled("red", "✗")} a<b`)} & more\n  next\n`,
    "a test",
  );
  expect(svg.match(/<text /g)).toHaveLength(2);
  expect(svg).toContain(
    '<tspan style="font-weight: bold; fill: #ff7b72">✗</tspan>' +
      '<tspan style="font-weight: bold"> a&lt;b</tspan> &amp; more</text>',
  );
  expect(svg).toContain('xml:space="preserve">  next</text>');
});
