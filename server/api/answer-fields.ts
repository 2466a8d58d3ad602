/** Fields that forms of answers share: words of the dictionary, and what every answer or list says. */
import { z } from 'zod';
import { MECHANISMS } from '../../probes/types.ts';
import { fieldOf, instant } from './column-schema.ts';

/** A share from 0 to 1; null where nothing can be shared out. */
export const ratio = z.number().min(0).max(1).nullable();
/** A duration. */
export const ms = z.number().min(0);
/** The name of a measurement. */
export const measurementId = z.string().describe('Id of a measurement; /m/<id> shows it.');
/** Words of the dictionary. */
export const mechanism = z
  .enum(MECHANISMS)
  .describe('How it was stopped: the deepest node of the tree that the evidence supports.');
export const verdict = fieldOf('measurements', 'verdict');
export const confidence = fieldOf('measurements', 'confidence');
export const service = fieldOf('measurements', 'service');
export const vantageId = fieldOf('measurements', 'vantage_id');
export const countryCode = fieldOf('measurements', 'country');
export const networkName = fieldOf('measurements', 'network_name');
export const access = fieldOf('measurements', 'network_type');
export const role = fieldOf('vantages', 'role');
export const part = fieldOf('lanes', 'function');

/** What every answer says of itself. */
export const isSimulated = z
  .boolean()
  .describe(
    'True when the measured network is a simulation, so the answer says nothing of the world.',
  );
/** What an answer says that rests on conclusions. */
export const leftOutVantages = z
  .int()
  .min(0)
  .describe('Vantages that publish late; nothing is concluded from those.');
/** What every list says of its next page. */
export const paging = {
  nextCursor: z.string().nullable().describe('`cursor` of the next page; null on the last one.'),
  next: z.string().nullable().describe('Address of the next page; null on the last one.'),
};
/** When something began or ended, as far as it is known. */
export const interval = z
  .strictObject({ after: instant.nullable(), by: instant })
  .describe(
    'After the last instant known to say otherwise (null: nothing was measured before), by the first that says so.',
  );
