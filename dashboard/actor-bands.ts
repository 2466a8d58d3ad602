/** The lanes of announcements: who speaks decides where, since an order and a company's answer are not alike. */

/** Top to bottom. */
export const ACTOR_BANDS = ['regulator', 'court', 'other'] as const;
export type ActorBand = (typeof ACTOR_BANDS)[number];

const BAND_OF: Readonly<Record<string, ActorBand>> = {
  regulator: 'regulator',
  government: 'regulator',
  head_of_state: 'regulator',
  legislature: 'regulator',
  court: 'court',
  prosecutor: 'court',
  investigator: 'court',
};

/** The band of a kind of actor; whoever cannot order anything is among the others. */
export function toActorBand(kind: string): ActorBand {
  return BAND_OF[kind] ?? 'other';
}
