/** Why a file that was asked for cannot be written: one cause and one remedy, in place of a code of the system. */
import { StoreError } from '../../db/store-error.ts';

const FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);
const UNWRITABLE: ReadonlySet<unknown> = new Set([
  'EACCES',
  'EISDIR',
  'EEXIST',
  'EFBIG',
  'EIO',
  'ENOENT',
  'ENOTDIR',
  'EPERM',
  'EROFS',
]);

/** Turns an error of writing into one that can be shown; others come back as they are. */
export function toFileError(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (FULL.has(error.code))
    return new StoreError(
      'full',
      file,
      `No room left on the disk for ${file}; nothing of it was kept.`,
      'Free some space, or choose another disk.',
      { cause: error },
    );
  if (UNWRITABLE.has(error.code))
    return new StoreError(
      'unwritable',
      file,
      `${file} cannot be written (${String(error.code)}).`,
      'Check that its folder exists and that this user may write there, or choose another.',
      { cause: error },
    );
  return error;
}
