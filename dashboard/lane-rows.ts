/**
 * Which rows a timeline has: lanes put together by network, vantage, service or country, under headings, in order.
 * Page, picture and browser use this one function, so that they show the same rows.
 */
import { FUNCTIONS } from '../probes/types.ts';
import { type ColumnSpan, gatherLanes, type LaneSet } from './columns.ts';
import { LOOKS } from './palette.ts';

/** What a row stands for; the default comes first. */
export const ROW_KINDS = ['network', 'vantage', 'service', 'country'] as const;
export type RowKind = (typeof ROW_KINDS)[number];

/** Order of the rows: by first blocked, by name, or the worst newest state first; the default comes first. */
export const ROW_ORDERS = ['first', 'name', 'state'] as const;
export type RowOrder = (typeof ROW_ORDERS)[number];

/** What rows need of a lane. */
export type RowLane = {
  readonly service: string;
  /** A function of the service, or `service` for the whole. */
  readonly function: string;
  readonly vantage: {
    readonly id: string;
    readonly countryCode: string;
    readonly asn: number;
    readonly networkName: string;
    readonly access: string;
    readonly role: string;
  };
  readonly spans: readonly ColumnSpan[];
};

/** One row: a lane, or several that are shown as one. */
export type LaneRow<L extends RowLane> = {
  /** Names the row among all of them, the same after every new arrangement. */
  readonly key: string;
  readonly kind: RowKind | 'control';
  readonly lanes: readonly L[];
  /** The first of `lanes`: of what they share it is the name. */
  readonly lead: L;
  readonly set: LaneSet;
};

/** Rows under one heading. */
export type RowGroup<L extends RowLane> = {
  readonly key: string;
  /** Absent where the heading is a country. */
  readonly service?: string;
  readonly function: string;
  /** Where the heading is a country, or tells two compared ones apart. */
  readonly countryCode?: string;
  readonly rows: readonly LaneRow<L>[];
};

/** How rows are arranged. */
export type Arrangement = {
  readonly by: RowKind;
  readonly sort: RowOrder;
  /** Services in the order of the configuration. */
  readonly serviceIds: readonly string[];
  /** A country that is shown beside the others for comparison. */
  readonly compared?: string;
  /** Whether lanes from outside, which controls are, get rows. */
  readonly hasControls: boolean;
};

const FUNCTION_ORDER: readonly string[] = ['service', ...FUNCTIONS];

const isControl = ({ vantage }: RowLane): boolean => vantage.role === 'control';

/** Lanes of a network that has no number belong together only when they are of one vantage. */
function toRowKey({ service, function: part, vantage }: RowLane, by: RowKind): string {
  const { id, asn, countryCode } = vantage;
  const whose = {
    network: asn === 0 ? id : `AS${asn} ${countryCode}`,
    vantage: id,
    service: countryCode,
    country: countryCode,
  }[by];
  return `${service} ${part} ${whose}`;
}

function toRow<L extends RowLane>(
  key: string,
  kind: LaneRow<L>['kind'],
  lanes: readonly L[],
): LaneRow<L>[] {
  const [lead] = lanes;
  return lead
    ? [{ key, kind, lanes, lead, set: gatherLanes(lanes.map(({ spans }) => spans)) }]
    : [];
}

/** When a row was first blocked, or likely so; never is last. */
function firstBlockedMs({ lanes }: LaneRow<RowLane>): number {
  const starts = lanes.flatMap(({ spans }) =>
    spans
      .filter(({ state }) => state === 'blocked' || state === 'likely_blocked')
      .slice(0, 1)
      .map(({ fromMs }) => fromMs),
  );
  return Math.min(Number.POSITIVE_INFINITY, ...starts);
}

/** Severity of the newest measured state of a row, the worst of its lanes. */
function newestSeverity({ lanes }: LaneRow<RowLane>): number {
  return Math.max(
    0,
    ...lanes.map(({ spans }) => {
      const newest = spans.findLast(({ state }) => state !== 'no_data');
      return newest ? LOOKS[newest.state].severity : 0;
    }),
  );
}

function compareNames({ lead: a }: LaneRow<RowLane>, { lead: b }: LaneRow<RowLane>): number {
  return (
    a.vantage.countryCode.localeCompare(b.vantage.countryCode) ||
    a.vantage.networkName.localeCompare(b.vantage.networkName) ||
    a.vantage.id.localeCompare(b.vantage.id)
  );
}

function sortRows<L extends RowLane>(rows: readonly LaneRow<L>[], how: Arrangement): LaneRow<L>[] {
  const place = new Map(how.serviceIds.map((id, index) => [id, index]));
  const byService = (row: LaneRow<L>): number => place.get(row.lead.service) ?? place.size;
  const keyed = rows.map((row) => ({
    row,
    value:
      how.sort === 'first' ? firstBlockedMs(row) : how.sort === 'state' ? -newestSeverity(row) : 0,
  }));
  return keyed
    .toSorted((a, b) => {
      // Two rows that were never blocked are alike: the difference of two infinities is none.
      if (a.value !== b.value) return a.value < b.value ? -1 : 1;
      return how.by === 'service'
        ? byService(a.row) - byService(b.row)
        : compareNames(a.row, b.row);
    })
    .map(({ row }) => row);
}

/** The heading under which a lane stands; groups come in the order of these parts. */
function toGroup(lane: RowLane, { by, serviceIds, compared }: Arrangement) {
  const { service, function: part, vantage } = lane;
  const place = serviceIds.indexOf(service);
  const side = vantage.countryCode === compared ? 1 : 0;
  const functionPlace = FUNCTION_ORDER.indexOf(part);
  if (by === 'service')
    return {
      order: [side, vantage.countryCode, functionPlace],
      heading: { function: part, countryCode: vantage.countryCode },
    };
  const sides = compared === undefined ? {} : { countryCode: vantage.countryCode };
  return {
    order: [
      place < 0 ? serviceIds.length : place,
      service,
      functionPlace,
      side,
      sides.countryCode ?? '',
    ],
    heading: { service, function: part, ...sides },
  };
}

function compareOrders(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? 0;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

/** Controls of a group: all lanes from outside of the same services, as one row each. */
function listControls<L extends RowLane>(
  group: Omit<RowGroup<L>, 'rows' | 'key'>,
  services: readonly string[],
  controls: readonly L[],
): LaneRow<L>[] {
  return services.flatMap((service) =>
    toRow(
      `control ${service} ${group.function} ${group.countryCode ?? ''}`,
      'control',
      controls.filter((lane) => lane.service === service && lane.function === group.function),
    ),
  );
}

/** Arranges lanes in rows under headings. Lanes of which nothing is known stay, since silence is a finding. */
export function arrangeRows<L extends RowLane>(
  lanes: readonly L[],
  how: Arrangement,
): RowGroup<L>[] {
  const controls = lanes.filter(isControl);
  const measured = lanes.filter((lane) => !isControl(lane));
  // Where there is nothing but controls, they are what was asked for.
  const shown = measured.length === 0 ? controls : measured;
  const withOrder = shown.map((lane) => ({ lane, ...toGroup(lane, how) }));
  const groups = [...Map.groupBy(withOrder, ({ heading }) => Object.values(heading).join(' '))];
  return groups
    .toSorted(([, [a]], [, [b]]) => compareOrders(a?.order ?? [], b?.order ?? []))
    .map(([key, members]): RowGroup<L> => {
      const heading: Omit<RowGroup<L>, 'rows' | 'key'> = members[0]?.heading ?? { function: '' };
      const byRow = Map.groupBy(
        members.map(({ lane }) => lane),
        (lane) => toRowKey(lane, how.by),
      );
      const rows = [...byRow].flatMap(([rowKey, own]) => toRow(rowKey, how.by, own));
      const place = (service: string) => how.serviceIds.indexOf(service);
      const services = [...new Set(members.map(({ lane }) => lane.service))].toSorted(
        (a, b) => place(a) - place(b),
      );
      const outside =
        how.hasControls && measured.length > 0 ? listControls(heading, services, controls) : [];
      return { key, ...heading, rows: [...sortRows(rows, how), ...outside] };
    });
}

/** The lanes whose coverage a heading tells: all of its rows but those from outside. */
export function listMeasuredLanes<L extends RowLane>({ rows }: RowGroup<L>): L[] {
  const inside = rows.filter(({ kind }) => kind !== 'control');
  return inside.flatMap(({ lanes }) => lanes);
}

/** The rows of one page of a timeline, under their headings; a page past the end is the last one. */
export function takePage<L extends RowLane>(
  groups: readonly RowGroup<L>[],
  page: number,
  rowsPerPage: number,
): { readonly groups: readonly RowGroup<L>[]; readonly page: number; readonly pages: number } {
  const total = groups.reduce((sum, { rows }) => sum + rows.length, 0);
  const pages = Math.max(1, Math.ceil(total / rowsPerPage));
  const shown = Math.min(page, pages);
  const first = (shown - 1) * rowsPerPage;
  let before = 0;
  const taken = groups.flatMap((group) => {
    const start = Math.max(0, first - before);
    const end = Math.max(0, first + rowsPerPage - before);
    before += group.rows.length;
    const rows = group.rows.slice(start, end);
    return rows.length === 0 ? [] : [{ ...group, rows }];
  });
  return { groups: taken, page: shown, pages };
}
