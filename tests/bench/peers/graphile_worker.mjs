// Jobs a second that one graphile-worker executes, from the start of the first one until the last
// one has left the table. PGHOST and its like say which database.
//
//   node graphile_worker.mjs [--jobs N] [--local-queue N]
//
// Without --local-queue as it comes; with, as its page on performance teaches: a local queue of so
// many jobs, batched completion, 24 jobs at once. Prints: graphile-worker <jobs a second>.

import { parseArgs } from 'node:util';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';

const { values } = parseArgs({
  options: { jobs: { type: 'string', default: '20000' }, 'local-queue': { type: 'string' } },
});
const jobs = Number(values.jobs);
const localQueue = Number(values['local-queue'] ?? 0);

const logger = new Logger(() => () => {});
const settings = { connectionString: '', logger };
if (localQueue > 0) {
  Object.assign(settings, {
    concurrentJobs: 24,
    maxPoolSize: 25,
    localQueue: { size: localQueue, refetchDelay: { durationMs: 10 } },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
  });
}
const preset = { worker: settings };

const utils = await makeWorkerUtils({ preset });
await utils.migrate();

async function submit(count) {
  const payload = { id: 603, title: 'x'.repeat(100) };
  await utils.withPgClient((client) =>
    client.query(
      `SELECT count(*) FROM graphile_worker.add_jobs(
         (SELECT array_agg(ROW('tag', $1::json, NULL, NULL, NULL, NULL, NULL, NULL)
            ::graphile_worker.job_spec) FROM generate_series(1, $2)), false)`,
      [JSON.stringify(payload), count],
    ),
  );
  await utils.withPgClient((client) =>
    client.query('VACUUM ANALYZE graphile_worker._private_jobs'));
}

async function drain(count) {
  await submit(count);
  let begun = 0;
  let begin;
  let allBegun;
  const all = new Promise((resolve) => { allBegun = resolve; });
  const runner = await run({
    preset,
    taskList: {
      tag: async () => {
        if (begun++ === 0) begin = performance.now();
        if (begun === count) allBegun();
      },
    },
  });
  await all;
  const isLeft = () => utils.withPgClient(async (client) => {
    const { rows } = await client.query(
      'SELECT EXISTS (SELECT FROM graphile_worker._private_jobs) AS is_left');
    return rows[0].is_left;
  });
  while (await isLeft()) await new Promise((resolve) => { setTimeout(resolve, 1); });
  const rate = count / ((performance.now() - begin) / 1000);
  await runner.stop();
  return rate;
}

await drain(Math.ceil(jobs / 4)); // warms up
console.log(`graphile-worker ${await drain(jobs)}`);
await utils.release();
