/** Making sure that a file is on the disk before it gets its name. */
import { open } from 'node:fs/promises';

/** So that a power cut after the rename leaves no empty file under the name. */
export async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
