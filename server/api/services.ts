/** GET /api/v1/services: what is measured of each service, from the configuration, each target with its source. */
import type { Handler } from '../contract.ts';
import { parseQuery } from '../query.ts';
import { noParameters } from './fields.ts';

/** Answers with every service in the order of the configuration. */
export const answerServices: Handler = ({ request, url }, deps) => {
  parseQuery(noParameters, url);
  return deps.cache.answer(request, 'services', () => ({
    isSimulated: deps.info.isSimulated,
    services: deps.config.services.map(({ id, name, requiredFunctions, targets }) => ({
      id,
      name,
      requiredFunctions,
      targets: targets.map(({ id: targetId, kind, host, port, path, ...rest }) => ({
        id: targetId,
        function: rest.function,
        kind,
        host,
        port,
        path,
        sourceUrl: rest.sourceUrl,
        retrievedAt: rest.retrievedAt,
      })),
    })),
    // A list like the others, though it never has a second page.
    nextCursor: null,
    next: null,
  }));
};
