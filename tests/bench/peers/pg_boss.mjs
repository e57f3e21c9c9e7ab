// Jobs a second that pg-boss executes: fetches a batch, completes it, and so on until none is left.
// Its own polling worker does the same with waits between. PGHOST and its like say which database.
//
//   node pg_boss.mjs [--jobs N] [--batch N]
//
// Prints: pg-boss <jobs a second>.

import { parseArgs } from 'node:util';
import { PgBoss } from 'pg-boss';

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '20000' },
    batch: { type: 'string', default: '2000' },
  },
});
const jobs = Number(values.jobs);
const batchSize = Number(values.batch);
const queue = 'tag';

const boss = new PgBoss({
  host: process.env.PGHOST,
  user: process.env.PGUSER,
  database: process.env.PGDATABASE,
  supervise: false,
  schedule: false,
});
boss.on('error', (error) => { throw error; });
await boss.start();
await boss.createQueue(queue);

async function drain(count) {
  const data = { id: 603, title: 'x'.repeat(100) };
  for (let left = count; left > 0; left -= batchSize) {
    await boss.insert(queue, Array.from({ length: Math.min(left, batchSize) }, () => ({ data })));
  }
  await boss.getDb().executeSql('VACUUM ANALYZE pgboss.job_common');
  let begin;
  for (;;) {
    const fetched = await boss.fetch(queue, { batchSize });
    begin ??= performance.now();
    if (fetched.length === 0) break;
    await boss.complete(queue, fetched.map((job) => job.id), { movie_id: 603, title: 'Alien' });
  }
  return count / ((performance.now() - begin) / 1000);
}

await drain(Math.ceil(jobs / 4)); // warms up
console.log(`pg-boss ${await drain(jobs)}`);
await boss.stop();
