/** Addresses for the programs of agents, the only ones at which something can be stored. */
import type { Hono } from 'hono';
import { AGENT_PATHS } from '../probes/agent/protocol.ts';
import type { AgentDoor } from './agents/door.ts';
import { refuseMethod } from './problem.ts';

/** One address for the programs of agents. */
type AgentRoute = {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** `agent-token`: with a one-time token. `agent-signature`: signed with the key that enrolled. */
  readonly policy: 'agent-token' | 'agent-signature';
  readonly handle: (door: AgentDoor, request: Request) => Promise<Response>;
};

/** Every route for agents. */
export const AGENT_ROUTES: readonly AgentRoute[] = [
  {
    path: AGENT_PATHS.enrol,
    method: 'POST',
    policy: 'agent-token',
    handle: (door, request) => door.enrol(request),
  },
  {
    path: AGENT_PATHS.plan,
    method: 'GET',
    policy: 'agent-signature',
    handle: (door, request) => door.plan(request),
  },
  {
    path: AGENT_PATHS.batches,
    method: 'POST',
    policy: 'agent-signature',
    handle: (door, request) => door.takeBatch(request),
  },
];

/** Adds them to the application. */
export function addAgentRoutes(app: Hono, door: AgentDoor): void {
  for (const { path, method, handle } of AGENT_ROUTES) {
    app.on(method, path, (c) =>
      // HEAD comes here as GET, and no agent asks that way.
      c.req.method === method ? handle(door, c.req.raw) : refuseMethod(c.req.raw, [method]),
    );
    app.all(path, (c) => refuseMethod(c.req.raw, [method]));
  }
}
