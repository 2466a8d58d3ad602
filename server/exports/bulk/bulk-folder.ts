/** Where bulk files lie, without the code that reads or writes them. */
import { join } from 'node:path';

export const MANIFEST_FILE = 'manifest.json';

/** The folder that the server fills at night, beside its database. */
export function bulkFolder(dataFolder: string): string {
  return join(dataFolder, 'bulk');
}
