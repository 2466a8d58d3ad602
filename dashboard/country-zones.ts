/**
 * The time zone of each country that we measure from or that announcements name: that of its capital (IANA time zone
 * database, zone1970.tab). Pages about a country count in it unless the reader chose another.
 */

const ZONES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    AM: 'Asia/Yerevan',
    AZ: 'Asia/Baku',
    BY: 'Europe/Minsk',
    DE: 'Europe/Berlin',
    EE: 'Europe/Tallinn',
    GE: 'Asia/Tbilisi',
    HU: 'Europe/Budapest',
    LT: 'Europe/Vilnius',
    LV: 'Europe/Riga',
    PL: 'Europe/Warsaw',
    RO: 'Europe/Bucharest',
    RU: 'Europe/Moscow',
    SK: 'Europe/Bratislava',
    UA: 'Europe/Kyiv',
    US: 'America/New_York',
  }),
);

/** The zone of a country's capital; UTC for others. */
export function toCountryZone(countryCode: string): string {
  return ZONES.get(countryCode) ?? 'UTC';
}
