import { beforeEach, expect, test, vi } from "vitest";
import { chapters } from "../../manifest.ts";
import { currentPlace } from "../learner/progress-file.ts";
import { printCommands } from "./commands.ts";

vi.mock("../learner/progress-file.ts", () => ({ currentPlace: vi.fn() }));

let printed: string;

beforeEach(() => {
  printed = "";
  vi.spyOn(console, "log").mockImplementation((line) => {
    printed += `${line}\n`;
  });
});

const [first, , third] = chapters;

test("prints the commands of the only chapter that is served, with the port of its ingress", () => {
  if (first === undefined) throw new Error("There is no chapter.");
  printCommands([first], 18080);
  expect(printed).toBe(`
Try chapter 01, Durable execution, in another terminal:
curl localhost:18080/WeatherAgent/run \\
  --json '{"prompt": "What is the weather like in San Francisco?"}'
curl localhost:18080/WeatherAgent/run \\
  --json '{"prompt": "What is the weather like in Denver?"}'
npm run break 01   lists what you can break while this runs
npm run check 01   checks your exercises
`);
});

test("prints where the learner is, if all are served, and how to get the others", () => {
  const [exercise] = third?.exercises ?? [];
  if (third === undefined || exercise === undefined) throw new Error("There is no chapter 03.");
  vi.mocked(currentPlace).mockReturnValue({ chapter: third, exercise });
  printCommands(chapters, 8080);
  expect(printed.match(/chapter \d\d/g)).toEqual(["chapter 03"]);
  expect(printed).toContain("curl localhost:8080/HumanClaimApprovalAgent/run/send");
  expect(printed).toContain("npm run check 03");
  expect(printed).toMatch(/\nnpm start serves all chapters\. .*\n.* npm start 04\.\n$/);
});

test("prints no commands to who has passed every exercise", () => {
  vi.mocked(currentPlace).mockReturnValue(undefined);
  printCommands(chapters, 8080);
  expect(printed).toMatch(/^\nYou have passed every exercise\.\n\n.*\n.*npm start 01\.\n$/);
});
