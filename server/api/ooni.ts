/** Parameters of measurements in the format of OONI; what answers is loaded when it is asked for. */
import { z } from 'zod';
import type { DataDeps } from '../contract.ts';
import { revField, scopeFields } from './fields.ts';

/** Every parameter that the file takes. */
export function ooniQuery(deps: DataDeps) {
  return z.strictObject({
    ...scopeFields(deps),
    ...revField,
  });
}
