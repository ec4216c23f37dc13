/** Connections that say nothing, from a process of their own: `fork` it with a port and how many; it tells how many stand. */
import { once } from 'node:events';
import { connect } from 'node:net';

const [port, count] = process.argv.slice(2).map(Number) as [number, number];
const AT_ONCE = 250;

let standing = 0;
for (let n = 0; n < count; n += AT_ONCE) {
  const some = Array.from({ length: Math.min(AT_ONCE, count - n) }, () =>
    connect(port, '127.0.0.1')
      .on('error', () => undefined)
      .on('close', () => {
        standing -= 1;
      }),
  );
  await Promise.all(some.map((socket) => once(socket, 'connect')));
  standing += some.length;
}
process.send!({ standing });
process.on('message', () => process.send!({ standing }));
process.on('disconnect', () => process.exit(0));
