/** One of several processes that explore: `shard-main SHARD SHARDS MINUTES SEED`; prints its result as JSON. */
import { exploreShard } from './shard';

const [shard = 0, shards = 1, minutes = 0, seed = 1] = process.argv.slice(2).map(Number);
void exploreShard({ shard, shards, minutes, seed }).then((result) => {
  process.stdout.write(JSON.stringify(result));
});
