/** Names of networks as pages write them: those of the simulated region end in a word that is English where they are made. */
import type { Say } from './say.ts';

const SIMULATED = / \(simulated\)$/;

/** The name of a network, the word that it is simulated in the page's language. */
export function sayNetwork({ text }: Pick<Say, 'text'>, name: string): string {
  return SIMULATED.test(name)
    ? text('words.simulated_name', { name: name.replace(SIMULATED, '') })
    : name;
}

/** The name alone, for narrow places of a page or picture that says of all its networks that they are simulated. */
export function shortenNetwork(name: string): string {
  return name.replace(SIMULATED, '');
}
