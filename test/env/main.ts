// `npm run env:up|down|clean|status`: the test environment by hand.
import { runningDaemons, acquireDaemons } from './daemons';
console.log(process.argv);
if (process.argv[2] === 'up') {
  console.time('up');
  acquireDaemons({ say: console.log, standing: true }).then((a) => {
    console.log(JSON.stringify(a.daemons, null, 2));
    console.timeEnd('up');
  }, console.error);
}
void runningDaemons;
