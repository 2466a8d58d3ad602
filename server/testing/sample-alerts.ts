/** Events and messages for the tests of alerts; times are those of the block of Instagram in Russia in March 2022. */
import type { AlertEvent } from '../../db/alert-types.ts';
import type { Message } from '../alerts/channels/channel.ts';

const MINUTE_MS = 60_000;
export const OPENED_MS = Date.UTC(2022, 2, 13, 21, 5);
export const CLOSED_MS = OPENED_MS + 320 * MINUTE_MS;

/** An opened restriction, changed as told. */
export function makeAlert(changes: Partial<AlertEvent> = {}): AlertEvent {
  return {
    id: 'instagram-ru-20220313t2105z/opened',
    kind: 'incident_opened',
    severity: 'critical',
    services: ['instagram'],
    countryCodes: ['RU'],
    asns: [12389, 8359, 3216, 25513],
    atMs: OPENED_MS,
    knownMs: OPENED_MS + 10 * MINUTE_MS,
    subject: { kind: 'incident', id: 'instagram-ru-20220313t2105z' },
    facts: {
      networks: [
        { asn: 12389, networkName: 'Rostelecom' },
        { asn: 8359, networkName: 'MTS' },
      ],
      restricted: 4,
      measured: 6,
      mechanism: 'tls.reset.sni',
      onsetAfterMs: OPENED_MS - 5 * MINUTE_MS,
      onsetByMs: OPENED_MS,
    },
    measurementIds: ['m-2', 'm-1'],
    ...changes,
  };
}

/** The end of that restriction. */
export function makeClosed(changes: Partial<AlertEvent> = {}): AlertEvent {
  return makeAlert({
    id: 'instagram-ru-20220313t2105z/closed',
    kind: 'incident_closed',
    severity: 'info',
    atMs: CLOSED_MS,
    knownMs: CLOSED_MS + 15 * MINUTE_MS,
    facts: { endAfterMs: CLOSED_MS - 5 * MINUTE_MS, endByMs: CLOSED_MS },
    ...changes,
  });
}

/** A message as it comes to a channel, changed as told. */
export function makeMessage(changes: Partial<Message> = {}): Message {
  return {
    deliveryId: 'd0123456789abcdef',
    locale: 'en',
    subject: 'Instagram blocked in Russia on 4 networks',
    paragraphs: ['Began after 00:00, by 00:05.', 'Only the networks named were measured.'],
    url: 'https://reachline.example/en/i/instagram-ru-20220313t2105z',
    severity: 'critical',
    events: [makeAlert()],
    links: {
      manage: 'https://reachline.example/en/s/abc',
      unsubscribe: 'https://reachline.example/en/s/abc/stop',
      oneClick: 'https://reachline.example/s/abc/one-click',
    },
    ...changes,
  };
}
