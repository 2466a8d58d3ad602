/** What a round of a lane says to the detector. */
import type { Round } from './types.ts';

/** Whether a round says that something is restricted, that nothing is, or neither. */
export function tellingOf(state: Round['state']): 'bad' | 'good' | undefined {
  switch (state) {
    case 'blocked':
    case 'likely_blocked':
    case 'impaired':
      return 'bad';
    case 'ok':
      return 'good';
    case 'down':
    case 'insufficient':
    case 'no_data':
      return undefined;
    default:
      return state satisfies never;
  }
}
