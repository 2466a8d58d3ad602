/**
 * The simulated region: who measures from where. Every network is invented, and every AS number is from the
 * range that RFC 6996 sets aside for private use, so that none can be mistaken for an operator.
 */
import type { Vantage } from '../types.ts';

/** A network of the region with its vantage. */
export type RegionNetwork = {
  readonly vantage: Vantage;
  /** Logical address of the network's own resolver. */
  readonly resolverAddress: string;
  /** Fake public address of the vantage, from the ranges of RFC 5737. */
  readonly ownAddress: string;
};

const NOTE = 'Simulated on this machine; no such network exists.';

type Row = Pick<Vantage, 'id' | 'countryCode' | 'asn' | 'networkName' | 'access'>;

const network = (row: Row, index: number, role: Vantage['role']): RegionNetwork => ({
  vantage: { ...row, kind: 'lab', role, note: NOTE },
  resolverAddress: `10.${64 + index}.0.53`,
  ownAddress: `203.0.113.${10 + index}`,
});

const ROWS: readonly Row[] = [
  {
    id: 'ru-volga-fixed',
    countryCode: 'RU',
    asn: 64601,
    networkName: 'Samovar Broadband (simulated)',
    access: 'fixed',
  },
  {
    id: 'ru-neva-fixed',
    countryCode: 'RU',
    asn: 64602,
    networkName: 'Birch Line (simulated)',
    access: 'fixed',
  },
  {
    id: 'ru-ural-mobile',
    countryCode: 'RU',
    asn: 64611,
    networkName: 'Malachite Mobile (simulated)',
    access: 'mobile',
  },
  {
    id: 'ru-siberia-mobile',
    countryCode: 'RU',
    asn: 64612,
    networkName: 'Larch Cellular (simulated)',
    access: 'mobile',
  },
  {
    id: 'ua-dnipro-fixed',
    countryCode: 'UA',
    asn: 64621,
    networkName: 'Sunflower Fibre (simulated)',
    access: 'fixed',
  },
  {
    id: 'pl-vistula-fixed',
    countryCode: 'PL',
    asn: 64631,
    networkName: 'Amber Loom (simulated)',
    access: 'fixed',
  },
];

const CONTROL: Row = {
  id: 'de-rhine-control',
  countryCode: 'DE',
  asn: 64651,
  networkName: 'Rhine Rack (simulated)',
  access: 'datacentre',
};

/** Six vantages and, last, the control. */
export const REGION_NETWORKS: readonly RegionNetwork[] = [
  ...ROWS.map((row, index) => network(row, index, 'vantage')),
  network(CONTROL, ROWS.length, 'control'),
];
