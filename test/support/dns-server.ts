import { RemoteInfo, createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';

/** What it knows of a name; a name it does not know is absent (NXDOMAIN). */
export interface Records {
  readonly v4?: readonly string[];
  /** Written in full, eight groups. */
  readonly v6?: readonly string[];
  readonly ttlSeconds?: number;
  /** SERVFAIL instead, or never an answer. */
  readonly fails?: 'servfail' | 'silent';
}

/** A name server on this machine (RFC 1035, as much of it as A and AAAA take). */
export interface DnsServer {
  readonly records: Map<string, Records>;
  /** Questions that came, `<name> <A|AAAA>`. */
  readonly asked: string[];
  readonly resolver: Resolver;
  close(): Promise<void>;
}

const [A, AAAA, NXDOMAIN, SERVFAIL] = [1, 28, 3, 2];

export async function startDnsServer(records: Record<string, Records>): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const known = new Map(Object.entries(records));
  const asked: string[] = [];
  socket.on('message', (question: Buffer, from: RemoteInfo) => {
    const { name, end, type } = questionIn(question);
    asked.push(`${name} ${type === A ? 'A' : 'AAAA'}`);
    const found = known.get(name);
    if (found?.fails === 'silent') return;
    const code = found?.fails === 'servfail' ? SERVFAIL : found ? 0 : NXDOMAIN;
    const data = code !== 0 || !found ? [] : addressesOf(found, type);
    socket.send(
      answer(question.subarray(0, end), code, type, found?.ttlSeconds ?? 60, data),
      from.port,
      from.address,
    );
  });
  await new Promise<void>((resolve) => {
    socket.bind(0, '127.0.0.1', resolve);
  });
  const resolver = new Resolver({ timeout: 1_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  const close = () =>
    new Promise<void>((resolve) => {
      resolver.cancel();
      socket.close(() => resolve());
    });
  return { records: known, asked, resolver, close };
}

function questionIn(message: Buffer): { name: string; end: number; type: number } {
  const labels: string[] = [];
  let at = 12;
  while (message[at] !== 0) {
    const length = message[at]!;
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 5, type: message.readUInt16BE(at + 1) };
}

function addressesOf({ v4 = [], v6 = [] }: Records, type: number): Buffer[] {
  if (type === A) return v4.map((address) => Buffer.from(address.split('.').map(Number)));
  if (type !== AAAA) return [];
  return v6.map((address) =>
    Buffer.from(
      address
        .split(':')
        .map((group) => group.padStart(4, '0'))
        .join(''),
      'hex',
    ),
  );
}

function answer(question: Buffer, code: number, type: number, ttl: number, data: Buffer[]): Buffer {
  const head = Buffer.from(question);
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(data.length, 6);
  head.writeUInt32BE(0, 8);
  const records = data.map((bytes) => {
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(type, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(ttl, 6);
    record.writeUInt16BE(bytes.length, 10);
    return Buffer.concat([record, bytes]);
  });
  return Buffer.concat([head, ...records]);
}
