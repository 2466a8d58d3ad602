/** Results of tests as probes of Globalping give them, in the shape of its public description. */

/** A fetch that reached the service. */
export function finishedHttp(
  host: string,
  changes: Readonly<Record<string, unknown>> = {},
): unknown {
  return {
    status: 'finished',
    rawOutput: 'HTTP/1.1 200\n',
    rawHeaders: '',
    rawBody: '<html><title>Welcome</title></html>',
    truncated: false,
    headers: { 'content-type': 'text/html', 'set-cookie': ['a=1', 'b=2'], server: 'proxygen' },
    statusCode: 200,
    statusCodeName: 'OK',
    resolvedAddress: '157.240.20.35',
    timings: { total: 90, dns: 10, tcp: 20, tls: 30, firstByte: 25, download: 5 },
    tls: verifiedTls(host),
    ...changes,
  };
}

/** A certificate that fits. */
export function verifiedTls(host: string, changes: Readonly<Record<string, unknown>> = {}) {
  return {
    authorized: true,
    protocol: 'TLSv1.3',
    cipherName: 'TLS_AES_128_GCM_SHA256',
    createdAt: '2026-01-01T00:00:00.000Z',
    expiresAt: '2027-01-01T00:00:00.000Z',
    subject: { CN: host, alt: `DNS:${host}` },
    issuer: { C: 'US', O: 'Example CA', CN: 'Example' },
    keyType: 'EC',
    keyBits: 256,
    serialNumber: '01:02',
    fingerprint256: Array.from({ length: 32 }, () => 'AB').join(':'),
    publicKey: null,
    ...changes,
  };
}

/** A fetch that failed, with the text that says why. */
export function failedHttp(rawOutput: string, changes: Readonly<Record<string, unknown>> = {}) {
  return {
    status: 'failed',
    rawOutput,
    resolvedAddress: null,
    headers: {},
    rawHeaders: null,
    rawBody: null,
    truncated: false,
    statusCode: null,
    statusCodeName: null,
    timings: { total: null, dns: null, tcp: null, tls: null, firstByte: null, download: null },
    tls: null,
    ...changes,
  };
}

/** An answer of a resolver. */
export function finishedDns(statusCodeName: string, addresses: readonly string[] = []) {
  return {
    status: 'finished',
    rawOutput: '',
    statusCode: statusCodeName === 'NOERROR' ? 0 : 3,
    statusCodeName,
    resolver: '192.168.77.77',
    answers: addresses.map((value) => ({ name: 'x.', type: 'A', ttl: 60, class: 'IN', value })),
    timings: { total: 12 },
  };
}
