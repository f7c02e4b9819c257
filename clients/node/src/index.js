export { GetMacieSessionCommand, Macie2Client } from "./client.js";
export * from "./errors.js";
