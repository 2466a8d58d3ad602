/**
 * The section `bulk` of reachline.yaml: files of everything that is public, made at night for anybody to copy. Nothing of
 * it bears on a measurement, so it is not part of the published sum.
 */
import { z } from 'zod';

/** When the files are made and what they may take. */
export const Bulk = z
  .strictObject({
    enabled: z.boolean().default(true),
    /** In UTC. A day is written one hour after its end at the earliest. */
    hourUtc: z.int().min(0).max(23).default(2),
    /** Sets of tables and snapshots that are kept; days and releases are kept for ever. */
    keepSnapshots: z.int().min(1).max(100).default(2),
    /** Room that stays free on the disk, which measuring needs more. */
    minFreeMb: z.int().min(0).max(10_000_000).default(2_048),
    /** A run is ended after so long, and goes on in the next night. */
    maxMinutes: z.int().min(1).max(1_380).default(180),
  })
  .readonly();
export type Bulk = z.infer<typeof Bulk>;
