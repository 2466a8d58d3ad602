/** What the descriptions of the data are made from. */
import type { Resource } from '../../../db/dictionary/column.ts';
import { RESOURCE_NAMES, RESOURCES } from '../../../db/dictionary/dictionary.ts';
import { formatRevision } from '../revision.ts';

/** A CSV file of a table; `path` is relative to the description, or an address. */
export type DescribedFile = {
  readonly path: string;
  readonly bytes?: number;
  /** Hex. */
  readonly sha256?: string;
};

/** All tables with their files. */
export type Described = {
  readonly title: string;
  readonly description: string;
  /** Where the data can be had. */
  readonly homepage: string;
  readonly revision: string;
  readonly createdMs: number;
  readonly tables: readonly {
    readonly resource: Resource;
    readonly files: readonly DescribedFile[];
  }[];
};

const TITLE = 'Reachline: can Facebook, Instagram and WhatsApp be reached?';
const DESCRIPTION =
  'Scheduled measurements of whether Facebook, Instagram and WhatsApp can be reached from networks where they may be restricted, verdicts with the rules they were made by, incidents, dated announcements of authorities, and announced against measured per network.';

/** Describes the tables; `listFiles` gives the files of each. */
export function describeData({
  homepage,
  revisionMs,
  listFiles,
}: {
  readonly homepage: string;
  readonly revisionMs: number;
  readonly listFiles: (resource: Resource) => readonly DescribedFile[];
}): Described {
  return {
    title: TITLE,
    description: DESCRIPTION,
    homepage,
    revision: formatRevision(revisionMs),
    createdMs: revisionMs,
    tables: RESOURCE_NAMES.map((name) => ({
      resource: RESOURCES[name],
      files: listFiles(RESOURCES[name]),
    })).filter(({ files }) => files.length > 0),
  };
}
