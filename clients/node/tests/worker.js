import { parentPort } from "node:worker_threads";
import { GetMacieSessionCommand, Macie2Client } from "macie-broker";

new Macie2Client().send(new GetMacieSessionCommand()).catch(({ name }) => parentPort.postMessage(name));
