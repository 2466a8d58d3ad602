/** Every scenario of the bench. */
import type { Service } from '../types.ts';
import { listMechanismScenarios } from './mechanism-scenarios.ts';
import { listMessengerScenarios } from './messenger-scenarios.ts';
import { listOwnScenarios } from './own-scenarios.ts';
import type { Scenario } from './scenario.ts';
import { listSiteScenarios } from './site-scenarios.ts';

/** Lists all scenarios in the order of their ids, given the services of the configuration. */
export function listScenarios(services: readonly Service[]): readonly Scenario[] {
  return [
    ...listSiteScenarios(),
    ...listMessengerScenarios(services),
    ...listOwnScenarios(services),
    ...listMechanismScenarios(),
  ];
}
