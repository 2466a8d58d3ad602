/** Finds the word that was probably meant by a misspelt one. */

/** Lists words in code quotes: `one of` them unless there is only one. */
export function quoteList(values: readonly string[]): string {
  const quoted = values.map((value) => `\`${value}\``);
  return quoted.length < 2 ? quoted.join('') : `one of ${quoted.join(', ')}`;
}

/** Names the known word that was probably meant, or all of them. */
export function suggest(word: string, known: readonly string[]): string {
  const nearest = known
    .map((candidate) => ({
      candidate,
      edits: countEdits(word.toLowerCase(), candidate.toLowerCase()),
    }))
    .toSorted((a, b) => a.edits - b.edits)[0];
  // A third of the letters: `hots` is meant to be `host`, while `colour` resembles nothing by chance.
  if (nearest && nearest.edits <= Math.max(1, Math.ceil(nearest.candidate.length / 3))) {
    return `did you mean \`${nearest.candidate}\`?`;
  }
  return known.length === 0 ? 'remove it' : `write ${quoteList(known)}`;
}

/** Levenshtein distance over the first 64 characters. */
function countEdits(from: string, to: string): number {
  const source = from.slice(0, 64);
  const target = to.split('');
  let row = Array.from({ length: target.length + 1 }, (_, index) => index);
  for (const [index, letter] of source.split('').entries()) {
    const next = [index + 1];
    for (const [column, other] of target.entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
