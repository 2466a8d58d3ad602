/**
 * A frozen month in the words of those who give out DOIs: DataCite 4.6 (https://schema.datacite.org/meta/kernel-4.6/) and
 * the deposit form of Zenodo. No DOI is claimed: whoever deposits the folder gets one.
 */
import { DATA_LICENCE } from '../../../db/dictionary/licence.ts';
import type { Described } from './described.ts';

/** A month with its data. */
export type DescribedRelease = Described & {
  /** In UTC, e.g. `2022-03`. */
  readonly month: string;
  /** Last day of the month, e.g. `2022-03-31`. */
  readonly lastDay: string;
  readonly isSimulated: boolean;
  readonly bytes: number;
  readonly endings: readonly string[];
};

const KEYWORDS = ['internet censorship', 'reachability', 'Facebook', 'Instagram', 'WhatsApp'];

/** What the release is called. */
export function nameRelease({ month, isSimulated }: DescribedRelease): string {
  return `Reachline: reachability of Facebook, Instagram and WhatsApp, ${month}${isSimulated ? ' [simulated]' : ''}`;
}

const toDay = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** The body with which a DOI is asked for at DataCite. */
export function toDataCite(release: DescribedRelease) {
  const { description, homepage, month, lastDay, revision, createdMs, bytes, endings } = release;
  return {
    data: {
      type: 'dois',
      attributes: {
        schemaVersion: 'http://datacite.org/schema/kernel-4',
        titles: [{ title: nameRelease(release), lang: 'en' }],
        creators: [{ name: 'Reachline', nameType: 'Organizational' }],
        publisher: { name: 'Reachline' },
        publicationYear: new Date(createdMs).getUTCFullYear(),
        types: { resourceTypeGeneral: 'Dataset', resourceType: 'Measurements' },
        subjects: KEYWORDS.map((subject) => ({ subject })),
        dates: [
          { date: `${month}-01/${lastDay}`, dateType: 'Collected' },
          { date: toDay(createdMs), dateType: 'Created' },
        ],
        language: 'en',
        version: `${month}, revision ${revision}`,
        sizes: [`${bytes} bytes`],
        formats: endings,
        rightsList: [
          {
            rights: DATA_LICENCE.title,
            rightsUri: DATA_LICENCE.path,
            rightsIdentifier: DATA_LICENCE.name,
            rightsIdentifierScheme: 'SPDX',
          },
        ],
        descriptions: [{ description, descriptionType: 'Abstract', lang: 'en' }],
        relatedIdentifiers: [
          {
            relatedIdentifier: homepage,
            relatedIdentifierType: 'URL',
            relationType: 'IsPartOf',
            resourceTypeGeneral: 'Dataset',
          },
        ],
        url: homepage,
      },
    },
  };
}

/** The metadata of a deposit at Zenodo (https://developers.zenodo.org/#representation). */
export function toZenodo(release: DescribedRelease) {
  const { description, homepage, month, lastDay, revision, createdMs } = release;
  return {
    metadata: {
      title: nameRelease(release),
      upload_type: 'dataset',
      description,
      creators: [{ name: 'Reachline' }],
      publication_date: toDay(createdMs),
      access_right: 'open',
      license: 'cc-by-4.0',
      keywords: KEYWORDS,
      version: `${month}, revision ${revision}`,
      language: 'eng',
      dates: [{ start: `${month}-01`, end: lastDay, type: 'Collected' }],
      related_identifiers: [
        { identifier: homepage, relation: 'isPartOf', resource_type: 'dataset' },
      ],
    },
  };
}
