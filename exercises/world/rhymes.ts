const words = `action attraction bay bright clay day delay distraction distribution execution fight
flight flow fraction glow grain institution know light night pain play plain rain reaction relay
replay resolution revolution show sight slow snow solution stay strain today train transaction`;

/** Returns words from a small list that end in the same three letters, or else in the same two. */
export function rhymesWith(word: string): string[] {
  const others = words.split(/\s+/).filter((other) => other !== word.toLowerCase());
  const endingLike = (letters: number) =>
    others.filter((other) => other.endsWith(word.toLowerCase().slice(-letters)));
  const close = endingLike(3);
  return close.length > 0 ? close : endingLike(2);
}
