/** Runs as they are exported. */
import type { Measurement } from '../../../types.ts';

/** The builder of test runs leaves addresses of pages empty, which no real run does. */
export function withRealUrls(measurement: Measurement): Measurement {
  return {
    ...measurement,
    observations: measurement.observations.map((one) =>
      one.operation === 'http'
        ? { ...one, input: { ...one.input, url: 'https://example.org/' } }
        : one,
    ),
  };
}
