/** Sockets that a test may have left behind. */

const SOCKETS: ReadonlySet<string> = new Set([
  'TCPSocketWrap',
  'ConnectWrap',
  'TLSWrap',
  'UDPWrap',
]);

/** Counts the sockets of this process that are open or opening. */
export function countOpenSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => SOCKETS.has(kind)).length;
}
