/** The public name of a measurement, which is also its address under `/m/`. */

/** What tells one measurement from every other. */
export type MeasurementKey = {
  readonly service: string;
  readonly vantageId: string;
  readonly slotMs: number;
  readonly seq: number;
};

const ID =
  /^([a-z0-9]+(?:-[a-z0-9]+)*)\.([a-z0-9]+(?:-[a-z0-9]+)*)\.(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z(?:\.([1-9]\d{0,8}))?$/;

/** Writes the id, e.g. `facebook.ru-volga-fixed.20220304T120000Z`; `.1` follows for a second run in the slot. */
export function formatMeasurementId({ service, vantageId, slotMs, seq }: MeasurementKey): string {
  const slot = new Date(slotMs).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${service}.${vantageId}.${slot}${seq > 0 ? `.${seq}` : ''}`;
}

/** Reads an id; undefined when it is none. */
export function parseMeasurementId(id: string): MeasurementKey | undefined {
  const match = ID.exec(id);
  if (!match) return undefined;
  const [, service = '', vantageId = '', year, month, day, hour, minute, second, seq] = match;
  const slotMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(slotMs)) return undefined;
  const key = { service, vantageId, slotMs, seq: seq === undefined ? 0 : Number(seq) };
  // A day that the month does not have would be read as one of the next month.
  return formatMeasurementId(key) === id ? key : undefined;
}
