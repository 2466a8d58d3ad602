/** Which software this is; stored with every row that it makes. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const PackageFile = z.object({ version: z.string() });

/** Version of the probing code: grows whenever an operation observes differently. */
export const PROBE_VERSION = '1';

/** Reads the version of this software from package.json. */
export function readSoftwareVersion(): string {
  const file = new URL('../package.json', import.meta.url);
  return PackageFile.parse(JSON.parse(readFileSync(file, 'utf8'))).version;
}
