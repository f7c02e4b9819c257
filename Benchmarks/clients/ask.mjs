// ask.mjs CALLS: one call, then so many; prints the seconds that these took.
import { GetMacieSessionCommand, Macie2Client } from "../../clients/node/src/index.js";

const client = new Macie2Client({});
const ask = () => client.send(new GetMacieSessionCommand({}));
await ask();
const begun = performance.now();
for (let calls = Number(process.argv[2]); calls > 0; calls--) await ask();
console.log((performance.now() - begun) / 1000);
client.destroy();
