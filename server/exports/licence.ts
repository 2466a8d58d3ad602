/** Under which licence lanes are given out: what others measured keeps theirs. */
import { DATA_LICENCE } from '../../db/dictionary/licence.ts';
import { isBorrowed } from '../../db/vantages.ts';
import type { Vantage } from '../../probes/types.ts';
import type { ReadStore } from '../contract.ts';

/** Of several. */
const SEPARATOR = '; ';

/** Licences of what a service has from a vantage; ours where nothing of it is of others. */
export function findLicence(
  store: Pick<ReadStore, 'listLicences'>,
  {
    service,
    vantage,
  }: { readonly service: string; readonly vantage: Pick<Vantage, 'id' | 'kind'> },
): string {
  const licences = isBorrowed(vantage)
    ? store.listLicences({ service, vantageId: vantage.id })
    : [];
  return licences.length === 0 ? DATA_LICENCE.name : licences.join(SEPARATOR);
}
