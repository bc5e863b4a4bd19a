import { holdConversation } from "./chat.ts";
import { decideClaim, reportFinding } from "./claims.ts";
import { writeCode } from "./coding.ts";
import type { Conversation, Reply } from "./conversation.ts";
import { writeDigest } from "./digests.ts";
import { setReminder } from "./reminders.ts";
import { bookTravel } from "./travel.ts";
import { tellWeather } from "./weather.ts";

const outsideTheScript = `I am the workshop's scripted model, and this is outside my script. I can \
talk about the weather in a city ("What is the weather like in Oslo?"), an insurance claim with an \
amount, a trip to book, a reminder ("Remind me tomorrow at 9 to call Bob"), a digest, or code to write ("Build a todo CLI."). For anything else, set OPENAI_API_KEY and start again.`;

/**
 * What the scripted model answers to a conversation. The same conversation always gets the same answer,
 * and the answer depends only on the request.
 */
export function reply(conversation: Conversation): Reply {
  const rules = [
    holdConversation,
    writeCode,
    setReminder,
    writeDigest,
    tellWeather,
    bookTravel,
    reportFinding,
    decideClaim,
  ];
  for (const rule of rules) {
    const answer = rule(conversation);
    if (answer) return answer;
  }
  return { text: outsideTheScript };
}
